"""Opening hours against an oracle of two independent programs, and the edges it does not walk."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from knowledge_base.time_zones import pinned_zone
from ticketing.calendar import ALL_DAY, ALWAYS_OPEN, Hours, Season, Timetable, Week

ORACLE = json.loads(
    (Path(__file__).parents[1] / "contracts" / "business_hours_casablanca_2026.json").read_text("utf-8")
)
ZONE = pinned_zone("Africa/Casablanca")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def hours_of(calendar: dict[str, Any]) -> Hours:
    week: Week = tuple(
        tuple(sorted((minutes(start), minutes(end)) for start, end in calendar["h"].get(day, {}).items()))
        for day in DAYS
    )
    return Hours(ZONE, week, closed=frozenset(date.fromisoformat(day) for day in calendar["hol"]))


CALENDARS = {name: hours_of(calendar) for name, calendar in ORACLE["calendars"].items()}


@pytest.mark.parametrize("case", ORACLE["cases"], ids=lambda case: f"{case['calendar']}-{case['start']}")
def test_the_oracle_agrees(case: dict[str, Any]) -> None:
    hours = CALENDARS[case["calendar"]]
    start, end = datetime.fromisoformat(case["start"]), datetime.fromisoformat(case["end"])
    assert hours.is_open(start) is case["in_working_hours"]
    due = hours.add(start, timedelta(minutes=case["add_working_minutes"]))
    assert due == datetime.fromisoformat(case["due"])
    assert hours.between(start, end).total_seconds() == case["working_seconds_between"]


OFFICE = Hours(
    ZONE,
    (((510, 990),),) * 5 + ((), ()),
    seasons=(Season(date(2027, 2, 8), date(2027, 3, 9), (((540, 900),),) * 5 + ((), ())),),
    closed=frozenset({date(2026, 11, 18)}),
)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type, misc]


def test_closing_time_is_closed_and_opening_time_is_open() -> None:
    assert OFFICE.is_open(local(2026, 11, 23, 8, 30))
    assert not OFFICE.is_open(local(2026, 11, 23, 16, 30))


def test_the_next_opening_skips_nights_weekends_and_holidays() -> None:
    assert OFFICE.next_opening(local(2026, 11, 23, 10)) == local(2026, 11, 23, 10)
    assert OFFICE.next_opening(local(2026, 11, 23, 22)) == local(2026, 11, 24, 8, 30)
    assert OFFICE.next_opening(local(2026, 11, 20, 16, 30)) == local(2026, 11, 23, 8, 30)
    assert OFFICE.next_opening(local(2026, 11, 17, 17)) == local(2026, 11, 19, 8, 30)


def test_ramadan_has_its_own_hours() -> None:
    assert not OFFICE.is_open(local(2027, 2, 8, 8, 45))
    assert OFFICE.is_open(local(2027, 3, 10, 8, 45))
    assert OFFICE.add(local(2027, 2, 8, 14), timedelta(hours=2)) == local(2027, 2, 9, 10)


def test_working_days_end_with_the_office() -> None:
    assert OFFICE.end_of_working_day(local(2026, 11, 23, 23, 50), 1) == local(2026, 11, 24, 16, 30)
    assert OFFICE.end_of_working_day(local(2026, 11, 20, 9), 1) == local(2026, 11, 23, 16, 30)
    assert OFFICE.end_of_working_day(local(2026, 11, 16, 9), 5) == local(2026, 11, 24, 16, 30)


def test_hours_that_never_come_give_none() -> None:
    never = Hours(ZONE, ((),) * 7)
    now = local(2026, 11, 23, 10)
    assert never.next_opening(now) is None
    assert never.add(now, timedelta(minutes=1)) is None
    assert never.end_of_working_day(now, 1) is None
    assert not never.is_open(now)


def test_a_day_without_a_clock_change_has_twenty_four_hours_and_the_change_gives_its_hour_back() -> None:
    always = Hours(ZONE, ALL_DAY)
    day, change = local(2026, 9, 19, 0), local(2026, 9, 20, 0)
    assert always.between(day, change) == timedelta(hours=24)
    assert always.between(change, local(2026, 9, 21, 0)) == timedelta(hours=25)


def test_a_team_without_hours_has_those_of_the_office() -> None:
    timetable = Timetable(OFFICE, {"technical": Hours(ZONE, ALL_DAY)})
    night = local(2026, 11, 23, 3)
    assert timetable.of("technical").is_open(night)
    assert not timetable.of("billing").is_open(night)
    assert not timetable.of(None).is_open(night)
    assert ALWAYS_OPEN.of("any").next_opening(night.astimezone(UTC)) == night
