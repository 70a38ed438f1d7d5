"""Replies, notes, and what a person decides about a message that did not go through."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from channels.envelope import Content
from ticketing.errors import NotFound
from ticketing.reading.threads import messages_by_id
from ticketing.replies import Writing
from ticketing.web import render
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Nothing, Words, path_id, read_body

Text = Annotated[Words, Field(max_length=65_536)]


class ReplyBody(Body):
    """`client_id` is the idempotency key: the same again is the same reply."""

    client_id: UUID
    text: Text = ""
    conversation_id: UUID | None = None
    attachment_ids: Annotated[tuple[UUID, ...], Field(max_length=10)] = ()


class NoteBody(Body):
    client_id: UUID
    text: Annotated[Text, Field(min_length=1)]


async def reply(request: web.Request) -> web.StreamResponse:
    """To an assistant's ticket it takes it over, to an unassigned one it claims it."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, ReplyBody)
    content = Content(text=body.text)
    writing = Writing(ticket_id, request[SESSION].agent_id, body.client_id, content, body.attachment_ids)
    return await _written(context, await context.replies.reply(writing, body.conversation_id))


async def note(request: web.Request) -> web.StreamResponse:
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, NoteBody)
    writing = Writing(ticket_id, request[SESSION].agent_id, body.client_id, Content(text=body.text))
    return await _written(context, await context.replies.note(writing))


async def retry(request: web.Request) -> web.StreamResponse:
    context, message_id = request.app[CONTEXT], _message_id(request)
    await read_body(request, Nothing)
    await context.replies.retry(message_id, request[SESSION].agent_id)
    return await _message(context, message_id)


async def cancel(request: web.Request) -> web.StreamResponse:
    context, message_id = request.app[CONTEXT], _message_id(request)
    await read_body(request, Nothing)
    await context.replies.cancel(message_id, request[SESSION].agent_id)
    return await _message(context, message_id)


def _message_id(request: web.Request) -> UUID:
    return path_id(request, "message_unknown", "message")


async def _written(context: Context, ids: Sequence[UUID]) -> web.Response:
    async with context.reading() as connection:
        found = await messages_by_id(connection, ids)
    return json_response(
        {"messages": [render.message(found[message_id]) for message_id in ids if message_id in found]}, 201
    )


async def _message(context: Context, message_id: UUID) -> web.Response:
    """200 `{"message": Message}`."""
    async with context.reading() as connection:
        found = (await messages_by_id(connection, [message_id])).get(message_id)
    if found is None:
        raise NotFound("message_unknown", "This message does not exist.")
    return json_response({"message": render.message(found)})
