"""Views, and search."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import search, views
from ticketing.web.routes.route import Route
from ticketing.web.schemas import search as schemas

ROUTES: Final = (
    Route(
        "GET", "/search", search.search, "ticket:read", query=search.SearchQuery, answer=schemas.SearchPage
    ),
    Route("GET", "/views", views.list_views, "ticket:read", answer=schemas.ViewList),
    Route(
        "POST",
        "/views",
        views.create_view,
        "ticket:read",
        body=views.NewViewBody,
        answer=schemas.View,
        status=201,
    ),
    Route("PATCH", "/views/{id}", views.change_view, "ticket:read", body=views.ViewBody, answer=schemas.View),
    Route("DELETE", "/views/{id}", views.delete_view, "ticket:read", status=204),
)
