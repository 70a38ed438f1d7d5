"""What a supervisor sees at a glance, the tickets behind each number, and giving them to somebody else."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing.errors import DeskError
from ticketing.reading.supervision import tickets_behind
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.visibility import sees_restricted
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.keepers import OVERVIEW
from ticketing.web.requests import Body, read_body, read_query


class BehindQuery(Body):
    """Which number of the overview."""

    which: Literal["unassigned", "open", "waiting", "at_risk", "assistant", "handed_over"]
    team: UUID | None = None
    agent: UUID | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100


class SeenTicket(Body):
    """A ticket and the version that was seen."""

    id: UUID
    version: int = Field(ge=1, lt=2**31)


class ReassignBody(Body):
    """To an agent, a team, or both; without an agent they go back to the queue."""

    tickets: Annotated[list[SeenTicket], Field(min_length=1, max_length=200)]
    agent_id: UUID | None = None
    team_id: UUID | None = None


async def overview(request: web.Request) -> web.StreamResponse:
    """Every queue and every agent now; whoever reads it is sent what changes for half a minute."""
    session, keeper = request[SESSION], request.app[OVERVIEW]
    keeper.watch(session.agent_id)
    return json_response(await keeper.read(restricted=sees_restricted(session.permissions)))


async def behind(request: web.Request) -> web.StreamResponse:
    """The tickets that a number of the overview counts, the most urgent first."""
    query = read_query(request, BehindQuery)
    async with request.app[CONTEXT].reading() as connection:
        rows = await tickets_behind(
            connection,
            query.which,
            request.app[OVERVIEW].midnight(),
            team_id=query.team,
            agent_id=query.agent,
            restricted=sees_restricted(request[SESSION].permissions),
            limit=query.limit,
        )
    return json_response({"tickets": [render.ticket(row) for row in rows]})


async def reassign(request: web.Request) -> web.StreamResponse:
    """Give many tickets to somebody, each on its own: what is refused is named with the reason."""
    context, session = request.app[CONTEXT], request[SESSION]
    body = await read_body(request, ReassignBody)
    done: list[str] = []
    refused: list[dict[str, str]] = []
    async with context.reading() as connection:
        rows = await tickets_by_id(connection, [one.id for one in body.tickets])
    hidden = {
        row.id for row in rows.values() if row.is_restricted and not sees_restricted(session.permissions)
    }
    for one in body.tickets:
        try:
            if one.id not in rows or one.id in hidden:
                refused.append({"id": str(one.id), "code": "ticket_unknown"})
                continue
            await context.ownership.assign(
                one.id, session.agent_id, one.version, agent_id=body.agent_id, team_id=body.team_id
            )
            done.append(str(one.id))
        except DeskError as refusal:
            refused.append({"id": str(one.id), "code": refusal.code})
    return json_response({"done": done, "refused": refused})
