"""Taking back through the door: the words return, and the clocks run as if nothing had been said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import Office, open_office


@pytest.fixture
async def slow_office(database: AsyncEngine, tmp_path: Path) -> AsyncIterator[Office]:
    """Where a reply waits for half a minute."""
    async with open_office(database, tmp_path, undo_send=timedelta(seconds=30)) as opened:
        yield opened


async def clocks(office: Office, ticket_id: UUID) -> list[tuple[str, bool]]:
    rows = await office.rows(
        "SELECT kind, met_at IS NOT NULL FROM ticket_clocks WHERE ticket_id = :id ORDER BY kind", id=ticket_id
    )
    return [(row[0], row[1]) for row in rows]


def reply(words: str, **more: Any) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "text": words} | more


async def test_words_and_clocks_return(slow_office: Office) -> None:
    office = slow_office
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    await office.run(
        "UPDATE tickets SET category = (SELECT code FROM categories WHERE first_answer IS NOT NULL"
        " AND NOT restricted ORDER BY code LIMIT 1)"
    )
    row = await salma.get(f"/tickets/{ticket_id}")
    await salma.post(f"/tickets/{ticket_id}/claim", {"version": row["version"]})
    before = await clocks(office, ticket_id)
    assert ("first_response", False) in before
    answer = await salma.post(
        f"/tickets/{ticket_id}/reply", reply("Bonjour", status_after="solved"), expect=201
    )
    (message,) = answer["messages"]
    assert message["state"] == "pending"
    assert message["undo_until"] > message["created_at"]
    assert ("first_response", True) in await clocks(office, ticket_id)
    back = await salma.post(f"/messages/{message['id']}/undo")
    assert [one["state"] for one in back["messages"]] == ["cancelled"]
    assert (back["taken_back"]["text"], back["taken_back"]["attachments"]) == ("Bonjour", [])
    assert await clocks(office, ticket_id) == before
    now = await salma.get(f"/tickets/{ticket_id}")
    assert (now["status"], now["waiting_since"]) == ("open", row["waiting_since"])
    late = await salma.post(f"/messages/{message['id']}/undo", expect=409)
    assert late["code"] == "too_late"


async def test_others_do_not_take_it_back(slow_office: Office) -> None:
    office = slow_office
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    answer = await salma.post(f"/tickets/{ticket_id}/reply", reply("Bonjour"), expect=201)
    await youssef.post(f"/messages/{answer['messages'][0]['id']}/undo", expect=403)
    await youssef.post(f"/messages/{uuid4()}/undo", expect=404)


async def test_scheduled_through_the_door(slow_office: Office) -> None:
    office = slow_office
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    path = f"/tickets/{ticket_id}/scheduled"
    made = await salma.post(path, reply("Demain", send_at="2099-01-01T08:00:00Z"), expect=422)
    assert made["code"] == "send_at_far"
    soon = await office.one("SELECT to_char(now() + interval '1 hour', 'YYYY-MM-DD\"T\"HH24:MI:SSOF')")
    made = await salma.post(path, reply("Demain", send_at=f"{soon}:00"), expect=201)
    assert (await youssef.get(path))["scheduled"] == [made]
    one = f"/scheduled/{made['id']}"
    assert (await youssef.ask("DELETE", one)).status == 403
    changed = await (await salma.ask("PATCH", one, {"text": "Plus tard", "send_anyway": True})).json()
    assert (changed["text"], changed["send_anyway"], changed["state"]) == ("Plus tard", True, "waiting")
    gone = await (await salma.ask("DELETE", one)).json()
    assert gone["taken_back"]["text"] == "Plus tard"
    assert (await salma.get(path))["scheduled"] == []
    again = await salma.post(path, reply("Encore", send_at=f"{soon}:00"), expect=201)
    sent = await salma.post(f"/scheduled/{again['id']}/send")
    assert sent["messages"][0]["content"]["text"] == "Encore"
