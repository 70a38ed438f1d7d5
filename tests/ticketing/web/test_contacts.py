"""Contacts: merged and told apart without loss, found, suggested."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.ticketing.web.office import Office, Person
from ticketing.contacts.merging import Contacts, follow_merged
from ticketing.errors import Conflict


async def contact_of(office: Office, ticket: UUID) -> UUID:
    found: UUID = await office.one("SELECT contact_id FROM tickets WHERE id = :id", id=ticket)
    return found


async def two(office: Office) -> tuple[UUID, UUID, UUID, UUID]:
    """Two contacts with a ticket each: (first, its ticket, second, its ticket)."""
    one = await office.with_people("amina", name="Amina", phone="+212600000001")
    other = await office.with_people("amina.b", account="windowed", name="Amina B.", phone="+212600000001")
    return await contact_of(office, one), one, await contact_of(office, other), other


async def merged(agent: Person, source: UUID, target: UUID, expect: int = 200, **more: Any) -> Any:
    return await agent.post(f"/contacts/{source}/merge", {"into": str(target)} | more, expect)


async def snapshot(office: Office) -> dict[str, Any]:
    """Everything a merge may touch."""
    return {
        table: [tuple(row) for row in await office.rows(statement)]
        for table, statement in {
            "contacts": "SELECT id, name, language, tags, fields, merged_into_id FROM contacts ORDER BY id",
            "identities": "SELECT id, contact_id FROM identities ORDER BY id",
            "tickets": "SELECT id, contact_id FROM tickets ORDER BY id",
        }.items()
    }


async def test_one_person_has_one_history(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, ticket, second, other = await two(office)
    answer = (await merged(agent, second, first))["contact"]
    assert (answer["name"], answer["tickets"], len(answer["identities"])) == ("Amina", 2, 2)
    assert await contact_of(office, other) == first
    assert (await agent.get(f"/contacts/{second}"))["merged_into"] == str(first)
    # What comes through either address is the same person's.
    await office.run("UPDATE tickets SET status = 'closed', handed_over_at = NULL")
    assert await contact_of(office, await office.writes("amina.b", "again", account="windowed")) == first
    entries = (await agent.get(f"/tickets/{other}/timeline"))["entries"]
    assert "contact.merged" in [one["event"]["type"] for one in entries if one["type"] == "event"]
    assert ticket != other


async def test_what_is_taken_and_what_is_kept(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, second, _ = await two(office)
    await office.run(
        "UPDATE contacts SET name = 'A', tags = '{vip}', language = NULL WHERE id = :id", id=first
    )
    await office.run(
        "UPDATE contacts SET name = 'B', tags = '{press}', language = 'ar' WHERE id = :id", id=second
    )
    kept = (await merged(agent, second, first, take=["name"]))["contact"]
    assert (kept["name"], kept["language"], kept["tags"]) == ("B", "ar", ["vip", "press"])


async def test_told_apart_again_with_what_came_since(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, ticket, second, other = await two(office)
    before = await snapshot(office)
    merge_id = (await merged(agent, second, first))["merge_id"]
    await agent.post(f"/contact_merges/{merge_id}/undo", {})
    assert await snapshot(office) == before
    merge_id = (await merged(agent, second, first))["merge_id"]
    await office.run("UPDATE tickets SET status = 'closed', handed_over_at = NULL")
    since_second = await office.writes("amina.b", "since", account="windowed")
    since_first = await office.writes("amina", "since")
    await agent.post(f"/contact_merges/{merge_id}/undo", {})
    owners = {one: await contact_of(office, one) for one in (ticket, other, since_first, since_second)}
    assert owners == {ticket: first, since_first: first, other: second, since_second: second}
    assert (await agent.post(f"/contact_merges/{merge_id}/undo", {}, 409))["code"] == "undone_already"


async def test_what_was_changed_since_the_merge_stays(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, second, _ = await two(office)
    await office.run("UPDATE contacts SET tags = '{press}' WHERE id = :id", id=second)
    merge_id = (await merged(agent, second, first, take=["name"]))["merge_id"]
    await office.run(
        "UPDATE contacts SET name = 'Amina Berrada', tags = tags || '{vip}' WHERE id = :id", id=first
    )
    await agent.post(f"/contact_merges/{merge_id}/undo", {})
    kept = await agent.get(f"/contacts/{first}")
    assert (kept["name"], kept["tags"]) == ("Amina Berrada", ["vip"])


async def test_chains_come_apart_in_order(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, second, _ = await two(office)
    third = await contact_of(office, await office.with_people("amina.c", name="Third"))
    inner = (await merged(agent, second, first))["merge_id"]
    outer = (await merged(agent, first, third))["merge_id"]
    assert (await merged(agent, second, third, 409))["code"] == "contact_merged"
    assert (await agent.post(f"/contact_merges/{inner}/undo", {}, 409))["code"] == "contact_merged"
    await agent.post(f"/contact_merges/{outer}/undo", {})
    await agent.post(f"/contact_merges/{inner}/undo", {})
    assert (await agent.get(f"/contacts/{second}"))["merged_into"] is None


async def test_refused(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, _, _ = await two(office)
    assert (await merged(agent, first, first, 422))["code"] == "same_contact"
    assert (await merged(agent, first, uuid4(), 404))["code"] == "contact_unknown"
    assert (await agent.post(f"/contact_merges/{uuid4()}/undo", {}, 404))["code"] == "merge_unknown"


async def test_two_who_merge_at_once_in_both_directions(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, second, _ = await two(office)
    contacts = Contacts(office.desk)
    outcomes = await asyncio.gather(
        contacts.merge(first, second, agent.id),
        contacts.merge(second, first, agent.id),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [Conflict]


async def test_messages_that_arrive_while_contacts_are_merged_find_the_person(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, second, _ = await two(office)
    await office.run("UPDATE tickets SET status = 'closed', handed_over_at = NULL")
    contacts = Contacts(office.desk)
    await asyncio.gather(
        contacts.merge(second, first, agent.id),
        *(office.writes("amina.b", f"message {number}", account="windowed") for number in range(5)),
    )
    async with office.desk.transaction() as transaction:
        await follow_merged(transaction.connection, transaction.now)
    assert await office.one("SELECT count(*) FROM tickets WHERE contact_id = :id", id=second) == 0


@pytest.mark.parametrize("seed", range(4))
async def test_any_merges_undone_in_reverse_leave_everything_as_it_was(office: Office, seed: int) -> None:
    chance, agent = random.Random(seed), await office.person("agent", "Salma")
    tickets = [await office.with_people(f"person{number}", name=f"P{number}") for number in range(5)]
    people = [await contact_of(office, ticket) for ticket in tickets]
    for person in people:
        tags = chance.sample(["vip", "press", "commune"], chance.randint(0, 2))
        await office.run("UPDATE contacts SET tags = :tags WHERE id = :id", id=person, tags=tags)
    before, contacts, done = await snapshot(office), Contacts(office.desk), []
    for _ in range(8):
        source, target = chance.sample(people, 2)
        try:
            done.append(await contacts.merge(source, target, agent.id, take=frozenset({"name"})))
        except Conflict:
            continue
    assert done
    for merge_id in reversed(done):
        await contacts.undo(merge_id, agent.id)
    assert await snapshot(office) == before


async def test_likely_duplicates_until_somebody_knows_better(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _, second, _ = await two(office)
    found = (await agent.get(f"/contacts/{first}/duplicates"))["duplicates"]
    assert [(one["reason"], one["contact"]["id"]) for one in found] == [("telephone", str(second))]
    response = await agent.ask("POST", f"/contacts/{second}/distinct", {"other_id": str(first)})
    assert response.status == 204
    assert (await agent.get(f"/contacts/{first}/duplicates"))["duplicates"] == []


async def test_contacts_are_found_by_name_telephone_and_address_in_pages(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    for number in range(5):
        await office.with_people(f"yasmine{number}", name=f"Yâsmine {number}", phone=f"+21261111110{number}")
    await office.with_people("brahim", name="إبراهيم")
    assert [one["name"] for one in (await agent.get("/contacts", params={"q": "ابراهيم"}))["contacts"]] == [
        "إبراهيم"
    ]
    assert len((await agent.get("/contacts", params={"q": "yasmine"}))["contacts"]) == 5
    assert len((await agent.get("/contacts", params={"q": "611111103"}))["contacts"]) == 1
    seen, cursor = [], None
    while True:
        page = await agent.get("/contacts", params={"limit": 2} | ({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["contacts"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 6
