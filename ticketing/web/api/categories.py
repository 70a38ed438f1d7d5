"""What requests are about: the list, and an agent's change to a ticket."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.categories import all_categories
from ticketing.categorising import Categorising
from ticketing.visibility import sees_restricted
from ticketing.web import render_requests
from ticketing.web.api.actions import Versioned
from ticketing.web.api.tickets import ticket_id_of, ticket_response
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Words, read_body

TEAMS = text("SELECT id, key, names FROM teams").columns(names=JSONB)


class Change(Versioned):
    """`category` must be there; null takes it away."""

    category: Annotated[Words, Field(min_length=1, max_length=20)] | None


async def categories(request: web.Request) -> web.StreamResponse:
    restricted = sees_restricted(request[SESSION].permissions)
    async with request.app[CONTEXT].reading() as connection:
        found = await all_categories(connection, restricted=restricted)
        teams: dict[str, Row[tuple[object, ...]]] = {row.key: row for row in await connection.execute(TEAMS)}
    return json_response({"categories": [render_requests.category(one, teams) for one in found]})


async def categorise(request: web.Request) -> web.StreamResponse:
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, Change)
    session = request[SESSION]
    categorising = Categorising(context.desk, context.dependencies.timetable)
    await categorising.categorise(ticket_id, session.agent_id, body.version, body.category)
    return await ticket_response(context, ticket_id)
