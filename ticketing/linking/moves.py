"""What went from one ticket to another: messages and conversations, written down so that it can come back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from ticketing.codec import content_from_json
from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, NotFound
from ticketing.posting import shown
from ticketing.state import Conversation, Ticket, lock_conversations, lock_tickets
from ticketing.statuses import is_active

UNDO_WITHIN: Final = timedelta(hours=24)

_CONVERSATIONS = text("SELECT id FROM conversations WHERE ticket_id = ANY(CAST(:ids AS uuid[]))")
_MOVE_ALL = text("UPDATE messages SET ticket_id = :target WHERE ticket_id = :source RETURNING id")
_MOVE_SOME = text(
    "UPDATE messages SET ticket_id = :target"
    " WHERE ticket_id = :source AND id = ANY(CAST(:ids AS uuid[])) RETURNING id"
)
# With the messages of the journal come back those that arrived through a conversation that comes back.
_MOVE_BACK = text(
    "UPDATE messages SET ticket_id = :source WHERE ticket_id = :target AND (id IN"
    " (SELECT message_id FROM moved_messages WHERE move_id = :move)"
    " OR (conversation_id = ANY(CAST(:conversations AS uuid[])) AND created_at >= :at)) RETURNING id"
)
_REMEMBER = text(
    "INSERT INTO ticket_moves"
    " (id, kind, source_id, target_id, agent_id, at, undo_until, conversations, before)"
    " VALUES (:id, :kind, :source, :target, :agent, :at, :until, CAST(:conversations AS uuid[]), :before)"
).bindparams(bindparam("before", type_=JSONB))
_REMEMBER_MESSAGES = text(
    "INSERT INTO moved_messages (move_id, message_id) SELECT :move, unnest(CAST(:ids AS uuid[]))"
)
_MOVE = text(
    "SELECT id, kind, source_id, target_id, at, undo_until, conversations, before, undone_at"
    " FROM ticket_moves WHERE id = :id"
).columns(conversations=ARRAY(UUID_TYPE(as_uuid=True)), before=JSONB)
_DONE = text(
    "UPDATE ticket_moves SET undone_at = :at, undone_by = :agent WHERE id = :id AND undone_at IS NULL"
)
_ACCOUNTS = text(
    "SELECT DISTINCT v.account FROM messages m JOIN conversations v ON v.id = m.conversation_id"
    " WHERE m.ticket_id = :id ORDER BY 1"
)
_NEWEST = text(
    "SELECT m.author, m.kind, m.content, m.created_at FROM messages m"
    " WHERE m.ticket_id = :id AND m.direction <> 'note' ORDER BY m.id DESC LIMIT 1"
).columns(content=JSONB)
# Waiting begins with the first message that asks something after the last answer of assistant or agent.
_WAITING = text(
    "SELECT min(m.created_at) AS since, count(*) AS unread FROM messages m WHERE m.ticket_id = :id"
    " AND m.direction = 'inbound' AND m.kind <> 'reaction' AND m.id > coalesce((SELECT a.id FROM messages a"
    " WHERE a.ticket_id = :id AND a.direction = 'outbound' AND a.author IN ('agent', 'assistant')"
    " ORDER BY a.id DESC LIMIT 1),"
    " '00000000-0000-0000-0000-000000000000')"
)


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the journal."""

    id: UUID
    kind: str
    source_id: UUID
    target_id: UUID
    at: datetime
    undo_until: datetime
    conversations: Sequence[UUID]
    before: dict[str, Any]
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class Locked:
    """Both tickets and every conversation of theirs, in the order in which everybody locks."""

    tickets: dict[UUID, Ticket]
    conversations: dict[UUID, Conversation]

    def of(self, ticket_id: UUID) -> list[Conversation]:
        return [one for one in self.conversations.values() if one.ticket_id == ticket_id]


async def lock_both(connection: AsyncConnection, ids: Collection[UUID]) -> Locked:
    """NotFound for a ticket that is not there; Conflict when a conversation came to one just now."""
    wanted = {"ids": list(ids)}
    conversations = await lock_conversations(
        connection, (await connection.execute(_CONVERSATIONS, wanted)).scalars()
    )
    tickets = await lock_tickets(connection, ids)
    if set(ids) - tickets.keys():
        raise NotFound("ticket_unknown", "There is no such ticket.")
    now = set((await connection.execute(_CONVERSATIONS, wanted)).scalars())
    if now - conversations.keys():
        raise Conflict("changed_meanwhile", "The customer wrote in this very moment: try again.")
    return Locked(tickets, conversations)


