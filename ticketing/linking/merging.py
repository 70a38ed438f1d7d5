"""Two tickets of one matter become one, and can be told apart again for a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.desk import Desk, Transaction
from ticketing.errors import Conflict, Invalid
from ticketing.linking.moves import (
    Locked,
    Move,
    give_back,
    lock_both,
    move_conversations,
    move_messages,
    move_to_undo,
    record_move,
    remember,
    tell_anew,
)
from ticketing.ownership import check_version
from ticketing.state import Ticket
from ticketing.statuses import CLOSED, is_active

MERGED = "merged"  # why a ticket is closed

_POINTERS = text("SELECT id, merged_into_id FROM tickets WHERE id = ANY(CAST(:ids AS uuid[]))")
_ARRIVED = text(
    "SELECT count(*) FROM messages WHERE ticket_id = :id AND direction = 'inbound' AND created_at >= :at"
)
_SET_MERGED = text("UPDATE tickets SET merged_into_id = CAST(:target AS uuid) WHERE id = :source")
_RESTRICTED = text("SELECT coalesce(bool_or(restricted), false) FROM categories WHERE code = :category")
_KEPT = ("status", "status_key", "close_reason", "unread", "owner")
_KEPT_TIMES = ("solved_at", "closed_at", "snoozed_until")


@dataclass(frozen=True, slots=True)
class Merging:
    """Each method is one transaction; permissions were checked at the door."""

    desk: Desk

    async def merge(
        self,
        source_id: UUID,
        target_id: UUID,
        agent_id: UUID,
        versions: tuple[int, int],
        *,
        other_contact: bool = False,
    ) -> UUID:
        """The source's messages and conversations go to the target; the source closes and points there.

        Returns the move's id, by which it is undone. Conflict: `changed_meanwhile`, `ticket_merged`,
        `ticket_closed` (the target), `with_assistant` (the target), `other_contact` unless that was said to
        be meant. Invalid: `same_ticket`, `restricted_merge` (a restricted ticket would become visible).
        """
        if source_id == target_id:
            raise Invalid("same_ticket", "A ticket cannot be merged with itself.")
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            locked = await lock_both(connection, [source_id, target_id])
            source, target = locked.tickets[source_id], locked.tickets[target_id]
            check_version(source, versions[0])
            check_version(target, versions[1])
            await _check(connection, source, target, other_contact=other_contact)
            return await _merge(transaction, locked, source, target, agent_id)

    async def undo(self, move_id: UUID, agent_id: UUID) -> Move:
        """Give back what a merge or a split moved. What arrived meanwhile stays with the target, unless it
        came through a conversation that goes back.

        Conflict: `undo_too_late` after a day, `undone_already`, `ticket_merged` when the target itself was
        merged into a third.
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            move = await move_to_undo(connection, move_id)
            locked = await lock_both(connection, [move.source_id, move.target_id])
            if transaction.now > move.undo_until:
                raise Conflict("undo_too_late", "A merge or split can be taken back for 24 hours.")
            await _check_still_there(connection, move)
            messages = await give_back(transaction, move, agent_id, locked)
            await transaction.flush()
            if move.kind == "merge":
                await _part(transaction, locked, move)
            else:
                await _rejoin(transaction, locked, move)
            kind = "ticket.unmerged" if move.kind == "merge" else "ticket.unsplit"
            both = (locked.tickets[move.source_id], locked.tickets[move.target_id])
            record_move(transaction, kind, both, agent_id, len(messages))
            return move


async def _check(connection: AsyncConnection, source: Ticket, target: Ticket, *, other_contact: bool) -> None:
    if any((await _merged_into(connection, source.id, target.id)).values()):
        raise Conflict("ticket_merged", "One of these tickets was merged into another.")
    if target.status == CLOSED:
        raise Conflict("ticket_closed", "The ticket to merge into is closed: reopen it first.")
    if target.owner == "assistant":
        raise Conflict("with_assistant", "The assistant has the ticket to merge into: take it over first.")
    if source.contact_id != target.contact_id and not other_contact:
        raise Conflict("other_contact", "These tickets are of two contacts.")
    if await _restricted(connection, source) and not await _restricted(connection, target):
        raise Invalid("restricted_merge", "A restricted ticket does not go into one that everybody sees.")


