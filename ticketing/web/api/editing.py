"""What an agent changes in a ticket and in what is known of its contact."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field, StringConstraints

from bot.contract import Language
from ticketing.contact_changes import ContactChange, change_contact
from ticketing.custom_statuses import find_status
from ticketing.editing import KEEP, Actor, TicketChange
from ticketing.errors import Forbidden
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.starting import Starting
from ticketing.statuses import DONE
from ticketing.web.api.actions import Versioned
from ticketing.web.api.tickets import no_such_ticket, ticket_id_of, ticket_response
from ticketing.web.auth.guard import SESSION
from ticketing.web.auth.sessions import Session
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body

CLOSING = "ticket:close"

Code = Annotated[Words, Field(min_length=1, max_length=20)]
Key = Annotated[Words, Field(min_length=1, max_length=40)]
Reason = Literal["junk"]
Tags = Annotated[tuple[Annotated[Words, Field(max_length=200)], ...], Field(max_length=50)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Fields = Annotated[dict[str, Any], Field(max_length=100)]
Status = Literal["new", "open", "pending", "on_hold", "snoozed", "solved", "closed"]


class ChangeBody(Versioned):
    """What is not there stays as it is; null takes away."""

    category: Code | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    status: Status | None = None
    status_key: Key | None = None
    snoozed_until: AwareDatetime | None = None
    tags: Tags | None = None
    fields: Fields | None = None
    reason: Reason | None = None


class SolveBody(Versioned):
    """What may still be missing comes along."""

    reason: Reason | None = None
    status_key: Key | None = None
    category: Code | None = None
    fields: Fields | None = None


class CloseBody(Versioned):
    reason: Reason | None = None


class StartBody(Body):
    """One of the contact's identities, or another address of his on the account's channel.

    Without an account the identity's own is taken: where they spoke last, else one that can begin.
    """

    account: Annotated[Words, Field(min_length=1, max_length=100)] | None = None
    identity_id: UUID | None = None
    address: Annotated[Words, Field(min_length=1, max_length=320)] | None = None


class ContactBody(Body):
    """What is not there stays as it is; null empties name and language."""

    name: Name | None = None
    language: Language | None = None
    fields: Fields | None = None
    tags: Tags | None = None


async def change(request: web.Request) -> web.StreamResponse:
    """Change any of a ticket's category, priority, status, tags and fields at once."""
    body = await read_body(request, ChangeBody)
    given = body.model_fields_set
    wanted = TicketChange(
        category=body.category if "category" in given else KEEP,
        priority=body.priority,
        status=body.status,
        status_key=body.status_key if "status_key" in given else KEEP,
        snoozed_until=body.snoozed_until,
        tags=body.tags,
        fields=body.fields or {},
        reason=body.reason,
    )
    return await _changed(request, body.version, wanted)


async def solve(request: web.Request) -> web.StreamResponse:
    """Say that a ticket is solved, with what may still be missing for it."""
    body = await read_body(request, SolveBody)
    wanted = TicketChange(
        category=body.category or KEEP,
        status="solved",
        status_key=body.status_key or KEEP,
        fields=body.fields or {},
        reason=body.reason,
    )
    return await _changed(request, body.version, wanted)


async def close(request: web.Request) -> web.StreamResponse:
    """Close a ticket, whoever has it."""
    body = await read_body(request, CloseBody)
    return await _changed(request, body.version, TicketChange(status="closed", reason=body.reason))


async def reopen(request: web.Request) -> web.StreamResponse:
    """Open a solved or closed ticket again."""
    body = await read_body(request, Versioned)
    return await _changed(request, body.version, TicketChange(status="open"))


async def start(request: web.Request) -> web.StreamResponse:
    """Have a ticket answered on another channel of its contact, too."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, StartBody)
    starting = Starting(context.desk, context.dependencies.accounts)
    conversation_id, created = await starting.start(
        ticket_id, request[SESSION].agent_id, body.account, identity_id=body.identity_id, address=body.address
    )
    return json_response({"conversation_id": str(conversation_id), "created": created}, 201)


async def contact(request: web.Request) -> web.StreamResponse:
    """Change what is kept of a contact: name, language, fields and tags."""
    context, session = request.app[CONTEXT], request[SESSION]
    contact_id = path_id(request, "contact_unknown", "contact")
    body = await read_body(request, ContactBody)
    wanted = ContactChange(
        body.fields or {},
        body.tags,
        body.name if "name" in body.model_fields_set else KEEP,
        body.language if "language" in body.model_fields_set else KEEP,
    )
    kept = await change_contact(context.desk, contact_id, wanted, session.agent_id, session.role)
    return json_response(
        {
            "id": str(contact_id),
            "name": kept.name,
            "language": kept.language,
            "fields": kept.fields,
            "tags": kept.tags,
        }
    )


async def _changed(request: web.Request, version: int, wanted: TicketChange) -> web.Response:
    context, ticket_id, session = request.app[CONTEXT], ticket_id_of(request), request[SESSION]
    if wanted.status is not None or wanted.status_key is not KEEP or wanted.snoozed_until is not None:
        await _check_closing(context, ticket_id, wanted, session)
    await context.editing.change(ticket_id, version, wanted, Actor(session.agent_id, session.role))
    return await ticket_response(context, ticket_id)


async def _check_closing(context: Context, ticket_id: UUID, wanted: TicketChange, session: Session) -> None:
    """Into solved and closed, and out of them, is for those who may close."""
    if CLOSING in session.permissions:
        return
    async with context.reading() as connection:
        row = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
        if row is None:
            raise no_such_ticket()
        into = wanted.status
        if into is None and isinstance(wanted.status_key, str):
            named = await find_status(connection, wanted.status_key)
            into = None if named is None else named.status
    if into in DONE or row.status in DONE:
        raise Forbidden("forbidden", f"This needs the permission {CLOSING}.")
