"""Reading tickets: views, lists, one ticket and its thread."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing.details import details_of
from ticketing.errors import Invalid, NotFound
from ticketing.reading import listing, threads
from ticketing.reading.counts import view_counts
from ticketing.reading.kept_fields import kept_fields
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.visibility import sees_restricted
from ticketing.web import render, render_requests
from ticketing.web.api.clocks import ticket_clocks
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_query

PageSize = Annotated[int, Field(ge=1, le=200)]


class ListQuery(Body):
    category: Annotated[Words, Field(max_length=20)] | None = None
    view: Literal["mine", "unassigned", "assistant", "all", "closed"] = "all"
    limit: PageSize = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None
    q: Annotated[Words, Field(max_length=200)] | None = None


class TimelineQuery(Body):
    before: UUID | None = None
    limit: PageSize = 50


async def views(request: web.Request) -> web.StreamResponse:
    context = request.app[CONTEXT]
    async with context.reading() as connection:
        counts = await view_counts(connection)
    session = request[SESSION]
    restricted = sees_restricted(session.permissions)
    return json_response(counts.of(session.agent_id, restricted=restricted))


async def list_tickets(request: web.Request) -> web.StreamResponse:
    context, query = request.app[CONTEXT], read_query(request, ListQuery)
    search = query.q.strip() if query.q else None
    async with context.reading() as connection:
        try:
            page = await listing.list_tickets(
                connection,
                query.view,
                request[SESSION].agent_id,
                limit=query.limit,
                cursor=query.cursor,
                search=search or None,
                category=query.category,
                restricted=sees_restricted(request[SESSION].permissions),
            )
        except listing.BadCursor as error:
            raise Invalid("invalid", str(error), {"cursor": str(error)}) from error
    return json_response(
        {"tickets": [render.ticket(row) for row in page.rows], "next_cursor": page.next_cursor}
    )


async def ticket_detail(request: web.Request) -> web.StreamResponse:
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    async with context.reading() as connection:
        restricted = sees_restricted(request[SESSION].permissions)
        detail = await threads.ticket_detail(connection, ticket_id, restricted=restricted)
        if detail is None:
            raise no_such_ticket()
        details = await details_of(connection, detail.row)
        clocks = await ticket_clocks(connection, ticket_id, context.dependencies.timetable)
        kept = await kept_fields(connection, ticket_id, request[SESSION].role)
    rendered = render.ticket_detail(detail, context.dependencies.accounts)
    rendered |= render_requests.handed_over(detail.row, details) | clocks
    return json_response(render_requests.with_fields(rendered, kept))


async def timeline(request: web.Request) -> web.StreamResponse:
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    query = read_query(request, TimelineQuery)
    async with context.reading() as connection:
        if not await tickets_by_id(connection, [ticket_id]):
            raise no_such_ticket()
        page = await threads.timeline(connection, ticket_id, before=query.before, limit=query.limit)
    return json_response(render.timeline(page))


def ticket_id_of(request: web.Request) -> UUID:
    return path_id(request, "ticket_unknown", "ticket")


def no_such_ticket() -> NotFound:
    return NotFound("ticket_unknown", "This ticket does not exist.")


async def ticket_response(context: Context, ticket_id: UUID) -> web.Response:
    """The ticket's row as it is now: the answer to whatever was done to it."""
    async with context.reading() as connection:
        row = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
    if row is None:
        raise no_such_ticket()
    return json_response(render.ticket(row))
