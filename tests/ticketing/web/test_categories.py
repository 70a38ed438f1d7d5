"""Categories at the desk: shown, filtered, changed; restricted tickets are not there for others."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from tests.ticketing.web.office import Office, Person


async def categorised(office: Office, address: str, code: str, **more: Any) -> UUID:
    ticket_id = await office.with_people(address, **more)
    await office.run("UPDATE tickets SET category = :code WHERE id = :id", code=code, id=ticket_id)
    return ticket_id


async def patch(person: Person, ticket_id: UUID, body: dict[str, Any], expect: int = 200) -> Any:
    response = await person.ask("PATCH", f"/tickets/{ticket_id}", body)
    assert response.status == expect, await response.text()
    return await response.json()


async def test_the_list_of_categories(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    listed = (await salma.get("/categories"))["categories"]
    leak = next(one for one in listed if one["code"] == "W2")
    assert leak["names"]["fr"] == "Fuite sur la voie publique"
    assert leak["team"]["key"] == "technical"
    assert (leak["priority"], leak["restricted"], leak["legal_days"]) == (2, False, None)
    assert leak["targets"] == {
        "first_answer": {"amount": "PT1H", "clock": "open_hours"},
        "action": {"amount": "P1D", "clock": "open_hours"},
        "resolve": {"amount": "P2D", "clock": "open_hours"},
    }
    everything = (await nadia.get("/categories"))["categories"]
    assert {one["code"] for one in everything} - {one["code"] for one in listed} == {"X1"}


async def test_an_agent_says_what_a_ticket_is_about(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    seen = await salma.get(f"/tickets/{ticket_id}")
    assert (seen["category"], seen["promise"]) == (None, None)
    changed = await patch(salma, ticket_id, {"version": seen["version"], "category": "B1"})
    assert (changed["category"]["code"], changed["priority"]) == ("B1", 3)
    assert changed["version"] == seen["version"] + 1
    assert (await salma.get(f"/tickets/{ticket_id}"))["promise"]["legal_by"] is not None
    stale = await patch(salma, ticket_id, {"version": seen["version"], "category": "B2"}, expect=409)
    assert stale["code"] == "changed_meanwhile"
    unknown = await patch(salma, ticket_id, {"version": changed["version"], "category": "Q7"}, expect=422)
    assert unknown["code"] == "category_unknown"
    same = await patch(salma, ticket_id, {"version": changed["version"]})
    assert (same["category"]["code"], same["version"]) == ("B1", changed["version"]), "nothing was asked for"
    cleared = await patch(salma, ticket_id, {"version": changed["version"], "category": None})
    assert cleared["category"] is None
    entries = (await salma.get(f"/tickets/{ticket_id}/timeline"))["entries"]
    events = [entry["event"] for entry in entries if entry["type"] == "event"]
    assert [event["data"] for event in events if event["type"] == "ticket.categorised"] == [
        {"from": None, "to": "B1", "priority": 3},
        {"from": "B1", "to": None, "priority": 3},
    ]


async def test_a_list_by_category(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    leak = await categorised(office, "0601", "W2")
    await categorised(office, "0602", "B1")
    listed = (await salma.get("/tickets?view=all&category=W2"))["tickets"]
    assert [one["id"] for one in listed] == [str(leak)]
    assert listed[0]["category"] == {
        "code": "W2",
        "names": {
            "ar": "تسرب ماء في الشبكة العمومية",
            "fr": "Fuite sur la voie publique",
            "en": "Leak on the public side",
        },
        "restricted": False,
    }


async def test_the_handover_as_agents_read_it(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await categorised(office, "0601", "W2")
    handover = (
        '{"reason": "needs_person", "summary": "fuite", "summary_ar": "تسرب", "summary_fr": "Fuite",'
        ' "intent": "leak", "language": "fr", "at": "2026-11-23T10:00:00+00:00", "category": "W2",'
        ' "priority": 2, "team": "technical", "slots": {"contract": "20417731", "memory":'
        ' {"request": {"facts": {"place": "zemamra", "amount": "11586", "unheard_of": "x", "scope": {"value":'
        ' "only_me", "label_ar": "من", "label_fr": "Étendue", "ar": "عندي", "fr": "Chez moi"}}}}}}'
    )
    await office.run(
        "UPDATE tickets SET handover = CAST(:handover AS jsonb),"
        " team_id = (SELECT id FROM teams WHERE key = 'technical') WHERE id = :id",
        handover=handover,
        id=ticket_id,
    )
    detail = await salma.get(f"/tickets/{ticket_id}")
    shown = detail["handover"]
    assert (shown["reason"], shown["summary"], shown["intent"]) == ("needs_person", "fuite", "leak")
    assert (shown["summary_ar"], shown["summary_fr"], shown["priority"]) == ("تسرب", "Fuite", 2)
    assert shown["category"]["code"] == "W2"
    assert shown["team"]["names"]["fr"] == "Technique"
    assert [(fact["name"], fact["labels"]["fr"], fact["values"]["ar"]) for fact in shown["facts"]] == [
        ("place", "Lieu", "الزمامرة"),
        ("scope", "Étendue", "عندي"),
        ("amount", "Montant", "115,86 درهم"),
        ("contract", "Contrat", "20417731"),
    ]
    assert detail["queue"] == {"position": 1, "team": detail["team"], "people_there": 0}
    await salma.post(f"/tickets/{ticket_id}/claim", {"version": detail["version"]})
    assert (await salma.get(f"/tickets/{ticket_id}"))["queue"] is None


READS = ("/tickets/{id}", "/tickets/{id}/timeline")
POSTS = (
    ("/tickets/{id}/claim", {"version": 1}),
    ("/tickets/{id}/take_over", {}),
    ("/tickets/{id}/release", {"version": 1}),
    ("/tickets/{id}/close", {"version": 1}),
    ("/tickets/{id}/reopen", {"version": 1}),
    ("/tickets/{id}/read", {}),
    ("/tickets/{id}/reply", {"client_id": "00000000-0000-4000-8000-000000000001", "text": "Bonjour"}),
    ("/tickets/{id}/note", {"client_id": "00000000-0000-4000-8000-000000000002", "text": "Vu"}),
)


async def test_a_restricted_ticket_is_not_there_for_agents(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    ticket_id = await categorised(office, "0601", "X1", words="un agent a demandé de l'argent", name="Fatima")
    number = await office.one("SELECT number FROM tickets")
    message_id = await office.one("SELECT id FROM messages LIMIT 1")
    for path in READS:
        await salma.get(path.format(id=ticket_id), expect=404)
        await nadia.get(path.format(id=ticket_id))
    for path, body in POSTS:
        refused = await salma.post(path.format(id=ticket_id), body, expect=404)
        assert refused["code"] == "ticket_unknown"
    await patch(salma, ticket_id, {"version": 1, "category": None}, expect=404)
    for action in ("retry", "cancel"):
        refused = await salma.post(f"/messages/{message_id}/{action}", expect=404)
        assert refused["code"] == "message_unknown"
    for query in (
        "view=all",
        "view=unassigned",
        f"view=all&q={number}",
        "view=all&q=Fatima",
        "view=all&category=X1",
    ):
        assert (await salma.get(f"/tickets?{query}"))["tickets"] == [], query
        assert len((await nadia.get(f"/tickets?{query}"))["tickets"]) == 1, query
    assert (await salma.get("/views"))["counts"]["all"] == 0
    counts = (await nadia.get("/views"))["counts"]
    assert (counts["mine"], counts["unassigned"], counts["all"]) == (0, 1, 1)


async def test_nor_do_files_and_other_tickets_of_the_same_customer_tell_of_it(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    hidden = await categorised(office, "0601", "X1")
    await office.run(
        "INSERT INTO attachments (id, message_id, kind, content_type, state) SELECT uuidv7(), id, 'image',"
        " 'image/png', 'pending' FROM messages"
    )
    attachment_id = await office.one("SELECT id FROM attachments")
    refused = await salma.get(f"/attachments/{attachment_id}", expect=404)
    assert refused["code"] == "attachment_unknown"
    await office.run("UPDATE tickets SET status = 'closed', closed_at = now() - interval '30 days'")
    other = await office.writes("0601", "Bonjour")
    assert (await salma.get(f"/tickets/{other}"))["contact"]["tickets"] == []
    (named,) = (await nadia.get(f"/tickets/{other}"))["contact"]["tickets"]
    assert named["id"] == str(hidden)


async def next_event(socket: Any, kind: str) -> Any:
    while True:
        frame = await socket.receive_json(timeout=10)
        if frame["type"] == "event" and frame["event"]["type"] == kind:
            return frame


@pytest.mark.parametrize("first", ["X1", "W2"])
async def test_live_updates_of_a_restricted_ticket_reach_only_those_who_may(
    office: Office, first: str
) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    ticket_id = await categorised(office, "0601", first)
    hers, his = await salma.connect(), await nadia.connect()
    for socket in (hers, his):
        assert (await socket.receive_json(timeout=10))["type"] == "hello"
    await nadia.post(f"/tickets/{ticket_id}/claim", {"version": 1})
    assert (await next_event(his, "ticket.claimed"))["ticket"]["category"]["code"] == first
    other = await office.writes("0602", "Bonjour")
    seen = []
    while True:
        frame = await hers.receive_json(timeout=10)
        if frame["type"] == "event":
            seen.append(frame["event"]["ticket_id"])
            if frame["event"]["ticket_id"] == str(other):
                break
    assert (str(ticket_id) in seen) == (first == "W2")
    await hers.close()
    await his.close()


async def test_a_ticket_that_becomes_restricted_goes_from_open_screens(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    ticket_id = await office.with_people("0601")
    hers, his = await salma.connect(), await nadia.connect()
    for socket in (hers, his):
        assert (await socket.receive_json(timeout=10))["type"] == "hello"
    version = (await salma.get(f"/tickets/{ticket_id}"))["version"]
    await patch(salma, ticket_id, {"version": version, "category": "X1"})
    assert (await next_event(his, "ticket.categorised"))["ticket"]["category"]["code"] == "X1"
    gone = await next_event(hers, "ticket.hidden")
    assert (gone["ticket"], gone["event"]["data"]) == (None, {})
    assert gone["event"]["ticket_id"] == str(ticket_id)
    again = await salma.connect(gone["cursor"].split(":")[0] + ":0")
    assert (await again.receive_json(timeout=10))["type"] == "hello"
    assert (await next_event(again, "ticket.hidden"))["event"]["ticket_id"] == str(ticket_id)
    for socket in (hers, his, again):
        await socket.close()


async def test_a_restricted_ticket_is_not_given_to_whom_may_not_see_it(office: Office) -> None:
    nadia = await office.person("supervisor", "Nadia")
    salma = await office.hire("agent", "Salma")
    ticket_id = await categorised(office, "0601", "X1")
    body = {"version": 1, "agent_id": str(salma)}
    refused = await nadia.post(f"/tickets/{ticket_id}/assign", body, expect=422)
    assert refused["code"] == "agent_unsuitable"
    await nadia.post(f"/tickets/{ticket_id}/assign", {"version": 1, "agent_id": str(nadia.id)})
