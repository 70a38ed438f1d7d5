"""Staff change a day of the mobile agencies, over HTTP; those who asked are told, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from bot.contract import Language, ReplyMessage
from bot.notices import notice
from config.sample.network import load_network
from knowledge_base.network.interests import note_interest, subscribe
from knowledge_base.network.timetable import next_occurrences
from knowledge_base.time_zones import pinned_zone
from tests.ticketing.web.office import Office, Person
from ticketing.announcements import Announcements

ZONE = pinned_zone("Africa/Casablanca")


@pytest.fixture
async def network(office: Office) -> AsyncIterator[Office]:
    """The sample network without its own exceptions."""
    async with office.desk.engine.begin() as connection:
        await load_network(connection, datetime.now(ZONE).date())
        await connection.execute(text("DELETE FROM stop_exceptions"))
    yield office


@pytest.fixture
async def supervisor(network: Office) -> Person:
    return await network.person("supervisor", "Nadia")


async def next_visit(office: Office, place_id: str) -> Any:
    """The next visit that is still wholly to come."""
    async with office.desk.engine.connect() as connection:
        visits = await next_occurrences(
            connection, place_id=place_id, at=datetime.now(UTC) + timedelta(hours=6), timezone=ZONE
        )
    return visits[0]


async def said(office: Office) -> list[tuple[str, UUID]]:
    rows = await office.rows("SELECT kind, conversation_id FROM announcements ORDER BY created_at, key")
    return [(row[0], row[1]) for row in rows]


async def asked_for(office: Office, stop_id: UUID, *, days_ago: float = 0) -> UUID:
    conversation_id = uuid4()
    async with office.desk.engine.begin() as connection:
        at = datetime.now(UTC) - timedelta(days=days_ago)
        await note_interest(connection, conversation_id, [stop_id], at)
    return conversation_id


async def deleted(person: Person, path: str, *, expect: int) -> Any:
    response = await person.ask("DELETE", path)
    assert response.status == expect, await response.text()
    return None if expect == 204 else await response.json()


def change_of(visit: Any, **values: Any) -> dict[str, Any]:
    on = visit.starts_at.astimezone(ZONE).date().isoformat()
    return {"on": on, "kind": "cancelled", "reason": "road", "stop_id": str(visit.stop_id), **values}


async def test_a_week_of_stops(supervisor: Person) -> None:
    week = await supervisor.get("/network/stops")
    assert len(week["visits"]) >= 60 - 10  # a round of sixty; those of this morning may be over
    assert {van["code"] for van in week["vans"]} == {f"CM-{number:02d}" for number in range(1, 11)}
    one = await supervisor.get("/network/stops?commune=zemamra&days=14")
    assert {visit["place"]["id"] for visit in one["visits"]} == {"souk-khemis-zemamra"}


async def test_a_cancelled_stop_is_told_to_those_who_asked_within_a_week_or_subscribed(
    network: Office, supervisor: Person
) -> None:
    visit = await next_visit(network, "souk-khemis-zemamra")
    asked = await asked_for(network, visit.stop_id)
    await asked_for(network, visit.stop_id, days_ago=7.1)
    elsewhere = await next_visit(network, "souk-tnine-gharbia")
    await asked_for(network, elsewhere.stop_id)
    subscribed = uuid4()
    async with network.desk.engine.begin() as connection:
        await subscribe(connection, subscribed, "zemamra", datetime.now(UTC))
    answer = await supervisor.post("/network/changes", change_of(visit), expect=201)
    assert answer["told"] == 2
    assert [each["status"] for each in answer["visits"]] == ["cancelled"]
    assert sorted(await said(network)) == sorted([("stop_cancelled", asked), ("stop_cancelled", subscribed)])
    await supervisor.post("/network/changes", change_of(visit), expect=409)
    assert len(await said(network)) == 2


async def test_a_restored_stop_is_told_to_those_who_were_told(network: Office, supervisor: Person) -> None:
    visit = await next_visit(network, "souk-khemis-zemamra")
    asked = await asked_for(network, visit.stop_id)
    changed = await supervisor.post("/network/changes", change_of(visit), expect=201)
    await network.run("DELETE FROM stop_interests")
    later = await asked_for(network, visit.stop_id)  # was told of the cancellation by the answer
    restored = await deleted(supervisor, f"/network/changes/{changed['id']}", expect=200)
    assert restored["told"] == 2
    assert [each["status"] for each in restored["visits"]] == ["planned"]
    assert sorted(await said(network)) == sorted(
        [("stop_cancelled", asked), ("stop_restored", asked), ("stop_restored", later)]
    )
    await deleted(supervisor, f"/network/changes/{changed['id']}", expect=404)
    again = await supervisor.post("/network/changes", change_of(visit), expect=201)
    assert again["told"] == 1  # a new cancellation is news; who asked before no longer listens


async def test_a_whole_van_and_a_move(network: Office, supervisor: Person) -> None:
    visit = await next_visit(network, "souk-khemis-zemamra")
    asked = await asked_for(network, visit.stop_id)
    moved = change_of(visit, kind="moved", new_starts="11:00", new_ends="14:00", reason="weather")
    answer = await supervisor.post("/network/changes", moved, expect=201)
    assert answer["visits"][0]["status"] == "moved"
    assert await said(network) == [("stop_moved", asked)]
    await deleted(supervisor, f"/network/changes/{answer['id']}", expect=200)
    week = await supervisor.get("/network/stops")
    van_id = next(van["id"] for van in week["vans"] if van["code"] == visit.van.code)
    whole = {**change_of(visit), "stop_id": None, "van_id": van_id}
    answer = await supervisor.post("/network/changes", whole, expect=201)
    assert [each["stop_id"] for each in answer["visits"]] == [str(visit.stop_id)]


async def test_a_day_on_which_nothing_is_planned(network: Office, supervisor: Person) -> None:
    visit = await next_visit(network, "souk-khemis-zemamra")
    wrong = change_of(visit, on=(visit.starts_at + timedelta(days=1)).date().isoformat())
    await supervisor.post("/network/changes", wrong, expect=422)
    await supervisor.post("/network/changes", change_of(visit, reason="moon"), expect=422)
    backwards = change_of(visit, kind="moved", new_starts="14:00", new_ends="11:00")
    await supervisor.post("/network/changes", backwards, expect=422)
    await supervisor.post(
        "/network/changes", change_of(visit, new_place_id="nowhere", kind="moved"), expect=422
    )


async def test_agencies_and_their_special_days(network: Office, supervisor: Person) -> None:
    new = {"key": "new", "name_ar": "وكالة", "name_fr": "Agence neuve", "commune_id": "zemamra"}
    agency = await supervisor.post(
        "/network/agencies", {**new, "hours": {"1": [["08:30", "16:30"]]}}, expect=201
    )
    assert agency["hours"] == {"1": [["08:30", "16:30"]]}
    await supervisor.post("/network/agencies", new, expect=409)
    await supervisor.post("/network/agencies", {**new, "key": "x", "commune_id": "atlantis"}, expect=422)
    wrong = await supervisor.ask(
        "PATCH", f"/network/agencies/{agency['id']}", {"hours": {"1": [["17:00", "08:30"]]}}
    )
    assert wrong.status == 422
    assert "ends before it begins" in (await wrong.json())["fields"]["hours"]
    changed = await supervisor.ask("PATCH", f"/network/agencies/{agency['id']}", {"status": "planned"})
    assert (await changed.json())["status"] == "planned"
    today = datetime.now(ZONE).date().isoformat()
    closure = {"kind": "closure", "agency_id": agency["id"], "starts_on": today, "ends_on": today}
    days = await supervisor.post("/network/special_days", closure, expect=201)
    listed = await supervisor.get("/network/agencies")
    assert days["id"] in {each["id"] for each in listed["special_days"]}
    await deleted(supervisor, f"/network/special_days/{days['id']}", expect=204)
    await deleted(supervisor, f"/network/special_days/{days['id']}", expect=404)


async def test_payment_points_by_the_page(network: Office, supervisor: Person) -> None:
    first = await supervisor.get("/network/payment_points?limit=2&commune=zemamra")
    assert first["count"] > 500
    following = f"limit=2&commune=zemamra&cursor={first['next_cursor']}"
    second = await supervisor.get(f"/network/payment_points?{following}")
    keys = [point["key"] for page in (first, second) for point in page["points"]]
    assert keys == ["zemamra-1", "zemamra-2", "zemamra-3", "zemamra-4"]
    assert second["next_cursor"] is None
    await deleted(supervisor, f"/network/payment_points/{first['points'][0]['id']}", expect=204)


async def test_files_go_out_and_come_back_unchanged(network: Office, supervisor: Person) -> None:
    for file in ("agencies", "timetable", "payment_points", "places"):
        response = await supervisor.ask("GET", f"/network/files/{file}")
        assert response.headers["Content-Disposition"] == f'attachment; filename="{file}.csv"'
        data = await response.read()
        back = await supervisor.ask("POST", f"/network/files/{file}", data=data)
        report = await back.json()
        assert back.status == 200, report
        assert (report["added"], report["changed"], report["removed"]) == (0, 0, 0), file


async def test_a_bad_file_changes_nothing(network: Office, supervisor: Person) -> None:
    wrong = b"key,name_fr,name_ar,commune,monday\na,A,A,zemamra,25:00-26:00\nb,B,B,zemmra,08:00-09:00\n"
    response = await supervisor.ask("POST", "/network/files/agencies", data=wrong)
    assert response.status == 422
    body = await response.json()
    assert body["code"] == "file_invalid"
    assert [(each["line"], each["column"]) for each in body["problems"]] == [(2, "monday"), (3, "commune")]
    assert await network.one("SELECT count(*) FROM agencies WHERE key IN ('a', 'b')") == 0
    right = b"key,name_fr,name_ar,commune,monday\na,A,A,zemamra,08:00-09:00\n"
    looked = await supervisor.ask("POST", "/network/files/agencies?dry_run=true", data=right)
    assert (await looked.json())["added"] == 1
    assert await network.one("SELECT count(*) FROM agencies WHERE key = 'a'") == 0


async def test_two_who_cancel_the_same_stop_at_once(network: Office, supervisor: Person) -> None:
    visit = await next_visit(network, "souk-khemis-zemamra")
    asked = await asked_for(network, visit.stop_id)
    answers = await asyncio.gather(
        *(supervisor.ask("POST", "/network/changes", change_of(visit)) for _ in range(6))
    )
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409, 409, 409]
    assert await said(network) == [("stop_cancelled", asked)]


async def test_the_message_goes_out_in_the_conversation_at_once(
    network: Office, supervisor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker is woken, not polled for: cancelled at the desk, said in the customer's language."""
    monkeypatch.setattr("ticketing.worker.POLL", 3600.0)

    def words(kind: str, data: Mapping[str, Any], language: Language) -> ReplyMessage:
        return notice(kind, data, language, now=datetime.now(UTC), timezone=ZONE)

    ticket_id = await network.writes("212600000077", "imta lwikala")
    conversation_id = await network.one(
        "SELECT DISTINCT conversation_id FROM messages WHERE ticket_id = :id", id=ticket_id
    )
    await network.run("UPDATE conversations SET language = 'fr' WHERE id = :id", id=conversation_id)
    visit = await next_visit(network, "souk-khemis-zemamra")
    async with network.desk.engine.begin() as connection:
        await note_interest(connection, conversation_id, [visit.stop_id], datetime.now(UTC))
    worker = asyncio.create_task(Announcements(network.desk, network.dependencies.accounts, words).run())
    try:
        with network.desk.bus.subscribe(["send"]) as sends:
            changed = await supervisor.post("/network/changes", change_of(visit), expect=201)
            assert changed["told"] == 1
            assert await sends.wait(10)
    finally:
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    (words_said,) = await _outbound(network, ticket_id)
    assert words_said.startswith("Le passage de l'agence mobile à Souk Khemis Zemamra ")
    assert "est annulé (route coupée). Passage suivant : " in words_said


async def _outbound(office: Office, ticket_id: UUID) -> list[str]:
    rows = await office.rows(
        "SELECT content->>'text' FROM messages WHERE ticket_id = :id AND direction = 'outbound'", id=ticket_id
    )
    return [row[0] for row in rows]