async def move_messages(
    connection: AsyncConnection, source: UUID, target: UUID, ids: Iterable[UUID] | None = None
) -> list[UUID]:
    """Give messages of one ticket to another: those named, or all. Returns which went."""
    values: dict[str, Any] = {"source": source, "target": target}
    if ids is None:
        return list((await connection.execute(_MOVE_ALL, values)).scalars())
    return list((await connection.execute(_MOVE_SOME, values | {"ids": list(ids)})).scalars())


def move_conversations(
    transaction: Transaction, conversations: Iterable[Conversation], target: UUID
) -> list[UUID]:
    """What a customer writes next goes to the target. Returns which conversations went."""
    moved = []
    for conversation in conversations:
        conversation.ticket_id = target
        transaction.save(conversation)
        moved.append(conversation.id)
    return moved


async def remember(
    transaction: Transaction,
    kind: str,
    source: UUID,
    target: UUID,
    agent_id: UUID,
    *,
    messages: Sequence[UUID],
    conversations: Sequence[UUID],
    before: dict[str, Any],
) -> UUID:
    """Write the move down; the tickets must be in the database."""
    move_id: UUID = uuid7()
    connection = transaction.connection
    await connection.execute(
        _REMEMBER,
        {
            "id": move_id,
            "kind": kind,
            "source": source,
            "target": target,
            "agent": agent_id,
            "at": transaction.now,
            "until": transaction.now + UNDO_WITHIN,
            "conversations": list(conversations),
            "before": before,
        },
    )
    await connection.execute(_REMEMBER_MESSAGES, {"move": move_id, "ids": list(messages)})
    return move_id


async def move_to_undo(connection: AsyncConnection, move_id: UUID) -> Move:
    """NotFound when there is no such move."""
    row = (await connection.execute(_MOVE, {"id": move_id})).one_or_none()
    if row is None:
        raise NotFound("move_unknown", "There is no such merge or split.")
    return Move(*row)


async def give_back(transaction: Transaction, move: Move, agent_id: UUID, locked: Locked) -> list[UUID]:
    """Messages and conversations return to the source. Conflict when a colleague was faster."""
    connection = transaction.connection
    done = await connection.execute(_DONE, {"id": move.id, "at": transaction.now, "agent": agent_id})
    if done.rowcount == 0:
        raise Conflict("undone_already", "This was already taken back.")
    returning = [one for one in locked.of(move.target_id) if one.id in set(move.conversations)]
    values = {
        "source": move.source_id,
        "target": move.target_id,
        "move": move.id,
        "conversations": [one.id for one in returning],
        "at": move.at,
    }
    messages = list((await connection.execute(_MOVE_BACK, values)).scalars())
    move_conversations(transaction, returning, move.source_id)
    return messages


async def tell_anew(connection: AsyncConnection, ticket: Ticket, *, unread: int | None = None) -> None:
    """What a list shows of a ticket, worked out from the messages it has now.

    `unread` None: as many as wait for an answer.
    """
    newest = (await connection.execute(_NEWEST, {"id": ticket.id})).one_or_none()
    waiting = (await connection.execute(_WAITING, {"id": ticket.id})).one()
    ticket.accounts = list((await connection.execute(_ACCOUNTS, {"id": ticket.id})).scalars())
    if newest is None:
        ticket.last_message = None
    else:
        ticket.last_message = shown(newest.author, content_from_json(newest.kind, newest.content))
        ticket.last_message_at = newest.created_at
    owes_an_answer = is_active(ticket)
    ticket.waiting_since = waiting.since if owes_an_answer else None
    at_most = waiting.unread if unread is None else min(waiting.unread, unread)
    ticket.unread = at_most if owes_an_answer else 0
    ticket.version += 1


def record_move(
    transaction: Transaction, event: str, tickets: tuple[Ticket, Ticket], agent_id: UUID, messages: int
) -> None:
    """One line in each of the two timelines."""
    source, target = tickets
    data = {
        "from": source.number,
        "into": target.number,
        "from_id": str(source.id),
        "into_id": str(target.id),
        "messages": messages,
    }
    for ticket in tickets:
        transaction.record(Event(event, "agent", ticket_id=ticket.id, actor_id=agent_id, data=data))
