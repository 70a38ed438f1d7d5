"""Times of day and weeks as people write them, "08:30" to "24:00", and as minutes since midnight. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ticketing.calendar import Interval, Week

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MIDNIGHT: Final = 24 * 60
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{2})")


def minutes(clock: str) -> int:
    """ValueError for what is no time of day."""
    found = _CLOCK.fullmatch(clock.strip())
    hour, minute = (int(part) for part in found.groups()) if found else (99, 0)
    if hour * 60 + minute > MIDNIGHT or minute > 59:
        raise ValueError(f"{clock!r} is not a time of day; an example is 08:30")
    return hour * 60 + minute


def clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def in_order(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """The same; ValueError when one ends before it begins, or two overlap or are not in order."""
    for start, end in intervals:
        if not 0 <= start < end <= MIDNIGHT:
            raise ValueError(f"{clock(start)}-{clock(end)} does not begin before it ends, within one day")
    for before, after in pairwise(intervals):
        if after[0] < before[1]:
            raise ValueError("spans of a day overlap or are not in order")
    return tuple(intervals)


def _readable(spans: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    in_order(intervals(spans))
    return spans


Spans = Annotated[tuple[tuple[str, str], ...], Field(max_length=10), AfterValidator(_readable)]
"""The opening hours of a day, in order."""


class WeekPart(BaseModel):
    """A day that is not named is closed."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    def week(self) -> Week:
        return tuple(intervals(getattr(self, day)) for day in DAYS)


def intervals(spans: Iterable[tuple[str, str]]) -> tuple[Interval, ...]:
    return tuple((minutes(start), minutes(end)) for start, end in spans)


def spans(day: Iterable[Sequence[int]]) -> list[list[str]]:
    return [[clock(start), clock(end)] for start, end in day]


def week_from(stored: Sequence[Sequence[Sequence[int]]]) -> Week:
    """From a column: seven lists of [start, end] in minutes."""
    return tuple(tuple((start, end) for start, end in day) for day in stored)


def week_stored(week: Week) -> list[Any]:
    return [[list(interval) for interval in day] for day in week]


def week_shown(stored: Sequence[Sequence[Sequence[int]]]) -> Mapping[str, list[list[str]]]:
    return {name: spans(day) for name, day in zip(DAYS, stored, strict=True)}
