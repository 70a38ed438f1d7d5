"""Tickets that belong together."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import links
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import links as schemas
from ticketing.web.schemas.tickets import Ticket

ROUTES: Final = (
    Route("GET", "/tickets/{id}/links", links.links, "ticket:read", answer=schemas.Links),
    Route("GET", "/tickets/{id}/related", links.related, "ticket:read", answer=schemas.LikelyTickets),
    Route(
        "POST",
        "/tickets/{id}/merge",
        links.merge,
        "ticket:merge",
        body=links.MergeBody,
        answer=schemas.Merged,
    ),
    Route(
        "POST",
        "/tickets/{id}/split",
        links.split,
        "ticket:merge",
        body=links.SplitBody,
        answer=schemas.Merged,
        status=201,
    ),
    Route(
        "POST", "/tickets/{id}/parent", links.set_parent, "ticket:merge", body=links.ParentBody, answer=Ticket
    ),
    Route(
        "POST",
        "/tickets/{id}/relations",
        links.relate,
        "ticket:merge",
        body=links.RelationBody,
        answer=Ticket,
    ),
    Route("POST", "/moves/{id}/undo", links.undo, "ticket:merge", body=Nothing, answer=Ticket),
)
