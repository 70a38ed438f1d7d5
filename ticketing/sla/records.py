"""Clocks, policies and what targets depend on, read from the tables a set at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.categories import CALENDAR_DAYS, Target
from ticketing.codec import rows_as_json
from ticketing.facts import province_of
from ticketing.sla.clocks import Clock
from ticketing.sla.policies import Conditions, Policy, Step, Subject, TargetsPart
from ticketing.state import Ticket

_CLOCKS: Final = text(
    "SELECT c.*, ARRAY(SELECT step FROM sla_escalations e WHERE e.clock_id = c.id) AS taken"
    " FROM ticket_clocks c WHERE c.ticket_id = ANY(CAST(:ids AS uuid[])) ORDER BY c.started_at, c.id"
).columns(pauses=JSONB)
_POLICIES: Final = text(
    "SELECT id, name, conditions, targets, pauses_on_hold, steps FROM sla_policies"
    " WHERE is_active ORDER BY position, id"
).columns(conditions=JSONB, targets=JSONB, steps=JSONB)
_SUBJECTS: Final = text(
    "SELECT r.id, m.key AS team, co.tags AS contact_tags, k.channels,"
    " coalesce(o.first_answer, c.first_answer) AS first_answer, c.first_answer_clock,"
    " c.next_answer, c.next_answer_clock,"
    " coalesce(o.resolve, c.resolve) AS resolve, c.resolve_clock, c.legal_days"
    " FROM json_to_recordset(CAST(:tickets AS json))"
    "   AS r(id uuid, contact_id uuid, category text, province text, team_id uuid, accounts json)"
    " LEFT JOIN teams m ON m.id = r.team_id LEFT JOIN contacts co ON co.id = r.contact_id"
    " LEFT JOIN categories c ON c.code = r.category"
    " LEFT JOIN category_overrides o ON o.code = r.category AND o.province = r.province"
    " LEFT JOIN LATERAL (SELECT array_agg(DISTINCT a.channel) AS channels FROM accounts a"
    "   WHERE a.key IN (SELECT json_array_elements_text(r.accounts))) k ON true"
)
_DROP: Final = text("DELETE FROM ticket_clocks WHERE id = ANY(CAST(:ids AS uuid[]))")


_CATEGORY: Final = text(
    "SELECT coalesce(o.first_answer, c.first_answer) AS first_answer, c.first_answer_clock, c.next_answer,"
    " c.next_answer_clock, coalesce(o.resolve, c.resolve) AS resolve, c.resolve_clock, c.legal_days"
    " FROM categories c LEFT JOIN category_overrides o ON o.code = c.code AND o.province = :province"
    " WHERE c.code = :code"
)


async def category_targets(
    connection: AsyncConnection, code: str | None, province: str | None
) -> Row[Any] | None:
    """A category's columns for `own_targets`, as they are in a province."""
    values = {"code": code, "province": province}
    return (await connection.execute(_CATEGORY, values)).one_or_none()


async def clocks_of(connection: AsyncConnection, ticket_ids: Iterable[UUID]) -> dict[UUID, list[Clock]]:
    """Every clock of these tickets, in the order they began."""
    found: dict[UUID, list[Clock]] = defaultdict(list)
    for row in await connection.execute(_CLOCKS, {"ids": sorted(set(ticket_ids))}):
        found[row.ticket_id].append(_clock(row))
    return found


def _clock(row: Row[Any]) -> Clock:
    return Clock(
        id=row.id,
        ticket_id=row.ticket_id,
        kind=row.kind,
        target=Target(row.target, row.calendar),
        started_at=row.started_at,
        team=row.team,
        policy_id=row.policy_id,
        pauses=tuple((_time(start), None if end is None else _time(end)) for start, end in row.pauses),
        due_at=row.due_at,
        warn_at=row.warn_at,
        next_at=row.next_at,
        warned_at=row.warned_at,
        escalated_at=row.escalated_at,
        breached_at=row.breached_at,
        met_at=row.met_at,
        taken=frozenset(row.taken),
    )


def _time(stored: str) -> datetime:
    return datetime.fromisoformat(stored)


def clock_row(clock: Clock) -> dict[str, Any]:
    """A row of `ticket_clocks` as it travels in a transaction's changes."""
    row: dict[str, Any] = {name: getattr(clock, name) for name in _COPIED}
    row["target"] = f"{int(clock.target.amount.total_seconds())} seconds"
    row["calendar"] = clock.target.clock
    row["pauses"] = [
        [start.isoformat(), None if end is None else end.isoformat()] for start, end in clock.pauses
    ]
    return row


_COPIED: Final = (
    "id",
    "ticket_id",
    "kind",
    "team",
    "policy_id",
    "started_at",
    "due_at",
    "warn_at",
    "next_at",
    "warned_at",
    "escalated_at",
    "breached_at",
    "met_at",
)


async def drop_clocks(connection: AsyncConnection, ids: Sequence[UUID]) -> None:
    await connection.execute(_DROP, {"ids": list(ids)})


async def active_policies(connection: AsyncConnection) -> list[Policy]:
    """In their order."""
    return [
        Policy(
            row.id,
            row.name,
            Conditions.model_validate(row.conditions),
            TargetsPart.model_validate(row.targets),
            row.pauses_on_hold,
            tuple(Step.model_validate(step) for step in row.steps),
        )
        for row in await connection.execute(_POLICIES)
    ]


async def subjects_of(
    connection: AsyncConnection, tickets: Sequence[Ticket], accounts: dict[UUID, set[str]]
) -> dict[UUID, Subject]:
    """What targets depend on, by ticket. `accounts` are those not yet written with the tickets."""
    rows = [
        {
            "id": ticket.id,
            "contact_id": ticket.contact_id,
            "category": ticket.category,
            "province": province_of((ticket.handover or {}).get("slots") or {}),
            "team_id": ticket.team_id,
            "accounts": sorted({*ticket.accounts, *accounts.get(ticket.id, ())}),
        }
        for ticket in tickets
    ]
    found = {row.id: row for row in await connection.execute(_SUBJECTS, {"tickets": rows_as_json(rows)})}
    return {ticket.id: _subject(ticket, found[ticket.id]) for ticket in tickets}


def _subject(ticket: Ticket, row: Row[Any]) -> Subject:
    return Subject(
        category=ticket.category,
        priority=ticket.priority,
        team=row.team,
        channels=frozenset(row.channels or ()),
        tags=frozenset(ticket.tags),
        contact_tags=frozenset(row.contact_tags or ()),
        own=own_targets(row),
    )


def own_targets(row: Row[Any]) -> dict[str, Target]:
    """A category's targets by kind of clock."""
    found: dict[str, Target] = {}
    for kind, amount, clock in (
        ("first_response", row.first_answer, row.first_answer_clock),
        ("next_response", row.next_answer, row.next_answer_clock),
        ("resolution", row.resolve, row.resolve_clock),
    ):
        if amount is not None and clock is not None:
            found[kind] = Target(amount, clock)
    if row.legal_days is not None:
        found["legal"] = Target(timedelta(days=row.legal_days), CALENDAR_DAYS)
    return found
