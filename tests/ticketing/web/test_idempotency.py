"""The same key with the same request: done once, answered the same; told honestly after a crash."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.ticketing.web.office import Office, Person
from ticketing.maintenance import Maintenance

OUTAGE = {"service": "water", "areas": [{"feeder": "ST-12"}]}


@pytest.fixture
async def supervisor(office: Office) -> Person:
    return await office.person("supervisor", "Nadia")


def new_key() -> str:
    return str(uuid.uuid4())


async def note(person: Person, ticket: uuid.UUID, key: str, **body: Any) -> ClientResponse:
    said = {"client_id": str(uuid.uuid5(ticket, key)), "text": "Called back.", **body}
    return await person.ask("POST", f"/tickets/{ticket}/note", said, headers={"Idempotency-Key": key})


async def notes(office: Office) -> int:
    return int(await office.one("SELECT count(*) FROM messages WHERE direction = 'note'"))


async def test_the_same_again_is_done_once(office: Office, supervisor: Person) -> None:
    ticket, key = await office.with_people("212600000001"), new_key()
    first = await supervisor.ask(
        "POST", f"/tickets/{ticket}/claim", {"version": 1}, headers={"Idempotency-Key": key}
    )
    again = await supervisor.ask(
        "POST", f"/tickets/{ticket}/claim", {"version": 1}, headers={"Idempotency-Key": key}
    )
    assert (first.status, again.status) == (200, 200)
    assert await again.read() == await first.read()
    assert again.content_type == "application/json"
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert await office.one("SELECT count(*) FROM events WHERE type = 'ticket.claimed'") == 1


async def test_refusals_are_the_same_again(office: Office, supervisor: Person) -> None:
    ticket, key = await office.with_people("212600000001"), new_key()
    headers = {"Idempotency-Key": key}
    for _ in range(2):
        late = await supervisor.ask("POST", f"/tickets/{ticket}/claim", {"version": 99}, headers=headers)
        assert late.status == 409
        assert late.content_type == "application/problem+json"


async def test_nothing_is_answered_twice_alike(office: Office, supervisor: Person) -> None:
    """204 has no body, the first time and again."""
    body = {"language": "fr", "text": "question"}
    for replayed in (None, "true"):
        response = await supervisor.ask(
            "POST", "/learning/groups/dismiss", body, headers={"Idempotency-Key": "dismiss-1"}
        )
        assert (response.status, await response.read()) == (204, b"")
        assert response.headers.get("Idempotency-Replayed") == replayed


async def test_another_request_with_the_same_key(office: Office, supervisor: Person) -> None:
    ticket, other, key = (
        await office.with_people("212600000001"),
        await office.with_people("212600000002"),
        new_key(),
    )
    assert (await note(supervisor, ticket, key)).status == 201
    for response in (await note(supervisor, ticket, key, text="Else."), await note(supervisor, other, key)):
        assert response.status == 422
        assert (await response.json())["code"] == "idempotency_mismatch"
    assert await notes(office) == 1


async def test_keys_are_each_agents_own(office: Office, supervisor: Person) -> None:
    ticket, key = await office.with_people("212600000001"), new_key()
    salma = await office.person("agent", "Salma")
    assert (await note(supervisor, ticket, key)).status == 201
    assert (await note(salma, ticket, key, client_id=new_key())).status == 201
    assert await notes(office) == 2


async def test_all_at_once_is_done_once(office: Office, supervisor: Person) -> None:
    headers = {"Idempotency-Key": new_key()}
    answers = await asyncio.gather(
        *(supervisor.ask("POST", "/outages", OUTAGE, headers=headers) for _ in range(8))
    )
    statuses = sorted(answer.status for answer in answers)
    assert set(statuses) <= {201, 409}
    assert statuses[0] == 201
    assert await office.one("SELECT count(*) FROM outages") == 1
    for answer in answers:
        if answer.status == 409:
            assert (await answer.json())["code"] == "idempotency_in_progress"


@pytest.mark.parametrize("key", ["short", "a" * 101, "white space", "é" * 10])
async def test_keys_that_are_none(office: Office, supervisor: Person, key: str) -> None:
    response = await supervisor.ask("POST", "/outages", OUTAGE, headers={"Idempotency-Key": key})
    assert (response.status, (await response.json())["code"]) == (422, "invalid")


async def crashed(office: Office, *, committed: bool, ago: timedelta) -> None:
    """As a process leaves the row that dies before it answers."""
    await office.run(
        "UPDATE idempotency_keys SET answered_at = NULL, status = NULL, body = NULL,"
        " begun_at = now() - CAST(:ago AS interval),"
        " committed_at = CASE WHEN :committed THEN now() END",
        ago=ago,
        committed=committed,
    )


async def test_after_a_crash_before_the_commit_it_is_done(office: Office, supervisor: Person) -> None:
    headers = {"Idempotency-Key": new_key()}
    assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 201
    await office.run("DELETE FROM outages")
    await crashed(office, committed=False, ago=timedelta(seconds=1))
    soon = await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)
    assert (await soon.json())["code"] == "idempotency_in_progress"
    await crashed(office, committed=False, ago=timedelta(minutes=3))
    assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 201
    assert await office.one("SELECT count(*) FROM outages") == 1


async def test_after_a_crash_behind_the_commit_it_is_not_done_twice(
    office: Office, supervisor: Person
) -> None:
    headers = {"Idempotency-Key": new_key()}
    assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 201
    await crashed(office, committed=True, ago=timedelta(minutes=3))
    response = await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)
    assert (response.status, (await response.json())["code"]) == (409, "idempotency_answer_lost")
    assert await office.one("SELECT count(*) FROM outages") == 1


async def test_the_mark_commits_with_the_change(office: Office, supervisor: Person) -> None:
    await supervisor.ask("POST", "/outages", OUTAGE, headers={"Idempotency-Key": "marked-one"})
    await supervisor.ask(
        "POST", "/outages", {**OUTAGE, "cause": "none of ours"}, headers={"Idempotency-Key": "refused-one"}
    )
    rows = await office.rows("SELECT key, committed_at IS NOT NULL FROM idempotency_keys ORDER BY key")
    assert [tuple(row) for row in rows] == [("marked-one", True), ("refused-one", False)]


async def test_a_failure_of_ours_is_not_kept(
    office: Office, supervisor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Idempotency-Key": new_key()}
    with monkeypatch.context() as broken:
        broken.setattr("ticketing.web.api.outages.changes.create", None)
        assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 500
    assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 201


async def test_a_failure_behind_the_commit_is_told(
    office: Office, supervisor: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = {"Idempotency-Key": new_key()}
    with monkeypatch.context() as broken:
        broken.setattr("ticketing.web.api.outages._detail", None)
        assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 500
    response = await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)
    assert (response.status, (await response.json())["code"]) == (409, "idempotency_answer_lost")
    assert await office.one("SELECT count(*) FROM outages") == 1


async def test_keys_are_forgotten_after_a_day(office: Office, supervisor: Person) -> None:
    headers = {"Idempotency-Key": new_key()}
    assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 201
    await office.run("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
    assert (await supervisor.ask("POST", "/outages", OUTAGE, headers=headers)).status == 201
    assert await office.one("SELECT count(*) FROM outages") == 2
    await office.run("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")
    await Maintenance(office.desk.engine).once()
    assert await office.one("SELECT count(*) FROM idempotency_keys") == 0
