"""What happens to a ticket when something happens: values in, values out, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from ticketing.state import Ticket


class Placement(StrEnum):
    """Where a customer's message goes."""

    ATTACH = "attach"  # to the current ticket
    REOPEN = "reopen"  # to the current ticket, which opens again under its number
    OPEN = "open"  # to a new ticket of the assistant
    REPLACE = "replace"  # the same, after closing the current one, which fell silent


@dataclass(frozen=True, slots=True)
class Rules:
    reopen_within: timedelta = timedelta(days=7)
    assistant_silence: timedelta = timedelta(hours=12)
    safety_text_again_after: timedelta = timedelta(minutes=10)


def place(ticket: Ticket | None, now: datetime, rules: Rules) -> Placement:
    """Where a message arriving `now` goes, given the conversation's current ticket."""
    if ticket is None:
        return Placement.OPEN
    if ticket.status == "closed":
        was_with_people = ticket.handed_over_at is not None
        recently = ticket.closed_at is not None and now - ticket.closed_at <= rules.reopen_within
        return Placement.REOPEN if was_with_people and recently else Placement.OPEN
    if ticket.owner == "assistant" and now - ticket.last_message_at > rules.assistant_silence:
        return Placement.REPLACE
    return Placement.ATTACH


def reopen(ticket: Ticket) -> None:
    """Back to people, to whom it belonged; a ticket nobody holds is new again."""
    ticket.owner = "agents"
    ticket.status = "open" if ticket.assignee_id else "new"
    ticket.closed_at = None
    ticket.version += 1


def close(ticket: Ticket, now: datetime) -> None:
    ticket.status = "closed"
    ticket.closed_at = now
    ticket.waiting_since = None
    ticket.version += 1


def give_to_people(ticket: Ticket, now: datetime) -> None:
    """From the assistant to people: nobody holds it yet, and the customer waits."""
    ticket.owner = "agents"
    ticket.handed_over_at = now
    ticket.waiting_since = ticket.waiting_since or now
    hold(ticket, ticket.assignee_id)


def hold(ticket: Ticket, assignee_id: UUID | None) -> None:
    """Say who holds a ticket of people: `new` while nobody does, `open` once somebody has it."""
    ticket.assignee_id = assignee_id
    ticket.status = "new" if assignee_id is None else "open"
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
