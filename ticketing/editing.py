"""Changing what a ticket is and where it stands, by hand or by a rule: all that is asked for, or nothing.

`edit` works on a ticket that is locked already, inside somebody's transaction; `Editing` opens one. Each
thing that changes is one event.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.calendar import ALWAYS_OPEN, Timetable
from ticketing.categorising import categorise
from ticketing.custom_fields import all_fields, changed_fields, missing_to_solve, told
from ticketing.custom_statuses import chosen_status
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid
from ticketing.handover import give_number
from ticketing.learning.answers import keep_answers
from ticketing.ownership import check_version, conversations_of, locked_ticket
from ticketing.state import Conversation, Ticket
from ticketing.statuses import CLOSED, NEW, OPEN, SNOOZED, SOLVED, is_active
from ticketing.tags import known_tags

JUNK: Final = "junk"
LONGEST_SNOOZE: Final = timedelta(days=366)


class Keep(Enum):
    """Stands for "as it is" where None means "nothing"."""

    KEEP = "keep"


KEEP: Final = Keep.KEEP
Kept = Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True)
class TicketChange:
    """What is to be different. What is None (or KEEP) stays; `fields` that are null are emptied.

    `snoozed_until` alone snoozes, `status_key` alone means its own status; a status without a key is the
    plain one. `tags` replaces them all. `reason`: why it is done; junk needs neither category nor fields.
    """

    category: str | Kept | None = KEEP
    priority: int | None = None
    status: str | None = None
    status_key: str | Kept | None = KEEP
    snoozed_until: datetime | None = None
    tags: Sequence[str] | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes it: an agent, in a role that may not see every field; or the desk by a rule (no agent)."""

    agent_id: UUID | None
    role: str | None = None

    def event(self, kind: str, ticket: Ticket, **data: Any) -> Event:
        actor = "system" if self.agent_id is None else "agent"
        return Event(kind, actor, ticket_id=ticket.id, actor_id=self.agent_id, data=data)


async def edit(
    transaction: Transaction,
    ticket: Ticket,
    change: TicketChange,
    actor: Actor,
    *,
    timetable: Timetable = ALWAYS_OPEN,
    conversations: Sequence[Conversation] = (),
) -> None:
    """Change a locked ticket. Invalid and Conflict as docs/api/tickets.md says; the transaction is then lost.

    `timetable` is for a category's promise. `conversations`: the ticket's, locked before it, where an
    assistant's ticket is to be closed.
    """
    if change.category is not KEEP:
        await categorise(transaction, ticket, change.category, actor.agent_id, timetable)
    if change.priority is not None:
        _prioritise(transaction, ticket, change.priority, actor)
    if change.tags is not None:
        await _tag(transaction, ticket, change.tags, actor)
    if change.fields:
        await _fill(transaction, ticket, change.fields, actor)
    if change.status is not None or change.status_key is not KEEP or change.snoozed_until is not None:
        await _move(transaction, ticket, change, actor, conversations)


def _prioritise(transaction: Transaction, ticket: Ticket, priority: int, actor: Actor) -> None:
    if priority == ticket.priority:
        return
    before, ticket.priority = ticket.priority, priority
    ticket.version += 1
    transaction.save(ticket)
    transaction.record(actor.event("ticket.prioritised", ticket, **{"from": before, "to": priority}))


async def _tag(transaction: Transaction, ticket: Ticket, words: Sequence[str], actor: Actor) -> None:
    wanted, had = await known_tags(transaction.connection, words), set(ticket.tags)
    if set(wanted) == had:
        return
    ticket.tags = wanted
    ticket.version += 1
    transaction.save(ticket)
    added, removed = sorted(set(wanted) - had), sorted(had - set(wanted))
    transaction.record(actor.event("ticket.tagged", ticket, added=added, removed=removed))


async def _fill(transaction: Transaction, ticket: Ticket, values: Mapping[str, Any], actor: Actor) -> None:
    connection, before = transaction.connection, ticket.fields
    fields = await all_fields(connection, "ticket")
    after = await changed_fields(connection, fields, before, values, role=actor.role)
    if after == before:
        return
    ticket.fields = after
    ticket.version += 1
    transaction.save(ticket)
    transaction.record(actor.event("ticket.fields_changed", ticket, changes=told(fields, before, after)))


async def _move(
    transaction: Transaction,
    ticket: Ticket,
    change: TicketChange,
    actor: Actor,
    conversations: Sequence[Conversation],
) -> None:
    status, key = await _wanted(transaction.connection, ticket, change)
    until = (change.snoozed_until or ticket.snoozed_until) if status == SNOOZED else None
    if status == SNOOZED and not _is_later(until, transaction.now):
        raise Invalid(
            "snooze_invalid", "A ticket is snoozed until a moment within a year.", {"snoozed_until": "range"}
        )
    if (_plain(ticket.status), ticket.status_key, ticket.snoozed_until) == (status, key, until):
        return
    if ticket.owner == "assistant" and (is_active(ticket) or status in {SOLVED, CLOSED}):
        _close_for_assistant(transaction, ticket, status, actor, conversations)
        return
    before, was_active = ticket.status, is_active(ticket)
    done = status in {SOLVED, CLOSED}
    if done and was_active:
        await check_solvable(transaction.connection, ticket, change.reason)
    if not done and not was_active:
        await _take_up_again(transaction, ticket)
    lifecycle.move(ticket, status, transaction.now, key=key, until=until, reason=change.reason)
    transaction.save(ticket)
    transaction.record(_moved(ticket, before, actor))
    if done and was_active and change.reason != JUNK:
        await keep_answers(transaction.connection, ticket.id)


