"""Policies, targets, leads and notifications by their addresses."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import WSMsgType

from tests.ticketing.web.office import Office, Person
from ticketing.notifications import notify

STEP = {"key": "half", "percent": 50, "notify": ["assignee"]}


async def ask(person: Person, method: str, path: str, body: Any = None, expect: int = 200) -> Any:
    response = await person.ask(method, path, body)
    assert response.status == expect, await response.text()
    return None if response.status == 204 else await response.json()


@pytest.fixture
async def boss(office: Office) -> Person:
    return await office.person("administrator", "Amina")


async def test_a_policy_is_written_ordered_changed_and_removed(boss: Person) -> None:
    body = {
        "name": "Presse et élus",
        "conditions": {"contact_tags": ["vip"], "priorities": [1, 2]},
        "targets": {"first_response": {"amount": "PT10M", "clock": "always"}},
        "steps": [STEP, {"key": "late", "percent": 100, "after": "PT30M", "notify": ["supervisors"]}],
    }
    made = await ask(boss, "POST", "/sla/policies", body, expect=201)
    assert made["targets"]["first_response"] == {"amount": "PT10M", "clock": "always"}
    policies = (await boss.get("/sla/policies"))["policies"]
    assert [one["name"] for one in policies] == ["Sans catégorie", "Standard", "Presse et élus"]
    order = [made["id"], *(one["id"] for one in policies[:-1])]
    ordered = await ask(boss, "POST", "/sla/policies/order", {"ids": order})
    assert ordered["policies"][0]["id"] == made["id"]
    await ask(boss, "POST", "/sla/policies/order", {"ids": order[1:]}, expect=422)
    path = f"/sla/policies/{made['id']}"
    changed = await ask(boss, "PATCH", path, {"version": made["version"], "is_active": False})
    assert (changed["is_active"], changed["steps"]) == (False, made["steps"])
    await ask(boss, "PATCH", path, {"version": made["version"], "name": "B"}, expect=409)
    await ask(boss, "DELETE", path, expect=204)
    await ask(boss, "DELETE", path, expect=404)


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": [STEP, STEP]},
        {"steps": [{"key": "a", "percent": 50}]},
        {"steps": [{"key": "a", "percent": 50, "after": "PT5M", "notify": ["lead"]}]},
        {"steps": [{"key": "a", "percent": 50, "team": "nobody"}]},
        {"targets": {"resolution": {"amount": "PT36H", "clock": "working_days"}}},
        {"targets": {"legal": {"amount": "PT36H", "clock": "always"}}},
        {"conditions": {"without_category": True, "categories": ["W2"]}},
        {"name": ""},
    ],
)
async def test_a_policy_that_cannot_be_is_refused(boss: Person, wrong: dict[str, Any]) -> None:
    await ask(boss, "POST", "/sla/policies", {"name": "A"} | wrong, expect=422)


async def test_a_categorys_targets_and_where_a_province_differs(boss: Person) -> None:
    targets = await boss.get("/sla/targets")
    leak = next(one for one in targets["targets"] if one["code"] == "W2")
    assert leak["first_response"] == {"amount": "PT1H", "clock": "open_hours"}
    change = {"first_response": {"amount": "PT45M", "clock": "always"}, "resolution": None, "legal_days": 30}
    changed = await ask(boss, "PATCH", "/sla/targets/W2", change)
    assert changed["first_response"] == {"amount": "PT45M", "clock": "always"}
    assert (changed["resolution"], changed["legal_days"]) == (None, 30)
    assert changed["action"] == leak["action"]
    province = targets["provinces"][0]
    path = f"/sla/targets/W2/provinces/{province}"
    differing = await ask(boss, "PUT", path, {"first_response": "PT2H"})
    assert differing["provinces"] == [
        {"province": province, "first_response": "PT2H", "resolution": None, "action": None}
    ]
    await ask(boss, "PUT", path, {"resolution": "PT2H"}, expect=422)
    assert (await ask(boss, "PUT", path, {}))["provinces"] == []
    await ask(boss, "PUT", "/sla/targets/W2/provinces/Atlantis", {}, expect=404)


async def test_the_preview_tells_policy_due_times_and_steps(boss: Person) -> None:
    asked = {"category": "E1", "priority": 1, "at": "2026-12-01T10:00:00Z"}
    found = await ask(boss, "POST", "/sla/policies/preview", asked)
    assert found["policy"]["name"] == "Standard"
    first = next(one for one in found["clocks"] if one["kind"] == "first_response")
    assert (first["target"], first["source"]) == ("PT1M", "category")
    assert first["due_at"] == "2026-12-01T10:01:00.000Z"
    assert first["steps"][0]["at"] == "2026-12-01T10:00:30.000Z"
    nobody = await ask(boss, "POST", "/sla/policies/preview", {"priority": 3})
    assert nobody["policy"]["name"] == "Sans catégorie"


async def test_leads_are_of_their_team(office: Office, boss: Person) -> None:
    salma = await office.hire("agent", "Salma", "technical")
    stranger = await office.hire("agent", "Youssef")
    teams = (await ask(boss, "PUT", "/sla/leads/technical", {"agent_ids": [str(salma)]}))["teams"]
    technical = next(one for one in teams if one["team"]["key"] == "technical")
    assert technical["members"] == [{"id": str(salma), "name": "Salma", "is_lead": True}]
    await ask(boss, "PUT", "/sla/leads/technical", {"agent_ids": [str(stranger)]}, expect=422)
    await ask(boss, "PUT", "/sla/leads/nowhere", {"agent_ids": []}, expect=404)


async def test_rows_and_details_tell_the_clocks(office: Office, boss: Person) -> None:
    ticket_id = await office.with_people("a")
    row = await boss.get(f"/tickets/{ticket_id}")
    await ask(boss, "POST", f"/tickets/{ticket_id}/claim", {"version": row["version"]})
    detail = await boss.get(f"/tickets/{ticket_id}")
    assert detail["sla"]["kind"] == "first_response"
    assert detail["sla"]["state"] == "running"
    assert [clock["kind"] for clock in detail["clocks"]] == ["first_response", "resolution"]
    assert detail["clocks"][0]["policy"]["name"] == "Sans catégorie"
    assert detail["clocks"][0]["total_seconds"] == 1800


async def test_the_bell_rings_for_one_agent_until_it_is_read(office: Office, boss: Person) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("a", name="Fatima")
    async with await salma.connect() as socket, await boss.connect() as other:
        assert (await socket.receive_json())["type"] == "hello"
        assert (await other.receive_json())["type"] == "hello"
        async with office.desk.transaction() as transaction:
            await notify(transaction, [salma.id, salma.id], "sla.warned", ticket_id, {"kind": "legal"})
        assert await _unread(socket) == 1
        listed = await salma.get("/notifications")
        assert listed["unread"] == 1
        assert listed["notifications"][0]["ticket"]["contact_name"] == "Fatima"
        assert (await boss.get("/notifications"))["notifications"] == []
        # Only one's own are read, whatever ids are named.
        ids = {"ids": [listed["notifications"][0]["id"]]}
        await ask(boss, "POST", "/notifications/read", ids)
        assert (await salma.get("/notifications"))["unread"] == 1
        assert await ask(salma, "POST", "/notifications/read", {"ticket_id": str(ticket_id)}) == {"unread": 0}
        assert await _unread(socket) == 0


async def _unread(socket: Any) -> int:
    while True:
        message = await socket.receive()
        assert message.type is WSMsgType.TEXT
        frame = message.json()
        if frame["type"] == "notifications":
            return int(frame["unread"])


async def test_a_restricted_ticket_leaves_the_list_of_who_may_not_see_it(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    nadia = await office.person("supervisor", "Nadia")
    ticket_id = await office.with_people("a")
    async with office.desk.transaction() as transaction:
        await notify(transaction, [salma.id, nadia.id], "mention", ticket_id, {})
    await office.run("UPDATE tickets SET category = 'X1' WHERE id = :id", id=ticket_id)
    assert (await salma.get("/notifications")) == {"notifications": [], "unread": 0, "has_more": False}
    assert (await nadia.get("/notifications"))["unread"] == 1
