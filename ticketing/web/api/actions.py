"""What an agent does to a ticket without writing to anyone."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing.web.api.tickets import ticket_id_of, ticket_response
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.requests import Body, Nothing, read_body


class Versioned(Body):
    """What the agent saw: a ticket that has changed since refuses."""

    version: int = Field(ge=1, lt=2**31)


class Assignment(Versioned):
    agent_id: UUID | None = None
    team_id: UUID | None = None


async def claim(request: web.Request) -> web.StreamResponse:
    """Take an unassigned ticket."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, Versioned)
    await context.ownership.claim(ticket_id, request[SESSION].agent_id, body.version)
    return await ticket_response(context, ticket_id)


async def take_over(request: web.Request) -> web.StreamResponse:
    """Take a ticket from the assistant. It is silent from this instant."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    await read_body(request, Nothing)
    await context.ownership.take_over(ticket_id, request[SESSION].agent_id)
    return await ticket_response(context, ticket_id)


async def release(request: web.Request) -> web.StreamResponse:
    """Give a ticket back to its queue."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, Versioned)
    await context.ownership.release(ticket_id, request[SESSION].agent_id, body.version)
    return await ticket_response(context, ticket_id)


async def assign(request: web.Request) -> web.StreamResponse:
    """Give a ticket to an agent or a team."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, Assignment)
    by = request[SESSION].agent_id
    await context.ownership.assign(ticket_id, by, body.version, agent_id=body.agent_id, team_id=body.team_id)
    return await ticket_response(context, ticket_id)


async def mark_read(request: web.Request) -> web.StreamResponse:
    """Say that a ticket was read."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    await read_body(request, Nothing)
    await context.ownership.mark_read(ticket_id, request[SESSION].agent_id)
    return await ticket_response(context, ticket_id)
