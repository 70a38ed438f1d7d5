"""Opening hours, holidays and Ramadan."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, Names, Team

Spans = list[tuple[str, str]]


class Week(Answer):
    """Times of day, "08:30" to "24:00"; a day without spans is closed."""

    monday: Spans
    tuesday: Spans
    wednesday: Spans
    thursday: Spans
    friday: Spans
    saturday: Spans
    sunday: Spans


class Schedule(Answer):
    """`ramadan`: the week of that month, null where it is the same. `teams` are keys."""

    key: str
    names: Names
    week: Week
    ramadan: Week | None
    keeps_holidays: bool
    version: int
    teams: list[str]


class TeamSchedule(Answer):
    team: Team
    schedule: str | None


class Holiday(Answer):
    """`expected`: the moon has not been seen yet."""

    day: date
    names: Names
    expected: bool
    confirmed_by: str | None
    confirmed_at: datetime | None


class Ramadan(Answer):
    id: UUID
    first: date
    last: date
    expected: bool
    confirmed_by: str | None
    confirmed_at: datetime | None


class DayEdit(Answer):
    """`schedule` null: of every schedule that keeps holidays."""

    id: UUID
    day: date
    schedule: str | None
    intervals: Spans
    reason: str | None
    edited_by: str | None
    edited_at: datetime


class Hours(Answer):
    """`office` is the key of the schedule whose days are working days."""

    zone: str
    office: str
    emergencies: bool
    schedules: list[Schedule]
    teams: list[TeamSchedule]
    holidays: list[Holiday]
    ramadans: list[Ramadan]
    days: list[DayEdit]


class PreviewDay(Answer):
    day: date
    intervals: Spans
    why: Literal["holiday", "ramadan", "edit"] | None


class HoursPreview(Answer):
    at: datetime
    open: bool
    closes_at: datetime | None
    opens_at: datetime | None
    day: Spans
    week: list[PreviewDay]
