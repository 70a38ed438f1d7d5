"""Merging, splitting and linking over HTTP: nothing is lost or doubled, and it can be taken back."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from knowledge_base.network.places import load_places
from tests.ticketing.web.office import Office, Person
from ticketing.errors import Conflict
from ticketing.linking.merging import Merging


async def version(office: Office, ticket_id: UUID) -> int:
    return int(await office.one("SELECT version FROM tickets WHERE id = :id", id=ticket_id))


async def texts(office: Office, ticket_id: UUID) -> list[str]:
    """What the ticket's messages say, in the order of the thread."""
    rows = await office.rows(
        "SELECT content->>'text' FROM messages WHERE ticket_id = :id ORDER BY id", id=ticket_id
    )
    return [row[0] for row in rows]


async def merge(
    office: Office, agent: Person, source: UUID, target: UUID, expect: int = 200, **more: Any
) -> Any:
    body = {
        "into": str(target),
        "version": await version(office, source),
        "into_version": await version(office, target),
    }
    return await agent.post(f"/tickets/{source}/merge", body | more, expect)


async def two_tickets(office: Office) -> tuple[UUID, UUID]:
    """Of one contact, who writes in the chat and by mail."""
    first = await office.with_people("amina", "no water")
    second = await office.with_people("amina2", "still no water", account="windowed")
    await office.run(
        "UPDATE identities SET contact_id = (SELECT contact_id FROM tickets WHERE id = :first)"
        " WHERE id = (SELECT identity_id FROM conversations WHERE ticket_id = :second)",
        first=first,
        second=second,
    )
    await office.run(
        "UPDATE tickets SET contact_id = (SELECT contact_id FROM tickets WHERE id = :first)"
        " WHERE id = :second",
        first=first,
        second=second,
    )
    return first, second


