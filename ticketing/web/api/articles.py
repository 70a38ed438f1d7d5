"""Articles at the desk: looked up by every agent, written by those who may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, AwareDatetime, Field, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles import reading, writing
from knowledge_base.articles.markdown import minutes, render
from knowledge_base.articles.model import (
    CATEGORIES,
    Article,
    ArticleChanged,
    ArticleUnknown,
    Audience,
    Author,
    Incomplete,
    SlugTaken,
    Status,
    Wording,
)
from knowledge_base.articles.search import likely_language, search
from knowledge_base.articles.suggestions import result
from ticketing.cursors import Cursor
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.web.api import articles_json
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

ANY_STATUS = tuple(Status)
EVERYONE = (Audience.PUBLIC, Audience.AGENTS)

LAST_CHANGED: Cursor[datetime, UUID] = Cursor("articles", AwareDatetime, UUID)

Language = Literal["ar", "fr", "en"]
Version = Annotated[int, Field(ge=1, lt=2**31)]


def _known_category(key: str) -> str:
    if key not in CATEGORIES:
        raise ValueError(f"must be one of {', '.join(CATEGORIES)}")
    return key


def _one_line(value: str) -> str:
    return " ".join(value.split())


Category = Annotated[str, AfterValidator(_known_category)]
Line = Annotated[Words, AfterValidator(_one_line)]
Title = Annotated[Line, Field(max_length=160)]
Summary = Annotated[Line, Field(max_length=400)]
Source = Annotated[Line, Field(max_length=400)]
Slug = Annotated[Line, Field(max_length=100)]
Text = Annotated[Words, Field(max_length=60_000)]


class ArticlesQuery(Body):
    language: Language | None = None
    category: Category | None = None
    audience: Audience | None = None
    status: Status | None = None
    stale: bool = False
    due: bool = False
    q: Annotated[Words, Field(max_length=400)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


class SearchQuery(Body):
    q: Annotated[Words, Field(max_length=2000)] = ""
    language: Literal["ar", "fr", "en", "ary-Arab", "ary-Latn"] | None = None
    limit: Annotated[int, Field(ge=1, le=20)] = 5


class NewArticleBody(Body):
    category: Category
    audience: Audience
    language: Language
    title: Annotated[Title, Field(min_length=1)]
    body: Text
    summary: Summary = ""
    source: Source = ""
    slug: Slug = ""
    review_on: date | None = None
    owner_id: UUID | None = None


class ArticleChange(Body):
    version: Version
    category: Category | None = None
    audience: Audience | None = None
    source_language: Language | None = None
    review_on: date | None = None
    owner_id: UUID | None = None

    @model_validator(mode="after")
    def _never_without(self) -> ArticleChange:
        for name in ("category", "audience", "source_language"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be empty")
        return self


class TranslationBody(Body):
    version: Annotated[int, Field(ge=0, lt=2**31)]
    title: Annotated[Title, Field(min_length=1)]
    body: Text
    summary: Summary = ""
    source: Source = ""
    slug: Slug = ""
    minor: bool = False
    up_to_date: bool = True


class StatusBody(Body):
    version: Version
    status: Status


class RestoreBody(Body):
    version: Version
    restore: Version


class VersionQuery(Body):
    against: Version | None = None


class PreviewBody(Body):
    body: Text
    language: Language = "fr"


async def list_articles(request: web.Request) -> web.StreamResponse:
    """Articles, last changed first; with words (`q`) the best first, and no further page."""
    context, query = request.app[CONTEXT], read_query(request, ArticlesQuery)
    today = datetime.now(UTC).date()
    wanted = reading.Filter(
        query.language,
        query.category,
        query.audience,
        query.status,
        query.stale,
        today if query.due else None,
    )
    before = None if query.cursor is None else LAST_CHANGED.read(query.cursor)
    async with context.reading() as connection:
        if query.q.strip():
            language = query.language or likely_language(query.q)
            found = await search(
                connection,
                query.q,
                language,
                audiences=(query.audience,) if query.audience else EVERYONE,
                statuses=(query.status,) if query.status else ANY_STATUS,
                limit=query.limit,
            )
            page = [hit.article for hit in found.hits if _fits(hit.article, wanted, language)]
            more = False
        else:
            rows = await reading.listed(connection, wanted, limit=query.limit + 1, before=before)
            page, more = rows[: query.limit], len(rows) > query.limit
        names = await _names(connection, page)
    last = page[-1] if page else None
    return json_response(
        {
            "articles": [articles_json.row(each, names, today) for each in page],
            "next_cursor": LAST_CHANGED.make(last.updated_at, last.id) if last and more else None,
            "categories": [{"key": key, "names": dict(words)} for key, words in CATEGORIES.items()],
        }
    )


async def search_articles(request: web.Request) -> web.StreamResponse:
    """Published articles for these words: what an agent may read and, where it is public, send."""
    context, query = request.app[CONTEXT], read_query(request, SearchQuery)
    async with context.reading() as connection:
        found = await search(
            connection,
            query.q,
            query.language or likely_language(query.q),
            audiences=EVERYONE,
            limit=query.limit,
        )
    public_url = context.settings.public_url
    return json_response(
        {"results": [articles_json.result(result(hit, found.slots, public_url)) for hit in found.hits]}
    )


async def read_article(request: web.Request) -> web.StreamResponse:
    """One article with all its translations."""
    return await _article_response(request, _article_id(request))


async def create_article(request: web.Request) -> web.StreamResponse:
    """Write an article. Its translation is a draft."""
    body = await read_body(request, NewArticleBody)
    new = writing.NewArticle(
        body.category, body.audience, body.language, review_on=body.review_on, owner_id=body.owner_id
    )
    wording = Wording(body.slug, body.title, body.summary, body.body, body.source)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        author = await _author(request, transaction.connection)
        with _as_desk_errors():
            created = await writing.create(transaction.connection, new, wording, author, transaction.now)
    return await _article_response(request, created, status=201)


async def change_article(request: web.Request) -> web.StreamResponse:
    """Change an article's category, audience, source language, review or owner."""
    article_id, body = _article_id(request), await read_body(request, ArticleChange)
    changes = {name: getattr(body, name) for name in body.model_fields_set - {"version"}}
    async with request.app[CONTEXT].desk.transaction() as transaction:
        with _as_desk_errors():
            await writing.change(transaction.connection, article_id, body.version, changes, transaction.now)
    return await _article_response(request, article_id)


