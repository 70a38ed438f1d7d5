"""Changing a ticket: all that is asked for, or nothing; solving asks for what must be known."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.ticketing.web.office import Office, Person

IN_AN_HOUR = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
NAMES = {"ar": "س", "fr": "F", "en": "E"}


async def held(office: Office, salma: Person, address: str = "0600") -> UUID:
    ticket_id = await office.with_people(address)
    await salma.post(f"/tickets/{ticket_id}/claim", {"version": 1})
    return ticket_id


async def patch(person: Person, ticket_id: UUID, expect: int = 200, **change: Any) -> Any:
    version = change.pop("version", None)
    if version is None:
        version = await person.office.one("SELECT version FROM tickets WHERE id = :id", id=ticket_id)
    response = await person.ask("PATCH", f"/tickets/{ticket_id}", {"version": version, **change})
    assert response.status == expect, await response.text()
    return await response.json()


async def changes(person: Person, ticket_id: UUID) -> list[tuple[str, Any]]:
    entries = (await person.get(f"/tickets/{ticket_id}/timeline"))["entries"]
    events = [entry["event"] for entry in entries if entry["type"] == "event"]
    return [(event["type"], event["data"]) for event in events]


async def test_several_changes_are_one_transaction_and_an_event_each(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    before = await changes(salma, ticket_id)
    ticket = await patch(
        salma, ticket_id, category="W2", priority=1, tags=["VIP ", "presse"], status="pending"
    )
    assert (ticket["category"]["code"], ticket["priority"], ticket["tags"]) == ("W2", 1, ["VIP", "presse"])
    assert (ticket["status"], ticket["waiting_since"]) == ("pending", None)
    assert (await changes(salma, ticket_id))[len(before) :] == [
        ("ticket.categorised", {"from": None, "to": "W2", "priority": 2}),
        ("ticket.prioritised", {"from": 2, "to": 1}),
        ("ticket.tagged", {"added": ["VIP", "presse"], "removed": []}),
        ("ticket.status_changed", {"from": "open", "to": "pending", "status_key": None, "until": None}),
    ]


async def test_one_refused_change_leaves_the_others_undone(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    refused = await patch(salma, ticket_id, 422, priority=1, tags=["vip"], fields={"nothing": "x"})
    assert (refused["code"], refused["fields"]) == ("field_unknown", {"fields.nothing": "unknown"})
    ticket = await salma.get(f"/tickets/{ticket_id}")
    assert (ticket["priority"], ticket["tags"], ticket["version"]) == (3, [], 2)
    assert (await salma.get("/tags"))["tags"] == []


async def test_two_who_saw_the_same_ticket_cannot_both_change_it(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await held(office, salma)
    body = {"version": 2, "status": "pending"}
    answers = await asyncio.gather(
        *(one.ask("PATCH", f"/tickets/{ticket_id}", body) for one in (salma, youssef))
    )
    assert sorted(answer.status for answer in answers) == [200, 409]


async def test_solving_asks_for_a_category(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    for body in ({"status": "solved"}, {"status": "closed"}):
        assert (await patch(salma, ticket_id, 422, **body))["code"] == "category_required"
    refused = await salma.post(f"/tickets/{ticket_id}/close", {"version": 2}, expect=422)
    assert (refused["code"], refused["fields"]) == ("category_required", {"category": "required"})
    solved = await salma.post(f"/tickets/{ticket_id}/solve", {"version": 2, "category": "W2"})
    assert (solved["status"], solved["unread"], solved["waiting_since"]) == ("solved", 0, None)
    assert solved["solved_at"] is not None
    closed = await salma.post(f"/tickets/{ticket_id}/close", {"version": solved["version"]})
    assert (closed["status"], closed["solved_at"]) == ("closed", solved["solved_at"])


async def test_junk_needs_no_category_and_teaches_nothing(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    body = {"client_id": str(uuid4()), "text": "Merci de ne plus nous envoyer de publicité, bonne journée."}
    await salma.post(f"/tickets/{ticket_id}/reply", body, expect=201)
    ticket = await patch(salma, ticket_id, status="closed", reason="junk")
    assert (ticket["status"], ticket["close_reason"], ticket["category"]) == ("closed", "junk", None)
    assert await office.one("SELECT count(*) FROM past_answers") == 0
    again = await salma.post(f"/tickets/{ticket_id}/reopen", {"version": ticket["version"]})
    assert (again["status"], again["close_reason"], again["closed_at"]) == ("open", None, None)


async def test_required_fields_must_be_filled_to_solve(office: Office) -> None:
    salma, admin = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    field = {"key": "order", "subject": "ticket", "kind": "text", "names": NAMES, "required_to_solve": True}
    await admin.post("/fields", field | {"pattern": "[A-Z]{2}[0-9]{4}"}, expect=201)
    ticket_id = await held(office, salma)
    refused = await patch(salma, ticket_id, 422, status="solved", category="W2")
    assert (refused["code"], refused["fields"]) == ("field_required", {"fields.order": "required"})
    assert (await salma.get(f"/tickets/{ticket_id}"))["category"] is None, "nothing of it happened"
    wrong = await patch(salma, ticket_id, 422, fields={"order": "AB12345"})
    assert (wrong["code"], wrong["fields"]) == ("field_invalid", {"fields.order": "pattern"})
    solved = await patch(salma, ticket_id, status="solved", category="W2", fields={"order": "AB1234"})
    assert (solved["status"], solved["fields"]) == ("solved", {"order": "AB1234"})


async def test_a_reply_and_the_status_after_it_happen_together(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    body = {"client_id": str(uuid4()), "text": "C'est réparé.", "status_after": "solved"}
    refused = await salma.post(f"/tickets/{ticket_id}/reply", body, expect=422)
    assert refused["code"] == "category_required"
    assert await office.one("SELECT count(*) FROM messages WHERE direction = 'outbound'") == 0
    await patch(salma, ticket_id, category="W2")
    await salma.post(f"/tickets/{ticket_id}/reply", body, expect=201)
    assert (await salma.get(f"/tickets/{ticket_id}"))["status"] == "solved"
    await salma.post(f"/tickets/{ticket_id}/reply", body, expect=201)
    assert await office.one("SELECT count(*) FROM messages WHERE direction = 'outbound'") == 1
    await office.writes("0600", "Merci mais non")
    assert (await salma.get(f"/tickets/{ticket_id}"))["status"] == "open"


SNOOZES = [None, datetime.now(UTC).isoformat(), (datetime.now(UTC) + timedelta(days=400)).isoformat()]


@pytest.mark.parametrize("until", SNOOZES, ids=["never", "now", "too far"])
async def test_a_ticket_is_snoozed_until_a_moment_within_a_year(office: Office, until: str | None) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    refused = await patch(salma, ticket_id, 422, status="snoozed", snoozed_until=until)
    assert refused["code"] == "snooze_invalid"
    snoozed = await patch(salma, ticket_id, status="snoozed", snoozed_until=IN_AN_HOUR)
    assert (snoozed["status"], snoozed["snoozed_until"][:16]) == ("snoozed", IN_AN_HOUR[:16])
    later = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    assert (await patch(salma, ticket_id, snoozed_until=later))["snoozed_until"][:16] == later[:16]
    same = await patch(salma, ticket_id, status_key=None)
    assert (same["status"], same["snoozed_until"][:16]) == ("snoozed", later[:16])
    opened = await patch(salma, ticket_id, status="open")
    assert (opened["status"], opened["snoozed_until"]) == ("open", None)


async def test_own_statuses_stand_for_one_of_the_desks(office: Office) -> None:
    salma, admin = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    own = {"key": "field_team", "status": "on_hold", "names": NAMES, "color": "warning"}
    await admin.post("/ticket_statuses", own, expect=201)
    ticket_id = await held(office, salma)
    ticket = await patch(salma, ticket_id, status_key="field_team")
    assert (ticket["status"], ticket["custom_status"]) == (
        "on_hold",
        {"key": "field_team", "names": NAMES, "color": "warning"},
    )
    assert (await patch(salma, ticket_id, 422, status="pending", status_key="field_team"))[
        "code"
    ] == "status_unknown"
    assert (await patch(salma, ticket_id, 422, status_key="none_such"))["code"] == "status_unknown"
    gone = await admin.ask("DELETE", "/ticket_statuses/field_team")
    assert await gone.json() == {"archived": True}
    other = await held(office, salma, "0601")
    assert (await patch(salma, other, 422, status_key="field_team"))["code"] == "status_unknown"
    await office.writes("0600", "Du nouveau ?")
    assert (await salma.get(f"/tickets/{ticket_id}"))["custom_status"] is None


async def test_an_assistants_ticket_can_be_closed_and_nothing_else(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.writes("0600", "Bonjour")
    for status in ("pending", "on_hold", "solved"):
        assert (await patch(salma, ticket_id, 409, status=status))["code"] == "with_assistant"
    closed = await patch(salma, ticket_id, status="closed")
    assert (closed["status"], closed["owner"], closed["number"]) == ("closed", "assistant", None)


async def test_closing_needs_its_permission_whichever_way(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    await office.run(
        "UPDATE roles SET permissions = array_remove(permissions, 'ticket:close') WHERE key = 'agent'"
    )
    await patch(salma, ticket_id, 403, status="solved", category="W2")
    await patch(salma, ticket_id, 403, status="closed", reason="junk")
    body = {"client_id": str(uuid4()), "text": "Voilà.", "status_after": "solved"}
    await salma.post(f"/tickets/{ticket_id}/reply", body, expect=403)
    await patch(salma, ticket_id, status="pending")


async def test_a_done_ticket_whose_conversation_went_on_stays_done(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    await patch(salma, ticket_id, status="closed", reason="junk")
    await office.run("UPDATE tickets SET closed_at = now() - interval '8 days'")
    newer = await office.writes("0600", "Autre chose")
    assert (await patch(salma, ticket_id, 409, status="open"))["code"] == "conversation_moved"
    row = await salma.get(f"/tickets/{newer}")
    assert row["follows"] == {
        "id": str(ticket_id),
        "number": (await salma.get(f"/tickets/{ticket_id}"))["number"],
    }


async def test_a_field_that_only_some_roles_see_is_nowhere_for_the_others(office: Office) -> None:
    salma, admin = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    field = {"key": "secret", "subject": "ticket", "kind": "text", "names": NAMES, "roles": ["administrator"]}
    await admin.post("/fields", field, expect=201)
    ticket_id = await held(office, salma)
    assert (await patch(salma, ticket_id, 422, fields={"secret": "x"}))["code"] == "field_unknown"
    await patch(admin, ticket_id, fields={"secret": "hidden words"})
    seen = await salma.get(f"/tickets/{ticket_id}")
    assert (seen["fields"], seen["private_fields"]) == ({}, {})
    assert (await admin.get(f"/tickets/{ticket_id}"))["private_fields"] == {"secret": "hidden words"}
    assert (await salma.get("/fields"))["fields"] == []
    assert "hidden words" not in str(await changes(salma, ticket_id))


async def test_what_is_kept_of_a_contact(office: Office) -> None:
    salma, admin = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    await admin.post(
        "/fields", {"key": "housing", "subject": "contact", "kind": "text", "names": NAMES}, expect=201
    )
    ticket_id = await held(office, salma)
    contact_id = (await salma.get(f"/tickets/{ticket_id}"))["contact"]["id"]
    body = {"fields": {"housing": "Villa"}, "tags": ["VIP"]}
    response = await salma.ask("PATCH", f"/contacts/{contact_id}", body)
    kept = await response.json()
    assert kept == {"id": contact_id, "name": None, "language": None} | body
    contact = (await salma.get(f"/tickets/{ticket_id}"))["contact"]
    assert (contact["fields"], contact["tags"]) == ({"housing": "Villa"}, ["VIP"])
    assert (await salma.ask("PATCH", f"/contacts/{uuid4()}", body)).status == 404


async def test_a_ticket_is_answered_on_another_channel_of_its_contact(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    other = await office.writes("212600", "Par WhatsApp", account="windowed")
    await office.run(
        "UPDATE identities SET contact_id = (SELECT contact_id FROM tickets WHERE id = :id)", id=ticket_id
    )
    path, identities = (
        f"/tickets/{ticket_id}/conversations",
        (await salma.get(f"/tickets/{ticket_id}"))["contact"],
    )
    whatsapp = next(one for one in identities["identities"] if one["channel"] == "whatsapp")
    elsewhere = await salma.post(path, {"identity_id": whatsapp["id"]}, expect=409)
    assert elsewhere["code"] == "conversation_elsewhere"
    await patch(salma, other, status="closed")
    joined = await salma.post(path, {"identity_id": whatsapp["id"]}, expect=201)
    assert joined["created"] is False
    body = {"client_id": str(uuid4()), "text": "Ici aussi", "conversation_id": joined["conversation_id"]}
    (sent,) = (await salma.post(f"/tickets/{ticket_id}/reply", body, expect=201))["messages"]
    assert (sent["channel"], sent["ticket_id"]) == ("whatsapp", str(ticket_id))
    channels = (await salma.get(f"/tickets/{ticket_id}"))["channels"]
    assert sorted(channels) == ["loopback", "whatsapp"]


async def test_a_channel_that_cannot_begin_says_why(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await held(office, salma)
    path = f"/tickets/{ticket_id}/conversations"
    refused = await salma.post(path, {"account": "windowed", "address": "212655"}, expect=422)
    assert refused["code"] == "template_needed"
    assert (await salma.post(path, {"account": "chat", "address": "0666"}, expect=422))[
        "code"
    ] == "cannot_begin"
    assert (await salma.post(path, {"account": "none", "address": "0666"}, expect=422))[
        "code"
    ] == "account_unknown"
    await office.writes("0777", "Moi")
    assert (await salma.post(path, {"account": "chat", "address": "0777"}, expect=409))[
        "code"
    ] == "address_taken"