async def _wanted(
    connection: AsyncConnection, ticket: Ticket, change: TicketChange
) -> tuple[str, str | None]:
    """The status and the organisation's own name for it."""
    wanted = change.status or (None if change.snoozed_until is None else SNOOZED)
    asked = None if wanted is None else _plain(wanted)
    if isinstance(change.status_key, str):
        found = await chosen_status(connection, asked, change.status_key, had=ticket.status_key)
        return found.status, found.key
    return asked or _plain(ticket.status), None


def _plain(status: str) -> str:
    """Whether somebody holds it decides between new and open, not who asks."""
    return OPEN if status == NEW else status


def _is_later(until: datetime | None, now: datetime) -> bool:
    return until is not None and now < until <= now + LONGEST_SNOOZE


def _close_for_assistant(
    transaction: Transaction,
    ticket: Ticket,
    status: str,
    actor: Actor,
    conversations: Sequence[Conversation],
) -> None:
    """All that people can do with a ticket of the assistant's but take it over."""
    if status != CLOSED:
        raise Conflict("with_assistant", "The assistant has this ticket: take it over.")
    before = ticket.status
    lifecycle.close(ticket, transaction.now)
    ticket.unread = 0
    transaction.save(ticket)
    transaction.record(_moved(ticket, before, actor))
    for conversation in conversations:
        conversation.turn_position = conversation.last_position
        transaction.save(conversation)
        transaction.turn_due(conversation)  # a worker makes the assistant forget


async def check_solvable(connection: AsyncConnection, ticket: Ticket, reason: str | None) -> None:
    """Invalid `category_required` or `field_required`: what must be known before it counts as done."""
    if reason == JUNK:
        return
    if ticket.category is None:
        raise Invalid("category_required", "Say what the ticket was about first.", {"category": "required"})
    missing = missing_to_solve(await all_fields(connection, "ticket"), ticket.fields)
    if missing:
        raise Invalid(
            "field_required",
            "Some fields are needed first.",
            {f"fields.{key}": "required" for key in missing},
        )


async def _take_up_again(transaction: Transaction, ticket: Ticket) -> None:
    """A done ticket goes back to people. Conflict when its conversations have gone on without it."""
    here = text("SELECT EXISTS (SELECT FROM conversations WHERE ticket_id = :ticket_id)")
    if not await transaction.connection.scalar(here, {"ticket_id": ticket.id}):
        raise Conflict("conversation_moved", "The conversation goes on in another ticket.")
    await give_number(transaction.connection, ticket)
    ticket.handed_over_at = ticket.handed_over_at or transaction.now
    ticket.owner = "agents"


def _moved(ticket: Ticket, before: str, actor: Actor) -> Event:
    after = ticket.status
    if after == CLOSED:
        data = {"by": "agent" if actor.agent_id else "rule", "from": before, "reason": ticket.close_reason}
        return actor.event("ticket.closed", ticket, **data)
    if after == SOLVED:
        data = {"from": before, "status_key": ticket.status_key, "reason": ticket.close_reason}
        return actor.event("ticket.solved", ticket, **data)
    if before in {SOLVED, CLOSED} and after in {NEW, OPEN}:
        return actor.event("ticket.reopened", ticket, by="agent" if actor.agent_id else "rule")
    until = None if ticket.snoozed_until is None else ticket.snoozed_until.isoformat()
    data = {"from": before, "to": after, "status_key": ticket.status_key, "until": until}
    return actor.event("ticket.status_changed", ticket, **data)


class Editing:
    """Each method is one transaction; permissions were checked at the door."""

    def __init__(self, desk: Desk, timetable: Callable[[], Timetable]) -> None:
        self._desk = desk
        self._timetable = timetable

    async def change(self, ticket_id: UUID, version: int, change: TicketChange, actor: Actor) -> Ticket:
        """Conflict `changed_meanwhile` for a ticket that was seen in another version."""
        async with self._desk.transaction() as transaction:
            # Locks: conversations first, then the ticket, as everywhere.
            closes = change.status == CLOSED
            conversations = await conversations_of(transaction.connection, ticket_id) if closes else []
            ticket = await locked_ticket(transaction.connection, ticket_id)
            check_version(ticket, version)
            timetable = self._timetable()
            await edit(transaction, ticket, change, actor, timetable=timetable, conversations=conversations)
            return ticket

    async def close(self, ticket_id: UUID, agent_id: UUID, version: int, reason: str | None = None) -> Ticket:
        return await self.change(
            ticket_id, version, TicketChange(status=CLOSED, reason=reason), Actor(agent_id)
        )

    async def reopen(self, ticket_id: UUID, agent_id: UUID, version: int) -> Ticket:
        return await self.change(ticket_id, version, TicketChange(status=OPEN), Actor(agent_id))
