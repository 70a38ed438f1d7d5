"""The calendar in the tables: the timetable they make, and their first load."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, tzinfo
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.calendar import Hours, Interval, Season, Timetable, Week
from ticketing.hours.weeks import week_from, week_stored

CALENDAR: Final = text("SELECT office, emergencies, loaded_at FROM calendar")
SCHEDULES: Final = text(
    "SELECT key, names, week, ramadan, keeps_holidays, version FROM schedules ORDER BY key"
).columns(names=JSONB, week=JSONB, ramadan=JSONB)
TEAMS: Final = text("SELECT team, schedule FROM team_schedules")
EXPECTED: Final = text(  # of the coming month, those that still wait for the moon
    "SELECT day FROM holidays WHERE expected AND day BETWEEN current_date AND current_date + 30"
    " UNION SELECT first_day FROM ramadans"
    " WHERE expected AND first_day BETWEEN current_date AND current_date + 30 ORDER BY 1"
)
_HOLIDAYS: Final = text("SELECT day, names, expected FROM holidays ORDER BY day").columns(names=JSONB)
_RAMADANS: Final = text("SELECT first_day, last_day, expected FROM ramadans ORDER BY first_day")
_EDITS: Final = text("SELECT day, schedule, intervals FROM day_edits ORDER BY day").columns(intervals=JSONB)


@dataclass(frozen=True, slots=True)
class Schedule:
    key: str
    names: Mapping[str, str]
    week: Week
    ramadan: Week | None = None
    keeps_holidays: bool = True


@dataclass(frozen=True, slots=True)
class Holiday:
    day: date
    names: Mapping[str, str]
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Ramadan:
    first: date
    last: date
    expected: bool = False


@dataclass(frozen=True, slots=True)
class DayEdit:
    """A day with hours of its own; `schedule` None: of every schedule that keeps holidays."""

    day: date
    schedule: str | None
    intervals: tuple[Interval, ...]


@dataclass(frozen=True, slots=True)
class CalendarData:
    """The whole calendar. `teams` are schedules' keys by team; `office` is a schedule's."""

    office: str
    schedules: Sequence[Schedule]
    teams: Mapping[str, str] = field(default_factory=dict)
    emergencies: bool = True
    ramadans: Sequence[Ramadan] = ()
    holidays: Sequence[Holiday] = ()
    edits: Sequence[DayEdit] = ()

    def timetable(self, zone: tzinfo) -> Timetable:
        hours = {schedule.key: self.hours(schedule, zone) for schedule in self.schedules}
        teams = {team: hours[schedule] for team, schedule in self.teams.items()}
        return Timetable(hours[self.office], teams, self.emergencies)

    def hours(self, schedule: Schedule, zone: tzinfo) -> Hours:
        seasons: tuple[Season, ...] = ()
        if schedule.ramadan is not None:
            seasons = tuple(Season(month.first, month.last, schedule.ramadan) for month in self.ramadans)
        everybody = {edit.day: edit.intervals for edit in self.edits if edit.schedule is None}
        own = {edit.day: edit.intervals for edit in self.edits if edit.schedule == schedule.key}
        if not schedule.keeps_holidays:
            return Hours(zone, schedule.week, seasons, special=own)
        closed = frozenset(holiday.day for holiday in self.holidays)
        return Hours(zone, schedule.week, seasons, closed, everybody | own)


async def load_first(connection: AsyncConnection, first: CalendarData) -> bool:
    """Fill the tables of a desk that has no calendar yet; False: it has one, and nothing was changed."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('calendar', 0))"))
    if (await connection.execute(CALENDAR)).first() is not None:
        return False
    await connection.execute(
        text(
            "INSERT INTO schedules (key, names, week, ramadan, keeps_holidays) VALUES"
            " (:key, CAST(:names AS jsonb), CAST(:week AS jsonb), CAST(:ramadan AS jsonb), :keeps_holidays)"
        ),
        [
            {
                "key": one.key,
                "names": json.dumps(dict(one.names)),
                "week": json.dumps(week_stored(one.week)),
                "ramadan": None if one.ramadan is None else json.dumps(week_stored(one.ramadan)),
                "keeps_holidays": one.keeps_holidays,
            }
            for one in first.schedules
        ],
    )
    await connection.execute(
        text("INSERT INTO calendar (office, emergencies) VALUES (:office, :emergencies)"),
        {"office": first.office, "emergencies": first.emergencies},
    )
    await _load_days(connection, first)
    return True


async def _load_days(connection: AsyncConnection, first: CalendarData) -> None:
    if first.teams:
        await connection.execute(
            text("INSERT INTO team_schedules (team, schedule) VALUES (:team, :schedule)"),
            [{"team": team, "schedule": schedule} for team, schedule in first.teams.items()],
        )
    if first.holidays:
        await connection.execute(
            text(
                "INSERT INTO holidays (day, names, expected) VALUES (:day, CAST(:names AS jsonb), :expected)"
            ),
            [
                {"day": one.day, "names": json.dumps(dict(one.names)), "expected": one.expected}
                for one in first.holidays
            ],
        )
    if first.ramadans:
        await connection.execute(
            text("INSERT INTO ramadans (first_day, last_day, expected) VALUES (:first, :last, :expected)"),
            [{"first": one.first, "last": one.last, "expected": one.expected} for one in first.ramadans],
        )


async def read_calendar(connection: AsyncConnection) -> CalendarData | None:
    """The tables as they are; None where nothing was loaded yet."""
    calendar = (await connection.execute(CALENDAR)).one_or_none()
    if calendar is None:
        return None
    return CalendarData(
        office=calendar.office,
        emergencies=calendar.emergencies,
        schedules=[_schedule(row) for row in await connection.execute(SCHEDULES)],
        teams={row.team: row.schedule for row in await connection.execute(TEAMS)},
        ramadans=[Ramadan(*row) for row in await connection.execute(_RAMADANS)],
        holidays=[Holiday(*row) for row in await connection.execute(_HOLIDAYS)],
        edits=[
            DayEdit(row.day, row.schedule, tuple((start, end) for start, end in row.intervals))
            for row in await connection.execute(_EDITS)
        ],
    )


def _schedule(row: Row[Any]) -> Schedule:
    ramadan = None if row.ramadan is None else week_from(row.ramadan)
    return Schedule(row.key, row.names, week_from(row.week), ramadan, row.keeps_holidays)
