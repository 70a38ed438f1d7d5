"""Reading tickets: views, lists, one ticket and its thread."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing.details import details_of
from ticketing.errors import Invalid, NotFound
from ticketing.reading import asked, finding, listing, threads
from ticketing.reading.filters import TicketFilter
from ticketing.reading.kept_fields import kept_fields
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.reading.views import Order, View, find_view, reader_of
from ticketing.visibility import sees_restricted
from ticketing.web import render, render_requests
from ticketing.web.api.clocks import ticket_clocks
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_query

PageSize = Annotated[int, Field(ge=1, le=200)]


class ListQuery(TicketFilter):
    """A filter in the query string, beside a view and a search for a number or a person."""

    view: Annotated[Words, Field(max_length=40)] | None = None
    order: Order | None = None
    limit: PageSize = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None
    q: Annotated[Words, Field(max_length=200)] | None = None

    @property
    def filter(self) -> TicketFilter:
        return TicketFilter.model_construct(
            **{name: getattr(self, name) for name in TicketFilter.model_fields}
        )


class TimelineQuery(Body):
    before: UUID | None = None
    around: UUID | None = None
    limit: PageSize = 50


async def list_tickets(request: web.Request) -> web.StreamResponse:
    """The tickets of a view or a filter, a page at a time."""
    context, query, session = request.app[CONTEXT], read_query(request, ListQuery), request[SESSION]
    words = asked.read(query.q) if query.q and query.q.strip() else None
    async with context.reading() as connection:
        restricted = sees_restricted(session.permissions)
        reader = await reader_of(connection, session.agent_id, restricted=restricted)
        view = (
            View("", TicketFilter())
            if query.view is None
            else await find_view(connection, reader, query.view)
        )
        if view is None:
            raise NotFound("view_unknown", "This view does not exist.")
        # Who looks for a number or a person wants it found, closed or not.
        whole = words is not None and view.id == "all"
        try:
            page = await listing.list_tickets(
                connection,
                [query.filter] if whole else [view.filter, query.filter],
                reader,
                order=query.order or view.order,
                limit=query.limit,
                cursor=query.cursor,
                further=None if words is None else finding.condition(words),
            )
        except listing.BadCursor as error:
            raise Invalid("invalid", str(error), {"cursor": str(error)}) from error
    return json_response(
        {"tickets": [render.ticket(row) for row in page.rows], "next_cursor": page.next_cursor}
    )


async def ticket_detail(request: web.Request) -> web.StreamResponse:
    """One ticket with its conversations, contact, handover and clocks."""
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
    """The thread of a ticket: messages and events, oldest first, the newest page without `before`."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    query = read_query(request, TimelineQuery)
    async with context.reading() as connection:
        if not await tickets_by_id(connection, [ticket_id]):
            raise no_such_ticket()
        if query.around is not None:
            around, limit = query.around, query.limit
            page = await threads.timeline_around(connection, ticket_id, around=around, limit=limit)
        else:
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
