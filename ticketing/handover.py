"""Handing a ticket to people: team, priority, number, the reason, and a word to the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import HandoverReason, Language
from channels.envelope import Content, Kind
from ticketing import lifecycle, texts
from ticketing.codec import optional_text, stored_json
from ticketing.desk import Event, Transaction
from ticketing.numbers import ticket_number
from ticketing.state import Ticket


@dataclass(frozen=True, slots=True)
class Passing:
    """Why and to whom a ticket goes. `team` is a team's key; unknown or absent means the default team."""

    reason: HandoverReason
    language: Language
    priority: int = 3
    team: str | None = None
    summary: str | None = None
    intent: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)


async def give_number(connection: AsyncConnection, ticket: Ticket) -> str:
    """The number a customer is told; given once."""
    if ticket.number is None:
        serial = (await connection.execute(text("SELECT nextval('ticket_numbers')"))).scalar_one()
        ticket.number = ticket_number(serial)
    return ticket.number


async def team_id_of(connection: AsyncConnection, key: str | None) -> UUID | None:
    """The team with this key, else the default team, else none (a desk without teams)."""
    found: UUID | None = (
        await connection.execute(
            text("SELECT id FROM teams WHERE key = :key OR is_default ORDER BY key = :key DESC LIMIT 1"),
            {"key": key},
        )
    ).scalar_one_or_none()
    return found


async def hand_over(transaction: Transaction, ticket: Ticket, passing: Passing, *, actor: str) -> str:
    """Give a locked ticket to people and return its number. Raises the urgency of one they already have."""
    number = await give_number(transaction.connection, ticket)
    priority = min(4, max(1, passing.priority))
    ticket.priority = min(ticket.priority, priority) if ticket.owner == "agents" else priority
    ticket.handover = {
        "reason": passing.reason.value,
        "summary": optional_text(passing.summary, 4000),
        "intent": optional_text(passing.intent, 200),
        "slots": stored_json(passing.slots),
        "language": passing.language.value,
        "at": transaction.now.isoformat(),
    }
    if ticket.owner != "agents" or ticket.team_id is None:
        ticket.team_id = await team_id_of(transaction.connection, passing.team)
    if ticket.owner != "agents":
        lifecycle.give_to_people(ticket, transaction.now)
    else:
        ticket.version += 1
    transaction.save(ticket)
    transaction.record(
        Event(
            "ticket.handed_over",
            actor,
            ticket_id=ticket.id,
            data={
                "reason": passing.reason.value,
                "summary": ticket.handover["summary"],
                "priority": ticket.priority,
            },
        )
    )
    return number


def farewell(passing: Passing, number: str, said: tuple[Content, ...]) -> tuple[Content, ...]:
    """What the customer is told: the assistant's own words and the number, or that a person will answer."""
    if said:
        told = texts.your_number(passing.language, number)
        *before, last = said
        if last.kind is Kind.TEXT and last.text and not last.choices:
            # One bubble is read as one thought, and paid for once.
            return (*before, replace(last, text=f"{last.text}\n{told}"))
        return (*said, Content(text=told))
    return (Content(text=texts.handed_over(passing.language, number)),)