async def _merged_into(connection: AsyncConnection, *ids: UUID) -> dict[UUID, UUID | None]:
    """Where each of these tickets went, None for one that is still there."""
    rows = await connection.execute(_POINTERS, {"ids": list(ids)})
    return {row.id: row.merged_into_id for row in rows}


async def _restricted(connection: AsyncConnection, ticket: Ticket) -> bool:
    return bool(await connection.scalar(_RESTRICTED, {"category": ticket.category}))


async def _merge(
    transaction: Transaction, locked: Locked, source: Ticket, target: Ticket, agent_id: UUID
) -> UUID:
    connection = transaction.connection
    before = _standing(source) | {"target_tags": list(target.tags), "target_status": target.status}
    was_with_assistant, was_active = source.with_assistant, is_active(source)
    unread = source.unread + target.unread
    messages = await move_messages(connection, source.id, target.id)
    conversations = locked.of(source.id)
    moved = move_conversations(transaction, conversations, target.id)
    for conversation in conversations if was_with_assistant else ():
        conversation.turn_position = conversation.last_position
        transaction.turn_due(conversation)  # a worker makes the assistant forget
    lifecycle.close(source, transaction.now)
    source.unread, source.close_reason = 0, MERGED
    if was_active and not is_active(target):
        lifecycle.resume(target)
    target.tags = [*target.tags, *(tag for tag in source.tags if tag not in target.tags)]
    transaction.save(source)
    transaction.save(target)
    await transaction.flush()
    await tell_anew(connection, target, unread=unread)
    transaction.save(target)
    await connection.execute(_SET_MERGED, {"source": source.id, "target": target.id})
    record_move(transaction, "ticket.merged", (source, target), agent_id, len(messages))
    return await remember(
        transaction,
        "merge",
        source.id,
        target.id,
        agent_id,
        messages=messages,
        conversations=moved,
        before=before,
    )


async def _check_still_there(connection: AsyncConnection, move: Move) -> None:
    """What went on into a third must first come back from there."""
    if move.undone_at is not None:
        return
    into = await _merged_into(connection, move.source_id, move.target_id)
    expected = move.target_id if move.kind == "merge" else None
    if into[move.target_id] is not None or into[move.source_id] != expected:
        raise Conflict("ticket_merged", "The ticket went on into a third: take that back first.")


async def _part(transaction: Transaction, locked: Locked, move: Move) -> None:
    """Undo of a merge: the source is as it was, with what arrived for it; the target without it."""
    connection = transaction.connection
    source, target = locked.tickets[move.source_id], locked.tickets[move.target_id]
    _restore(source, move.before)
    tags = set(move.before["target_tags"])
    target.tags = [tag for tag in target.tags if tag in tags or tag not in source.tags]
    await connection.execute(_SET_MERGED, {"source": source.id, "target": None})
    arrived = await connection.scalar(_ARRIVED, {"id": source.id, "at": move.at}) or 0
    unread = int(move.before["unread"]) + arrived
    await tell_anew(connection, source, unread=unread)
    await tell_anew(connection, target, unread=max(0, target.unread - unread))
    transaction.save(source)
    transaction.save(target)


async def _rejoin(transaction: Transaction, locked: Locked, move: Move) -> None:
    """Undo of a split: the new ticket is no more than a sign to the old one."""
    connection = transaction.connection
    source, target = locked.tickets[move.source_id], locked.tickets[move.target_id]
    left = await move_messages(connection, target.id, source.id)
    move_conversations(transaction, locked.of(target.id), source.id)
    if left:
        await transaction.flush()
    if is_active(target) and not is_active(source):
        lifecycle.resume(source)
    lifecycle.close(target, transaction.now)
    target.close_reason = MERGED
    target.unread = 0
    await tell_anew(connection, source)
    transaction.save(source)
    transaction.save(target)
    await connection.execute(_SET_MERGED, {"source": target.id, "target": source.id})


def _standing(ticket: Ticket) -> dict[str, Any]:
    """What a merge changes of the source, as JSON."""
    times = {name: getattr(ticket, name) for name in _KEPT_TIMES}
    return {name: getattr(ticket, name) for name in _KEPT} | {
        name: None if moment is None else moment.isoformat() for name, moment in times.items()
    }


def _restore(ticket: Ticket, before: dict[str, Any]) -> None:
    for name in _KEPT:
        setattr(ticket, name, before[name])
    for name in _KEPT_TIMES:
        setattr(ticket, name, None if before[name] is None else datetime.fromisoformat(before[name]))
