"""A second matter in one ticket becomes a ticket of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from ticketing import lifecycle
from ticketing.categories import find_category
from ticketing.desk import Desk, Transaction
from ticketing.errors import Conflict, Invalid
from ticketing.handover import give_number
from ticketing.linking.moves import (
    Locked,
    lock_both,
    move_conversations,
    move_messages,
    record_move,
    remember,
    tell_anew,
)
from ticketing.ownership import check_version
from ticketing.state import Ticket, new_ticket

_COUNT = text("SELECT count(*) FROM messages WHERE ticket_id = :id AND direction <> 'note'")
_SET_SPLIT = text("UPDATE tickets SET split_from_id = :source WHERE id = :target")
_TEAM = text("SELECT id FROM teams WHERE key = :key")
_HERE = text(
    "SELECT count(*) FROM messages WHERE ticket_id = :ticket_id AND direction <> 'note'"
    " AND id = ANY(CAST(:ids AS uuid[]))"
)


@dataclass(frozen=True, slots=True)
class Split:
    """What goes into the new ticket: these messages, and the conversations that go on there."""

    source_id: UUID
    message_ids: tuple[UUID, ...]
    version: int
    category: str | None = None
    conversation_ids: frozenset[UUID] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Splitting:
    """One transaction; permissions were checked at the door. `Merging.undo` takes it back."""

    desk: Desk

    async def split(self, wanted: Split, agent_id: UUID) -> tuple[UUID, UUID]:
        """A new ticket of the same contact for the agent, with these messages. Returns its id and the move's.

        Invalid: `message_unknown` (not of this ticket), `nothing_left` (that would be all of it),
        `category_unknown`, `conversation_unknown`. Conflict: `changed_meanwhile`, `with_assistant`.
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            locked = await lock_both(connection, [wanted.source_id])
            source = locked.tickets[wanted.source_id]
            check_version(source, wanted.version)
            await _check(connection, source, locked, wanted)
            ticket = await _new(transaction, source, agent_id, wanted.category)
            transaction.save(ticket)
            await transaction.flush()
            await connection.execute(_SET_SPLIT, {"source": source.id, "target": ticket.id})
            messages = await move_messages(connection, source.id, ticket.id, wanted.message_ids)
            going = [one for one in locked.of(source.id) if one.id in wanted.conversation_ids]
            conversations = move_conversations(transaction, going, ticket.id)
            for one in (source, ticket):
                await tell_anew(connection, one)
                transaction.save(one)
            record_move(transaction, "ticket.split", (source, ticket), agent_id, len(messages))
            move = await remember(
                transaction,
                "split",
                source.id,
                ticket.id,
                agent_id,
                messages=messages,
                conversations=conversations,
                before={},
            )
            return ticket.id, move


async def _check(connection: AsyncConnection, source: Ticket, locked: Locked, wanted: Split) -> None:
    if source.owner == "assistant":
        raise Conflict("with_assistant", "The assistant has this ticket: take it over first.")
    values = {"ticket_id": source.id, "ids": list(wanted.message_ids)}
    here = await connection.scalar(_HERE, values) or 0
    if here == 0 or here < await _messages_among(connection, wanted.message_ids):
        raise Invalid("message_unknown", "These are not messages of this ticket.", {"message_ids": "unknown"})
    if here == await connection.scalar(_COUNT, {"id": source.id}):
        raise Invalid("nothing_left", "A ticket is not split from all of itself.", {"message_ids": "all"})
    if wanted.conversation_ids - {one.id for one in locked.of(source.id)}:
        raise Invalid(
            "conversation_unknown", "This conversation is not the ticket's.", {"conversation_ids": "unknown"}
        )


async def _messages_among(connection: AsyncConnection, ids: Collection[UUID]) -> int:
    """How many of these were asked for that are not notes of the ticket (which may come along)."""
    notes = await connection.scalar(
        text("SELECT count(*) FROM messages WHERE id = ANY(CAST(:ids AS uuid[])) AND direction = 'note'"),
        {"ids": list(ids)},
    )
    return len(set(ids)) - (notes or 0)


async def _new(transaction: Transaction, source: Ticket, agent_id: UUID, code: str | None) -> Ticket:
    connection = transaction.connection
    ticket = new_ticket(uuid7(), source.contact_id, transaction.now)
    ticket.priority, ticket.team_id = source.priority, source.team_id
    category = None if code is None else await find_category(connection, code)
    if code is not None and category is None:
        raise Invalid("category_unknown", "There is no such category.", {"category": "unknown"})
    if category is not None:
        ticket.category, ticket.priority = category.code, category.priority
        ticket.team_id = await connection.scalar(_TEAM, {"key": category.team}) or source.team_id
    ticket.assignee_id = agent_id
    lifecycle.give_to_people(ticket, transaction.now)
    await give_number(connection, ticket)
    return ticket
