"""Who is at the desk, what an agent says of himself, and what was pushed to him."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing import presence
from ticketing.errors import NotFound
from ticketing.presence import Choice, Presences
from ticketing.routing import queues
from ticketing.routing.offers import Offers, offers_of
from ticketing.web import render_routing
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.render import Json
from ticketing.web.requests import Body, Nothing, Words, path_id, read_body

Reason = Annotated[Words, Field(min_length=1, max_length=40)]


class OtherPresenceBody(Body):
    """What another agent is said to be."""

    state: Literal["online", "busy", "away"] | None = None
    reason: Reason | None = None
    reassign: bool = False


class PresenceBody(OtherPresenceBody):
    """What an agent says of himself. `idle`: nobody touched the interface for a while, or somebody did."""

    idle: bool | None = None


async def own(request: web.Request) -> web.StreamResponse:
    """My presence, the reasons for breaks, and what was pushed to me and waits to be opened."""
    return json_response(await _own(request))


async def choose(request: web.Request) -> web.StreamResponse:
    """Say whether I am there; with `reassign` what waits for my answer goes back to its queues."""
    context, agent_id = request.app[CONTEXT], request[SESSION].agent_id
    body = await read_body(request, PresenceBody)
    choice = Choice(body.state, body.reason, body.idle, body.reassign)
    reassigned = await Presences(context.desk).choose(agent_id, agent_id, choice)
    return json_response(await _own(request) | {"reassigned": reassigned})


async def everybody(request: web.Request) -> web.StreamResponse:
    """Who is there."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await presence.everybody(connection)
    return json_response({"agents": [render_routing.presence(row) for row in rows]})


async def choose_for(request: web.Request) -> web.StreamResponse:
    """Say of another agent whether he is there."""
    context, agent_id = request.app[CONTEXT], path_id(request, "agent_unknown", "agent")
    body = await read_body(request, OtherPresenceBody)
    choice = Choice(body.state, body.reason, None, body.reassign)
    reassigned = await Presences(context.desk).choose(agent_id, request[SESSION].agent_id, choice)
    return json_response({"presence": await _presence(request, agent_id), "reassigned": reassigned})


async def accept(request: web.Request) -> web.StreamResponse:
    """Keep a ticket that was pushed to me."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    await read_body(request, Nothing)
    await Offers(context.desk).accept(ticket_id, request[SESSION].agent_id)
    return web.Response(status=204)


async def decline(request: web.Request) -> web.StreamResponse:
    """Give a ticket that was pushed to me back to its queue."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    await read_body(request, Nothing)
    await Offers(context.desk).decline(ticket_id, request[SESSION].agent_id, request[SESSION].name)
    return web.Response(status=204)


async def _presence(request: web.Request, agent_id: UUID) -> Json:
    async with request.app[CONTEXT].reading() as connection:
        row = await presence.presence_of(connection, agent_id)
    if row is None:
        raise NotFound("agent_unknown", "This agent does not exist.")
    return render_routing.presence(row)


async def _own(request: web.Request) -> Json:
    agent_id = request[SESSION].agent_id
    mine = await _presence(request, agent_id)
    async with request.app[CONTEXT].reading() as connection:
        state, reason = await presence.wanted_by(connection, agent_id)
        settings = await queues.settings(connection)
        reasons = await queues.break_reasons(connection)
        offers = await offers_of(connection, agent_id)
    return {
        "presence": mine,
        "wanted": {"state": state, "reason": reason},
        "idle_after": render_routing.seconds(settings.idle_after),
        "break_reasons": [render_routing.reason(row) for row in reasons],
        "offers": [render_routing.offer(ticket_id, until) for ticket_id, until in offers],
    }
