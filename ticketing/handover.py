"""Handing a ticket to people: category, team, priority, number, promise, and a word to the customer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Handover, HandoverReason, Language
from channels.envelope import Content, Kind
from ticketing import lifecycle, texts
from ticketing.calendar import ALWAYS_OPEN, Timetable
from ticketing.categories import Category, find_category
from ticketing.codec import optional_text, stored_json
from ticketing.desk import Event, Transaction
from ticketing.facts import province_of
from ticketing.numbers import ticket_number
from ticketing.promises import Outlook, Promise, promise, sentences
from ticketing.state import Ticket

USUAL_PRIORITY = 3  # a handover that says nothing about urgency
# An intent tells what a request is about where the assistant understood it and only people can act.
_UNDERSTOOD = frozenset({HandoverReason.NEEDS_PERSON, HandoverReason.DANGER})


@dataclass(frozen=True, slots=True)
class Passing:
    """Why and to whom a ticket goes.

    `team` is a team's key; unknown or absent means the category's, or the default team. `category` is a code;
    without one it follows from the intent of an understood request.
    """

    reason: HandoverReason
    language: Language
    priority: int = USUAL_PRIORITY
    team: str | None = None
    summary: str | None = None
    intent: str | None = None
    slots: Mapping[str, Any] = field(default_factory=dict)
    category: str | None = None
    summary_ar: str | None = None
    summary_fr: str | None = None

    @classmethod
    def of(
        cls, handover: Handover, language: Language, intent: str | None, slots: Mapping[str, Any]
    ) -> Passing:
        """What the assistant asked for."""
        return cls(
            reason=handover.reason,
            language=language,
            priority=handover.priority,
            team=handover.team,
            summary=handover.summary,
            intent=intent,
            slots=slots,
            category=handover.category,
            summary_ar=handover.summary_ar,
            summary_fr=handover.summary_fr,
        )


@dataclass(frozen=True, slots=True)
class Team:
    id: UUID
    key: str


async def give_number(connection: AsyncConnection, ticket: Ticket) -> str:
    """The number a customer is told; given once."""
    if ticket.number is None:
        serial = (await connection.execute(text("SELECT nextval('ticket_numbers')"))).scalar_one()
        ticket.number = ticket_number(serial)
    return ticket.number


async def team_of(connection: AsyncConnection, key: str | None) -> Team | None:
    """The team with this key, else the default team, else none (a desk without teams)."""
    row = (
        await connection.execute(
            text("SELECT id, key FROM teams WHERE key = :key OR is_default ORDER BY key = :key DESC LIMIT 1"),
            {"key": key},
        )
    ).one_or_none()
    return None if row is None else Team(row.id, row.key)


async def hand_over(
    transaction: Transaction,
    ticket: Ticket,
    passing: Passing,
    *,
    actor: str,
    timetable: Timetable = ALWAYS_OPEN,
) -> Outlook:
    """Give a locked ticket to people. Raises the urgency of one they already have."""
    number = await give_number(transaction.connection, ticket)
    category = await _category_of(transaction.connection, passing)
    wanted = passing.team or (None if category is None else category.team)
    team = await team_of(transaction.connection, wanted)
    team_key = None if team is None else team.key
    priority = _priority(passing, category)
    already_theirs = ticket.owner == "agents"
    ticket.priority = min(ticket.priority, priority) if already_theirs else priority
    ticket.handover = _stored(transaction, passing, category, priority, team)
    if not already_theirs or ticket.team_id is None:
        ticket.team_id = None if team is None else team.id
    promised = promise(category, transaction.now, timetable, team_key)
    if category is not None and not (already_theirs and ticket.category is not None):
        ticket.category = category.code
        transaction.changes.promises[ticket.id] = promise_row(ticket.id, transaction, promised)
    if already_theirs:
        ticket.version += 1
    else:
        lifecycle.give_to_people(ticket, transaction.now)
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
    # A receipt is for a request that was made, not for one that was lost on the way.
    filed = passing.category is not None and passing.reason is HandoverReason.NEEDS_PERSON
    return Outlook(number, transaction.now, category, promised, team_key, filed)


def _priority(passing: Passing, category: Category | None) -> int:
    """What the handover says; the category's where it says nothing."""
    if category is not None and passing.priority == USUAL_PRIORITY:
        return category.priority
    return min(4, max(1, passing.priority))


async def _category_of(connection: AsyncConnection, passing: Passing) -> Category | None:
    intent = passing.intent if passing.reason in _UNDERSTOOD else None
    if passing.category is None and intent is None:
        return None
    province = province_of(passing.slots)
    found = await find_category(connection, passing.category, intent=intent, province=province)
    if found is None and passing.category is not None and intent is not None:
        return await find_category(connection, None, intent=intent, province=province)
    return found


def _stored(
    transaction: Transaction,
    passing: Passing,
    category: Category | None,
    priority: int,
    team: Team | None,
) -> dict[str, Any]:
    """`tickets.handover`."""
    return {
        "reason": passing.reason.value,
        "summary": optional_text(passing.summary, 4000),
        "summary_ar": optional_text(passing.summary_ar, 4000),
        "summary_fr": optional_text(passing.summary_fr, 4000),
        "intent": optional_text(passing.intent, 200),
        "slots": stored_json(passing.slots),
        "language": passing.language.value,
        "at": transaction.now.isoformat(),
        "category": None if category is None else category.code,
        "priority": priority,
        "team": None if team is None else team.key,
    }


def promise_row(ticket_id: UUID, transaction: Transaction, promised: Promise) -> dict[str, Any]:
    """A row of `promises`."""
    return {
        "ticket_id": ticket_id,
        "given_at": transaction.now,
        "first_answer_by": promised.first_answer_by,
        "action_by": promised.action_by,
        "resolve_by": promised.resolve_by,
        "legal_by": promised.legal_by,
    }


def farewell(
    passing: Passing, outlook: Outlook, said: tuple[Content, ...], timetable: Timetable = ALWAYS_OPEN
) -> tuple[Content, ...]:
    """What the customer is told, in one bubble: the assistant's own words or that a person will answer, the
    number, what happens next by when. The approved text about danger is not drowned in dates.
    """
    language = passing.language
    danger = passing.reason is HandoverReason.DANGER
    further = [] if danger else sentences(language, outlook, timetable)
    if not said:
        return (Content(text=_lines(texts.handed_over(language, outlook.number), further)),)
    told = _lines(texts.your_number(language, outlook.number), further)
    *before, last = said
    if last.kind is Kind.TEXT and last.text and not last.choices:
        # One bubble is read as one thought, and paid for once.
        return (*before, replace(last, text=f"{last.text}\n{told}"))
    return (*said, Content(text=told))


def _lines(first: str, further: list[str]) -> str:
    return f"{first}\n{' '.join(further)}" if further else first
