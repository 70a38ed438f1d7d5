"""The audit: every look and every change, by whom, once, and never rewritten."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError

from tests.ticketing.web.office import Office, Person


async def lines(reader: Person, **query: Any) -> list[dict[str, Any]]:
    page = await reader.get("/audit", params={name: str(value) for name, value in query.items()})
    return list(page["lines"])


async def test_a_look_at_a_ticket_is_written_once(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    ticket = await office.with_people("amina", name="Amina")
    for _ in range(3):
        await agent.get(f"/tickets/{ticket}")
        await agent.get(f"/tickets/{ticket}/timeline")
    contact = await office.one("SELECT contact_id FROM tickets WHERE id = :id", id=ticket)
    (look,) = await lines(reader, agent=agent.id, kind="view")
    assert (look["what"], look["ticket"]["id"], look["contact"]["id"]) == (
        "ticket",
        str(ticket),
        str(contact),
    )
    assert look["agent"] == {"id": str(agent.id), "name": "Salma"}
    assert look["address"] == "127.0.0.1"
    assert [one["id"] for one in await lines(reader, contact=contact, kind="view")] == [look["id"]]
    assert [one["id"] for one in await lines(reader, ticket=ticket, kind="view")] == [look["id"]]


async def test_what_is_not_shown_is_not_a_look(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    await agent.get(f"/tickets/{uuid4()}", 404)
    secret = await office.with_people("amina")
    await office.run("UPDATE tickets SET category = 'X1' WHERE id = :id", id=secret)
    await agent.get(f"/tickets/{secret}", 404)
    assert await lines(reader, agent=agent.id, kind="view") == []


async def test_a_search_is_a_look_by_its_words(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    await agent.get("/tickets", params={"q": "Amina"})
    (look,) = await lines(reader, agent=agent.id, kind="view")
    assert (look["what"], look["subject"]) == ("list", "Amina")


async def test_changes_by_hand_and_by_settings_are_found_by_contact_and_agent(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    ticket = await office.with_people("amina")
    contact = await office.one("SELECT contact_id FROM tickets WHERE id = :id", id=ticket)
    version = await office.one("SELECT version FROM tickets WHERE id = :id", id=ticket)
    await agent.post(f"/tickets/{ticket}/claim", {"version": version})
    whats = [one["what"] for one in await lines(reader, contact=contact)]
    assert whats.count("ticket.claimed") == 1
    assert "ticket.opened" in whats
    assert [one["what"] for one in await lines(reader, agent=agent.id, what="ticket.claimed")] == [
        "ticket.claimed"
    ]
    status = {"status": "open", "names": {"ar": "ا", "fr": "Sur place", "en": "On site"}, "color": "accent"}
    await reader.post("/ticket_statuses", status | {"key": "on_site"}, 201)
    (change,) = await lines(reader, agent=reader.id, kind="change", what="POST /ticket_statuses")
    assert change["detail"]["names"]["fr"] == "Sur place"


async def test_a_refused_change_leaves_no_line(office: Office) -> None:
    reader = await office.person("administrator", "Amal")
    await reader.post("/ticket_statuses", {"key": "x"}, 422)
    assert await lines(reader, agent=reader.id, kind="change") == []


async def test_who_was_turned_away_at_the_door(office: Office) -> None:
    reader = await office.person("administrator", "Amal")
    wrong = {"email": "Amal@desk.example ", "password": "guess"}
    await reader.post("/session", wrong, 401)
    (line,) = await lines(reader, kind="sign_in")
    assert (line["what"], line["subject"], line["agent"]) == ("bad_credentials", "amal@desk.example", None)
    assert "guess" not in str(line)


async def test_pages_neither_lose_nor_repeat(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    for number in range(7):
        await agent.get(f"/tickets/{await office.with_people(f'customer{number}')}")
    seen, cursor = [], None
    while True:
        query: dict[str, Any] = {"agent": str(agent.id), "limit": 3} | ({"cursor": cursor} if cursor else {})
        page = await reader.get("/audit", params=query)
        seen += [one["id"] for one in page["lines"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 7
    assert seen == sorted(seen, reverse=True)


async def test_an_export_is_a_line_and_no_cell_a_formula(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    await agent.get(f"/tickets/{await office.with_people('amina', name='=HYPERLINK(0)')}")
    response = await reader.ask("GET", f"/audit/export?agent={agent.id}")
    rows = list(csv.DictReader(io.StringIO((await response.read()).decode("utf-8-sig"))))
    assert [row["contact"] for row in rows] == ["'=HYPERLINK(0)"]
    (export,) = await lines(reader, kind="export")
    assert export["detail"] == {"agent": str(agent.id)}


@pytest.mark.parametrize("table", ["audit_entries", "events"])
@pytest.mark.parametrize("change", ["UPDATE {table} SET at = now()", "DELETE FROM {table}"])
async def test_nobody_rewrites_what_happened(office: Office, table: str, change: str) -> None:
    agent = await office.person("agent", "Salma")
    await agent.get(f"/tickets/{await office.with_people('amina')}")
    with pytest.raises(DBAPIError, match="append-only"):
        await office.run(change.format(table=table))


async def test_old_entries_go_by_one_door_that_tells(office: Office) -> None:
    agent, reader = await office.person("agent", "Salma"), await office.person("administrator", "Amal")
    await agent.get(f"/tickets/{await office.with_people('amina')}")
    await office.run("SELECT forget_audit(now())")
    (line,) = await lines(reader, kind="retention")
    assert line["detail"]["entries"] == 1
    assert await lines(reader, agent=agent.id, kind="view") == []


async def test_what_cannot_be_written_down_is_not_shown(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    ticket = await office.with_people("amina")
    await office.run("ALTER TABLE audit_entries RENAME TO elsewhere")
    response = await agent.ask("GET", f"/tickets/{ticket}")
    assert response.status == 500
    assert "amina" not in await response.text()
