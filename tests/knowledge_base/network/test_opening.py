"""When doors are open: the week, seasons, closures, days before the opening. Local time, as on the door."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from knowledge_base.network.opening import (
    Closure,
    ImpossibleHours,
    OpeningRules,
    Season,
    day_of,
    read_spans,
    read_week,
    state_at,
    write_spans,
    write_week,
)
from knowledge_base.network.schedule import Reason
from knowledge_base.time_zones import pinned_zone

ZONE = pinned_zone("Africa/Casablanca")
WEEK = {day: ((time(8, 30), time(12)), (time(14), time(16, 30))) for day in range(1, 6)}
RAMADAN = Season("رمضان", "Ramadan", date(2027, 2, 8), date(2027, 3, 9), {1: ((time(9), time(14, 30)),)})
WORKS = Closure(date(2026, 11, 25), date(2026, 11, 26), Reason("works"))


def at(day: int, hour: int, minute: int = 0, *, month: int = 11, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=ZONE).astimezone(UTC)


def test_doors_open_and_close_to_the_minute() -> None:
    rules = OpeningRules(WEEK)
    assert not state_at(rules, at(24, 8, 29), ZONE).is_open
    assert state_at(rules, at(24, 8, 29), ZONE).opens_at == at(24, 8, 30)
    assert state_at(rules, at(24, 8, 30), ZONE).closes_at == at(24, 12)
    assert state_at(rules, at(24, 12), ZONE).opens_at == at(24, 14)
    assert state_at(rules, at(24, 16, 30), ZONE).opens_at == at(25, 8, 30)
    assert state_at(rules, at(27, 17), ZONE).opens_at == at(30, 8, 30)  # over the weekend


def test_a_closure_wins_and_says_why() -> None:
    rules = OpeningRules(WEEK, closures=(WORKS,))
    state = state_at(rules, at(25, 10), ZONE)
    assert (state.is_open, state.closure, state.opens_at) == (False, WORKS, at(27, 8, 30))
    assert state_at(rules, at(24, 17), ZONE).opens_at == at(27, 8, 30)
    assert state_at(rules, at(24, 17), ZONE).closure is None  # today is a usual day


def test_a_season_has_its_own_week_and_no_other_days() -> None:
    rules = OpeningRules(WEEK, seasons=(RAMADAN,))
    assert state_at(rules, at(8, 9, 30, month=2, year=2027), ZONE).closes_at == at(
        8, 14, 30, month=2, year=2027
    )
    assert day_of(rules, date(2027, 2, 9)).spans == ()
    assert day_of(rules, date(2027, 2, 7)).season is None
    assert day_of(rules, date(2027, 3, 9)).season == RAMADAN
    assert day_of(rules, date(2027, 3, 10)).spans == WEEK[3]


def test_a_planned_agency_is_closed_until_its_day() -> None:
    rules = OpeningRules(WEEK, opens_on=date(2026, 12, 1))
    assert state_at(rules, at(24, 10), ZONE).opens_at == at(1, 8, 30, month=12)


def test_never_open_is_no_endless_search() -> None:
    state = state_at(OpeningRules({}), at(24, 10), ZONE)
    assert (state.is_open, state.opens_at) == (False, None)


def test_the_clock_may_change_overnight() -> None:
    """Morocco left UTC+1 on 20 September 2026: the next morning begins at the same local hour."""
    before = datetime(2026, 9, 18, 17, tzinfo=ZONE).astimezone(UTC)  # a Friday, UTC+1
    opens = state_at(OpeningRules(WEEK), before, ZONE).opens_at
    assert opens == datetime(2026, 9, 21, 8, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "25:00-26:00",
        "8-12",
        "08:30",
        "16:30-08:30",
        "08:30-08:30",
        "08:30-12:00 11:00-13:00",
        "8:60-9:00",
        "a-b",
    ],
)
def test_impossible_hours(text: str) -> None:
    with pytest.raises(ImpossibleHours):
        read_spans(text)


@pytest.mark.parametrize("stored", [{"8": [["08:00", "09:00"]]}, {"0": []}, {"1": [["09:00", "08:00"]]}])
def test_impossible_weeks(stored: dict[str, list[list[str]]]) -> None:
    with pytest.raises(ImpossibleHours):
        read_week(stored)


def test_hours_are_written_as_they_are_read() -> None:
    assert write_spans(read_spans("8h30-12:00, 14:00–16:30")) == "08:30-12:00 14:00-16:30"
    stored = {"1": [["08:30", "12:00"], ["14:00", "16:30"]], "7": [["09:00", "10:00"]]}
    assert write_week(read_week(stored)) == stored
