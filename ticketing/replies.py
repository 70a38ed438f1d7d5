"""What people say: replies and private notes, and what they do to a reply that is not out yet."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Attachment, Content, Kind
from channels.rendering import Undeliverable
from ticketing import lifecycle
from ticketing.accounts import Accounts
from ticketing.codec import content_from_json
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.outgoing import SECRET
from ticketing.ownership import locked_ticket, take_from_assistant
from ticketing.posting import fit, message_row, post
from ticketing.receipts import lock_all, lock_key, message_updated
from ticketing.state import Conversation, Ticket, lock_conversations
from ticketing.statuses import CLOSED

NOTE_LENGTH = 20_000


@dataclass(frozen=True, slots=True)
class Writing:
    """What an agent wrote. `client_id` makes it happen once however often the client repeats it."""

    ticket_id: UUID
    agent_id: UUID
    client_id: UUID
    content: Content
    attachment_ids: tuple[UUID, ...] = ()


class Replies:
    """Replies and notes. Every method is one transaction; permissions were checked at the door."""

    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        self._desk = desk
        self._accounts = accounts

    async def reply(self, writing: Writing, conversation_id: UUID | None = None) -> list[UUID]:
        """Queue an answer (in the ticket's newest conversation unless told) and return its messages' ids.

        A ticket of the assistant is taken over, an unassigned one claimed. Conflict: `ticket_closed`,
        `window_closed`. Invalid: `undeliverable` with `fields.reason`, `attachment_unknown`, `empty`.
        """
        async with self._desk.transaction() as transaction:
            before = await _written_before(transaction.connection, writing.client_id)
            if before:
                return before
            conversation = await _locked_conversation(transaction, writing.ticket_id, conversation_id)
            ticket = await locked_ticket(transaction.connection, writing.ticket_id)
            if ticket.status == CLOSED:
                raise Conflict("ticket_closed", "This ticket is closed: reopen it to answer.")
            self._check_window(conversation, writing.content, transaction.now)
            files = await _uploads(transaction.connection, writing)
            parts = self._fit(conversation, replace(writing.content, attachments=files))
            await _take(transaction, ticket, conversation, writing.agent_id)
            rows = post(
                transaction,
                conversation,
                ticket,
                parts,
                author="agent",
                author_id=writing.agent_id,
                client_id=writing.client_id,
            )
            ids = [row["id"] for row in rows]
            await _attach(transaction, conversation, parts, ids)
            await _remember(transaction.connection, writing.client_id, ids[0])
            return ids

    async def note(self, writing: Writing) -> list[UUID]:
        """Write a private note: it is no outbound message and cannot reach a customer."""
        if not writing.content.text.strip():
            raise Invalid("empty", "A note needs words.")
        async with self._desk.transaction() as transaction:
            before = await _written_before(transaction.connection, writing.client_id)
            if before:
                return before
            conversation = await _locked_conversation(transaction, writing.ticket_id, None)
            ticket = await locked_ticket(transaction.connection, writing.ticket_id)
            content = Content(text=writing.content.text[:NOTE_LENGTH])
            row = message_row(
                conversation,
                ticket.id,
                content,
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
            await _remember(transaction.connection, writing.client_id, row["id"])
            return [row["id"]]

    async def cancel(self, message_id: UUID, agent_id: UUID) -> None:
        """Take back a message that is still pending. Conflict `too_late` when it is on its way."""
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
            self._check_open(message, content, transaction.now)
            await _set_state(transaction, message, "pending", agent_id)
            transaction.send_due(message["conversation_id"], message["account"])

    def _check_window(self, conversation: Conversation, content: Content, now: datetime) -> None:
        values = {"account": conversation.account, "window_expires_at": conversation.window_expires_at}
        self._check_open(values, content, now)

    def _check_open(self, values: dict[str, Any], content: Content, now: datetime) -> None:
        if content.template is not None or self._account(values["account"]).reply_window is None:
            return
        expires_at: datetime | None = values["window_expires_at"]
        if expires_at is None or expires_at <= now:
            raise Conflict("window_closed", "The customer's reply window is closed: a template is needed.")

    def _account(self, key: str) -> Any:
        account = self._accounts.get(key)
        if account is None:
            raise Conflict("account_gone", "This conversation's account is no longer configured.")
        return account.capabilities

    def _fit(self, conversation: Conversation, content: Content) -> tuple[Content, ...]:
        try:
            return fit([content], self._account(conversation.account))
        except Undeliverable as error:
            reason = error.failure.reason.value
            raise Invalid("undeliverable", str(error), {"reason": reason}) from error


async def _written_before(connection: AsyncConnection, client_id: UUID) -> list[UUID]:
    """What this client id wrote before; two repeats at once wait for each other."""
    await lock_all(connection, [lock_key("client_id", str(client_id))])
    rows = await connection.execute(
        text(
            "SELECT m.id FROM client_ids c JOIN messages first ON first.id = c.message_id"
            " JOIN messages m ON m.conversation_id = first.conversation_id AND m.client_id = c.client_id"
            " AND m.position >= first.position WHERE c.client_id = :client_id ORDER BY m.position"
        ),
        {"client_id": client_id},
    )
    return list(rows.scalars())


async def _remember(connection: AsyncConnection, client_id: UUID, message_id: UUID) -> None:
    await connection.execute(
        text("INSERT INTO client_ids (client_id, message_id) VALUES (:client_id, :message_id)"),
        {"client_id": client_id, "message_id": message_id},
    )


async def _locked_conversation(
    transaction: Transaction, ticket_id: UUID, conversation_id: UUID | None
) -> Conversation:
    """The conversation to write in: the one told, else the ticket's newest. NotFound when it is not the
    ticket's.
    """
    chosen = (
        await transaction.connection.execute(
            text(
                "SELECT id FROM conversations WHERE ticket_id = :ticket_id"
                " AND id = coalesce(CAST(:id AS uuid), id)"
                " ORDER BY last_inbound_at DESC NULLS LAST, id DESC LIMIT 1"
            ),
            {"ticket_id": ticket_id, "id": conversation_id},
        )
    ).scalar_one_or_none()
    if chosen is None:
        # An older ticket keeps its messages, but its conversation has gone on to another ticket.
        await locked_ticket(transaction.connection, ticket_id)
        raise Conflict("conversation_moved", "The conversation goes on in another ticket.")
    return (await lock_conversations(transaction.connection, [chosen]))[chosen]


async def _take(transaction: Transaction, ticket: Ticket, conversation: Conversation, agent_id: UUID) -> None:
    """Who answers holds the ticket, unless a colleague already does."""
    if ticket.owner == "assistant":
        await take_from_assistant(transaction, ticket, [conversation], agent_id)
    elif ticket.assignee_id is None:
        lifecycle.hold(ticket, agent_id)
        transaction.record(Event("ticket.claimed", "agent", ticket_id=ticket.id, actor_id=agent_id))


async def _uploads(connection: AsyncConnection, writing: Writing) -> tuple[Attachment, ...]:
    """The agent's own uploads, in the order told. Invalid when one is missing, foreign or already sent."""
    if not writing.attachment_ids:
        if not writing.content.text.strip() and writing.content.template is None:
            raise Invalid("empty", "A reply needs words or a file.")
        return ()
    rows = await connection.execute(
        text(
            "SELECT id, kind, content_type, name, size FROM attachments WHERE id = ANY(CAST(:ids AS uuid[]))"
            " AND uploaded_by = :agent_id AND message_id IS NULL AND state = 'stored' FOR UPDATE"
        ),
        {"ids": list(writing.attachment_ids), "agent_id": writing.agent_id},
    )
    found = {
        row[0]: Attachment(Kind(row[1]), row[2], row[3], row[4], {"attachment_id": str(row[0])})
        for row in rows
    }
    if set(writing.attachment_ids) - found.keys():
        raise Invalid("attachment_unknown", "A file of this reply was not found among your uploads.")
    return tuple(found[attachment_id] for attachment_id in dict.fromkeys(writing.attachment_ids))


async def _attach(
    transaction: Transaction, conversation: Conversation, parts: Sequence[Content], ids: Sequence[UUID]
) -> None:
    rows = [
        {
            "id": (attachment.reference or {})["attachment_id"],
            "kind": attachment.kind.value,
            "message_id": str(message_id),
            "position": position,
        }
        for content, message_id in zip(parts, ids, strict=True)
        for position, attachment in enumerate(content.attachments)
    ]
    if rows:
        await transaction.connection.execute(
            text(
                "UPDATE attachments a SET message_id = r.message_id, conversation_id = :conversation_id,"
                " account = :account, position = r.position, kind = r.kind"
                " FROM json_to_recordset(CAST(:rows AS json))"
                " AS r(id uuid, kind text, message_id uuid, position smallint) WHERE a.id = r.id"
            ),
            {"rows": json.dumps(rows), "conversation_id": conversation.id, "account": conversation.account},
        )


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
