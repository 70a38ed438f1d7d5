"""The calendar by its addresses: what is changed holds at once, for promises and for running clocks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from config.hours import read_hours
from config.settings import ROOT
from knowledge_base.time_zones import pinned_zone
from tests.ticketing.web.office import Office, Person
from ticketing.hours.following import CalendarFollower
from ticketing.hours.tables import load_first

NAMES = {"ar": "عيد", "fr": "Fête", "en": "Feast"}
ZONE = pinned_zone("Africa/Casablanca")


@pytest.fixture
async def boss(office: Office) -> Person:
    async with office.desk.engine.begin() as connection:
        assert await load_first(connection, read_hours(ROOT / "config" / "hours.yaml"))
        assert not await load_first(connection, read_hours(ROOT / "config" / "hours.yaml"))
    await CalendarFollower(office.desk, office.dependencies.calendar, ZONE).load()
    return await office.person("supervisor", "Nadia")


async def ask(person: Person, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
    response = await person.ask(method, path, body)
    assert response.status == expect, await response.text()
    return None if response.status == 204 else await response.json()


async def test_the_first_load_is_what_the_file_says(boss: Person) -> None:
    hours = await boss.get("/hours?year=2026")
    assert hours["office"] == "office"
    assert hours["emergencies"] is True
    assert {one["key"] for one in hours["schedules"]} == {"office", "always"}
    office = next(one for one in hours["schedules"] if one["key"] == "office")
    assert office["week"]["monday"] == [["08:30", "16:30"]]
    assert office["ramadan"]["monday"] == [["09:00", "15:00"]]
    assert len(hours["holidays"]) == 18
    assert {"team": hours["teams"][0]["team"], "schedule": "always"} == hours["teams"][0]


async def test_a_holiday_is_expected_and_then_confirmed_with_who_and_when(boss: Person) -> None:
    day = "/hours/holidays/2027-03-12"
    assert (await ask(boss, "PUT", day, {"names": NAMES, "expected": True}))["confirmed_by"] is None
    confirmed = await ask(boss, "PUT", day, {"names": NAMES, "expected": False})
    assert confirmed["confirmed_by"] == "Nadia"
    assert confirmed["confirmed_at"] is not None
    await ask(boss, "DELETE", day, expect=204)
    await ask(boss, "DELETE", day, expect=404)


async def test_the_day_the_moon_decides(office: Office, boss: Person) -> None:
    """A working Wednesday is closed in the morning, opened again with short hours, then as usual."""
    day, noon = "/hours/days/2026-12-09", datetime(2026, 12, 9, 11, tzinfo=UTC)
    await ask(boss, "PUT", day, {"intervals": [], "reason": "Aïd"})
    assert not office.dependencies.timetable.office.is_open(noon)
    await ask(boss, "PUT", day, {"intervals": [["09:00", "13:00"]]})
    assert office.dependencies.timetable.office.is_open(noon)
    after = office.dependencies.timetable.office.next_opening(datetime(2026, 12, 9, 13, tzinfo=UTC))
    assert after == datetime(2026, 12, 10, 8, 30, tzinfo=ZONE)
    edits = (await boss.get("/hours?year=2026"))["days"]
    assert [(one["intervals"], one["edited_by"]) for one in edits] == [([["09:00", "13:00"]], "Nadia")]
    await ask(boss, "DELETE", day, expect=204)
    assert office.dependencies.timetable.office.is_open(datetime(2026, 12, 9, 14, tzinfo=UTC))


async def test_day_and_night_duty_keeps_no_holidays_but_its_own_edit(office: Office, boss: Person) -> None:
    await ask(boss, "PUT", "/hours/days/2026-12-09", {"intervals": []})
    noon = datetime(2026, 12, 9, 11, tzinfo=UTC)
    assert office.dependencies.calendar.current.of("customers").is_open(noon)
    await ask(boss, "PUT", "/hours/days/2026-12-09", {"schedule": "always", "intervals": []})
    assert not office.dependencies.calendar.current.of("customers").is_open(noon)


async def test_a_schedule_is_made_given_to_a_team_changed_and_cannot_vanish_meanwhile(
    office: Office, boss: Person
) -> None:
    week = {"saturday": [["08:00", "12:00"], ["14:00", "18:30"]]}
    made = await ask(
        boss, "POST", "/hours/schedules", {"key": "field", "names": NAMES, "week": week}, expect=201
    )
    await ask(boss, "POST", "/hours/schedules", {"key": "field", "names": NAMES, "week": week}, expect=409)
    hours = await ask(boss, "PATCH", "/hours", {"teams": {"technical": "field"}})
    assert next(one for one in hours["schedules"] if one["key"] == "field")["teams"] == ["technical"]
    saturday = datetime(2026, 12, 5, 16, tzinfo=ZONE)
    assert office.dependencies.calendar.current.of("technical").is_open(saturday)
    await ask(boss, "DELETE", "/hours/schedules/field", expect=409)
    change = {"version": made["version"], "week": {"sunday": [["10:00", "24:00"]]}}
    await ask(boss, "PATCH", "/hours/schedules/field", change)
    await ask(boss, "PATCH", "/hours/schedules/field", change, expect=409)
    assert not office.dependencies.calendar.current.of("technical").is_open(saturday)
    await ask(boss, "PATCH", "/hours", {"teams": {"technical": None}})
    await ask(boss, "DELETE", "/hours/schedules/field", expect=204)


@pytest.mark.parametrize(
    "spans",
    [[["16:30", "08:30"]], [["08:00", "12:00"], ["11:00", "16:00"]], [["8h", "16h"]], [["25:00", "26:00"]]],
)
async def test_hours_that_cannot_be_are_refused(boss: Person, spans: list[list[str]]) -> None:
    await ask(boss, "PUT", "/hours/days/2026-12-09", {"intervals": spans}, expect=422)


async def test_ramadan_moves_with_the_moon(office: Office, boss: Person) -> None:
    ramadans = (await boss.get("/hours"))["ramadans"]
    expected = next(one for one in ramadans if one["expected"])
    moved = await ask(
        boss, "PATCH", f"/hours/ramadans/{expected['id']}", {"first": "2027-02-09", "expected": False}
    )
    assert moved["confirmed_by"] == "Nadia"
    assert office.dependencies.calendar.current.office.is_open(datetime(2027, 2, 8, 8, 45, tzinfo=ZONE))
    overlapping = {"first": "2027-03-01", "last": "2027-03-20"}
    await ask(boss, "POST", "/hours/ramadans", overlapping, expect=422)
    await ask(boss, "PATCH", f"/hours/ramadans/{expected['id']}", {"last": "2027-01-01"}, expect=422)


async def test_the_preview_says_when_it_opens_and_why_a_day_is_unlike_others(boss: Person) -> None:
    closed = await boss.get("/hours/preview?at=2026-11-18T10:00:00Z")
    assert closed["open"] is False
    assert closed["opens_at"] == "2026-11-19T08:30:00.000Z"
    assert closed["week"][0] == {"day": "2026-11-18", "intervals": [], "why": "holiday"}
    is_open = await boss.get("/hours/preview?at=2026-11-19T10:00:00Z")
    assert is_open["closes_at"] == "2026-11-19T16:30:00.000Z"
    always = await boss.get("/hours/preview?schedule=always&at=2026-11-18T10:00:00Z")
    assert (always["open"], always["closes_at"]) == (True, None)


async def test_agents_read_and_do_not_write(office: Office, boss: Person) -> None:
    agent = await office.person("agent", "Salma")
    await agent.get("/hours")
    await ask(agent, "PUT", "/hours/days/2026-12-09", {"intervals": []}, expect=403)


async def test_a_change_has_every_running_clock_worked_out_again(office: Office, boss: Person) -> None:
    ticket = await office.with_people("a")
    await office.run(
        "INSERT INTO ticket_clocks (id, ticket_id, kind, target, calendar, started_at)"
        " VALUES (uuidv7(), :ticket, 'resolution', '1 h', 'open_hours', now())",
        ticket=ticket,
    )
    await ask(boss, "PUT", "/hours/days/2026-12-09", {"intervals": []})
    assert await office.one("SELECT ticket_id FROM sla_stale") == ticket
    assert await office.one("SELECT data->>'what' FROM events WHERE type = 'hours.changed'") == "day_edited"
