"""Replies, notes, and what a person decides about a message that did not go through."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Content
from ticketing.answering import Mention, Writing
from ticketing.errors import Forbidden, NotFound
from ticketing.reading.threads import messages_by_id
from ticketing.undoing import TakenBack
from ticketing.web import render
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Nothing, Words, path_id, read_body

Text = Annotated[Words, Field(max_length=65_536)]

_UPLOADS: Final = text(
    "SELECT id, kind, content_type, name, size, state FROM attachments WHERE id = ANY(CAST(:ids AS uuid[]))"
)


class AnswerBody(Body):
    """What every reply has, whenever it leaves. `client_id`: the same again is the same reply."""

    client_id: UUID
    text: Text = ""
    conversation_id: UUID | None = None
    attachment_ids: Annotated[tuple[UUID, ...], Field(max_length=10)] = ()


class ReplyBody(AnswerBody):
    """`seen_message_id`: the newest message the agent had before the eyes; `force`: send it all the same."""

    seen_message_id: UUID | None = None
    force: bool = False
    canned_ids: Annotated[tuple[UUID, ...], Field(max_length=20)] = ()
    status_after: Literal["open", "pending", "on_hold", "solved"] | None = None


class MentionBody(Body):
    kind: Literal["agent", "team"]
    id: UUID


class NoteBody(Body):
    client_id: UUID
    text: Annotated[Text, Field(min_length=1)]
    mentions: Annotated[tuple[MentionBody, ...], Field(max_length=50)] = ()


async def reply(request: web.Request) -> web.StreamResponse:
    """Write to the customer. It takes a ticket over from the assistant, and claims an unassigned one."""
    context, body = request.app[CONTEXT], await read_body(request, ReplyBody)
    writing = replace(
        writing_of(request, body, body.status_after),
        seen_message_id=body.seen_message_id,
        force=body.force,
        canned_ids=body.canned_ids,
    )
    return await written(context, await context.replies.reply(writing))


def writing_of(request: web.Request, body: AnswerBody, status_after: str | None) -> Writing:
    """A reply on the ticket of the address, by whoever asks. Forbidden when it solves and he may not."""
    session = request[SESSION]
    if status_after == "solved" and "ticket:close" not in session.permissions:
        raise Forbidden("forbidden", "Solving needs the permission ticket:close.")
    return Writing(
        ticket_id_of(request),
        session.agent_id,
        body.client_id,
        Content(text=body.text),
        body.attachment_ids,
        body.conversation_id,
        status_after=status_after,
    )


async def note(request: web.Request) -> web.StreamResponse:
    """Write to colleagues: it cannot reach a customer."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, NoteBody)
    mentions = tuple(Mention(one.kind, one.id) for one in body.mentions)
    content, agent_id = Content(text=body.text), request[SESSION].agent_id
    writing = Writing(ticket_id, agent_id, body.client_id, content, mentions=mentions)
    return await written(context, await context.replies.note(writing))


async def undo(request: web.Request) -> web.StreamResponse:
    """Take back a reply that has not left: its words and files are the agent's again."""
    context, message_id = request.app[CONTEXT], _message_id(request)
    await read_body(request, Nothing)
    back = await context.replies.undo(message_id, request[SESSION].agent_id)
    async with context.reading() as connection:
        found = await messages_by_id(connection, back.cancelled)
        taken_back = await taken_back_json(connection, back)
    messages = [render.message(found[one]) for one in back.cancelled if one in found]
    return json_response({"messages": messages, "taken_back": taken_back})


async def taken_back_json(connection: AsyncConnection, back: TakenBack) -> dict[str, Any]:
    """`{"text", "attachments", "conversation_id"}`: what goes into the composer."""
    files = await files_json(connection, back.attachment_ids)
    return {
        "text": back.text,
        "attachments": [files[one] for one in back.attachment_ids if one in files],
        "conversation_id": str(back.conversation_id),
    }


async def files_json(connection: AsyncConnection, ids: Collection[UUID]) -> dict[UUID, render.Json]:
    """Attachments by their ids, those that are there."""
    if not ids:
        return {}
    rows = await connection.execute(_UPLOADS, {"ids": list(ids)})
    return {row.id: render.attachment(row) for row in rows}


async def retry(request: web.Request) -> web.StreamResponse:
    """Send a failed message, or one of which nobody knows whether it arrived, again."""
    context, message_id = request.app[CONTEXT], _message_id(request)
    await read_body(request, Nothing)
    await context.replies.retry(message_id, request[SESSION].agent_id)
    return await _message(context, message_id)


async def cancel(request: web.Request) -> web.StreamResponse:
    """Do not send a message that still waits."""
    context, message_id = request.app[CONTEXT], _message_id(request)
    await read_body(request, Nothing)
    await context.replies.cancel(message_id, request[SESSION].agent_id)
    return await _message(context, message_id)


def _message_id(request: web.Request) -> UUID:
    return path_id(request, "message_unknown", "message")


async def written(context: Context, ids: Sequence[UUID], status: int = 201) -> web.Response:
    """`{"messages": [Message]}`."""
    async with context.reading() as connection:
        found = await messages_by_id(connection, ids)
    return json_response(
        {"messages": [render.message(found[message_id]) for message_id in ids if message_id in found]}, status
    )


async def _message(context: Context, message_id: UUID) -> web.Response:
    """200 `{"message": Message}`."""
    async with context.reading() as connection:
        found = (await messages_by_id(connection, [message_id])).get(message_id)
    if found is None:
        raise NotFound("message_unknown", "This message does not exist.")
    return json_response({"message": render.message(found)})
