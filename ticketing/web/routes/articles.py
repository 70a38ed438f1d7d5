"""The knowledge base."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import articles
from ticketing.web.routes.route import Route

ROUTES: Final = (
    Route("GET", "/articles", articles.list_articles, "article:read"),
    Route("POST", "/articles", articles.create_article, "article:write"),
    Route("GET", "/articles/search", articles.search_articles, "article:read"),
    Route("POST", "/articles/preview", articles.preview, "article:write"),
    Route("GET", "/articles/{id}", articles.read_article, "article:read"),
    Route("PATCH", "/articles/{id}", articles.change_article, "article:write"),
    Route("PATCH", "/articles/{id}/translations/{language}", articles.save_translation, "article:write"),
    Route("POST", "/articles/{id}/translations/{language}/status", articles.set_status, "article:write"),
    Route("POST", "/articles/{id}/translations/{language}/restore", articles.restore, "article:write"),
    Route("GET", "/articles/{id}/translations/{language}/versions", articles.list_versions, "article:read"),
    Route(
        "GET",
        "/articles/{id}/translations/{language}/versions/{version}",
        articles.read_version,
        "article:read",
    ),
)
