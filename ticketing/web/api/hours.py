"""Opening hours, holidays, Ramadan and the day's edit (docs/api/sla.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field
from sqlalchemy import Row

from knowledge_base.time_zones import pinned_zone
from ticketing.errors import NotFound
from ticketing.hours.changes import HoursChanges
from ticketing.hours.following import CalendarFollower
from ticketing.hours.reading import CalendarPage, Day, calendar_page, closing_after, days_from, hours_of
from ticketing.hours.tables import read_calendar
from ticketing.hours.weeks import Spans, WeekPart, intervals, spans, week_shown
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

Key = Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
Name = Annotated[Words, Field(min_length=1, max_length=100)]
DAYS_AHEAD = 14


class NamesBody(Body):
    ar: Name
    fr: Name
    en: Name


class YearQuery(Body):
    year: Annotated[int, Field(ge=2000, le=2100)] | None = None


class SettingsBody(Body):
    """`teams` by key: a schedule, or null for the office's hours."""

    office: Key | None = None
    emergencies: bool | None = None
    teams: dict[Annotated[str, Field(max_length=100)], Key | None] = Field(
        default_factory=dict, max_length=500
    )


class ScheduleBody(Body):
    key: Key
    names: NamesBody
    week: WeekPart
    ramadan: WeekPart | None = None
    keeps_holidays: bool = True


class ScheduleChange(Body):
    """Only what is sent is changed; `ramadan` null: the same all year."""

    version: int = Field(ge=1, lt=2**31)
    names: NamesBody | None = None
    week: WeekPart | None = None
    ramadan: WeekPart | None = None
    keeps_holidays: bool | None = None

    def changes(self) -> dict[str, Any]:
        sent = self.model_fields_set
        found: dict[str, Any] = {}
        if self.names is not None:
            found["names"] = self.names.model_dump()
        if self.week is not None:
            found["week"] = self.week.week()
        if "ramadan" in sent:
            found["ramadan"] = None if self.ramadan is None else self.ramadan.week()
        if self.keeps_holidays is not None:
            found["keeps_holidays"] = self.keeps_holidays
        return found


class HolidayBody(Body):
    names: NamesBody
    expected: bool = False


class RamadanBody(Body):
    first: date
    last: date
    expected: bool = False


class RamadanChange(Body):
    first: date | None = None
    last: date | None = None
    expected: bool | None = None


class DayBody(Body):
    """No intervals: closed that day."""

    schedule: Key | None = None
    intervals: Spans
    reason: Annotated[Words, Field(max_length=200)] | None = None


class DayQuery(Body):
    schedule: Key | None = None


class PreviewQuery(Body):
    schedule: Key | None = None
    at: AwareDatetime | None = None


async def read(request: web.Request) -> web.StreamResponse:
    context, query = request.app[CONTEXT], read_query(request, YearQuery)
    return await _page(context, query.year)


async def settle(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, SettingsBody)
    async with _changing(request) as changes:
        await changes.settle(office=body.office, emergencies=body.emergencies, teams=body.teams)
    return await _page(request.app[CONTEXT], None)


async def add_schedule(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, ScheduleBody)
    ramadan = None if body.ramadan is None else body.ramadan.week()
    async with _changing(request) as changes:
        await changes.add_schedule(
            body.key,
            body.names.model_dump(),
            body.week.week(),
            ramadan,
            keeps_holidays=body.keeps_holidays,
        )
    return await _schedule_answer(request, body.key, 201)


async def change_schedule(request: web.Request) -> web.StreamResponse:
    key, body = request.match_info["key"], await read_body(request, ScheduleChange)
    async with _changing(request) as changes:
        await changes.change_schedule(key, body.version, body.changes())
    return await _schedule_answer(request, key)


async def remove_schedule(request: web.Request) -> web.StreamResponse:
    async with _changing(request) as changes:
        await changes.remove_schedule(request.match_info["key"])
    return web.Response(status=204)


async def put_holiday(request: web.Request) -> web.StreamResponse:
    day, body = _day_of(request, "holiday_unknown"), await read_body(request, HolidayBody)
    async with _changing(request) as changes:
        await changes.put_holiday(day, body.names.model_dump(), expected=body.expected)
    page = await _read_page(request.app[CONTEXT], day.year)
    return json_response(next(_holiday(row) for row in page.holidays if row.day == day))


async def remove_holiday(request: web.Request) -> web.StreamResponse:
    async with _changing(request) as changes:
        await changes.remove_holiday(_day_of(request, "holiday_unknown"))
    return web.Response(status=204)


async def add_ramadan(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, RamadanBody)
    async with _changing(request) as changes:
        ramadan_id = await changes.add_ramadan(body.first, body.last, expected=body.expected)
    return await _ramadan_answer(request, ramadan_id, 201)


async def change_ramadan(request: web.Request) -> web.StreamResponse:
    ramadan_id = path_id(request, "ramadan_unknown", "month")
    body = await read_body(request, RamadanChange)
    async with _changing(request) as changes:
        await changes.change_ramadan(ramadan_id, body.first, body.last, body.expected)
    return await _ramadan_answer(request, ramadan_id)


async def remove_ramadan(request: web.Request) -> web.StreamResponse:
    async with _changing(request) as changes:
        await changes.remove_ramadan(path_id(request, "ramadan_unknown", "month"))
    return web.Response(status=204)