async def save_translation(request: web.Request) -> web.StreamResponse:
    """Save the text of a translation; of a published one, what customers read at once."""
    article_id, language = _article_id(request), _language(request)
    body = await read_body(request, TranslationBody)
    wording = Wording(body.slug, body.title, body.summary, body.body, body.source)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        author = await _author(request, transaction.connection)
        with _as_desk_errors():
            await writing.save(
                transaction.connection,
                writing.Seen(article_id, language, body.version),
                wording,
                author,
                transaction.now,
                is_minor=body.minor,
                is_up_to_date=body.up_to_date,
            )
    return await _article_response(request, article_id)


async def set_status(request: web.Request) -> web.StreamResponse:
    """Publish a translation, archive it, or make it a draft again."""
    article_id, language = _article_id(request), _language(request)
    body = await read_body(request, StatusBody)
    seen = writing.Seen(article_id, language, body.version)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        with _as_desk_errors():
            await writing.set_status(transaction.connection, seen, body.status, transaction.now)
    return await _article_response(request, article_id)


async def restore(request: web.Request) -> web.StreamResponse:
    """Make the text of an earlier version the newest one."""
    article_id, language = _article_id(request), _language(request)
    body = await read_body(request, RestoreBody)
    seen = writing.Seen(article_id, language, body.version)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        author = await _author(request, transaction.connection)
        with _as_desk_errors():
            await writing.restore(transaction.connection, seen, body.restore, author, transaction.now)
    return await _article_response(request, article_id)


async def list_versions(request: web.Request) -> web.StreamResponse:
    """The versions of a translation, newest first."""
    async with request.app[CONTEXT].reading() as connection:
        with _as_desk_errors():
            found = await reading.versions(connection, _article_id(request), _language(request))
    return json_response({"versions": [articles_json.version(each) for each in found]})


async def read_version(request: web.Request) -> web.StreamResponse:
    """One version of a translation and, with `against`, the lines that differ."""
    query = read_query(request, VersionQuery)
    number = request.match_info["version"]
    async with request.app[CONTEXT].reading() as connection:
        with _as_desk_errors():
            found = await reading.versions(connection, _article_id(request), _language(request))
    by_number = {str(each.version): each for each in found}
    wanted = [number] if query.against is None else [number, str(query.against)]
    if not set(wanted) <= by_number.keys():
        raise NotFound("article_unknown", "This version does not exist.")
    against = None if query.against is None else by_number[str(query.against)]
    return json_response(articles_json.whole_version(by_number[number], against))


async def preview(request: web.Request) -> web.StreamResponse:
    """What customers would see of a text."""
    body = await read_body(request, PreviewBody)
    return json_response({"html": render(body.body), "minutes": minutes(body.body)})


async def _article_response(request: web.Request, article_id: UUID, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        with _as_desk_errors():
            article = await reading.article(connection, article_id)
        names = await _names(connection, [article])
    return json_response(articles_json.whole(article, names, datetime.now(UTC).date()), status)


async def _names(connection: AsyncConnection, articles: list[Article]) -> dict[UUID, str]:
    """Return the names of the owners that are agents still."""
    owners = {each.owner_id for each in articles if each.owner_id is not None}
    if not owners:
        return {}
    rows = await connection.execute(
        text("SELECT id, name FROM agents WHERE id = ANY(:ids)"), {"ids": list(owners)}
    )
    return {row.id: row.name for row in rows}


async def _author(request: web.Request, connection: AsyncConnection) -> Author:
    agent_id = request[SESSION].agent_id
    name = await connection.scalar(text("SELECT name FROM agents WHERE id = :id"), {"id": agent_id})
    return Author(agent_id, str(name))


def _article_id(request: web.Request) -> UUID:
    return path_id(request, "article_unknown", "article")


def _language(request: web.Request) -> str:
    language = request.match_info["language"]
    if language not in ("ar", "fr", "en"):
        raise NotFound("article_unknown", "Articles are written in ar, fr and en.")
    return language


def _fits(article: Article, wanted: reading.Filter, language: str) -> bool:
    translation = article.translations[language]
    is_due = wanted.due_on is None or (article.review_on is not None and article.review_on <= wanted.due_on)
    return (
        is_due
        and (wanted.category is None or article.category == wanted.category)
        and (not wanted.only_stale or translation.is_stale)
    )


@contextmanager
def _as_desk_errors() -> Iterator[None]:
    try:
        yield
    except ArticleUnknown as error:
        raise NotFound("article_unknown", "This article does not exist.") from error
    except ArticleChanged as error:
        raise Conflict("article_changed", f"{error.by} has changed it since.", {"by": error.by}) from error
    except SlugTaken as error:
        raise Conflict("slug_taken", "Another article has this address.", {"slug": str(error)}) from error
    except Incomplete as error:
        fields = dict.fromkeys(error.fields, "is empty")
        raise Invalid("incomplete", "Something is missing.", fields) from error
