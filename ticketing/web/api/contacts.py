"""Contacts: found, shown, merged and told apart."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.contacts import reading
from ticketing.contacts.merging import Contacts
from ticketing.cursors import Cursor
from ticketing.custom_fields import all_fields, visible_fields
from ticketing.errors import NotFound
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Nothing, Words, path_id, read_body, read_query

BEFORE: Final[Cursor[datetime, UUID]] = Cursor("contacts", datetime, UUID)


class ContactsQuery(Body):
    q: Annotated[Words, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class MergeContactsBody(Body):
    """Into whom; `take`: what the other takes from this one (`name`, `language`, keys of fields)."""

    into: UUID
    take: Annotated[tuple[Annotated[Words, Field(max_length=100)], ...], Field(max_length=100)] = ()


class DistinctBody(Body):
    other_id: UUID


async def list_contacts(request: web.Request) -> web.StreamResponse:
    """Contacts, the newest first, or those whose name, telephone or address holds these letters."""
    query = read_query(request, ContactsQuery)
    before = BEFORE.read(query.cursor) if query.cursor else None
    search = query.q.strip() if query.q else None
    async with request.app[CONTEXT].reading() as connection:
        rows = await reading.list_contacts(connection, search, before=before, count=query.limit + 1)
    page = rows[: query.limit]
    next_cursor = BEFORE.make(page[-1].created_at, page[-1].id) if len(rows) > query.limit else None
    return json_response({"contacts": [_row(row) for row in page], "next_cursor": next_cursor})


async def read_contact(request: web.Request) -> web.StreamResponse:
    """One contact with his addresses, fields, and who was merged into him."""
    contact_id = _contact_id(request)
    async with request.app[CONTEXT].reading() as connection:
        return json_response(await _detail(connection, contact_id, request[SESSION].role))


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge this contact into another. It can be undone."""
    context, session, contact_id = request.app[CONTEXT], request[SESSION], _contact_id(request)
    body = await read_body(request, MergeContactsBody)
    merge_id = await Contacts(context.desk).merge(
        contact_id, body.into, session.agent_id, take=frozenset(body.take)
    )
    async with context.reading() as connection:
        detail = await _detail(connection, body.into, session.role)
    return json_response({"contact": detail, "merge_id": str(merge_id)})


async def undo(request: web.Request) -> web.StreamResponse:
    """Tell two merged contacts apart again. Answers with the one that has his own back."""
    context, session = request.app[CONTEXT], request[SESSION]
    await read_body(request, Nothing)
    merge = await Contacts(context.desk).undo(path_id(request, "merge_unknown", "merge"), session.agent_id)
    async with context.reading() as connection:
        return json_response(await _detail(connection, merge.source_id, session.role))


async def duplicates(request: web.Request) -> web.StreamResponse:
    """Who might be the same person: the same telephone, mailbox or verified contract."""
    contact_id = _contact_id(request)
    async with request.app[CONTEXT].reading() as connection:
        if await reading.contact_by_id(connection, contact_id) is None:
            raise _unknown()
        found = await reading.duplicates_of(connection, contact_id)
    return json_response({"duplicates": [{"reason": one.reason, "contact": _row(one.row)} for one in found]})


async def distinct(request: web.Request) -> web.StreamResponse:
    """Say that another contact is not the same person: not suggested again."""
    context, contact_id = request.app[CONTEXT], _contact_id(request)
    body = await read_body(request, DistinctBody)
    async with context.desk.transaction() as transaction:
        connection = transaction.connection
        for one in (contact_id, body.other_id):
            if contact_id == body.other_id or await reading.contact_by_id(connection, one) is None:
                raise _unknown()
        await reading.say_distinct(connection, contact_id, body.other_id, request[SESSION].agent_id)
    return web.Response(status=204)


def _contact_id(request: web.Request) -> UUID:
    return path_id(request, "contact_unknown", "contact")


def _unknown() -> NotFound:
    return NotFound("contact_unknown", "This contact does not exist.")


async def _detail(connection: AsyncConnection, contact_id: UUID, role: str) -> render.Json:
    row = await reading.contact_by_id(connection, contact_id)
    if row is None:
        raise _unknown()
    known = await all_fields(connection, "contact")
    merges = await reading.merges_into(connection, contact_id)
    return _row(row) | {
        "fields": visible_fields(known, row.fields or {}, role),
        "merged_into": render.identifier(row.merged_into_id),
        "merges": [_merge(merge) for merge in merges],
    }


def _row(row: Row[Any]) -> render.Json:
    return {
        "id": str(row.id),
        "name": row.name,
        "language": row.language,
        "tags": list(row.tags),
        "created_at": render.time(row.created_at),
        "identities": row.identities or [],
        "tickets": row.tickets,
        "active_tickets": row.active_tickets,
        "last_message_at": render.time(row.last_message_at),
    }


def _merge(row: Row[Any]) -> render.Json:
    return {
        "id": str(row.id),
        "contact_id": str(row.source_id),
        "name": row.source_name,
        "at": render.time(row.at),
        "agent": None if row.agent_id is None else {"id": str(row.agent_id), "name": row.agent_name},
    }
