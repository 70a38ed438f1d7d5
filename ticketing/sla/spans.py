"""How much time of which calendar a target is, and when so much of it has passed. Values only, no I/O."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from ticketing.calendar import ALL_DAY, Hours, Timetable
from ticketing.categories import ALWAYS, CALENDAR_DAYS, OPEN_HOURS, Target

Pause = tuple[datetime, datetime | None]  # without an end: it rests still


@dataclass(frozen=True, slots=True)
class Span:
    """So much of the time that these hours are open."""

    hours: Hours
    amount: timedelta


def span(target: Target, started_at: datetime, timetable: Timetable, team: str | None) -> Span | None:
    """A target as an amount of open time; None where the calendar never gives so much of it.

    Working days are the office's and end with its closing; calendar days end at midnight.
    """
    always = Hours(timetable.zone, ALL_DAY)
    if target.clock == ALWAYS:
        return Span(always, target.amount)
    if target.clock == OPEN_HOURS:
        return Span(timetable.of(team), target.amount)
    if target.clock == CALENDAR_DAYS:
        day = started_at.astimezone(timetable.zone).date() + target.amount + timedelta(days=1)
        end = datetime.combine(day, time(), timetable.zone).astimezone(UTC)
        return Span(always, end - started_at)
    closing = timetable.office.end_of_working_day(started_at, target.amount.days)
    if closing is None:
        return None
    return Span(timetable.office, timetable.office.between(started_at, closing))


def moment(
    whole: Span, started_at: datetime, amount: timedelta, pauses: Sequence[Pause] = ()
) -> datetime | None:
    """When `amount` of a span's time has passed since the start, pauses left out; None: never, or only once
    it goes on again.
    """
    left = amount
    for begin, end in _running(started_at, pauses):
        if end is None:
            return whole.hours.add(begin, left)
        passed = whole.hours.between(begin, end)
        if passed >= left:
            return whole.hours.add(begin, left)
        left -= passed
    return None


def used(whole: Span, started_at: datetime, until: datetime, pauses: Sequence[Pause] = ()) -> timedelta:
    """How much of a span's time has passed until a moment, pauses left out."""
    total = timedelta(0)
    for begin, end in _running(started_at, pauses):
        stop = until if end is None else min(end, until)
        if stop > begin:
            total += whole.hours.between(begin, stop)
    return total


def _running(started_at: datetime, pauses: Sequence[Pause]) -> Iterator[tuple[datetime, datetime | None]]:
    """The times between the pauses, which are in order; the last is open unless it rests still."""
    begin = started_at
    for start, end in pauses:
        if start > begin:
            yield begin, start
        if end is None:
            return
        begin = max(begin, end)
    yield begin, None
