"""Replies an agent may start from. Nothing is ever sent by itself."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.suggestions import suggest
from ticketing.errors import NotFound
from ticketing.learning.answers import Asked, asked_last, past_answers
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body

EACH: Final = 3  # articles, and past answers

_USED: Final = text(
    "SELECT source_id, count(*) AS used FROM suggestion_uses WHERE source_id = ANY(:ids) GROUP BY source_id"
)
_EXISTS: Final = {
    "article": text("SELECT 1 FROM articles WHERE id = :id"),
    "answer": text("SELECT 1 FROM past_answers WHERE id = :id"),
}
_COUNT: Final = text(
    "INSERT INTO suggestion_uses (kind, source_id, ticket_id, agent_id, edited)"
    " SELECT :kind, :id, t.id, :agent_id, :edited FROM tickets t WHERE t.id = :ticket_id RETURNING id"
)


class Used(Body):
    suggestion: Annotated[Words, Field(max_length=60)]
    edited: bool = False


async def suggestions(request: web.Request) -> web.StreamResponse:
    """Replies that an agent may start from."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    async with context.reading() as connection:
        asked = await asked_last(connection, ticket_id)
        found: list[dict[str, Any]] = []
        if asked is not None:
            found += await _articles(connection, asked, context.settings.public_url)
            found += await _answers(connection, asked, ticket_id)
    return json_response({"question": None if asked is None else asked.text, "suggestions": found})


async def used(request: web.Request) -> web.StreamResponse:
    """Count that a suggestion went into a reply, as it was or edited."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, Used)
    kind, source_id = _source(body.suggestion)
    values = {
        "kind": kind,
        "id": source_id,
        "ticket_id": ticket_id,
        "agent_id": request[SESSION].agent_id,
        "edited": body.edited,
    }
    async with context.desk.transaction() as transaction:
        connection = transaction.connection
        there = await connection.scalar(_EXISTS[kind], {"id": source_id})
        if there is None or await connection.scalar(_COUNT, values) is None:
            raise _unknown()
    return web.Response(status=204)


def _source(suggestion: str) -> tuple[str, UUID]:
    kind, _, source_id = suggestion.partition("-")
    try:
        if kind in _EXISTS:
            return kind, UUID(source_id)
    except ValueError:
        pass
    raise _unknown()


def _unknown() -> NotFound:
    return NotFound("suggestion_unknown", "There is no such suggestion for this ticket.")


async def _articles(connection: AsyncConnection, asked: Asked, public_url: str) -> list[dict[str, Any]]:
    results = await suggest(connection, asked.text, asked.language, EACH, public_url=public_url)
    counts = {
        row.source_id: row.used
        for row in await connection.execute(_USED, {"ids": [result.article_id for result in results]})
    }
    return [
        {
            "id": f"article-{result.article_id}",
            "kind": "article",
            "title": result.title,
            "text": f"{result.excerpt}\n{result.url}" if result.url else result.excerpt,
            "url": result.url,
            "language": result.language,
            "score": round(result.coverage, 3),
            "used": counts.get(result.article_id, 0),
        }
        for result in results
    ]


async def _answers(connection: AsyncConnection, asked: Asked, ticket_id: UUID) -> list[dict[str, Any]]:
    return [
        {
            "id": f"answer-{answer.id}",
            "kind": "answer",
            "title": None,
            "text": answer.text,
            "url": None,
            "language": answer.language,
            "score": round(answer.score, 3),
            "used": answer.used,
        }
        for answer in await past_answers(connection, asked, ticket_id, EACH)
    ]
