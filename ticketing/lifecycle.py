"""What happens to a ticket when something happens: values in, values out, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from ticketing.state import Ticket
from ticketing.statuses import (
    ACTIVE,
    CLOSED,
    NEW,
    ON_HOLD,
    OPEN,
    PENDING,
    SNOOZED,
    SOLVED,
    WAITING,
    is_active,
)


class Placement(StrEnum):
    """Where a customer's message goes."""

    ATTACH = "attach"  # to the current ticket as it stands
    RESUME = "resume"  # to the current ticket, which was put aside and is to be worked on again
    REOPEN = "reopen"  # to the current ticket, which was done and opens again under its number
    OPEN = "open"  # to a new ticket of the assistant
    REPLACE = "replace"  # the same, after closing the current one, which fell silent


@dataclass(frozen=True, slots=True)
class Rules:
    reopen_within: timedelta = timedelta(days=7)
    assistant_silence: timedelta = timedelta(hours=12)
    solved_silence: timedelta = timedelta(hours=72)
    resume_on_hold: bool = True
    safety_text_again_after: timedelta = timedelta(minutes=10)


def place(ticket: Ticket | None, now: datetime, rules: Rules, *, asks: bool = True) -> Placement:
    """Where a message arriving `now` goes, given the conversation's current ticket.

    One that `asks` nothing (a reaction) moves no ticket of people.
    """
    if ticket is None or (ticket.status == CLOSED and not _may_reopen(ticket, now, rules)):
        return Placement.OPEN
    if ticket.owner == "assistant":
        silent = now - ticket.last_message_at > rules.assistant_silence
        return Placement.REPLACE if silent else Placement.ATTACH
    if not is_active(ticket) and asks:
        return Placement.REOPEN
    held = ticket.status == ON_HOLD and not rules.resume_on_hold
    return Placement.RESUME if asks and ticket.status in WAITING and not held else Placement.ATTACH


def _may_reopen(ticket: Ticket, now: datetime, rules: Rules) -> bool:
    if ticket.handed_over_at is None or ticket.closed_at is None:
        return False
    return now - ticket.closed_at <= rules.reopen_within


def follows(ticket: Ticket | None) -> UUID | None:
    """The ticket that a new one of the same conversation goes on with: one that people had."""
    return None if ticket is None or ticket.handed_over_at is None else ticket.id


def resume(ticket: Ticket) -> None:
    """Back to work, for whoever holds it; a ticket nobody holds is new again."""
    ticket.status = OPEN if ticket.assignee_id else NEW
    ticket.status_key = None
    ticket.snoozed_until = None
    ticket.solved_at = None
    ticket.closed_at = None
    ticket.close_reason = None
    ticket.version += 1


def reopen(ticket: Ticket) -> None:
    """Back to people, to whom it belonged."""
    ticket.owner = "agents"
    resume(ticket)


def move(
    ticket: Ticket,
    status: str,
    now: datetime,
    *,
    key: str | None = None,
    until: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Give a ticket of people another status.

    `until`: when a snoozed one comes back. `reason`: why it is done. Asked to be open, one that nobody holds
    is new. While it waits for the customer, or is done, no answer is owed.
    """
    if status in {NEW, OPEN}:
        resume(ticket)
        ticket.status_key = key
        return
    ticket.status = status
    ticket.status_key = key
    ticket.snoozed_until = until if status == SNOOZED else None
    ticket.version += 1
    if status in ACTIVE:
        ticket.solved_at = ticket.closed_at = ticket.close_reason = None
    else:
        ticket.solved_at = ticket.solved_at or now
        ticket.closed_at = now if status == CLOSED else None
        ticket.close_reason = reason or ticket.close_reason
        ticket.unread = 0
    if status in {PENDING, SOLVED, CLOSED}:
        ticket.waiting_since = None


def close(ticket: Ticket, now: datetime) -> None:
    """Over, whoever has it; one of the assistant's was never solved by people."""
    if ticket.owner == "agents":
        move(ticket, CLOSED, now)
        return
    ticket.status = CLOSED
    ticket.closed_at = now
    ticket.waiting_since = None
    ticket.version += 1


def wake(ticket: Ticket) -> None:
    """A snoozed ticket's time has come: to be worked on again, and unread for its holder."""
    resume(ticket)
    ticket.unread = max(1, ticket.unread)


def give_to_people(ticket: Ticket, now: datetime) -> None:
    """From the assistant to people: nobody holds it yet, and the customer waits."""
    ticket.owner = "agents"
    ticket.handed_over_at = now
    ticket.waiting_since = ticket.waiting_since or now
    hold(ticket, ticket.assignee_id)


def hold(ticket: Ticket, assignee_id: UUID | None) -> None:
    """Say who holds a ticket of people: `new` while nobody does, `open` once somebody has it.

    One that was put aside or is done stays so, whoever holds it.
    """
    ticket.assignee_id = assignee_id
    if ticket.status in {NEW, OPEN}:
        ticket.status = NEW if assignee_id is None else OPEN
    if ticket.status == NEW:
        ticket.status_key = None
    ticket.version += 1


def customer_wrote(ticket: Ticket, now: datetime, *, asks: bool) -> None:
    """Count a customer's message. One that `asks` nothing (a reaction) starts no waiting."""
    ticket.last_message_at = max(ticket.last_message_at, now)
    ticket.unread += 1
    if asks and ticket.waiting_since is None:
        ticket.waiting_since = now


def we_answered(ticket: Ticket, now: datetime, *, author: str) -> None:
    """Somebody answered. What the desk says by itself ("a person will answer") leaves the customer
    waiting.
    """
    ticket.last_message_at = max(ticket.last_message_at, now)
    if author == "system":
        return
    ticket.waiting_since = None
    if author == "agent":
        ticket.unread = 0


def safety_text_due(ticket: Ticket, now: datetime, rules: Rules) -> bool:
    """Whether the safety text must be given (again): not with every bubble of one alarm."""
    handover = ticket.handover or {}
    if ticket.owner != "agents" or handover.get("reason") != "danger":
        return True
    return now - datetime.fromisoformat(handover["at"]) >= rules.safety_text_again_after


def turn_delay(
    waiting_since: datetime | None, now: datetime, quiet: timedelta, at_most: timedelta
) -> timedelta:
    """How long to wait for more bubbles: `quiet` after each, never beyond `at_most` after the first."""
    if waiting_since is None:
        return quiet
    return max(timedelta(0), min(quiet, waiting_since + at_most - now))
