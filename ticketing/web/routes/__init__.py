"""Every address of the desk below /api, a subject a file: who may do what."""

from __future__ import annotations

from typing import Final

from ticketing.web.routes import (
    articles,
    audit,
    automation,
    contacts,
    customer,
    hours,
    learning,
    links,
    network,
    notifications,
    operations,
    outages,
    people,
    ratings,
    reference,
    replies,
    routing,
    search,
    sessions,
    sla,
    ticket_settings,
    tickets,
)
from ticketing.web.routes.route import Route

__all__ = ["ROUTES", "Route"]

ROUTES: Final[tuple[Route, ...]] = (
    *sessions.ROUTES,
    *tickets.ROUTES,
    *automation.ROUTES,
    *links.ROUTES,
    *contacts.ROUTES,
    *customer.ROUTES,
    *search.ROUTES,
    *ticket_settings.ROUTES,
    *replies.ROUTES,
    *routing.ROUTES,
    *sla.ROUTES,
    *hours.ROUTES,
    *notifications.ROUTES,
    *learning.ROUTES,
    *operations.ROUTES,
    *articles.ROUTES,
    *network.ROUTES,
    *outages.ROUTES,
    *people.ROUTES,
    *audit.ROUTES,
    *ratings.ROUTES,
    *reference.ROUTES,
)
