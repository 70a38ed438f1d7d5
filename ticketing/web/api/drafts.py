"""An agent's unsent words, and how the agent's composer behaves."""

from __future__ import annotations

import json
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.drafts import Drafts, own_drafts
from ticketing.drafts import Words as DraftWords
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.draft_feed import draft
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body

Text = Annotated[Words, Field(max_length=65_536)]

_PREFERENCES: Final = text(
    "SELECT undo_seconds, signatures FROM composer_preferences WHERE agent_id = :agent_id"
).columns(signatures=JSONB)
_PREFER: Final = text(
    "INSERT INTO composer_preferences (agent_id, undo_seconds, signatures)"
    " VALUES (:agent_id, :undo_seconds, CAST(:signatures AS jsonb)) ON CONFLICT (agent_id) DO UPDATE SET"
    " undo_seconds = excluded.undo_seconds, signatures = excluded.signatures"
)


class DraftBody(Body):
    """`seen`: the newest counter this device knows of this draft, 0 for none."""

    mode: Literal["reply", "note"] = "reply"
    reply: Text = ""
    note: Text = ""
    conversation_id: UUID | None = None
    seen: Annotated[int, Field(ge=0, lt=2**62)] = 0


class ComposerBody(Body):
    """`undo_seconds` null: the desk's own."""

    undo_seconds: Annotated[int, Field(ge=0, le=30)] | None = None
    signatures: dict[Literal["ar", "fr", "en"], Annotated[Words, Field(max_length=1000)]] = Field(
        default_factory=dict
    )


async def list_drafts(request: web.Request) -> web.StreamResponse:
    """The agent's own drafts, newest first."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await own_drafts(connection, request[SESSION].agent_id)
    return json_response({"drafts": [draft(row) for row in rows]})


async def put(request: web.Request) -> web.StreamResponse:
    """Keep what stands in the composer, unless another device has written since."""
    context, ticket_id = request.app[CONTEXT], ticket_id_of(request)
    body = await read_body(request, DraftBody)
    words = DraftWords(body.mode, body.reply, body.note, body.conversation_id)
    row, stored = await Drafts(context.desk).put(request[SESSION].agent_id, ticket_id, words, body.seen)
    return json_response({"draft": draft(row), "stored": stored})


async def delete(request: web.Request) -> web.StreamResponse:
    """Nothing is left of it, on any device."""
    await Drafts(request.app[CONTEXT].desk).empty(request[SESSION].agent_id, ticket_id_of(request))
    return web.Response(status=204)


async def read_composer(request: web.Request) -> web.StreamResponse:
    """How the agent's composer behaves."""
    return await _composer(request.app[CONTEXT], request[SESSION].agent_id)


async def set_composer(request: web.Request) -> web.StreamResponse:
    """How long a reply can be taken back, and what a mail ends with."""
    context, agent_id = request.app[CONTEXT], request[SESSION].agent_id
    body = await read_body(request, ComposerBody)
    signatures = {language: words.strip() for language, words in body.signatures.items() if words.strip()}
    values = {
        "agent_id": agent_id,
        "undo_seconds": body.undo_seconds,
        "signatures": json.dumps(signatures),
    }
    async with context.desk.transaction() as transaction:
        await transaction.connection.execute(_PREFER, values)
    return await _composer(context, agent_id)


async def _composer(context: Context, agent_id: UUID) -> web.Response:
    async with context.reading() as connection:
        row = (await connection.execute(_PREFERENCES, {"agent_id": agent_id})).one_or_none()
    answer: dict[str, Any] = {
        "undo_seconds": None if row is None else row.undo_seconds,
        "undo_default": int(context.settings.undo_send.total_seconds()),
        "signatures": {} if row is None else row.signatures,
    }
    return json_response(answer)
