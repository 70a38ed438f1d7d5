"""An agent's own notifications."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import Row

from ticketing import notifications
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, read_body, read_query


class ListQuery(Body):
    before: UUID | None = None
    unread: bool = False
    limit: Annotated[int, Field(ge=1, le=100)] = 30


class ReadBody(Body):
    """These, or those of one ticket; without either all of them."""

    ids: Annotated[list[UUID], Field(max_length=200)] | None = None
    ticket_id: UUID | None = None


async def list_notifications(request: web.Request) -> web.StreamResponse:
    query, agent_id = read_query(request, ListQuery), request[SESSION].agent_id
    async with request.app[CONTEXT].reading() as connection:
        rows = await notifications.notifications_of(
            connection, agent_id, before=query.before, unread=query.unread, limit=query.limit + 1
        )
        unread = await notifications.unread_counts(connection, [agent_id])
    return json_response(
        {
            "notifications": [_notification(row) for row in rows[: query.limit]],
            "unread": unread[agent_id],
            "has_more": len(rows) > query.limit,
        }
    )


async def mark_read(request: web.Request) -> web.StreamResponse:
    body, agent_id = await read_body(request, ReadBody), request[SESSION].agent_id
    context = request.app[CONTEXT]
    async with context.desk.transaction() as transaction:
        await notifications.mark_read(transaction, agent_id, ids=body.ids, ticket_id=body.ticket_id)
    async with context.reading() as connection:
        unread = await notifications.unread_counts(connection, [agent_id])
    return json_response({"unread": unread[agent_id]})


def _notification(row: Row[Any]) -> dict[str, Any]:
    ticket = None
    if row.ticket_id is not None:
        ticket = {"id": str(row.ticket_id), "number": row.number, "contact_name": row.contact_name}
    return {
        "id": str(row.id),
        "kind": row.kind,
        "ticket": ticket,
        "data": row.data,
        "created_at": render.time(row.created_at),
        "read_at": render.time(row.read_at),
    }
