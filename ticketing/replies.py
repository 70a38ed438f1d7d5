"""What people say: replies and private notes, and what they do to a reply that is not out yet."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Content
from ticketing.accounts import Accounts
from ticketing.answering import (
    Writing,
    answer,
    capabilities_of,
    check_window,
    locked_conversation,
    remember,
    written_before,
)
from ticketing.codec import content_from_json
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.mentions import mentioned, tell
from ticketing.outgoing import SECRET
from ticketing.ownership import locked_ticket
from ticketing.posting import message_row
from ticketing.receipts import message_updated
from ticketing.undoing import TakenBack, remember_after, take_back

NOTE_LENGTH: Final = 20_000

_PREFERENCE: Final = text("SELECT undo_seconds FROM composer_preferences WHERE agent_id = :agent_id")


class Replies:
    """Replies and notes. Every method is one transaction; permissions were checked at the door.

    `undo`: how long a reply waits in which its author may take it back, unless the author prefers otherwise.
    """

    def __init__(self, desk: Desk, accounts: Accounts, undo: timedelta = timedelta(0)) -> None:
        self._desk = desk
        self._accounts = accounts
        self._undo = undo

    async def reply(self, writing: Writing) -> list[UUID]:
        """Queue an answer and return its messages' ids. Refusals as `answering.answer` says."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            before = await written_before(connection, writing.client_id)
            if before:
                return before
            wait = await self._wait(connection, writing.agent_id)
            ticket, ids = await answer(transaction, self._accounts, writing, wait)
            if wait:
                await remember_after(connection, writing.client_id, ticket)
            return ids

    async def note(self, writing: Writing) -> list[UUID]:
        """Write a private note: it is no outbound message and cannot reach a customer."""
        if not writing.content.text.strip():
            raise Invalid("empty", "A note needs words.")
        async with self._desk.transaction() as transaction:
            before = await written_before(transaction.connection, writing.client_id)
            if before:
                return before
            message_id = await write_note(transaction, writing)
            await remember(transaction.connection, writing.client_id, message_id)
            return [message_id]

    async def undo(self, message_id: UUID, agent_id: UUID) -> TakenBack:
        """Take back the reply this message belongs to, as its author. Conflict `too_late`."""
        async with self._desk.transaction() as transaction:
            return await take_back(transaction, message_id, agent_id)

    async def cancel(self, message_id: UUID, agent_id: UUID) -> None:
        """Cancel a message that is still pending. Conflict `too_late` when it is on its way."""
        async with self._desk.transaction() as transaction:
            message = await _locked_message(transaction.connection, message_id)
            if message["state"] != "pending":
                raise Conflict("too_late", "This message is no longer waiting to be sent.")
            await _set_state(transaction, message, "cancelled", agent_id)

    async def retry(self, message_id: UUID, agent_id: UUID) -> None:
        """Send a failed or unknown message again, by a person's decision. Conflict when it is neither."""
        async with self._desk.transaction() as transaction:
            message = await _locked_message(transaction.connection, message_id)
            if message["state"] not in {"failed", "unknown"}:
                raise Conflict(
                    "not_failed", "Only a message that failed or whose outcome is unknown is sent again."
                )
            content = content_from_json(message["kind"], message["content"])
            if content.text == SECRET:
                raise Conflict("secret_gone", "A one-time code is not kept: ask for a new one.")
            capabilities = capabilities_of(self._accounts, message["account"])
            check_window(capabilities, content, message["window_expires_at"], transaction.now)
            await _set_state(transaction, message, "pending", agent_id)
            transaction.send_due(message["conversation_id"], message["account"])

    async def _wait(self, connection: AsyncConnection, agent_id: UUID) -> timedelta:
        seconds = await connection.scalar(_PREFERENCE, {"agent_id": agent_id})
        return self._undo if seconds is None else timedelta(seconds=seconds)


async def write_note(transaction: Transaction, writing: Writing) -> UUID:
    """A note in the ticket's newest conversation; those it mentions are told. Invalid `mention_unknown`."""
    conversation = await locked_conversation(transaction, writing.ticket_id, None)
    ticket = await locked_ticket(transaction.connection, writing.ticket_id)
    words = writing.content.text[:NOTE_LENGTH]
    mentions = await mentioned(transaction.connection, words, writing.mentions)
    row = message_row(
        conversation,
        ticket.id,
        Content(text=words, extra={"mentions": [one.as_json() for one in mentions]} if mentions else {}),
        direction="note",
        author="agent",
        author_id=writing.agent_id,
        client_id=writing.client_id,
    )
    transaction.add_message(row)
    transaction.save(conversation)
    transaction.record(
        Event(
            "note.added",
            "agent",
            ticket_id=ticket.id,
            conversation_id=conversation.id,
            message_id=row["id"],
            actor_id=writing.agent_id,
        )
    )
    await tell(transaction, mentions, row["id"], ticket.id, by=writing.agent_id)
    message_id: UUID = row["id"]
    return message_id


async def _locked_message(connection: AsyncConnection, message_id: UUID) -> dict[str, Any]:
    row = (
        await connection.execute(
            text(
                "SELECT m.id, m.ticket_id, m.conversation_id, m.state, m.kind, m.content, c.account,"
                " c.window_expires_at FROM messages m JOIN conversations c ON c.id = m.conversation_id"
                " WHERE m.id = :id AND m.direction = 'outbound' FOR NO KEY UPDATE OF m"
            ),
            {"id": message_id},
        )
    ).one_or_none()
    if row is None:
        raise NotFound("message_unknown", "There is no such message.")
    return dict(row._mapping)


async def _set_state(transaction: Transaction, message: dict[str, Any], state: str, agent_id: UUID) -> None:
    await transaction.connection.execute(
        text("UPDATE messages SET state = :state, failure = NULL, attempts = 0 WHERE id = :id"),
        {"id": message["id"], "state": state},
    )
    event = message_updated(
        message["id"], message["ticket_id"], message["conversation_id"], state, actor="agent"
    )
    transaction.record(replace(event, actor_id=agent_id))
