"""Macros, automations and bulk changes over HTTP."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.ticketing.web.office import Office
from ticketing.actions.base import Services
from ticketing.bulk.worker import BulkWorker

TAG = {"action": "add_tags", "tags": ["terrain"]}
HOLD = {"action": "set_status", "status": "on_hold"}
SOLVE = {"action": "set_status", "status": "solved"}


def _macro(*actions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"names": {"fr": "Terrain"}, "actions": list(actions), "visibility": "personal", **more}


async def _work(office: Office) -> None:
    dependencies = office.dependencies
    services = Services(dependencies.accounts, dependencies.timetable, "SRM")
    await BulkWorker(office.desk, lambda: services).drain()


async def test_a_macro_is_kept_previewed_and_run(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    macro = await salma.post("/macros", _macro(TAG, HOLD), expect=201)
    path, version = f"/tickets/{ticket_id}", (await salma.get(f"/tickets/{ticket_id}"))["version"]
    preview = await salma.post(f"{path}/macro/preview", {"macro_id": macro["id"]})
    assert (await salma.get(path))["version"] == version
    done = await salma.post(f"{path}/macro", {"macro_id": macro["id"], "version": version})
    assert done["steps"] == preview["steps"]
    assert done["steps"][1]["changes"] == [{"field": "status", "from": "new", "to": "on_hold"}]
    assert (done["ticket"]["tags"], done["ticket"]["status"]) == (["terrain"], "on_hold")
    assert (await salma.get("/macros"))["macros"][0]["uses"] == 1
    stale = await salma.post(f"{path}/macro", {"macro_id": macro["id"], "version": version}, expect=409)
    assert stale["code"] == "changed_meanwhile"


async def test_a_refused_step_is_named_and_nothing_happened(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    path, before = f"/tickets/{ticket_id}", await salma.get(f"/tickets/{ticket_id}")
    macro = await salma.post("/macros", _macro(TAG, SOLVE), expect=201)
    body = {"macro_id": macro["id"], "version": before["version"]}
    refused = await salma.post(f"{path}/macro", body, expect=422)
    assert (refused["code"], refused["fields"]["step"]) == ("category_required", "1")
    preview = await salma.post(f"{path}/macro/preview", {"macro_id": macro["id"]})
    assert (preview["refusal"]["step"], preview["refusal"]["code"]) == (1, "category_required")
    assert await salma.get(path) == before


async def test_who_has_a_macro(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    other = await office.hire("agent", "Youssef", "technical")
    assert other
    mine = await salma.post("/macros", _macro(TAG), expect=201)
    assert (await nadia.get("/macros"))["macros"] == []
    gone = await nadia.ask("DELETE", f"/macros/{mine['id']}")
    assert gone.status == 404
    await salma.post("/macros", _macro(TAG, visibility="everybody"), expect=403)
    shared = await nadia.post("/macros", _macro(TAG, visibility="everybody"), expect=201)
    team = await office.one("SELECT id FROM teams WHERE key = 'technical'")
    await nadia.post("/macros", _macro(TAG, visibility="team", team_id=str(team)), expect=201)
    await nadia.post("/macros", _macro(TAG, visibility="team", team_id=str(uuid4())), expect=422)
    seen = (await salma.get("/macros"))["macros"]
    assert {one["id"] for one in seen} == {mine["id"], shared["id"]}
    assert {one["id"]: one["editable"] for one in seen} == {mine["id"]: True, shared["id"]: False}
    changed = await salma.ask("PATCH", f"/macros/{shared['id']}", {"version": 1, "names": {"en": "Mine"}})
    assert changed.status == 403
    changed = await nadia.ask("PATCH", f"/macros/{shared['id']}", {"version": 1, "names": {"en": "Field"}})
    assert (await changed.json())["names"] == {"ar": None, "fr": None, "en": "Field"}
    late = await nadia.ask("PATCH", f"/macros/{shared['id']}", {"version": 1, "actions": [HOLD]})
    assert late.status == 409


async def test_a_macro_that_means_nothing_is_refused(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    for wrong in (
        {"action": "explode"},
        {"action": "set_status", "status": "snoozed"},
        {"action": "notify", "text": "who?"},
        {"action": "set_category", "category": "none"},
        {"action": "send_text", "texts": {"fr": "Bonjour {contact.nothing}"}},
        {"action": "send_text", "texts": {"de": "Hallo"}},
    ):
        await salma.post("/macros", _macro(wrong), expect=422)
    await salma.post("/macros", _macro(TAG, names={}), expect=422)
    await salma.post("/macros", _macro(), expect=422)
    # Nobody keeps for himself what he may not do by hand.
    assign = {"action": "assign", "agent_id": str(salma.id)}
    await salma.post("/macros", _macro(assign), expect=403)


async def test_automations_are_kept_in_order_and_tried(office: Office) -> None:
    admin, nadia = await office.person("administrator", "Admin"), await office.person("supervisor", "Nadia")
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600", "pas d'eau depuis hier")
    await office.with_people("0601", "bonjour")
    text = {
        "names": {"en": "Water"},
        "trigger": {"kind": "event", "event": "customer.wrote"},
        "conditions": {"all": [{"field": "text", "is": "contains_any", "value": ["eau"]}]},
        "actions": [TAG],
    }
    first = await admin.post("/automations", text, expect=201)
    second = await admin.post("/automations", text | {"names": {"fr": "Deux"}, "stops": True}, expect=201)
    assert (first["enabled"], first["position"], second["position"]) == (False, 1, 2)
    ordered = await admin.post("/automations/order", {"ids": [second["id"], first["id"]]})
    assert [one["id"] for one in ordered["automations"]] == [second["id"], first["id"]]
    await admin.post("/automations/order", {"ids": [first["id"]]}, expect=409)

    wanted = {name: text[name] for name in ("trigger", "conditions", "actions")}
    tried = await nadia.post("/automations/dry_run", wanted)
    assert (tried["matching"], tried["more"]) == (1, False)
    assert tried["tickets"][0]["ticket"]["id"] == str(ticket_id)
    assert tried["tickets"][0]["steps"][0]["changes"] == [{"field": "tags", "from": [], "to": ["terrain"]}]
    assert (await nadia.get(f"/tickets/{ticket_id}"))["tags"] == []

    changed = await admin.ask("PATCH", f"/automations/{first['id']}", {"version": 1, "enabled": True})
    assert (await changed.json())["enabled"] is True
    late = await admin.ask("PATCH", f"/automations/{first['id']}", {"version": 1, "enabled": True})
    assert late.status == 409
    assert (await nadia.get("/automations/runs"))["runs"] == []
    assert (await nadia.ask("POST", "/automations", text)).status == 403
    assert (await salma.ask("GET", "/automations")).status == 403
    assert (await admin.ask("DELETE", f"/automations/{first['id']}")).status == 204
    kept = await office.rows("SELECT type FROM events WHERE type LIKE 'automation.%' ORDER BY id")
    assert [row[0] for row in kept] == [
        "automation.created",
        "automation.created",
        "automation.ordered",
        "automation.changed",
        "automation.deleted",
    ]


async def test_what_automations_did_is_read_a_page_at_a_time(office: Office) -> None:
    nadia, salma = await office.person("supervisor", "Nadia"), await office.with_people("0600")
    await office.run(
        "INSERT INTO automations (names, position, trigger, conditions, actions)"
        " VALUES ('{\"en\": \"Rule\"}', 1, '{}', '{}', '[]')"
    )
    await office.run(
        "INSERT INTO automation_runs (automation_id, ticket_id, cause, trigger, outcome)"
        " SELECT a.id, :ticket, 'event:' || n, 'ticket.tagged', 'done'"
        " FROM automations a, generate_series(1, 5) n",
        ticket=salma,
    )
    page = await nadia.get("/automations/runs?limit=3")
    rest = await nadia.get(f"/automations/runs?limit=3&cursor={page['next_cursor']}")
    ids = [run["id"] for run in page["runs"] + rest["runs"]]
    assert len(set(ids)) == 5
    assert rest["next_cursor"] is None
    assert (await nadia.get("/automations/runs?outcome=refused"))["runs"] == []
    await nadia.get("/automations/runs?cursor=nonsense", expect=422)


async def test_many_tickets_are_changed_and_taken_back(office: Office) -> None:
    salma, other = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    tickets = [await office.with_people(f"06{number:02}") for number in range(3)]
    body = {"ticket_ids": [str(one) for one in tickets], "actions": [TAG, HOLD]}
    job = await salma.post("/bulk", body, expect=202)
    assert (job["state"], job["total"], job["done"]) == ("running", 3, 0)
    await _work(office)
    job = await salma.get(f"/bulk/{job['id']}")
    assert (job["state"], job["done"], job["refused"]) == ("done", 3, 0)
    assert job["undo_until"] is not None
    await other.get(f"/bulk/{job['id']}", expect=404)
    undo = await salma.post(f"/bulk/{job['id']}/undo", expect=202)
    await _work(office)
    assert undo["undoes"] == job["id"]
    assert (await salma.get(f"/tickets/{tickets[0]}"))["status"] == "new"
    jobs = (await salma.get("/bulk"))["jobs"]
    assert [one["id"] for one in jobs] == [undo["id"], job["id"]]
    assert (jobs[1]["undone_by"], jobs[1]["undo_until"]) == (undo["id"], None)


async def test_an_agent_may_not_assign_in_bulk(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    assign = {"action": "assign", "agent_id": str(salma.id)}
    body = {"ticket_ids": [str(ticket_id)], "actions": [assign]}
    assert (await salma.post("/bulk", body, expect=403))["fields"]["permission"] == "ticket:assign"
    await salma.post("/bulk", body | {"filter": {}}, expect=422)
    await salma.post("/bulk", {"filter": {"status": ["active"]}}, expect=422)
    macro = await salma.post("/macros", _macro(TAG), expect=201)
    filtered = {"filter": {"status": ["active"]}, "macro_id": macro["id"]}
    assert (await salma.post("/bulk", filtered, expect=202))["total"] == 1
