"""One answer to a customer, inside a transaction: who holds the ticket, what fits the channel, what came
meanwhile. Agents' replies, scheduled ones and what macros say all go through here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Attachment, Capabilities, Content, Kind
from channels.rendering import Undeliverable
from ticketing import lifecycle
from ticketing.accounts import Accounts
from ticketing.canned.answers import count_uses
from ticketing.canned.variables import first_gap
from ticketing.desk import Event, Transaction
from ticketing.editing import Actor, TicketChange, edit
from ticketing.errors import Conflict, Invalid
from ticketing.ownership import locked_ticket, take_from_assistant
from ticketing.posting import fit, post
from ticketing.receipts import lock_all, lock_key
from ticketing.state import Conversation, Ticket, lock_conversations
from ticketing.statuses import CLOSED
from ticketing.undoing import Before, remember_before

NEWER_SHOWN: Final = 20

# In one conversation positions tell what is newer; across several the time-ordered ids do.
_NEWER: Final = text(
    "SELECT m.id, m.author, a.name FROM messages seen JOIN messages m ON m.ticket_id = seen.ticket_id"
    " LEFT JOIN agents a ON a.id = m.author_id"
    " WHERE seen.id = :seen AND seen.ticket_id = :ticket_id"
    " AND CASE WHEN m.conversation_id = seen.conversation_id THEN m.position > seen.position"
    "   ELSE m.id > seen.id END"
    " AND (m.direction = 'inbound' AND m.kind <> 'reaction' OR m.direction = 'outbound'"
    "   AND m.author IN ('agent', 'assistant') AND m.author_id IS DISTINCT FROM :agent_id"
    "   AND m.state <> 'cancelled')"
    " ORDER BY m.id DESC LIMIT :count"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A colleague or a team named in a note. `kind` is "agent" or "team"."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Writing:
    """What an agent wrote. `client_id` makes it happen once however often the client repeats it.

    `status_after`: what the ticket is to be once it is said.
    `conversation_id`: where, else in the ticket's newest. `seen_message_id`: the newest message the agent had
    before the eyes; None asks nothing, and `force` says "send it all the same". `mentions` are of notes.
    """

    ticket_id: UUID
    agent_id: UUID
    client_id: UUID
    content: Content
    attachment_ids: tuple[UUID, ...] = ()
    conversation_id: UUID | None = None
    seen_message_id: UUID | None = None
    force: bool = False
    canned_ids: tuple[UUID, ...] = ()
    status_after: str | None = None
    mentions: tuple[Mention, ...] = ()


async def answer(
    transaction: Transaction, accounts: Accounts, writing: Writing, wait: timedelta = timedelta(0)
) -> tuple[Ticket, list[UUID]]:
    """Queue an answer and return the locked ticket, whose changes are saved, and the messages' ids.

    A ticket of the assistant is taken over, an unassigned one claimed. `wait`: it leaves after this time and
    can be taken back until then. Everything is checked before anything is changed. Conflict: `ticket_closed`,
    `window_closed`, `conversation_moved`, `answered_meanwhile`. Invalid: `undeliverable` (`fields.reason`),
    `attachment_unknown`, `empty`, `unfilled_gap`, and what the status after it is refused for.
    """
    connection = transaction.connection
    check_gaps(writing.content.text)
    conversation = await locked_conversation(transaction, writing.ticket_id, writing.conversation_id)
    ticket = await locked_ticket(connection, writing.ticket_id)
    if ticket.status == CLOSED:
        raise Conflict("ticket_closed", "This ticket is closed: reopen it to answer.")
    await _check_meanwhile(connection, writing)
    capabilities = capabilities_of(accounts, conversation.account)
    check_window(capabilities, writing.content, conversation.window_expires_at, transaction.now)
    files = await _uploads(connection, writing)
    parts = fitting(capabilities, replace(writing.content, attachments=files))
    await _take(transaction, ticket, conversation, writing.agent_id)
    before = Before.of(ticket)
    rows = post(
        transaction,
        conversation,
        ticket,
        parts,
        author="agent",
        author_id=writing.agent_id,
        client_id=writing.client_id,
        due_at=transaction.now + wait if wait else None,
    )
    ids = [row["id"] for row in rows]
    await _attach(transaction, conversation, parts, ids)
    await remember(connection, writing.client_id, ids[0])
    await count_uses(connection, writing.canned_ids)
    if wait:
        await remember_before(transaction, writing, before)
    if writing.status_after is not None:
        await transaction.flush()  # what a solved ticket teaches has this answer in it
        change = TicketChange(status=writing.status_after)
        await edit(transaction, ticket, change, Actor(writing.agent_id))
    return ticket, ids


def check_gaps(words: str) -> None:
    """Invalid `unfilled_gap`: a customer never reads "{contact.first_name}"."""
    gap = first_gap(words)
    if gap is not None:
        raise Invalid("unfilled_gap", "The text still has a gap to fill in.", {"gap": gap})


def capabilities_of(accounts: Accounts, key: str) -> Capabilities:
    account = accounts.get(key)
    if account is None:
        raise Conflict("account_gone", "This conversation's account is no longer configured.")
    return account.capabilities


def check_window(
    capabilities: Capabilities, content: Content, expires_at: datetime | None, at: datetime
) -> None:
    """Conflict `window_closed` where the channel lets nothing but a template through at this moment."""
    if content.template is not None or capabilities.reply_window is None:
        return
    if expires_at is None or expires_at <= at:
        raise Conflict("window_closed", "The customer's reply window is closed: a template is needed.")


async def written_before(connection: AsyncConnection, client_id: UUID) -> list[UUID]:
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


async def remember(connection: AsyncConnection, client_id: UUID, message_id: UUID) -> None:
    """This client id wrote this message: said again, it is the same."""
    await connection.execute(
        text("INSERT INTO client_ids (client_id, message_id) VALUES (:client_id, :message_id)"),
        {"client_id": client_id, "message_id": message_id},
    )


_TO_WRITE_IN = text(
    "SELECT v.id FROM conversations v WHERE v.ticket_id = ANY(ARRAY("
    "   SELECT unnest(ARRAY[t.id, t.split_from_id]) FROM tickets t WHERE t.id = :ticket_id))"
    " AND v.id = coalesce(CAST(:id AS uuid), v.id) AND (v.ticket_id = :ticket_id OR EXISTS ("
    "   SELECT 1 FROM messages m WHERE m.conversation_id = v.id AND m.ticket_id = :ticket_id))"
    " ORDER BY v.ticket_id = :ticket_id DESC, v.last_inbound_at DESC NULLS LAST, v.id DESC LIMIT 1"
)


async def locked_conversation(
    transaction: Transaction, ticket_id: UUID, conversation_id: UUID | None
) -> Conversation:
    """The conversation to write in: the one told, else the ticket's newest. A ticket that was split off
    also answers where its messages came from. NotFound when it is not the ticket's.
    """
    values = {"ticket_id": ticket_id, "id": conversation_id}
    chosen = (await transaction.connection.execute(_TO_WRITE_IN, values)).scalar_one_or_none()
    if chosen is None:
        # An older ticket keeps its messages, but its conversation has gone on to another ticket.
        await locked_ticket(transaction.connection, ticket_id)
        raise Conflict("conversation_moved", "The conversation goes on in another ticket.")
    return (await lock_conversations(transaction.connection, [chosen]))[chosen]


async def _check_meanwhile(connection: AsyncConnection, writing: Writing) -> None:
    if writing.seen_message_id is None or writing.force:
        return
    values = {
        "seen": writing.seen_message_id,
        "ticket_id": writing.ticket_id,
        "agent_id": writing.agent_id,
        "count": NEWER_SHOWN,
    }
    newer = (await connection.execute(_NEWER, values)).all()
    if not newer:
        return
    # A colleague's answer tells more than another word of the customer.
    teller = next((row for row in newer if row.author != "customer"), newer[0])
    fields: Mapping[str, str] = {
        "messages": ",".join(str(row.id) for row in reversed(newer)),
        "author": teller.author,
        "name": teller.name or "",
    }
    raise Conflict("answered_meanwhile", "Something was written since the agent looked.", fields)


async def _take(transaction: Transaction, ticket: Ticket, conversation: Conversation, agent_id: UUID) -> None:
    """Who answers holds the ticket, unless a colleague already does."""
    if ticket.owner == "assistant":
        await take_from_assistant(transaction, ticket, [conversation], agent_id)
    elif ticket.assignee_id is None:
        lifecycle.hold(ticket, agent_id)
        transaction.record(Event("ticket.claimed", "agent", ticket_id=ticket.id, actor_id=agent_id))


def fitting(capabilities: Capabilities, content: Content) -> tuple[Content, ...]:
    """The messages the channel needs for it. Invalid `undeliverable` with `fields.reason`."""
    try:
        return fit([content], capabilities)
    except Undeliverable as error:
        reason = error.failure.reason.value
        raise Invalid("undeliverable", str(error), {"reason": reason}) from error


async def _uploads(connection: AsyncConnection, writing: Writing) -> tuple[Attachment, ...]:
    if not writing.attachment_ids:
        if not writing.content.text.strip() and writing.content.template is None:
            raise Invalid("empty", "A reply needs words or a file.")
        return ()
    return await uploads_of(connection, writing.attachment_ids, writing.agent_id)


async def uploads_of(
    connection: AsyncConnection, ids: Sequence[UUID], agent_id: UUID
) -> tuple[Attachment, ...]:
    """An agent's own uploads, in the order told, locked. Invalid when one is missing, foreign or already
    sent.
    """
    rows = await connection.execute(
        text(
            "SELECT id, kind, content_type, name, size FROM attachments WHERE id = ANY(CAST(:ids AS uuid[]))"
            " AND uploaded_by = :agent_id AND message_id IS NULL AND state = 'stored' FOR UPDATE"
        ),
        {"ids": list(ids), "agent_id": agent_id},
    )
    found = {
        row[0]: Attachment(Kind(row[1]), row[2], row[3], row[4], {"attachment_id": str(row[0])})
        for row in rows
    }
    if set(ids) - found.keys():
        raise Invalid("attachment_unknown", "A file of this reply was not found among your uploads.")
    return tuple(found[attachment_id] for attachment_id in dict.fromkeys(ids))


async def _attach(
    transaction: Transaction, conversation: Conversation, parts: Sequence[Content], ids: Sequence[UUID]
) -> None:
    rows: list[dict[str, Any]] = [
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
