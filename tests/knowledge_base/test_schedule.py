"""Weekly rounds as moments in time, against a slow and obvious oracle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.network.places import Place
from knowledge_base.network.schedule import (
    ExceptionKind,
    Occurrence,
    OccurrenceStatus,
    Reason,
    StopException,
    Van,
    WeeklyStop,
    distance_km,
    nearest,
    occurrences,
)
from knowledge_base.time_zones import pinned_zone

CASABLANCA = pinned_zone("Africa/Casablanca")
PLACES = [
    Place(
        f"place-{number}", "commune", "م", f"Place {number}", f"place-{number}", "", "", 33.0 + number, -8.0
    )
    for number in range(3)
]
VANS = [Van(UUID(int=100 + number), f"V{number}", "", "") for number in range(2)]
BREAKDOWN = Reason("breakdown")


def stop(
    number: int = 1, weekday: int = 4, starts: str = "09:00", ends: str = "13:00", van: int = 0
) -> WeeklyStop:
    return WeeklyStop(
        id=UUID(int=number),
        van=VANS[0],
        weekday=4,
        starts=time(9),
        ends=time(13),
        place=PLACES[0],
        commune=PLACES[0],
        services=("payment",),
        effective_from=date(2026, 1, 1),
    )


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- the oracle: every stop on every day, every exception looked at, times found by trying them ---


def oracle_moment(day: date, local: time, zone: ZoneInfo) -> datetime:
    wall = datetime.combine(day, local)
    for minutes in range(-16 * 60, 16 * 60, 15):
        tried = (wall + timedelta(minutes=minutes)).replace(tzinfo=UTC)
        if tried.astimezone(zone).replace(tzinfo=None) == wall:
            return tried
    return wall.replace(tzinfo=zone).astimezone(UTC)  # a time the clocks skip


@dataclass
class Expected:
    stop_id: UUID
    starts_at: datetime
    ends_at: datetime
    status: str
    place_id: str


def oracle(
    stops: Sequence[WeeklyStop],
    exceptions: Sequence[StopException],
    start: datetime,
    end: datetime,
    zone: ZoneInfo,
) -> list[Expected]:
    found = []
    day = start.date() - timedelta(days=3)
    while day <= end.date() + timedelta(days=3):
        for line in stops:
            in_force = line.effective_from <= day and (line.effective_to is None or day <= line.effective_to)
            if day.isoweekday() != line.weekday or not in_force:
                continue
            own = [e for e in exceptions if e.on == day and e.stop_id == line.id]
            vans = [e for e in exceptions if e.on == day and e.stop_id is None and e.van_id == line.van.id]
            general = [e for e in exceptions if e.on == day and e.stop_id is None and e.van_id is None]
            ruling = own or vans or general
            starts, ends, status, place = line.starts, line.ends, "planned", line.place
            if any(e.kind in ("cancelled", "holiday") for e in ruling):
                status = "cancelled"
            elif ruling:
                moved = min(ruling, key=lambda e: e.id)
                status = "moved"
                starts, ends = moved.new_starts or starts, moved.new_ends or ends
                place = moved.new_place or place
            starts_at, ends_at = oracle_moment(day, starts, zone), oracle_moment(day, ends, zone)
            if ends_at > start and starts_at < end:
                found.append(Expected(line.id, starts_at, ends_at, status, place.id))
        day += timedelta(days=1)
    return sorted(found, key=lambda e: (e.starts_at, e.stop_id))


# Few values, so that stops, exceptions and the edges of the interval meet often.
clock = st.sampled_from([time(0), time(0, 30), time(9), time(12), time(13), time(18), time(23, 45)])
hours = st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1]).map(sorted)
# Around both clock changes of Ramadan 2026 and the change of 20 September 2026, one of them at a time.
change = st.shared(st.sampled_from([date(2026, 2, 13), date(2026, 3, 20), date(2026, 9, 18)]), key="change")
days = st.builds(lambda first, later: first + timedelta(days=later), change, st.integers(0, 3))


@st.composite
def weekly_stops(draw: st.DrawFn) -> list[WeeklyStop]:
    lines = []
    for number in range(draw(st.integers(1, 4))):
        starts, ends = draw(hours)
        effective_from = draw(days) - timedelta(days=draw(st.sampled_from([0, 365])))
        lines.append(
            WeeklyStop(
                id=UUID(int=number + 1),
                van=draw(st.sampled_from(VANS)),
                weekday=draw(days).isoweekday(),
                starts=starts,
                ends=ends,
                place=draw(st.sampled_from(PLACES)),
                commune=PLACES[0],
                services=(),
                effective_from=effective_from,
                effective_to=draw(
                    st.none() | st.integers(0, 400).map(lambda n, f=effective_from: f + timedelta(days=n))
                ),
            )
        )
    return lines


@st.composite
def stop_exceptions(draw: st.DrawFn) -> list[StopException]:
    exceptions = []
    for number in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(list(ExceptionKind)))
        scope = draw(st.sampled_from(["stop", "van", "all"]))
        new_hours = draw(st.none() | hours) if kind is ExceptionKind.MOVED else None
        exceptions.append(
            StopException(
                id=UUID(int=1000 + number),
                on=draw(days),
                kind=kind,
                reason=BREAKDOWN,
                stop_id=UUID(int=draw(st.integers(1, 2))) if scope == "stop" else None,
                van_id=draw(st.sampled_from(VANS)).id if scope == "van" else None,
                new_starts=new_hours[0] if new_hours else None,
                new_ends=new_hours[1] if new_hours else None,
                new_place=PLACES[2] if kind is ExceptionKind.MOVED and draw(st.booleans()) else None,
            )
        )
    return exceptions


@settings(max_examples=300)
@given(
    weekly_stops(),
    stop_exceptions(),
    st.tuples(days, clock, st.integers(0, 10), clock),
    st.sampled_from(["Africa/Casablanca", "UTC", "Pacific/Auckland", "America/Los_Angeles"]),
)
def test_occurrences_agree_with_the_oracle(
    stops: list[WeeklyStop],
    exceptions: list[StopException],
    interval: tuple[date, time, int, time],
    zone_name: str,
) -> None:
    zone = pinned_zone(zone_name)
    first, starts, length, ends = interval
    start = datetime.combine(first, starts, zone).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=length), ends, zone).astimezone(UTC)
    found = [
        Expected(o.stop_id, o.starts_at, o.ends_at, o.status.value, o.place.id)
        for o in occurrences(stops, exceptions, start, end, zone)
    ]
    assert found == oracle(stops, exceptions, start, end, zone)


# --- by hand ---


def next_two(at: str, *exceptions: StopException) -> list[Occurrence]:
    start = moment(at)
    return occurrences([stop()], exceptions, start, start + timedelta(days=14), CASABLANCA)


def test_local_hours_follow_the_country_not_a_fixed_offset() -> None:
    summer, autumn = next_two("2026-09-15T00:00")
    assert summer.starts_at == moment("2026-09-17T08:00")  # still UTC+1
    assert autumn.starts_at == moment("2026-09-24T09:00")  # UTC+0 since 20 September 2026


@pytest.mark.parametrize(
    ("at", "first"),
    [
        ("2026-11-26T08:59", "2026-11-26T09:00"),
        ("2026-11-26T09:00", "2026-11-26T09:00"),
        ("2026-11-26T12:59", "2026-11-26T09:00"),
        ("2026-11-26T13:00", "2026-12-03T09:00"),
    ],
)
def test_a_stop_still_running_counts_as_now(at: str, first: str) -> None:
    occurrence = next_two(at)[0]
    assert occurrence.starts_at == moment(first)
    assert occurrence.is_running(moment(at)) == (moment(first) <= moment(at))


def exception(kind: ExceptionKind, number: int = 1, **changes: object) -> StopException:
    return StopException(UUID(int=number), date(2026, 11, 26), kind, Reason("holiday"), **changes)  # type: ignore[arg-type]


def test_a_holiday_cancels_every_stop_and_says_why() -> None:
    first, second = next_two("2026-11-24T00:00", exception(ExceptionKind.HOLIDAY))
    assert (first.status, first.reason) == (OccurrenceStatus.CANCELLED, Reason("holiday"))
    assert not first.is_running(first.starts_at)
    assert second.status is OccurrenceStatus.PLANNED


def test_the_more_specific_exception_wins() -> None:
    moved = exception(ExceptionKind.MOVED, 2, stop_id=UUID(int=1), new_starts=time(14), new_ends=time(16))
    first, _ = next_two("2026-11-24T00:00", exception(ExceptionKind.HOLIDAY), moved)
    assert first.status is OccurrenceStatus.MOVED
    assert (first.starts_at, first.ends_at) == (moment("2026-11-26T14:00"), moment("2026-11-26T16:00"))


def test_among_equals_a_cancellation_wins_over_a_move() -> None:
    moved = exception(ExceptionKind.MOVED, 1, new_starts=time(14), new_ends=time(16))
    first, _ = next_two("2026-11-24T00:00", moved, exception(ExceptionKind.CANCELLED, 2))
    assert first.status is OccurrenceStatus.CANCELLED


def test_the_local_day_counts_where_the_utc_day_is_another() -> None:
    los_angeles = pinned_zone("America/Los_Angeles")
    evening = replace(stop(), starts=time(17), ends=time(20))
    at = datetime.combine(date(2026, 11, 26), time(18), los_angeles).astimezone(UTC)
    (running,) = occurrences([evening], [], at, at + timedelta(days=1), los_angeles)
    assert running.is_running(at)


def test_a_stop_moved_elsewhere_names_both_places() -> None:
    elsewhere = exception(ExceptionKind.MOVED, new_place=PLACES[1], new_commune=PLACES[1])
    first, _ = next_two("2026-11-24T00:00", elsewhere)
    assert (first.place, first.commune, first.usual_place) == (PLACES[1], PLACES[1], PLACES[0])


def test_distance() -> None:
    # Casablanca to El Jadida; then half way round the Earth.
    assert distance_km(33.573, -7.590, 33.255, -8.506) == pytest.approx(92.1, abs=0.5)
    assert distance_km(33.0, -8.0, 33.0, -8.0) == 0
    assert distance_km(0, 0, 0, 180) == pytest.approx(20015, abs=1)


def test_the_nearest_takes_place_and_falls_back_on_its_commune() -> None:
    unplaced = Place("douar", "douar", "", "Douar", PLACES[1].id, "", "", None, None)
    start = moment("2026-11-24T00:00")
    lines = [
        stop(1),
        WeeklyStop(UUID(int=2), VANS[1], 5, time(9), time(12), unplaced, PLACES[1], (), date(2026, 1, 1)),
    ]
    coming = occurrences(lines, [], start, start + timedelta(days=7), CASABLANCA)
    found = nearest(coming, 33.9, -8.0)
    assert found is not None
    assert found.place == unplaced
    assert found.distance_km == pytest.approx(11.1, abs=0.1)
    only_cancelled = occurrences(
        [stop(1)], [exception(ExceptionKind.HOLIDAY)], start, start + timedelta(days=7), CASABLANCA
    )
    assert nearest(only_cancelled, 33.0, -8.0) is None
