"""Which tickets an automation is about now: for rules of time, and for a dry run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import RULE, Services, Step
from ticketing.actions.rehearsal import Rehearsal, rehearse
from ticketing.automation.conditions import AfterTime, Group, OnEvent
from ticketing.automation.rules import EVENT_TYPES, Rule
from ticketing.automation.sql import ANCHORS, TABLES, compile_group
from ticketing.calendar import Timetable
from ticketing.desk import Desk
from ticketing.visibility import VISIBLE

COUNTED: Final = 1000  # tickets that a dry run counts at most

_TEAMS = text("SELECT key FROM teams")
# What is over is nobody's business any more, and there is more of it every day.
_NOT_OVER = "t.status <> 'closed'"
_CAUSE = "'time:' || CAST(CAST(extract(epoch FROM {anchor}) * 1000000 AS bigint) AS text)"
_UNTRIED = (
    "NOT EXISTS (SELECT 1 FROM automation_runs r WHERE r.automation_id = :rule AND r.ticket_id = t.id"
    " AND r.cause = {cause})"
    " AND NOT EXISTS (SELECT 1 FROM automation_pauses p WHERE p.automation_id = :rule AND p.ticket_id = t.id)"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A ticket that a rule is about; `cause` names the moment it counts from ('' without one)."""

    ticket_id: UUID
    cause: str


async def open_teams(connection: AsyncConnection, timetable: Timetable, now: datetime) -> set[str]:
    """The keys of the teams that are open now; '' stands for a ticket without a team."""
    keys = ["", *(await connection.execute(_TEAMS)).scalars()]
    return {key for key in keys if timetable.of(key).is_open(now)}


async def due_tickets(
    connection: AsyncConnection,
    rule: Rule,
    timetable: Timetable,
    now: datetime,
    *,
    limit: int,
    ticket_id: UUID | None = None,
) -> list[Found]:
    """Tickets for which a rule of time is due and was not tried yet: longest due first, or this one only."""
    found = await _query(connection, rule.trigger, rule.conditions, timetable, now)
    found.where += " AND " + _UNTRIED.format(cause=found.cause)
    found.values["rule"] = rule.id
    if ticket_id is not None:
        found.where += " AND t.id = :ticket_id"
        found.values["ticket_id"] = ticket_id
    return await found.read(connection, limit)


async def matching_tickets(
    connection: AsyncConnection,
    trigger: OnEvent | AfterTime,
    conditions: Group,
    timetable: Timetable,
    now: datetime,
    *,
    restricted: bool,
    limit: int = COUNTED + 1,
) -> list[Found]:
    """Tickets that match now: for a rule of events, as if the event happened to each."""
    found = await _query(connection, trigger, conditions, timetable, now)
    if not restricted:
        found.where += f" AND {VISIBLE}"
        found.values["restricted"] = False
    return await found.read(connection, limit)


@dataclass(slots=True)
class _Query:
    where: str
    cause: str
    order: str
    values: dict[str, Any]

    async def read(self, connection: AsyncConnection, limit: int) -> list[Found]:
        statement = (
            f"SELECT t.id, {self.cause} AS cause FROM {TABLES} WHERE {self.where}"  # noqa: S608
            f" ORDER BY {self.order}, t.id LIMIT :count"
        )
        rows = await connection.execute(text(statement), self.values | {"count": limit})
        return [Found(row.id, row.cause) for row in rows]


async def _query(
    connection: AsyncConnection,
    trigger: OnEvent | AfterTime,
    conditions: Group,
    timetable: Timetable,
    now: datetime,
) -> _Query:
    teams = await open_teams(connection, timetable, now)
    condition, values = compile_group(conditions, now, teams)
    where = f"{_NOT_OVER} AND {condition}"
    if isinstance(trigger, OnEvent):
        return _Query(where, "''", "t.last_message_at DESC", values)
    anchor = ANCHORS[trigger.since]
    if ":status_events" in anchor:
        values["status_events"] = list(EVENT_TYPES["ticket.status_changed"])
    values["due_before"] = now - timedelta(minutes=trigger.minutes)
    where += f" AND {anchor} <= CAST(:due_before AS timestamptz)"
    return _Query(where, _CAUSE.format(anchor=anchor), anchor, values)


@dataclass(frozen=True, slots=True)
class DryRun:
    """How many tickets match (at most COUNTED, `more` beyond), and what would be done to the first."""

    matching: int
    more: bool
    tickets: Sequence[tuple[UUID, Rehearsal]]


async def dry_run(
    desk: Desk,
    trigger: OnEvent | AfterTime,
    conditions: Group,
    steps: Sequence[Step],
    services: Services,
    *,
    now: datetime,
    limit: int,
    restricted: bool,
) -> DryRun:
    """Nothing is changed."""
    async with desk.reading() as connection:
        found = await matching_tickets(
            connection, trigger, conditions, services.timetable, now, restricted=restricted
        )
    tickets = [
        (one.ticket_id, await rehearse(desk, one.ticket_id, steps, RULE, services)) for one in found[:limit]
    ]
    return DryRun(min(len(found), COUNTED), len(found) > COUNTED, tickets)
