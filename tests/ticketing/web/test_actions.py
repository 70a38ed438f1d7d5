"""What agents do, over HTTP and through the desk's own functions."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from tests.ticketing.web.office import Office, Person


def reply(words: str, **more: Any) -> dict[str, Any]:
    return {"client_id": str(uuid4()), "text": words, **more}


async def test_a_hundred_claims_at_once_have_one_winner(office: Office) -> None:
    ticket_id = await office.with_people("0600")
    people = [await office.person("agent", f"Agent{number}") for number in range(100)]
    answers = await asyncio.gather(
        *(person.ask("POST", f"/tickets/{ticket_id}/claim", {"version": 1}) for person in people)
    )
    winners = [person for person, answer in zip(people, answers, strict=True) if answer.status == 200]
    assert len(winners) == 1
    assert sorted(answer.status for answer in answers) == [200] + [409] * 99
    for answer in answers:
        body = await answer.json()
        if answer.status == 200:
            assert body["assignee"] == {"id": str(winners[0].id), "name": winners[0].name}
        else:
            assert body["code"] == "already_claimed"
            assert body["fields"]["agent"] == winners[0].name


async def test_claim_release_assign_close_reopen(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    ticket_id = await office.with_people("0600")
    path = f"/tickets/{ticket_id}"
    ticket = await salma.post(f"{path}/claim", {"version": 1})
    assert ticket["assignee"]["name"] == "Salma"
    ticket = await salma.post(f"{path}/release", {"version": ticket["version"]})
    assert ticket["assignee"] is None
    team_id = await office.one("SELECT id FROM teams WHERE key = 'technical'")
    body = {"version": ticket["version"], "agent_id": str(salma.id), "team_id": str(team_id)}
    ticket = await nadia.post(f"{path}/assign", body)
    assert (ticket["assignee"]["name"], ticket["team"]["key"]) == ("Salma", "technical")
    await nadia.post(f"{path}/assign", body, expect=409)  # an old version
    await salma.post(f"{path}/assign", body, expect=403)
    ticket = await salma.post(f"{path}/close", {"version": ticket["version"], "reason": "junk"})
    assert ticket["status"] == "closed"
    ticket = await salma.post(f"{path}/reopen", {"version": ticket["version"]})
    assert ticket["status"] == "open"
    await salma.post(f"{path}/close", {"version": 0}, expect=422)
    await salma.post(f"{path}/close", {}, expect=422)


async def test_reading_clears_the_counter(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    await office.writes("0600", "Are you there?")
    assert (await salma.get(f"/tickets/{ticket_id}"))["unread"] == 2
    assert (await salma.post(f"/tickets/{ticket_id}/read"))["unread"] == 0


async def test_a_reply_is_stored_once(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    body = reply("Bonjour")
    answers = await asyncio.gather(
        *(salma.ask("POST", f"/tickets/{ticket_id}/reply", body) for _ in range(10))
    )
    assert {answer.status for answer in answers} == {201}
    assert len({(await answer.json())["messages"][0]["id"] for answer in answers}) == 1
    message = (await answers[0].json())["messages"][0]
    assert message["direction"] == "outbound"
    assert message["state"] == "pending"
    assert (message["author"], message["author_name"]) == ("agent", "Salma")
    assert message["client_id"] == body["client_id"]
    ticket = await salma.get(f"/tickets/{ticket_id}")
    assert ticket["assignee"]["name"] == "Salma", "replying to an unassigned ticket claims it"
    assert await office.one("SELECT count(*) FROM messages WHERE direction = 'outbound'") == 1


async def test_replying_to_the_assistants_ticket_takes_it_over(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.writes("0600", "Bonjour")
    await salma.post(f"/tickets/{ticket_id}/claim", {"version": 1}, expect=409)
    await salma.post(f"/tickets/{ticket_id}/reply", reply("Je suis là"), expect=201)
    ticket = await salma.get(f"/tickets/{ticket_id}")
    assert (ticket["owner"], ticket["assignee"]["name"]) == ("agents", "Salma")


async def test_take_over_without_a_word(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.writes("0600", "Bonjour")
    ticket = await salma.post(f"/tickets/{ticket_id}/take_over")
    assert (ticket["owner"], ticket["assignee"]["name"]) == ("agents", "Salma")


async def test_the_reply_window(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600", account="windowed")
    await salma.post(f"/tickets/{ticket_id}/reply", reply("In time"), expect=201)
    detail = await salma.get(f"/tickets/{ticket_id}")
    assert detail["conversations"][0]["window_expires_at"] is not None
    await office.run("UPDATE conversations SET window_expires_at = now() - interval '1 second'")
    refused = await salma.post(f"/tickets/{ticket_id}/reply", reply("Too late"), expect=409)
    assert refused["code"] == "window_closed"


async def test_notes_stay_inside(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    written = await salma.post(f"/tickets/{ticket_id}/note", reply("She is upset"), expect=201)
    assert written["messages"][0]["direction"] == "note"
    assert written["messages"][0]["state"] is None
    assert await office.one("SELECT count(*) FROM work WHERE kind = 'send'") == 0
    await salma.post(f"/tickets/{ticket_id}/note", reply(""), expect=422)
    await salma.post(f"/tickets/{ticket_id}/note", reply(" "), expect=422)


async def sent(office: Office, person: Person, ticket_id: UUID, state: str) -> str:
    answer = await person.post(f"/tickets/{ticket_id}/reply", reply("Hello"), expect=201)
    message_id: str = answer["messages"][0]["id"]
    await office.run("UPDATE messages SET state = :state WHERE id = :id", state=state, id=UUID(message_id))
    return message_id


async def test_retry_and_cancel(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    for state, retried, cancelled in (
        ("pending", 409, 200),
        ("failed", 200, 409),
        ("unknown", 200, 409),
        ("sent", 409, 409),
    ):
        message_id = await sent(office, salma, ticket_id, state)
        await salma.post(f"/messages/{message_id}/cancel", expect=cancelled)
        if cancelled == 409:
            answer = await salma.post(f"/messages/{message_id}/retry", expect=retried)
            if retried == 200:
                assert answer["message"]["state"] == "pending"
    await salma.post(f"/messages/{uuid4()}/retry", expect=404)


async def test_bodies_are_checked(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    path = f"/tickets/{ticket_id}/reply"
    for body, field in (
        ({"text": "x"}, "client_id"),
        (reply("x") | {"client_id": "no uuid"}, "client_id"),
        (reply("x", internal=True), "internal"),
        (reply("x", attachment_ids=[str(uuid4())] * 11), "attachment_ids"),
        (reply("x" * 70_000), "text"),
    ):
        error = await salma.post(path, body, expect=422)
        assert field in error["fields"]
    await salma.post(path, reply(""), expect=422)
    await salma.post(path, reply("x", attachment_ids=[str(uuid4())]), expect=422)
    await salma.post(path, reply("nul\x00 and \u202e bidi"), expect=201)
    text = await office.one("SELECT content->>'text' FROM messages WHERE direction = 'outbound'")
    assert text == "nul and \u202e bidi"
    assert (await salma.ask("POST", path, data=b'{"client_id": "\\ud83d')).status == 400
