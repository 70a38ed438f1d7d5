"""The same change to many tickets, worked off in the background."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from sqlalchemy import text

from ticketing.actions.base import Step
from ticketing.actions.steps import Steps
from ticketing.bulk.jobs import MOST, Bulk, jobs_of, one_job
from ticketing.reading.filters import Reader, TicketFilter
from ticketing.visibility import sees_restricted
from ticketing.web import render_automation
from ticketing.web.api.macros import actor_of, macros_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Nothing, path_id, read_body

_TEAMS = text("SELECT team_id FROM team_members WHERE agent_id = :agent_id")


class BulkBody(Body):
    """Which tickets (ids or a filter), and what is done to each (steps or a macro)."""

    ticket_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)] | None = None
    filter: TicketFilter | None = None
    actions: Steps | None = None
    macro_id: UUID | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Self:
        if (self.ticket_ids is None) == (self.filter is None):
            raise ValueError("either ticket_ids or filter")
        if (self.actions is None) == (self.macro_id is None):
            raise ValueError("either actions or macro_id")
        return self


async def begin(request: web.Request) -> web.StreamResponse:
    """Begin a change of many tickets; it goes on whatever becomes of the browser."""
    context, body, actor = request.app[CONTEXT], await read_body(request, BulkBody), actor_of(request)
    agent_id, permissions = request[SESSION].agent_id, request[SESSION].permissions
    async with context.reading() as connection:
        teams = (await connection.execute(_TEAMS, {"agent_id": agent_id})).scalars()
        reader = Reader(agent_id, frozenset(teams), sees_restricted(permissions))
        steps: Sequence[Step] = body.actions or ()
        if body.macro_id is not None:
            steps = await macros_of(request).steps(connection, body.macro_id, actor)
    job_id = await Bulk(context.desk).begin(
        actor, steps, ids=body.ticket_ids or (), asked=body.filter, reader=reader
    )
    return await _answer(request, job_id, 202)


async def mine(request: web.Request) -> web.StreamResponse:
    """The agent's newest changes of a day."""
    async with request.app[CONTEXT].reading() as connection:
        jobs = await jobs_of(connection, request[SESSION].agent_id)
    return json_response({"jobs": [render_automation.job(job) for job in jobs]})


async def progress(request: web.Request) -> web.StreamResponse:
    """How far a change of one's own has come."""
    return await _answer(request, _job_id(request))


async def cancel(request: web.Request) -> web.StreamResponse:
    """Stop a change: what is not done yet stays undone."""
    job_id = _job_id(request)
    await read_body(request, Nothing)
    await Bulk(request.app[CONTEXT].desk).cancel(job_id, request[SESSION].agent_id)
    return await _answer(request, job_id)


async def undo(request: web.Request) -> web.StreamResponse:
    """Take a change back where nobody changed a ticket since."""
    job_id = _job_id(request)
    await read_body(request, Nothing)
    undo_id = await Bulk(request.app[CONTEXT].desk).undo(job_id, request[SESSION].agent_id)
    return await _answer(request, undo_id, 202)


def _job_id(request: web.Request) -> UUID:
    return path_id(request, "bulk_unknown", "change")


async def _answer(request: web.Request, job_id: UUID, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        job = await one_job(connection, job_id, request[SESSION].agent_id)
    return json_response(render_automation.job(job), status)
