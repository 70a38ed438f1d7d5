"""Taking back a reply that has not left: its words return to the agent, the ticket to what it was."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, Forbidden, NotFound
from ticketing.ownership import locked_ticket
from ticketing.receipts import message_updated
from ticketing.state import Ticket

if TYPE_CHECKING:
    from ticketing.answering import Writing

_TIMES: Final = ("waiting_since", "snoozed_until", "solved_at", "closed_at")

_REMEMBER: Final = text(
    "INSERT INTO reply_undos (client_id, ticket_id, version, before)"
    " VALUES (:client_id, :ticket_id, 0, CAST(:before AS jsonb))"
)
_AFTER: Final = text("UPDATE reply_undos SET version = :version WHERE client_id = :client_id")
_FIND: Final = text(
    "SELECT ticket_id, conversation_id, client_id, author_id FROM messages"
    " WHERE id = :id AND direction = 'outbound' AND author = 'agent'"
)
_PARTS: Final = text(
    "SELECT id, state, content->>'text' AS text FROM messages WHERE conversation_id = :conversation_id"
    " AND client_id = :client_id ORDER BY position FOR NO KEY UPDATE"
)
_CANCEL: Final = text("UPDATE messages SET state = 'cancelled' WHERE id = ANY(CAST(:ids AS uuid[]))")
# Solved with this very reply, the ticket taught it as an answer that was given.
_UNLEARN: Final = text("DELETE FROM past_answers WHERE message_id = ANY(CAST(:ids AS uuid[]))")
_DETACH: Final = text(
    "UPDATE attachments SET message_id = NULL, conversation_id = NULL, account = NULL"
    " WHERE message_id = ANY(CAST(:ids AS uuid[])) AND uploaded_by = :agent_id RETURNING id"
)
# The answer that stopped them was none.
_RUN_AGAIN: Final = text(
    "UPDATE ticket_clocks SET met_at = NULL WHERE ticket_id = :ticket_id"
    " AND kind IN ('first_response', 'next_response') AND met_at = :at"
)
_FORGET: Final = text(
    "DELETE FROM reply_undos WHERE client_id = :client_id RETURNING version, before"
).columns(before=JSONB)


@dataclass(frozen=True, slots=True)
class Before:
    """What a reply changes in its ticket, as it was. Who holds the ticket is not among it."""

    status: str
    status_key: str | None
    close_reason: str | None
    waiting_since: datetime | None
    snoozed_until: datetime | None
    solved_at: datetime | None
    closed_at: datetime | None
    last_message: dict[str, Any] | None
    unread: int

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        return cls(**{name: getattr(ticket, name) for name in cls.__slots__})

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        return values | {name: values[name].isoformat() for name in _TIMES if values[name] is not None}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        times = {name: _time(values[name]) for name in _TIMES if values[name] is not None}
        return cls(**(values | times))


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What returns to the composer. `cancelled`: the messages that will not leave."""

    text: str
    attachment_ids: tuple[UUID, ...]
    conversation_id: UUID
    cancelled: tuple[UUID, ...]


async def remember_before(transaction: Transaction, writing: Writing, before: Before) -> None:
    """For as long as the reply can be taken back."""
    kept = {
        "at": transaction.now.isoformat(),
        "text": writing.content.text,
        "attachment_ids": [str(one) for one in writing.attachment_ids],
        "ticket": before.as_json(),
    }
    values = {"client_id": writing.client_id, "ticket_id": writing.ticket_id, "before": json.dumps(kept)}
    await transaction.connection.execute(_REMEMBER, values)


async def remember_after(connection: AsyncConnection, client_id: UUID, ticket: Ticket) -> None:
    """The ticket as the reply left it: whoever changes it later is not undone."""
    await connection.execute(_AFTER, {"client_id": client_id, "version": ticket.version})


async def take_back(transaction: Transaction, message_id: UUID, agent_id: UUID) -> TakenBack:
    """Every part of the reply that this message belongs to. Conflict `too_late` when one is on its way."""
    connection = transaction.connection
    found = (await connection.execute(_FIND, {"id": message_id})).one_or_none()
    if found is None or found.ticket_id is None or found.client_id is None:
        raise NotFound("message_unknown", "There is no such message.")
    if found.author_id != agent_id:
        raise Forbidden("forbidden", "A reply is taken back by whoever wrote it.")
    ticket = await locked_ticket(connection, found.ticket_id)
    keys = {"conversation_id": found.conversation_id, "client_id": found.client_id}
    parts = (await connection.execute(_PARTS, keys)).all()
    if any(part.state != "pending" for part in parts):
        raise Conflict("too_late", "This message is no longer waiting to be sent.")
    ids = [part.id for part in parts]
    await connection.execute(_CANCEL, {"ids": ids})
    await connection.execute(_UNLEARN, {"ids": ids})
    detached = await connection.execute(_DETACH, {"ids": ids, "agent_id": agent_id})
    files = [row.id for row in detached]
    kept = (await connection.execute(_FORGET, {"client_id": found.client_id})).one_or_none()
    if kept is not None:
        await connection.execute(_RUN_AGAIN, {"ticket_id": ticket.id, "at": _time(kept.before["at"])})
        _restore(transaction, ticket, kept, agent_id)
    for part in parts:
        event = message_updated(part.id, ticket.id, found.conversation_id, "cancelled", actor="agent")
        transaction.record(replace(event, actor_id=agent_id))
    return TakenBack(_words(kept, parts), _in_order(kept, files), found.conversation_id, tuple(ids))


def _restore(transaction: Transaction, ticket: Ticket, kept: Row[Any], agent_id: UUID) -> None:
    """What nobody else has changed since is as it was; the customer waits again in any case."""
    before = Before.from_json(kept.before["ticket"])
    if ticket.version == kept.version:
        for name in Before.__slots__:
            setattr(ticket, name, getattr(before, name))
    elif ticket.waiting_since is None:
        ticket.waiting_since = before.waiting_since
    ticket.version += 1
    transaction.save(ticket)
    transaction.record(Event("reply.undone", "agent", ticket_id=ticket.id, actor_id=agent_id))


def _words(kept: Row[Any] | None, parts: Sequence[Row[Any]]) -> str:
    if kept is not None:
        return str(kept.before["text"])
    return "\n".join(part.text for part in parts if part.text)


def _in_order(kept: Row[Any] | None, files: Sequence[UUID]) -> tuple[UUID, ...]:
    order = [UUID(one) for one in kept.before["attachment_ids"]] if kept is not None else []
    return tuple(sorted(files, key=lambda one: order.index(one) if one in order else len(order)))
