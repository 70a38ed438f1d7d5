"""Presence, queues, skills and the supervisor through HTTP and the socket."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from aiohttp import ClientWebSocketResponse
from sqlalchemy import event

from tests.ticketing.web.office import Office, Person
from ticketing.calendar import Calendar
from ticketing.routing.router import Router
from ticketing.web.hub import Hub, Ring
from ticketing.web.keepers import OverviewKeeper

NAMES = {"ar": "الشكايات", "fr": "Réclamations", "en": "Complaints"}


async def frame_of(socket: ClientWebSocketResponse, kind: str, **presence: Any) -> Any:
    """The next frame of this kind whose presence says so."""
    while True:
        frame = await socket.receive_json(timeout=20)
        if frame["type"] != kind:
            continue
        if all(frame["presence"].get(key) == value for key, value in presence.items()):
            return frame


async def at_the_desk(office: Office, role: str, name: str) -> tuple[Person, ClientWebSocketResponse]:
    """Signed in, with a socket that is known to be there."""
    person = await office.person(role, name)
    socket = await person.connect()
    async with asyncio.timeout(20):
        while (await person.get("/presence"))["presence"]["state"] != "online":
            await asyncio.sleep(0)
    return person, socket


async def team_id(office: Office, key: str = "customers") -> str:
    return str(await office.one("SELECT id FROM teams WHERE key = :key", key=key))


async def waiting(office: Office, address: str = "0600") -> UUID:
    ticket_id = await office.with_people(address)
    await office.run(
        "UPDATE tickets SET team_id = (SELECT id FROM teams WHERE is_default) WHERE id = :id", id=ticket_id
    )
    return ticket_id


async def test_a_socket_says_that_its_agent_is_there(office: Office) -> None:
    nadia, watching = await at_the_desk(office, "supervisor", "Nadia")
    salma, socket = await at_the_desk(office, "agent", "Salma")
    await frame_of(watching, "presence", agent_id=str(salma.id), state="online")

    body = {"state": "away", "reason": "lunch"}
    answer = await (await salma.ask("PATCH", "/presence", body)).json()
    assert answer["presence"]["state"] == "away"
    assert answer["wanted"] == {"state": "away", "reason": "lunch"}
    told = await frame_of(watching, "presence", agent_id=str(salma.id), state="away")
    assert told["presence"]["reason"] == "lunch"

    listed = (await nadia.get("/agents/presence"))["agents"]
    assert {one["name"]: one["state"] for one in listed} == {"Nadia": "online", "Salma": "away"}
    await socket.close()
    await watching.close()


async def test_signing_out_is_leaving(office: Office) -> None:
    _, watching = await at_the_desk(office, "supervisor", "Nadia")
    salma, socket = await at_the_desk(office, "agent", "Salma")
    await salma.ask("DELETE", "/session")
    while not socket.closed:
        await socket.receive(timeout=20)
    router = Router(office.desk, Calendar())
    async with asyncio.timeout(20):
        while await office.one("SELECT state FROM agent_presence WHERE agent_id = :id", id=salma.id) != (
            "offline"
        ):
            await router.once()
            await asyncio.sleep(0)
    await frame_of(watching, "presence", agent_id=str(salma.id), state="offline")
    await watching.close()


async def test_only_supervisors_say_where_others_are(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    nadia = await office.person("supervisor", "Nadia")
    path = f"/agents/{youssef.id}/presence"
    assert (await salma.ask("PATCH", path, {"state": "away"})).status == 403
    assert (await nadia.ask("PATCH", path, {"state": "away"})).status == 200
    assert (await youssef.get("/presence"))["wanted"] == {"state": "away", "reason": None}
    assert (await nadia.ask("PATCH", f"/agents/{uuid4()}/presence", {"state": "away"})).status == 404
    assert (await salma.ask("PATCH", "/presence", {"state": "asleep"})).status == 422


async def test_a_queue_from_making_to_deleting(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    salma = await office.person("agent", "Salma")
    assert (await salma.ask("POST", "/teams", {"key": "complaints", "names": NAMES})).status == 403
    made = await admin.post("/teams", {"key": "complaints", "names": NAMES}, expect=201)
    assert made["routing"] == "manual"
    assert (await admin.ask("POST", "/teams", {"key": "complaints", "names": NAMES})).status == 409

    change = {
        "routing": "longest_idle",
        "needs": ["language"],
        "relaxation": [{"after": 300, "drop": "level"}, {"after": 600, "drop": "language"}],
        "overflow_team_id": await team_id(office),
        "overflow_after": 900,
        "offer_for": None,
        "channels": ["whatsapp"],
        "members": [str(salma.id)],
    }
    path = f"/teams/{made['id']}"
    changed = await (await admin.ask("PATCH", path, change)).json()
    assert {key: changed[key] for key in change} == change
    listed = await admin.get("/queues")
    assert [one["key"] for one in listed["queues"]] == ["customers", "complaints", "technical"]
    assert (await admin.ask("PATCH", path, {"overflow_team_id": made["id"]})).status == 422
    assert (await admin.ask("PATCH", path, {"capacity": None})).status == 422
    backwards = [{"after": 600, "drop": "level"}, {"after": 300, "drop": "language"}]
    assert (await admin.ask("PATCH", path, {"relaxation": backwards})).status == 422

    other = f"/teams/{await team_id(office, 'technical')}"
    await admin.ask("PATCH", other, {"overflow_team_id": made["id"]})
    assert (await admin.ask("DELETE", path)).status == 409  # another queue leads to it
    await admin.ask("PATCH", other, {"overflow_team_id": None})
    ticket_id = await waiting(office)
    await office.run("UPDATE tickets SET team_id = :team WHERE id = :id", team=made["id"], id=ticket_id)
    assert (await admin.ask("DELETE", path)).status == 409  # what is open there needs a team
    await office.run("UPDATE tickets SET status = 'closed', closed_at = now()")
    assert await (await admin.ask("DELETE", path)).json() == {"archived": True}
    assert [one["key"] for one in (await admin.get("/queues"))["queues"]] == ["customers", "technical"]
    assert [one["key"] for one in (await admin.get("/teams"))["teams"]] == ["customers", "technical"]
    assert (await admin.ask("DELETE", f"/teams/{await team_id(office)}")).status == 409  # the default


async def test_skills_reasons_and_what_an_agent_is_good_for(office: Office) -> None:
    admin, salma = await office.person("administrator", "Admin"), await office.person("agent", "Salma")
    skill = {"key": "language:tz", "kind": "language", "names": NAMES, "matches": ["tzm"]}
    await admin.post("/skills", skill, expect=201)
    assert (await admin.ask("POST", "/skills", skill)).status == 409
    body = {"skills": {"language:tz": 3, "language:fr": 1}, "capacity": 50, "teams": [await team_id(office)]}
    member = await (await admin.ask("PATCH", f"/agents/{salma.id}/routing", body)).json()
    assert (member["skills"], member["capacity"]) == (body["skills"], 50)
    assert member["teams"] == body["teams"]
    unknown = {"skills": {"language:xx": 1}}
    assert (await admin.ask("PATCH", f"/agents/{salma.id}/routing", unknown)).status == 422
    assert (await admin.ask("DELETE", "/skills/language:tz")).status == 204
    assert (await admin.ask("DELETE", "/skills/language:tz")).status == 404
    agents = {one["name"]: one for one in (await admin.get("/queues"))["agents"]}
    assert agents["Salma"]["skills"] == {"language:fr": 1}

    reason = {"key": "doctor", "names": NAMES, "state": "away"}
    await admin.post("/break_reasons", reason, expect=201)
    assert (await admin.ask("POST", "/break_reasons", reason)).status == 409
    assert (await admin.ask("PATCH", "/break_reasons/doctor", {"state": "busy"})).status == 200
    assert (await admin.ask("DELETE", "/break_reasons/doctor")).status == 204
    await admin.post("/break_reasons", reason, expect=201)
    assert "doctor" in [one["key"] for one in (await salma.get("/presence"))["break_reasons"]]
    settings = {"channel_weights": {"phone": 100, "email": 5}, "default_weight": 20, "idle_after": 300}
    assert await (await admin.ask("PATCH", "/routing", settings)).json() == settings
    assert (await salma.get("/presence"))["idle_after"] == 300


async def test_a_pushed_ticket_is_offered_and_declined(office: Office) -> None:
    salma, socket = await at_the_desk(office, "agent", "Salma")
    await office.run("UPDATE teams SET routing = 'round_robin' WHERE key = 'customers'")
    await office.run(
        "INSERT INTO team_members SELECT id, :agent FROM teams WHERE key = 'customers'", agent=salma.id
    )
    ticket_id = await waiting(office)
    router = Router(office.desk, Calendar())
    await router.drain()
    (offer,) = (await salma.get("/presence"))["offers"]
    assert offer["ticket_id"] == str(ticket_id)
    assert (await salma.ask("POST", f"/tickets/{ticket_id}/decline", {})).status == 204
    assert (await salma.ask("POST", f"/tickets/{ticket_id}/decline", {})).status == 409
    assert (await salma.get("/presence"))["offers"] == []
    events = [
        entry["event"]["type"]
        for entry in (await salma.get(f"/tickets/{ticket_id}/timeline"))["entries"]
        if entry["type"] == "event"
    ]
    assert events[-2:] == ["ticket.assigned", "ticket.bounced"]
    await socket.close()


async def test_the_overview_and_what_is_behind_its_numbers(office: Office) -> None:
    nadia, socket = await at_the_desk(office, "supervisor", "Nadia")
    salma, hers = await at_the_desk(office, "agent", "Salma")
    await office.run("INSERT INTO team_members SELECT id, :agent FROM teams", agent=salma.id)
    unheld, held = await waiting(office, "0601"), await waiting(office, "0602")
    await office.run(
        "UPDATE tickets SET assignee_id = :agent, status = 'open' WHERE id = :id", agent=salma.id, id=held
    )
    assistant = await office.writes("0603", "salam")

    found = await nadia.get("/supervisor/overview")
    (care,) = [one for one in found["queues"] if one["team"]["key"] == "customers"]
    told = {
        key: care[key] for key in ("unassigned", "open", "waiting", "online", "capacity_used", "capacity")
    }
    assert told == {
        "unassigned": 1,
        "open": 2,
        "waiting": 2,
        "online": 1,
        "capacity_used": 25,
        "capacity": 100,
    }
    (agent,) = [one for one in found["agents"] if one["name"] == "Salma"]
    assert (agent["state"], agent["load"], agent["open"], agent["waiting"]) == ("online", 25, 1, 1)
    assert found["assistant"] == {"conversations": 1, "handed_over_today": 2}
    assert (await salma.ask("GET", "/supervisor/overview")).status == 403

    async def behind(query: str) -> list[str]:
        return [one["id"] for one in (await nadia.get(f"/supervisor/tickets?{query}"))["tickets"]]

    assert await behind(f"which=unassigned&team={care['team']['id']}") == [str(unheld)]
    assert await behind(f"which=open&agent={salma.id}") == [str(held)]
    assert await behind("which=assistant") == [str(assistant)]
    assert await behind("which=at_risk") == []
    assert len(await behind("which=handed_over")) == 2

    # Who looks is told what changes, and only what changes.
    await office.writes("0604", "salam")
    frame = await socket.receive_json(timeout=20)
    while frame["type"] != "overview" or frame["overview"]["assistant"]["conversations"] != 2:
        frame = await socket.receive_json(timeout=20)
    await socket.close()
    await hers.close()


async def test_many_tickets_to_somebody_else(office: Office) -> None:
    nadia, salma = await office.person("supervisor", "Nadia"), await office.person("agent", "Salma")
    tickets = [await waiting(office, f"06{number}") for number in range(3)]
    assistant = await office.writes("0699", "salam")
    seen = [{"id": str(one), "version": 1} for one in (*tickets, assistant)]
    seen[1]["version"] = 7
    body = {"tickets": seen, "agent_id": str(salma.id)}
    assert (await salma.ask("POST", "/supervisor/reassign", body)).status == 403
    answer = await nadia.post("/supervisor/reassign", body)
    assert answer["done"] == [str(tickets[0]), str(tickets[2])]
    assert {one["id"]: one["code"] for one in answer["refused"]} == {
        str(tickets[1]): "changed_meanwhile",
        str(assistant): "with_assistant",
    }
    assert len((await nadia.get(f"/supervisor/tickets?which=open&agent={salma.id}"))["tickets"]) == 2


async def test_many_watchers_cost_one_look(office: Office) -> None:
    """However many supervisors ask within a second, the database is read once."""
    keeper = OverviewKeeper(office.desk, Hub(Ring(10, 1000)), ZoneInfo("Africa/Casablanca"))
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(office.desk.engine.sync_engine, "before_cursor_execute", note)
    answers = await asyncio.gather(*(keeper.read(restricted=True) for _ in range(50)))
    event.remove(office.desk.engine.sync_engine, "before_cursor_execute", note)
    assert all(answer is answers[0] for answer in answers)
    assert (
        len([statement for statement in seen if "FROM teams q" in statement and "at_risk" in statement]) == 1
    )


async def test_restricted_tickets_count_for_who_may_see_them(office: Office) -> None:
    ticket_id = await waiting(office)
    await office.run("UPDATE tickets SET category = 'X1' WHERE id = :id", id=ticket_id)
    await office.run(
        "UPDATE roles SET permissions = array_remove(permissions, 'ticket:restricted')"
        " WHERE key = 'supervisor'"
    )
    nadia, admin = await office.person("supervisor", "Nadia"), await office.person("administrator", "Admin")
    for person, unassigned in ((nadia, 0), (admin, 1)):
        queues = (await person.get("/supervisor/overview"))["queues"]
        assert sum(one["unassigned"] for one in queues) == unassigned
        behind = (await person.get("/supervisor/tickets?which=unassigned"))["tickets"]
        assert len(behind) == unassigned
    body = {"tickets": [{"id": str(ticket_id), "version": 1}], "agent_id": str(admin.id)}
    answer = await nadia.post("/supervisor/reassign", body)
    assert answer["refused"] == [{"id": str(ticket_id), "code": "ticket_unknown"}]