async def edit_day(request: web.Request) -> web.StreamResponse:
    """The moon decided, or the office closes at noon."""
    day, body = _day_of(request, "day_unknown"), await read_body(request, DayBody)
    async with _changing(request) as changes:
        await changes.edit_day(day, body.schedule, intervals(body.intervals), body.reason)
    page = await _read_page(request.app[CONTEXT], day.year)
    return json_response(
        next(_edit(row) for row in page.edits if row.day == day and row.schedule == body.schedule)
    )


async def restore_day(request: web.Request) -> web.StreamResponse:
    day, query = _day_of(request, "day_unknown"), read_query(request, DayQuery)
    async with _changing(request) as changes:
        await changes.restore_day(day, query.schedule)
    return web.Response(status=204)


async def preview(request: web.Request) -> web.StreamResponse:
    """Whether it is open at a moment (now), when that changes, and the days from then on."""
    context, query = request.app[CONTEXT], read_query(request, PreviewQuery)
    timetable = context.dependencies.timetable
    hours = timetable.office
    if query.schedule is not None:
        async with context.reading() as connection:
            calendar = await read_calendar(connection)
        found = None if calendar is None else hours_of(calendar, query.schedule, timetable.zone)
        if found is None:
            raise NotFound("schedule_unknown", "There are no such hours.")
        hours = found
    at = (query.at or datetime.now(UTC)).astimezone(UTC)
    days = days_from(hours, at.astimezone(hours.zone).date(), DAYS_AHEAD)
    is_open = hours.is_open(at)
    return json_response(
        {
            "at": render.time(at),
            "open": is_open,
            "closes_at": render.time(closing_after(hours, at)) if is_open else None,
            "opens_at": None if is_open else render.time(hours.next_opening(at)),
            "day": spans(days[0].intervals),
            "week": [_preview_day(day) for day in days],
        }
    )


@asynccontextmanager
async def _changing(request: web.Request) -> AsyncIterator[HoursChanges]:
    """Changes in one transaction, after which this process knows the new calendar at once."""
    context = request.app[CONTEXT]
    async with context.desk.transaction() as transaction:
        yield HoursChanges(transaction, request[SESSION].agent_id)
    zone = pinned_zone(context.settings.time_zone)
    await CalendarFollower(context.desk, context.dependencies.calendar, zone).load()


async def _read_page(context: Context, year: int | None) -> CalendarPage:
    zone = context.dependencies.timetable.zone
    async with context.reading() as connection:
        return await calendar_page(connection, year or datetime.now(zone).year)


async def _page(context: Context, year: int | None) -> web.StreamResponse:
    page = await _read_page(context, year)
    teams = [(row.key, row.schedule) for row in page.teams]
    return json_response(
        {
            "zone": context.settings.time_zone,
            "office": "" if page.calendar is None else page.calendar.office,
            "emergencies": page.calendar is None or page.calendar.emergencies,
            "schedules": [_schedule(row, teams) for row in page.schedules],
            "teams": [{"team": render.team(row), "schedule": row.schedule} for row in page.teams],
            "holidays": [_holiday(row) for row in page.holidays],
            "ramadans": [_ramadan(row) for row in page.ramadans],
            "days": [_edit(row) for row in page.edits],
        }
    )


async def _schedule_answer(request: web.Request, key: str, status: int = 200) -> web.StreamResponse:
    page = await _read_page(request.app[CONTEXT], None)
    teams = [(row.key, row.schedule) for row in page.teams]
    found = next((row for row in page.schedules if row.key == key), None)
    if found is None:
        raise NotFound("schedule_unknown", "There are no such hours.")
    return json_response(_schedule(found, teams), status)


async def _ramadan_answer(request: web.Request, ramadan_id: UUID, status: int = 200) -> web.StreamResponse:
    page = await _read_page(request.app[CONTEXT], None)
    found = next((row for row in page.ramadans if row.id == ramadan_id), None)
    if found is None:
        raise NotFound("ramadan_unknown", "There is no such month.")
    return json_response(_ramadan(found), status)


def _day_of(request: web.Request, code: str) -> date:
    try:
        return date.fromisoformat(request.match_info["day"])
    except ValueError as error:
        raise NotFound(code, "This is no day.") from error


def _schedule(row: Row[Any], teams: list[tuple[str, str | None]]) -> Mapping[str, Any]:
    return {
        "key": row.key,
        "names": row.names,
        "week": week_shown(row.week),
        "ramadan": None if row.ramadan is None else week_shown(row.ramadan),
        "keeps_holidays": row.keeps_holidays,
        "version": row.version,
        "teams": [team for team, schedule in teams if schedule == row.key],
    }


def _holiday(row: Row[Any]) -> Mapping[str, Any]:
    return {
        "day": row.day.isoformat(),
        "names": row.names,
        "expected": row.expected,
        "confirmed_by": row.confirmed_by,
        "confirmed_at": render.time(row.confirmed_at),
    }


def _ramadan(row: Row[Any]) -> Mapping[str, Any]:
    return {
        "id": str(row.id),
        "first": row.first_day.isoformat(),
        "last": row.last_day.isoformat(),
        "expected": row.expected,
        "confirmed_by": row.confirmed_by,
        "confirmed_at": render.time(row.confirmed_at),
    }


def _edit(row: Row[Any]) -> Mapping[str, Any]:
    return {
        "id": str(row.id),
        "day": row.day.isoformat(),
        "schedule": row.schedule,
        "intervals": spans(row.intervals),
        "reason": row.reason,
        "edited_by": row.edited_by,
        "edited_at": render.time(row.edited_at),
    }


def _preview_day(day: Day) -> Mapping[str, Any]:
    return {"day": day.day.isoformat(), "intervals": spans(day.intervals), "why": day.why}
