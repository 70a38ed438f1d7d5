"""Unsent words, on every device of their agent and nobody else's."""

from __future__ import annotations

from typing import Any

from tests.ticketing.web.office import Office, Person
from tests.ticketing.web.test_live import next_frame


async def put(person: Person, ticket_id: Any, words: str, seen: int = 0, **more: Any) -> Any:
    body = {"mode": "reply", "reply": words, "note": "", "seen": seen} | more
    response = await person.ask("PUT", f"/tickets/{ticket_id}/draft", body)
    assert response.status == 200, await response.text()
    return await response.json()


async def test_kept_for_its_agent_alone(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    kept = await put(salma, ticket_id, "Bonj")
    assert kept["stored"]
    assert [one["reply"] for one in (await salma.get("/drafts"))["drafts"]] == ["Bonj"]
    assert (await youssef.get("/drafts"))["drafts"] == []
    assert (await salma.ask("DELETE", f"/tickets/{ticket_id}/draft")).status == 204
    assert (await salma.get("/drafts"))["drafts"] == []
    response = await salma.ask("PUT", f"/tickets/{office.agents['Salma']}/draft", {"reply": "x"})
    assert response.status == 404


async def test_a_device_that_has_not_read_the_newest_overwrites_nothing(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    first = (await put(salma, ticket_id, "Bonjour"))["draft"]
    second = (await put(salma, ticket_id, "Bonjour Madame", first["counter"]))["draft"]
    assert second["counter"] > first["counter"]
    late = await put(salma, ticket_id, "Salut", first["counter"])
    assert (late["stored"], late["draft"]["reply"]) == (False, "Bonjour Madame")
    again = await put(salma, ticket_id, "Salut", late["draft"]["counter"])
    assert (again["stored"], again["draft"]["reply"]) == (True, "Salut")


async def test_an_emptied_draft_may_be_begun_by_any_device(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    first = (await put(salma, ticket_id, "Bonjour"))["draft"]
    await salma.ask("DELETE", f"/tickets/{ticket_id}/draft")
    assert (await put(salma, ticket_id, "Encore", first["counter"]))["stored"]


async def test_other_devices_hear_of_it(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    own, others = await salma.connect(), await youssef.connect()
    await next_frame(own, "hello")
    await next_frame(others, "hello")
    await put(salma, ticket_id, "Bonjour")
    frame = await next_frame(own, "draft")
    assert (frame["draft"]["ticket_id"], frame["draft"]["reply"]) == (str(ticket_id), "Bonjour")
    await salma.ask("DELETE", f"/tickets/{ticket_id}/draft")
    assert (await next_frame(own, "draft"))["draft"]["reply"] == ""
    await put(youssef, ticket_id, "Salam")
    assert (await next_frame(others, "draft"))["draft"]["reply"] == "Salam"
    await own.close()
    await others.close()


async def test_how_the_composer_behaves(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    assert await salma.get("/composer") == {"undo_seconds": None, "undo_default": 0, "signatures": {}}
    body = {"undo_seconds": 10, "signatures": {"fr": "Salma\nSRM-CS ", "ar": " "}}
    response = await salma.ask("PUT", "/composer", body)
    assert (await response.json())["signatures"] == {"fr": "Salma\nSRM-CS"}
    assert (await salma.get("/composer"))["undo_seconds"] == 10
    for wrong in ({"undo_seconds": 31}, {"signatures": {"de": "x"}}):
        assert (await salma.ask("PUT", "/composer", wrong)).status == 422
