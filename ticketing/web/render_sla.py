"""Clocks of tickets as the JSON of docs/api/sla.md. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from ticketing.calendar import Timetable
from ticketing.categories import Target
from ticketing.sla.clocks import Clock, state_of
from ticketing.sla.spans import span, used

Json = dict[str, Any]


def duration(amount: timedelta) -> str:
    """ISO 8601: "P5D", "PT1H30M"."""
    minutes = int(amount.total_seconds()) // 60
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    return f"P{f'{days}D' if days else ''}{f'T{clock}' if clock else ''}" if days or clock else "PT0M"


def target(value: Target | None) -> Json | None:
    return None if value is None else {"amount": duration(value.amount), "clock": value.clock}


def row(ticket: Row[Any]) -> Json | None:
    """A list row's most urgent clock, from its ticket's columns `sla` and `due_at`."""
    stored: Mapping[str, Any] = ticket.sla or {}
    if "kind" not in stored:
        return None
    warn_at = stored.get("warn_at")
    warned = None if warn_at is None else datetime.fromisoformat(warn_at)
    return {
        "kind": stored["kind"],
        "state": state_of(ticket.due_at, warned, stored["state"], datetime.now(UTC)),
        "started_at": _time(datetime.fromisoformat(stored["started_at"])),
        "due_at": _time(ticket.due_at),
        "warn_at": _time(warned),
    }


def clocks(found: Iterable[Clock], policies: Mapping[UUID, str], timetable: Timetable) -> list[Json]:
    """Every clock of a ticket, those that run first, the most urgent of them before the others."""
    order = sorted(found, key=lambda one: (one.is_over, one.due_at is None, one.due_at or one.started_at))
    return [_clock(one, policies, timetable) for one in order]


def _clock(clock: Clock, policies: Mapping[UUID, str], timetable: Timetable) -> Json:
    now = datetime.now(UTC)
    state = "met" if clock.is_over else "paused" if clock.due_at is None else "running"
    whole = span(clock.target, clock.started_at, timetable, clock.team)
    passed = timedelta(0)
    if whole is not None:
        passed = used(whole, clock.started_at, clock.met_at or now, clock.pauses)
    name = policies.get(clock.policy_id) if clock.policy_id is not None else None
    return {
        "id": str(clock.id),
        "kind": clock.kind,
        "state": state_of(clock.due_at, clock.warn_at, state, now),
        "target": duration(clock.target.amount),
        "calendar": clock.target.clock,
        "team": clock.team,
        "policy": None if name is None else {"id": str(clock.policy_id), "name": name},
        "started_at": _time(clock.started_at),
        "due_at": _time(clock.due_at),
        "warn_at": _time(clock.warn_at),
        "warned_at": _time(clock.warned_at),
        "escalated_at": _time(clock.escalated_at),
        "breached_at": _time(clock.breached_at),
        "met_at": _time(clock.met_at),
        "used_seconds": int(passed.total_seconds()),
        "total_seconds": 0 if whole is None else int(whole.amount.total_seconds()),
    }


def _time(moment: datetime | None) -> str | None:
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
