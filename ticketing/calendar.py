"""When people are there: opening hours, seasons and holidays. Values in, values out, no I/O.

Hours are wall-clock hours of the company's zone; moments are aware and come back in UTC. What lies between
two moments is real time: an hour that the clock skips or repeats is not counted or counted twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

Interval = tuple[int, int]  # minutes since midnight; an end of 1440 is midnight at the end of the day
Week = tuple[tuple[Interval, ...], ...]  # seven days, Monday first

ALL_DAY: Week = (((0, 1440),),) * 7
# Hours that do not come back within this time never do.
_FAR = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Season:
    """Days, both inclusive, on which other hours hold (Ramadan)."""

    first: date
    last: date
    week: Week


@dataclass(frozen=True, slots=True)
class Hours:
    """The opening hours of a team. `closed` are days without any, in or out of season; `special` are days
    with hours of their own, whatever else holds on them.
    """

    zone: tzinfo
    week: Week
    seasons: tuple[Season, ...] = ()
    closed: frozenset[date] = frozenset()
    special: Mapping[date, tuple[Interval, ...]] = field(default_factory=dict)

    def is_open(self, moment: datetime) -> bool:
        """Whether somebody is there; the moment of closing is closed."""
        return any(start <= moment < end for start, end in self._spans_from(moment, days=1))

    def next_opening(self, moment: datetime) -> datetime | None:
        """The first moment from this one on at which it is open (this one, if it is); None: never again."""
        for start, end in self._spans_from(moment):
            if end > moment:
                return max(start, moment).astimezone(UTC)
        return None

    def add(self, moment: datetime, amount: timedelta) -> datetime | None:
        """When so much open time will have passed; at the latest with the closing that completes it."""
        left = amount
        for start, end in self._spans_from(moment):
            begin = max(start, moment)
            if end <= begin:
                continue
            if end - begin >= left:
                return (begin + left).astimezone(UTC)
            left -= end - begin
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies between two moments; nothing when they are the wrong way round."""
        total = timedelta(0)
        for opening, closing in self._spans_from(start, days=max(1, (end - start).days + 2)):
            total += max(timedelta(0), min(closing, end) - max(opening, start))
        return total

    def end_of_working_day(self, moment: datetime, days: int) -> datetime | None:
        """The closing of the `days`-th day with opening hours after the moment's own day."""
        day, left = moment.astimezone(self.zone).date(), days
        last = day + _FAR
        while left:
            day += timedelta(days=1)
            if day > last:
                return None
            left -= bool(self.intervals(day))
        spans = self.spans(day)
        return spans[-1][1] if spans else None

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The opening hours of one day, in order."""
        if day in self.special:
            return self.special[day]
        if day in self.closed:
            return ()
        season = next((one for one in self.seasons if one.first <= day <= one.last), None)
        return (self.week if season is None else season.week)[day.weekday()]

    def spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """When it opens and closes on one day, in order, aware UTC."""
        return [(self._at(day, start), self._at(day, end)) for start, end in self.intervals(day)]

    def _spans_from(self, moment: datetime, days: int = _FAR.days) -> Iterator[tuple[datetime, datetime]]:
        first = moment.astimezone(self.zone).date()
        for number in range(days):
            yield from self.spans(first + timedelta(days=number))

    def _at(self, day: date, minute: int) -> datetime:
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone)
        return (midnight + timedelta(minutes=minute)).astimezone(UTC)  # wall-clock arithmetic, then UTC


@dataclass(frozen=True, slots=True)
class Timetable:
    """The company's hours: of the office, whose days are working days, and of each team by its key.

    `emergencies`: what is dangerous is handled day and night, whoever's team is closed.
    """

    office: Hours
    teams: Mapping[str, Hours] = field(default_factory=dict)
    emergencies: bool = True

    @property
    def zone(self) -> tzinfo:
        return self.office.zone

    def of(self, team: str | None) -> Hours:
        """A team's hours; the office's for one that has none of its own."""
        return self.teams.get(team or "", self.office)


ALWAYS_OPEN = Timetable(Hours(UTC, ALL_DAY))


@dataclass(slots=True)
class Calendar:
    """The timetable as it is now: whoever uses it asks again each time, because it is edited."""

    current: Timetable = ALWAYS_OPEN
