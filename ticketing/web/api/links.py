"""Merging, splitting and linking of tickets, and taking it back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import Row

from ticketing.errors import NotFound
from ticketing.linking.families import Families
from ticketing.linking.merging import Merging
from ticketing.linking.moves import move_to_undo
from ticketing.linking.reading import Links, links_of, suggestions_for
from ticketing.linking.splitting import Split, Splitting
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.visibility import sees_restricted
from ticketing.web import render
from ticketing.web.api.tickets import no_such_ticket, ticket_id_of, ticket_response
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Nothing, Words, path_id, read_body

Version = Annotated[int, Field(ge=1, lt=2**31)]


class MergeBody(Body):
    """Into which ticket; both versions as the agent saw them. `other_contact`: that is meant."""

    into: UUID
    version: Version
    into_version: Version
    other_contact: bool = False


class SplitBody(Body):
    """These messages become a ticket; `conversation_ids` go on there."""

    version: Version
    message_ids: Annotated[tuple[UUID, ...], Field(min_length=1, max_length=500)]
    category: Annotated[Words, Field(max_length=20)] | None = None
    conversation_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()


class ParentBody(Body):
    """null: a case of no incident."""

    version: Version
    parent_id: UUID | None


class RelationBody(Body):
    ticket_id: UUID
    related: bool = True


async def links(request: web.Request) -> web.StreamResponse:
    """What belongs to a ticket: merged, split, incident and cases, related; and what can be undone."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    restricted = sees_restricted(request[SESSION].permissions)
    async with context.reading() as connection:
        if not await tickets_by_id(connection, [ticket_id]):
            raise no_such_ticket()
        found = await links_of(connection, ticket_id, datetime.now(UTC), restricted=restricted)
    return json_response(_links(found))


async def related(request: web.Request) -> web.StreamResponse:
    """Active tickets that might be the same matter."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    restricted = sees_restricted(request[SESSION].permissions)
    async with context.reading() as connection:
        ticket = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
        if ticket is None:
            raise no_such_ticket()
        found = await suggestions_for(connection, ticket, restricted=restricted)
    return json_response(
        {"suggestions": [{"reason": one.reason, "ticket": render.ticket(one.row)} for one in found]}
    )


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge the ticket into another; it can be undone for 24 hours."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, MergeBody)
    await _check_visible(request, body.into)
    move_id = await Merging(context.desk).merge(
        ticket_id,
        body.into,
        request[SESSION].agent_id,
        (body.version, body.into_version),
        other_contact=body.other_contact,
    )
    return await _moved(request, body.into, move_id)


async def split(request: web.Request) -> web.StreamResponse:
    """Make a ticket of its own from some of the messages; it can be undone for 24 hours."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, SplitBody)
    wanted = Split(ticket_id, body.message_ids, body.version, body.category, frozenset(body.conversation_ids))
    new_id, move_id = await Splitting(context.desk).split(wanted, request[SESSION].agent_id)
    return await _moved(request, new_id, move_id, status=201)


async def undo(request: web.Request) -> web.StreamResponse:
    """Take a merge or a split back. Answers with the ticket that has its messages again."""
    context = request.app[CONTEXT]
    move_id = path_id(request, "move_unknown", "move")
    await read_body(request, Nothing)
    async with context.reading() as connection:
        move = await move_to_undo(connection, move_id)
    for ticket_id in (move.source_id, move.target_id):
        await _check_visible(request, ticket_id, NotFound("move_unknown", "This move does not exist."))
    await Merging(context.desk).undo(move_id, request[SESSION].agent_id)
    return await ticket_response(context, move.source_id)


async def set_parent(request: web.Request) -> web.StreamResponse:
    """Make the ticket a case of an incident, or of none."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, ParentBody)
    if body.parent_id is not None:
        await _check_visible(request, body.parent_id)
    await Families(context.desk).set_parent(
        ticket_id, body.parent_id, request[SESSION].agent_id, body.version
    )
    return await ticket_response(context, ticket_id)


async def relate(request: web.Request) -> web.StreamResponse:
    """Say that two tickets have to do with each other, or that they do not."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, RelationBody)
    await _check_visible(request, body.ticket_id)
    await Families(context.desk).relate(
        ticket_id, body.ticket_id, request[SESSION].agent_id, related=body.related
    )
    return await ticket_response(context, ticket_id)


async def _check_visible(request: web.Request, ticket_id: UUID, refusal: NotFound | None = None) -> None:
    """The other ticket of the request must be one that this agent may see."""
    async with request.app[CONTEXT].reading() as connection:
        row = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
    if row is None or (row.is_restricted and not sees_restricted(request[SESSION].permissions)):
        raise refusal or no_such_ticket()


async def _moved(request: web.Request, ticket_id: UUID, move_id: UUID, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        row = (await tickets_by_id(connection, [ticket_id]))[ticket_id]
    return json_response({"ticket": render.ticket(row), "move_id": str(move_id)}, status)


def _links(found: Links) -> render.Json:
    def rows(link: str) -> list[render.Json]:
        return [render.ticket(row) for row in found.by_link.get(link, ())]

    def one(link: str) -> render.Json | None:
        return next(iter(rows(link)), None)

    single = {link: one(link) for link in ("merged_into", "split_from", "parent")}
    several = {link: rows(link) for link in ("merged", "split_into", "children", "related")}
    return single | several | {"moves": [_move(row) for row in found.moves]}


def _move(row: Row[Any]) -> render.Json:
    agent = None if row.agent_id is None else {"id": str(row.agent_id), "name": row.agent_name}
    return {
        "id": str(row.id),
        "kind": row.kind,
        "source": {"id": str(row.source_id), "number": row.source_number},
        "target": {"id": str(row.target_id), "number": row.target_number},
        "agent": agent,
        "at": render.time(row.at),
        "undo_until": render.time(row.undo_until),
    }