async def test_a_merged_ticket_goes_on_in_the_other(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    await office.run("UPDATE tickets SET tags = '{urgent,water}' WHERE id = :id", id=second)
    merged = (await merge(office, agent, second, first))["ticket"]
    assert await texts(office, first) == ["no water", "still no water"]
    assert await texts(office, second) == []
    assert merged["unread"] == 2
    assert merged["tags"] == ["urgent", "water"]
    closed = await agent.get(f"/tickets/{second}")
    assert closed["status"] == "closed"
    assert closed["merged_into"]["id"] == str(first)
    # The customer answers by mail: it lands in the ticket that goes on.
    assert await office.writes("amina2", "thank you", account="windowed") == first
    for ticket in (first, second):
        entries = (await agent.get(f"/tickets/{ticket}/timeline"))["entries"]
        assert "ticket.merged" in [entry["event"]["type"] for entry in entries if entry["type"] == "event"]


async def test_an_answer_goes_out_on_the_conversation_it_answers(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    await merge(office, agent, second, first)
    conversations = (await agent.get(f"/tickets/{first}"))["conversations"]
    by_mail = next(one for one in conversations if one["account"] == "windowed")
    body = {"client_id": str(uuid4()), "text": "A team is on site.", "conversation_id": by_mail["id"]}
    sent = await agent.post(f"/tickets/{first}/reply", body, 201)
    assert sent["messages"][0]["conversation_id"] == by_mail["id"]


async def test_a_merge_is_taken_back_with_what_arrived_meanwhile(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    before = {one: await agent.get(f"/tickets/{one}") for one in (first, second)}
    move = (await merge(office, agent, second, first))["move_id"]
    await office.writes("amina2", "by mail meanwhile", account="windowed")
    await office.writes("amina", "in the chat meanwhile")
    links = await agent.get(f"/tickets/{first}/links")
    assert [one["id"] for one in links["moves"]] == [move]
    await agent.post(f"/moves/{move}/undo", {})
    assert await texts(office, first) == ["no water", "in the chat meanwhile"]
    assert await texts(office, second) == ["still no water", "by mail meanwhile"]
    after = await agent.get(f"/tickets/{second}")
    changed = {"version", "unread", "last_message", "last_message_at", "waiting_since", "conversations"}
    changed |= {"sla", "clocks"}
    assert {k: v for k, v in after.items() if k not in changed} == {
        k: v for k, v in before[second].items() if k not in changed
    }
    assert after["unread"] == 2
    assert await office.writes("amina2", "again", account="windowed") == second
    again = await agent.post(f"/moves/{move}/undo", {}, 409)
    assert again["code"] == "undone_already"


async def test_what_is_refused(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    stranger = await office.with_people("brahim", "bill")
    assert (await merge(office, agent, first, first, 422))["code"] == "same_ticket"
    assert (await merge(office, agent, stranger, first, 409))["code"] == "other_contact"
    with_assistant = await office.writes("driss", "hello")
    assert (await merge(office, agent, first, with_assistant, 409, other_contact=True))[
        "code"
    ] == "with_assistant"
    stale = {"into": str(first), "version": 1_000, "into_version": await version(office, first)}
    assert (await agent.post(f"/tickets/{second}/merge", stale, 409))["code"] == "changed_meanwhile"
    await merge(office, agent, second, first)
    assert (await merge(office, agent, second, first, 409))["code"] == "ticket_merged"
    assert (await merge(office, agent, stranger, first, 200, other_contact=True))["ticket"]["id"] == str(
        first
    )


async def test_a_restricted_ticket_does_not_become_visible(office: Office) -> None:
    agent, supervisor = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    first, second = await two_tickets(office)
    await office.run("UPDATE tickets SET category = 'X1' WHERE id = :id", id=second)
    assert (await merge(office, supervisor, second, first, 422))["code"] == "restricted_merge"
    assert (await merge(office, agent, first, second, 404))["code"] == "ticket_unknown"
    move = (await merge(office, supervisor, first, second))["move_id"]
    assert (await agent.post(f"/moves/{move}/undo", {}, 404))["code"] == "move_unknown"


async def test_undo_ends_after_a_day_and_waits_for_later_moves(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    third = await office.with_people("amina3", "third")
    move = (await merge(office, agent, second, first))["move_id"]
    later = (await merge(office, agent, first, third, other_contact=True))["move_id"]
    assert (await agent.post(f"/moves/{move}/undo", {}, 409))["code"] == "ticket_merged"
    await agent.post(f"/moves/{later}/undo", {})
    await office.run("UPDATE ticket_moves SET undo_until = :at", at=datetime.now(UTC) - timedelta(seconds=1))
    assert (await agent.post(f"/moves/{move}/undo", {}, 409))["code"] == "undo_too_late"
    assert (await agent.get(f"/tickets/{first}/links"))["moves"] == []


async def test_two_who_merge_into_each_other_at_once_have_one_winner(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    merging, versions = Merging(office.desk), (await version(office, first), await version(office, second))
    outcomes = await asyncio.gather(
        merging.merge(first, second, agent.id, versions),
        merging.merge(second, first, agent.id, (versions[1], versions[0])),
        return_exceptions=True,
    )
    assert sum(isinstance(one, Conflict) for one in outcomes) == 1
    assert sum(isinstance(one, UUID) for one in outcomes) == 1


async def test_a_second_matter_becomes_a_ticket_and_comes_back(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    ticket = await office.with_people("amina", "no water")
    await office.writes("amina", "and my bill is wrong")
    bill = await office.one(
        "SELECT id FROM messages WHERE ticket_id = :id ORDER BY id DESC LIMIT 1", id=ticket
    )
    body = {"version": await version(office, ticket), "message_ids": [str(bill)], "category": "B1"}
    split = await agent.post(f"/tickets/{ticket}/split", body, 201)
    new = UUID(split["ticket"]["id"])
    assert split["ticket"]["category"]["code"] == "B1"
    assert split["ticket"]["assignee"]["id"] == str(agent.id)
    assert split["ticket"]["number"]
    assert (await texts(office, ticket), await texts(office, new)) == (["no water"], ["and my bill is wrong"])
    assert await office.writes("amina", "hello?") == ticket, "the conversation stayed"
    answer = {"client_id": str(uuid4()), "text": "We look at your bill."}
    await agent.post(f"/tickets/{new}/reply", answer, 201)
    assert await texts(office, new) == ["and my bill is wrong", "We look at your bill."]
    await agent.post(f"/moves/{split['move_id']}/undo", {})
    assert await texts(office, new) == []
    assert sorted(await texts(office, ticket)) == sorted(
        ["no water", "and my bill is wrong", "hello?", "We look at your bill."]
    )
    assert (await agent.get(f"/tickets/{new}"))["merged_into"]["id"] == str(ticket)


@pytest.mark.parametrize(("which", "code"), [("all", "nothing_left"), ("other", "message_unknown")])
async def test_a_split_of_nothing_or_of_all_is_refused(office: Office, which: str, code: str) -> None:
    agent = await office.person("agent", "Salma")
    ticket, other = await office.with_people("amina", "one"), await office.with_people("brahim", "two")
    chosen = ticket if which == "all" else other
    rows = await office.rows("SELECT id FROM messages WHERE ticket_id = :id", id=chosen)
    body = {"version": await version(office, ticket), "message_ids": [str(row[0]) for row in rows]}
    assert (await agent.post(f"/tickets/{ticket}/split", body, 422))["code"] == code


async def test_an_incident_and_its_cases(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    incident = await office.with_people("control", "power cut in Zemamra")
    case, other = await office.with_people("amina", "no power"), await office.with_people("brahim", "dark")
    for child in (case, other):
        body = {"version": await version(office, child), "parent_id": str(incident)}
        assert (await agent.post(f"/tickets/{child}/parent", body))["parent"]["id"] == str(incident)
    links = await agent.get(f"/tickets/{incident}/links")
    assert {one["id"] for one in links["children"]} == {str(case), str(other)}
    body = {"version": await version(office, incident), "parent_id": str(case)}
    assert (await agent.post(f"/tickets/{incident}/parent", body, 422))["code"] == "own_descendant"
    third = await office.with_people("driss", "dark too")
    body = {"version": await version(office, third), "parent_id": str(case)}
    assert (await agent.post(f"/tickets/{third}/parent", body, 422))["code"] == "parent_is_child"
    body = {"version": await version(office, case), "parent_id": None}
    assert (await agent.post(f"/tickets/{case}/parent", body))["parent"] is None


async def test_related_tickets_and_suggestions(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, second = await two_tickets(office)
    found = (await agent.get(f"/tickets/{first}/related"))["suggestions"]
    assert [(one["reason"], one["ticket"]["id"]) for one in found] == [("contact", str(second))]
    for _ in range(2):
        await agent.post(f"/tickets/{first}/relations", {"ticket_id": str(second)})
    assert [one["id"] for one in (await agent.get(f"/tickets/{second}/links"))["related"]] == [str(first)]
    assert (await agent.get(f"/tickets/{first}/related"))["suggestions"] == []
    await agent.post(f"/tickets/{second}/relations", {"ticket_id": str(first), "related": False})
    assert (await agent.get(f"/tickets/{second}/links"))["related"] == []


async def test_the_same_request_from_the_same_commune_is_suggested(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    tickets = [await office.with_people(f"caller{number}", "no power") for number in range(3)]
    for ticket, place in zip(tickets, ("zemamra", "zemamra", "settat"), strict=True):
        slots = {"place": _place(place)}
        await office.run(
            "UPDATE tickets SET category = 'E3',"
            " handover = jsonb_build_object('slots', CAST(:slots AS jsonb)) WHERE id = :id",
            id=ticket,
            slots=f'{{"place": "{slots["place"]}"}}',
        )
    found = (await agent.get(f"/tickets/{tickets[0]}/related"))["suggestions"]
    assert [(one["reason"], one["ticket"]["id"]) for one in found] == [("incident", str(tickets[1]))]


def _place(name: str) -> str:
    return next(place.id for place in load_places() if name in place.id)


@pytest.mark.parametrize("seed", range(6))
async def test_no_message_is_lost_or_doubled_whatever_is_merged_split_and_undone(
    office: Office, seed: int
) -> None:
    """Random merges, arrivals, splits and undos: each message stays in exactly one ticket, the order of each
    conversation holds, and a customer is always heard."""
    chance, agent = random.Random(seed), await office.person("agent", "Salma")
    people = [f"customer{number}" for number in range(4)]
    tickets = [await office.with_people(person, f"{person} begins") for person in people]
    written, moves = Counter({f"{person} begins": 1 for person in people}), []
    for step in range(25):
        act = chance.choice(["write", "write", "merge", "split", "undo"])
        if act == "write":
            words = f"message {step}"
            await office.writes(chance.choice(people), words)
            written[words] += 1
        elif act == "merge":
            source, target = chance.sample(tickets, 2)
            moves += await _quietly(merge(office, agent, source, target, 200, other_contact=True))
        elif act == "split":
            ticket = chance.choice(tickets)
            rows = await office.rows("SELECT id FROM messages WHERE ticket_id = :id ORDER BY id", id=ticket)
            if len(rows) > 1:
                chosen = [str(row[0]) for row in chance.sample(list(rows), len(rows) // 2)]
                body = {"version": await version(office, ticket), "message_ids": chosen}
                made = await _quietly(agent.post(f"/tickets/{ticket}/split", body, 201))
                moves += made
        elif moves:
            await _quietly(agent.post(f"/moves/{chance.choice(moves)}/undo", {}))
        await _check_whole(office, written)


async def _quietly(request: Any) -> list[str]:
    """The move's id, or nothing where the desk refused with a reason."""
    try:
        answer = await request
    except AssertionError as refused:
        assert "409" in str(refused) or "422" in str(refused), refused
        return []
    return [answer["move_id"]] if "move_id" in answer else []


async def _check_whole(office: Office, written: Counter[str]) -> None:
    rows = await office.rows("SELECT content->>'text', ticket_id FROM messages WHERE direction = 'inbound'")
    assert Counter(row[0] for row in rows) == written
    assert all(row[1] is not None for row in rows)
    orphans = await office.one(
        "SELECT count(*) FROM conversations v JOIN tickets t ON t.id = v.ticket_id"
        " WHERE t.merged_into_id IS NOT NULL AND t.close_reason = 'merged'"
    )
    assert orphans == 0, "a conversation leads to a ticket that goes on elsewhere"
