"""hours.yaml: when people are there, as a new desk begins; from then on the desk's own tables hold.

A mistake is one sentence.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from config.settings import SettingsError
from ticketing.calendar import ALL_DAY
from ticketing.hours.tables import CalendarData, Holiday, Ramadan, Schedule
from ticketing.hours.weeks import WeekPart


def _span(written: Any) -> tuple[str, str]:
    start, dash, end = str(written).replace(" ", "").partition("-")
    if not dash:
        raise ValueError(f"{written!r} is not a span of hours; an example is 08:30-16:30")
    return start, end


class FileWeek(WeekPart):
    """Spans are written "08:30-16:30"."""

    @field_validator("*", mode="before")
    @classmethod
    def spans(cls, day: Any) -> Any:
        return tuple(_span(written) for written in day) if isinstance(day, list) else day


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OpeningPart(_Part):
    """`ramadan`: other hours in that month; none: the same."""

    week: FileWeek
    ramadan: FileWeek | None = None


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
    """`name` in French; in the other languages where they are given."""

    date: date
    name: str
    name_ar: str | None = None
    name_en: str | None = None
    expected: bool = False

    def names(self) -> dict[str, str]:
        return {"ar": self.name_ar or self.name, "fr": self.name, "en": self.name_en or self.name}


class HoursFile(_Part):
    office: OpeningPart
    teams: dict[str, Literal["always", "office"] | OpeningPart] = Field(default_factory=dict)
    emergencies: bool = True
    ramadan: tuple[RamadanPart, ...] = ()
    holidays: tuple[HolidayPart, ...] = ()


OFFICE: Final = "office"
ALWAYS: Final = "always"
_NAMES: Final = {
    OFFICE: {"ar": "ساعات الإدارة", "fr": "Heures de bureau", "en": "Office hours"},
    ALWAYS: {"ar": "ليل نهار", "fr": "Jour et nuit", "en": "Day and night"},
}


def read_hours(path: Path) -> CalendarData:
    """What the file says. SettingsError in one sentence for one that is not there or not right."""
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
    own = {team: opening for team, opening in file.teams.items() if isinstance(opening, OpeningPart)}
    return CalendarData(
        office=OFFICE,
        schedules=[
            _schedule(OFFICE, file.office),
            Schedule(ALWAYS, _NAMES[ALWAYS], ALL_DAY, keeps_holidays=False),
            *(_schedule(team, opening) for team, opening in own.items()),
        ],
        teams={team: team if team in own else str(opening) for team, opening in file.teams.items()},
        emergencies=file.emergencies,
        ramadans=[Ramadan(month.first, month.last, month.expected) for month in file.ramadan],
        holidays=[Holiday(one.date, one.names(), one.expected) for one in file.holidays],
    )


def _schedule(key: str, opening: OpeningPart) -> Schedule:
    ramadan = None if opening.ramadan is None else opening.ramadan.week()
    names = _NAMES.get(key) or dict.fromkeys(("ar", "fr", "en"), key)
    return Schedule(key, names, opening.week.week(), ramadan)
