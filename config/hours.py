"""hours.yaml: when people are there. Read once at start; a mistake is one sentence."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.settings import SettingsError
from ticketing.calendar import ALL_DAY, Hours, Interval, Season, Timetable, Week

DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN: Final = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})")


def _interval(span: str) -> Interval:
    found = _SPAN.fullmatch(span.replace(" ", ""))
    if found is None:
        raise ValueError(f"{span!r} is not a span of hours; an example is 08:30-16:30")
    hours = [int(part) for part in found.groups()]
    start, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if hours[1] > 59 or hours[3] > 59 or not 0 <= start < end <= 24 * 60:
        raise ValueError(f"{span!r} does not begin before it ends, within one day")
    return start, end


def _in_order(spans: tuple[str, ...]) -> tuple[str, ...]:
    intervals = [_interval(span) for span in spans]
    for before, after in pairwise(intervals):
        if after[0] < before[1]:
            raise ValueError("spans of a day overlap or are not in order")
    return spans


Spans = Annotated[tuple[str, ...], AfterValidator(_in_order)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WeekPart(_Part):
    """A day that is not named is closed."""

    monday: Spans = ()
    tuesday: Spans = ()
    wednesday: Spans = ()
    thursday: Spans = ()
    friday: Spans = ()
    saturday: Spans = ()
    sunday: Spans = ()

    def week(self) -> Week:
        return tuple(tuple(_interval(span) for span in getattr(self, day)) for day in DAYS)


class OpeningPart(_Part):
    """`ramadan`: other hours in that month; none: the same."""

    week: WeekPart
    ramadan: WeekPart | None = None


class RamadanPart(_Part):
    """First and last day. `expected`: the moon has not yet been seen."""

    first: date
    last: date
    expected: bool = False

    @model_validator(mode="after")
    def forwards(self) -> RamadanPart:
        if self.last < self.first:
            raise ValueError("its last day is before its first")
        return self


class HolidayPart(_Part):
    date: date
    name: str
    expected: bool = False


class HoursFile(_Part):
    office: OpeningPart
    teams: dict[str, Literal["always", "office"] | OpeningPart] = Field(default_factory=dict)
    emergencies: bool = True
    ramadan: tuple[RamadanPart, ...] = ()
    holidays: tuple[HolidayPart, ...] = ()


def load_hours(path: Path, zone: ZoneInfo) -> Timetable:
    """The timetable in a zone. SettingsError in one sentence for a file that is not there or not right."""
    try:
        content: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        file = HoursFile.model_validate(content)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise SettingsError(f"{path} is not YAML: {str(error).splitlines()[0]}.") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise SettingsError(f"{path}: {place}: {first['msg']}.") from error
    office = _hours(file.office, file, zone)
    return Timetable(
        office=office,
        teams={key: _team(opening, office, file, zone) for key, opening in file.teams.items()},
        emergencies=file.emergencies,
    )


def _team(opening: str | OpeningPart, office: Hours, file: HoursFile, zone: ZoneInfo) -> Hours:
    if isinstance(opening, OpeningPart):
        return _hours(opening, file, zone)
    return office if opening == "office" else Hours(zone, ALL_DAY)


def _hours(opening: OpeningPart, file: HoursFile, zone: ZoneInfo) -> Hours:
    seasons: tuple[Season, ...] = ()
    if opening.ramadan is not None:
        week = opening.ramadan.week()
        seasons = tuple(Season(month.first, month.last, week) for month in file.ramadan)
    closed = frozenset(holiday.date for holiday in file.holidays)
    return Hours(zone, opening.week.week(), seasons, closed)
