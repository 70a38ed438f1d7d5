"""Replies for later: what waits on a ticket, and what its author does about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.scheduling import Person, Scheduling, When, scheduled_of_ticket, scheduled_reply
from ticketing.web import render
from ticketing.web.api.messages import AnswerBody, Text, files_json, taken_back_json, writing_of, written
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Nothing, path_id, read_body


class ScheduleBody(AnswerBody):
    """`send_anyway`: also when the customer has written meanwhile."""

    send_at: AwareDatetime
    send_anyway: bool = False
    status_after: Literal["open", "pending", "on_hold", "solved"] | None = None


class RescheduleBody(Body):
    text: Annotated[Text, Field()] | None = None
    send_at: AwareDatetime | None = None
    send_anyway: bool | None = None


async def list_scheduled(request: web.Request) -> web.StreamResponse:
    """What waits on this ticket or is held back, soonest first."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await scheduled_of_ticket(connection, ticket_id_of(request))
        found = await _json(connection, rows)
    return json_response({"scheduled": found})


async def schedule(request: web.Request) -> web.StreamResponse:
    """A reply for later."""
    context, body = request.app[CONTEXT], await read_body(request, ScheduleBody)
    writing = writing_of(request, body, body.status_after)
    scheduled_id = await _scheduling(context).schedule(writing, When(body.send_at, body.send_anyway))
    return await _answer(context, scheduled_id, 201)


async def reschedule(request: web.Request) -> web.StreamResponse:
    """Other words or another time; one that was held back waits again."""
    context, scheduled_id = request.app[CONTEXT], _scheduled_id(request)
    body = await read_body(request, RescheduleBody)
    await _scheduling(context).change(
        scheduled_id,
        _person(request),
        words=body.text,
        send_at=body.send_at,
        send_anyway=body.send_anyway,
    )
    return await _answer(context, scheduled_id)


async def send_now(request: web.Request) -> web.StreamResponse:
    """It leaves at once, whatever came since."""
    context = request.app[CONTEXT]
    await read_body(request, Nothing)
    ids = await _scheduling(context).send_now(_scheduled_id(request), _person(request))
    return await written(context, ids, 200)


async def cancel(request: web.Request) -> web.StreamResponse:
    """It will not be sent; its words and files go back to the composer."""
    context = request.app[CONTEXT]
    back = await _scheduling(context).cancel(_scheduled_id(request), _person(request))
    async with context.reading() as connection:
        taken_back = await taken_back_json(connection, back)
    return json_response({"taken_back": taken_back})


def _scheduling(context: Context) -> Scheduling:
    return Scheduling(context.desk, context.dependencies.accounts)


def _person(request: web.Request) -> Person:
    session = request[SESSION]
    return Person(session.agent_id, "ticket:assign" in session.permissions)


def _scheduled_id(request: web.Request) -> UUID:
    return path_id(request, "scheduled_unknown", "scheduled reply")


async def _answer(context: Context, scheduled_id: UUID, status: int = 200) -> web.Response:
    async with context.reading() as connection:
        (found,) = await _json(connection, [await scheduled_reply(connection, scheduled_id)])
    return json_response(found, status)


async def _json(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    files = await files_json(connection, {one for row in rows for one in row.attachment_ids})
    return [
        {
            "id": str(row.id),
            "ticket_id": str(row.ticket_id),
            "conversation_id": str(row.conversation_id),
            "agent": {"id": str(row.agent_id), "name": row.agent_name},
            "text": row.text,
            "attachments": [files[one] for one in row.attachment_ids if one in files],
            "status_after": row.status_after,
            "send_at": render.time(row.send_at),
            "send_anyway": row.send_anyway,
            "state": row.state,
            "reason": row.reason,
            "created_at": render.time(row.created_at),
        }
        for row in rows
    ]
