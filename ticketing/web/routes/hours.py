"""Opening hours, holidays and Ramadan."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import hours
from ticketing.web.routes.route import Route
from ticketing.web.schemas import hours as schemas

READ, WRITE = "calendar:read", "calendar:write"

ROUTES: Final = (
    Route("GET", "/hours", hours.read, READ, query=hours.YearQuery, answer=schemas.Hours),
    Route("PATCH", "/hours", hours.settle, WRITE, body=hours.SettingsBody, answer=schemas.Hours),
    Route(
        "GET", "/hours/preview", hours.preview, READ, query=hours.PreviewQuery, answer=schemas.HoursPreview
    ),
    Route(
        "POST",
        "/hours/schedules",
        hours.add_schedule,
        WRITE,
        body=hours.ScheduleBody,
        answer=schemas.Schedule,
        status=201,
    ),
    Route(
        "PATCH",
        "/hours/schedules/{key}",
        hours.change_schedule,
        WRITE,
        body=hours.ScheduleChange,
        answer=schemas.Schedule,
    ),
    Route("DELETE", "/hours/schedules/{key}", hours.remove_schedule, WRITE, status=204),
    Route(
        "PUT",
        "/hours/holidays/{day}",
        hours.put_holiday,
        WRITE,
        body=hours.HolidayBody,
        answer=schemas.Holiday,
    ),
    Route("DELETE", "/hours/holidays/{day}", hours.remove_holiday, WRITE, status=204),
    Route(
        "POST",
        "/hours/ramadans",
        hours.add_ramadan,
        WRITE,
        body=hours.RamadanBody,
        answer=schemas.Ramadan,
        status=201,
    ),
    Route(
        "PATCH",
        "/hours/ramadans/{id}",
        hours.change_ramadan,
        WRITE,
        body=hours.RamadanChange,
        answer=schemas.Ramadan,
    ),
    Route("DELETE", "/hours/ramadans/{id}", hours.remove_ramadan, WRITE, status=204),
    Route("PUT", "/hours/days/{day}", hours.edit_day, WRITE, body=hours.DayBody, answer=schemas.DayEdit),
    Route("DELETE", "/hours/days/{day}", hours.restore_day, WRITE, query=hours.DayQuery, status=204),
)
