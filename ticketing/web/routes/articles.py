"""The knowledge base."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import articles
from ticketing.web.routes.route import Route
from ticketing.web.schemas import articles as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/articles",
        articles.list_articles,
        "article:read",
        query=articles.ArticlesQuery,
        answer=schemas.ArticlePage,
    ),
    Route(
        "POST",
        "/articles",
        articles.create_article,
        "article:write",
        body=articles.NewArticleBody,
        answer=schemas.Article,
        status=201,
    ),
    Route(
        "GET",
        "/articles/search",
        articles.search_articles,
        "article:read",
        query=articles.SearchQuery,
        answer=schemas.SearchResults,
    ),
    Route(
        "POST",
        "/articles/preview",
        articles.preview,
        "article:write",
        body=articles.PreviewBody,
        answer=schemas.Preview,
    ),
    Route("GET", "/articles/{id}", articles.read_article, "article:read", answer=schemas.Article),
    Route(
        "PATCH",
        "/articles/{id}",
        articles.change_article,
        "article:write",
        body=articles.ArticleChange,
        answer=schemas.Article,
    ),
    Route(
        "PATCH",
        "/articles/{id}/translations/{language}",
        articles.save_translation,
        "article:write",
        body=articles.TranslationBody,
        answer=schemas.Article,
    ),
    Route(
        "POST",
        "/articles/{id}/translations/{language}/status",
        articles.set_status,
        "article:write",
        body=articles.StatusBody,
        answer=schemas.Article,
    ),
    Route(
        "POST",
        "/articles/{id}/translations/{language}/restore",
        articles.restore,
        "article:write",
        body=articles.RestoreBody,
        answer=schemas.Article,
    ),
    Route(
        "GET",
        "/articles/{id}/translations/{language}/versions",
        articles.list_versions,
        "article:read",
        answer=schemas.ArticleVersions,
    ),
    Route(
        "GET",
        "/articles/{id}/translations/{language}/versions/{version}",
        articles.read_version,
        "article:read",
        query=articles.VersionQuery,
        answer=schemas.ArticleVersion,
    ),
)
