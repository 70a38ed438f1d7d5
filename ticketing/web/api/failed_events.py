"""What a channel brought that could not be read: listed raw, and read again when the reason is gone."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.cursors import Cursor
from ticketing.errors import NotFound
from ticketing.reading.threads import LAST_ID
from ticketing.web import render
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, path_id, read_query

PAGE = text(
    "SELECT id, account, reason, raw, created_at, replayed_at FROM failed_events"
    " WHERE id < :before ORDER BY id DESC LIMIT :count"
).columns(raw=JSONB)
ONE = text(
    "SELECT id, account, reason, raw, created_at, replayed_at FROM failed_events WHERE id = :id"
).columns(raw=JSONB)


NEWEST: Cursor[UUID] = Cursor("failed_events", UUID)


class FailedEventsQuery(Body):
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50


async def failed_events(request: web.Request) -> web.StreamResponse:
    """What channels brought and could not be read, newest first."""
    query = read_query(request, FailedEventsQuery)
    values = {
        "before": LAST_ID if query.cursor is None else NEWEST.read(query.cursor)[0],
        "count": query.limit + 1,
    }
    async with request.app[CONTEXT].reading() as connection:
        rows = (await connection.execute(PAGE, values)).all()
    page = rows[: query.limit]
    return json_response(
        {
            "failed_events": [render.failed_event(row) for row in page],
            "next_cursor": NEWEST.make(page[-1].id) if len(rows) > query.limit else None,
        }
    )


async def replay(request: web.Request) -> web.StreamResponse:
    """Read a failed event again."""
    context = request.app[CONTEXT]
    event_id = path_id(request, "failed_event_unknown", "failed event")
    await context.dependencies.replay(event_id)
    async with context.reading() as connection:
        row = (await connection.execute(ONE, {"id": event_id})).one_or_none()
    if row is None:
        raise NotFound("failed_event_unknown", "This failed event does not exist.")
    return json_response(render.failed_event(row))
