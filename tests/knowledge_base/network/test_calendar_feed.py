"""The feeds that calendars subscribe to, read back with the library that others use."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from icalendar import Calendar
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.calendar_feed import calendar_feed, calendar_of
from knowledge_base.network.places import load_places
from knowledge_base.network.schedule import (
    ExceptionKind,
    Reason,
    StopException,
    Van,
    WeeklyStop,
    occurrences,
)
from knowledge_base.network.tables import rounds, stops, vans
from knowledge_base.time_zones import pinned_zone

ZONE = pinned_zone("Africa/Casablanca")
PLACES = {place.id: place for place in load_places()}
NOW = datetime(2026, 9, 14, 10, tzinfo=UTC)
STOP = WeeklyStop(
    id=UUID(int=7),
    van=Van(UUID(int=1), "CM-01", "الوكالة المتنقلة الزمامرة", "Agence mobile Zemamra"),
    weekday=4,
    starts=time(9),
    ends=time(13),
    place=PLACES["souk-khemis-zemamra"],
    commune=PLACES["zemamra"],
    services=("payment",),
    effective_from=date(2026, 1, 1),
)
CANCELLED = StopException(
    UUID(int=8),
    date(2026, 10, 1),
    ExceptionKind.CANCELLED,
    Reason("road", "الطريق", "Route; coupée, ici"),
    STOP.id,
)
MOVED = replace(
    CANCELLED,
    id=UUID(int=9),
    on=date(2026, 10, 8),
    kind=ExceptionKind.MOVED,
    new_starts=time(11),
    new_ends=time(14),
)


def feed(*exceptions: StopException, language: str = "fr") -> Calendar:
    visits = occurrences([STOP], exceptions, NOW, NOW + timedelta(weeks=4), ZONE)
    data = calendar_of(visits, title=PLACES["zemamra"], language=language, at=NOW, timezone=ZONE)  # type: ignore[arg-type]
    assert all(len(line) <= 75 for line in data.split(b"\r\n"))
    return Calendar.from_ical(data)


def test_local_hours_become_the_right_moments_on_both_sides_of_a_clock_change() -> None:
    """Morocco moved from UTC+1 to UTC on 20 September 2026; whose telephone does not know is told UTC."""
    starts = [event.decoded("dtstart") for event in feed().walk("VEVENT")]
    assert starts[:2] == [datetime(2026, 9, 17, 8, tzinfo=UTC), datetime(2026, 9, 24, 9, tzinfo=UTC)]
    data = feed().to_ical()
    assert b"DTSTART:20260917T080000Z" in data
    assert b"TZID" not in data


def test_a_visit_keeps_its_uid_through_changes() -> None:
    usual = {event.decoded("dtstart").date(): event for event in feed().walk("VEVENT")}
    changed = {event.decoded("dtstart").date(): event for event in feed(CANCELLED, MOVED).walk("VEVENT")}
    assert len({event["uid"] for event in usual.values()}) == 4
    assert {day: event["uid"] for day, event in usual.items()} == {
        day: event["uid"] for day, event in changed.items()
    }
    off, moved = changed[date(2026, 10, 1)], changed[date(2026, 10, 8)]
    assert (off["status"], str(off["summary"])) == (
        "CANCELLED",
        "Annulé : agence mobile, Souk Khemis Zemamra",
    )
    assert "Route; coupée, ici" in str(off["description"])
    assert (moved["status"], moved.decoded("dtstart")) == ("CONFIRMED", datetime(2026, 10, 8, 11, tzinfo=UTC))
    assert usual[date(2026, 10, 1)]["status"] == "CONFIRMED"


def test_both_languages() -> None:
    assert str(feed(language="ar")["x-wr-calname"]) == "الوكالة المتنقلة: الزمامرة"
    assert str(feed()["x-wr-calname"]) == "Agence mobile : Zemamra"


def test_an_empty_feed_is_a_calendar() -> None:
    data = calendar_of([], title=PLACES["zemamra"], language="fr", at=NOW, timezone=ZONE)
    assert Calendar.from_ical(data).walk("VEVENT") == []


async def test_the_feed_of_a_place_and_of_its_commune(connection: AsyncConnection) -> None:
    await connection.execute(
        insert(vans).values(
            id=STOP.van.id, code="CM-01", name_ar="و", name_fr="V", status="active", is_demo=False
        )
    )
    await connection.execute(
        insert(rounds).values(
            id=UUID(int=2), van_id=STOP.van.id, effective_from=date(2026, 1, 1), is_demo=False
        )
    )
    await connection.execute(
        insert(stops).values(
            id=STOP.id,
            round_id=UUID(int=2),
            weekday=4,
            starts=time(9),
            ends=time(13),
            place_id="souk-khemis-zemamra",
            commune_id="zemamra",
            services=["payment"],
            is_demo=False,
        )
    )
    uids = []
    for place in ("souk-khemis-zemamra", "zemamra"):
        data = await calendar_feed(connection, place, language="ar", at=NOW, timezone=ZONE)
        assert data is not None
        events = Calendar.from_ical(data).walk("VEVENT")
        uids.append([event["uid"] for event in events])
        assert events[0].decoded("dtstart") < NOW  # last week's visit stays for a week
    assert uids[0] == uids[1]
    elsewhere = await calendar_feed(connection, "kridid", language="ar", at=NOW, timezone=ZONE)
    assert elsewhere is not None
    assert Calendar.from_ical(elsewhere).walk("VEVENT") == []
    assert await calendar_feed(connection, "atlantis", language="ar", at=NOW, timezone=ZONE) is None
