"""The calendar as its page shows it. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.calendar import Hours, Interval
from ticketing.hours.tables import CALENDAR, SCHEDULES, CalendarData

_TEAMS: Final = text(
    "SELECT m.id, m.key, m.names, s.schedule FROM teams m LEFT JOIN team_schedules s ON s.team = m.key"
    " ORDER BY m.key"
).columns(names=JSONB)
_HOLIDAYS: Final = text(
    "SELECT h.day, h.names, h.expected, a.name AS confirmed_by, h.confirmed_at FROM holidays h"
    " LEFT JOIN agents a ON a.id = h.confirmed_by WHERE h.day BETWEEN :first AND :last ORDER BY h.day"
).columns(names=JSONB)
_RAMADANS: Final = text(
    "SELECT r.id, r.first_day, r.last_day, r.expected, a.name AS confirmed_by, r.confirmed_at"
    " FROM ramadans r LEFT JOIN agents a ON a.id = r.confirmed_by ORDER BY r.first_day"
)
_EDITS: Final = text(
    "SELECT d.id, d.day, d.schedule, d.intervals, d.reason, a.name AS edited_by, d.edited_at FROM day_edits d"
    " LEFT JOIN agents a ON a.id = d.edited_by WHERE d.day BETWEEN :first AND :last"
    " ORDER BY d.day, d.schedule NULLS FIRST"
).columns(intervals=JSONB)


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """Rows as the tables hold them; holidays and edited days of one year."""

    calendar: Row[Any] | None
    schedules: list[Row[Any]]
    teams: list[Row[Any]]
    holidays: list[Row[Any]]
    ramadans: list[Row[Any]]
    edits: list[Row[Any]]


async def calendar_page(connection: AsyncConnection, year: int) -> CalendarPage:
    days = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    return CalendarPage(
        (await connection.execute(CALENDAR)).one_or_none(),
        list(await connection.execute(SCHEDULES)),
        list(await connection.execute(_TEAMS)),
        list(await connection.execute(_HOLIDAYS, days)),
        list(await connection.execute(_RAMADANS)),
        list(await connection.execute(_EDITS, days)),
    )


@dataclass(frozen=True, slots=True)
class Day:
    """The hours of one day, and why they are not the week's: `edit`, `holiday` or `ramadan`."""

    day: date
    intervals: tuple[Interval, ...]
    why: str | None


def days_from(hours: Hours, first: date, count: int) -> list[Day]:
    return [_day(hours, first + timedelta(days=number)) for number in range(count)]


def _day(hours: Hours, day: date) -> Day:
    why = None
    if day in hours.special:
        why = "edit"
    elif day in hours.closed:
        why = "holiday"
    elif any(season.first <= day <= season.last for season in hours.seasons):
        why = "ramadan"
    return Day(day, hours.intervals(day), why)


def closing_after(hours: Hours, moment: datetime) -> datetime | None:
    """When it closes next, for a moment at which it is open; None for one that never does."""
    day = moment.astimezone(hours.zone).date()
    end: datetime | None = None
    for number in range(8):
        for opening, closing in hours.spans(day + timedelta(days=number)):
            if end is None:
                if opening <= moment < closing:
                    end = closing
            elif opening > end:
                return end
            else:
                end = closing
    return end if end is None or not hours.is_open(end) else None


def hours_of(calendar: CalendarData, schedule: str, zone: Any) -> Hours | None:
    found = next((one for one in calendar.schedules if one.key == schedule), None)
    return None if found is None else calendar.hours(found, zone)
