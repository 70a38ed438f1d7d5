"""Saved views: one's own, shared ones, their counts and their changes live."""

from __future__ import annotations

from typing import Any

from tests.ticketing.web.office import Office
from tests.ticketing.web.test_live import next_frame

URGENT = {"names": {"fr": "Urgentes"}, "filter": {"status": ["active"], "priority": [1]}, "order": "waiting"}


async def test_one_s_own_view(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    view = await salma.post("/views", URGENT, expect=201)
    assert view["names"] == {"fr": "Urgentes"}
    assert (view["share"], view["can_change"], view["owner"]["name"]) == ("me", True, "Salma")
    ticket = await office.with_people("0601")
    await office.with_people("0602")
    await office.run("UPDATE tickets SET priority = 1 WHERE id = :id", id=ticket)
    page = await salma.get("/tickets", params={"view": view["id"]})
    assert [row["id"] for row in page["tickets"]] == [str(ticket)]
    assert (await salma.get("/tickets", params={"view": view["id"], "priority": "2"}))["tickets"] == []
    mine = await salma.get("/views")
    assert mine["views"][-1] == view
    assert mine["counts"][view["id"]] == 1
    # For others it does not exist.
    await youssef.get("/tickets", expect=404, params={"view": view["id"]})
    assert len((await youssef.get("/views"))["views"]) == 8
    assert (await youssef.ask("PATCH", f"/views/{view['id']}", {"order": "due"})).status == 404
    changed = await (
        await salma.ask("PATCH", f"/views/{view['id']}", {"order": "due", "icon": "flag"})
    ).json()
    assert changed == view | {"order": "due", "icon": "flag"}
    assert (await salma.ask("DELETE", f"/views/{view['id']}")).status == 204
    assert len((await salma.get("/views"))["views"]) == 8


async def test_sharing_is_a_permission(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    team = await office.one("SELECT id FROM teams WHERE key = 'technical'")
    await salma.post("/views", URGENT | {"share": "everybody"}, expect=403)
    for_all = await nadia.post("/views", URGENT | {"share": "everybody"}, expect=201)
    for_team = await nadia.post("/views", URGENT | {"share": "team", "team_id": str(team)}, expect=201)
    await nadia.post("/views", URGENT | {"share": "team"}, expect=422)
    seen = {view["id"]: view for view in (await salma.get("/views"))["views"]}
    assert for_all["id"] in seen
    assert for_team["id"] not in seen, "she is not of this team"
    assert seen[for_all["id"]]["can_change"] is False
    assert (await salma.ask("DELETE", f"/views/{for_all['id']}")).status == 403
    await office.run("INSERT INTO team_members VALUES (:team, :agent)", team=team, agent=salma.id)
    assert for_team["id"] in {view["id"] for view in (await salma.get("/views"))["views"]}


async def test_what_is_no_view(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    wrong: list[dict[str, Any]] = [
        {"names": {}},
        {"names": {"fr": " "}},
        {"names": {"de": "x"}},
        {"filter": {"status": ["nothing"]}},
        {"filter": {"unknown": 1}},
        {"order": "nothing"},
        {"icon": "skull"},
    ]
    for changes in wrong:
        await salma.post("/views", URGENT | changes, expect=422)


async def test_sockets_learn_of_views_and_their_counts(office: Office) -> None:
    nadia, salma = await office.person("supervisor", "Nadia"), await office.person("agent", "Salma")
    ticket = await office.with_people("0601")
    hidden = await office.with_people("0602")
    await office.run(
        "UPDATE tickets SET priority = 1, category = (SELECT code FROM categories WHERE restricted LIMIT 1)"
        " WHERE id = :id",
        id=hidden,
    )
    sockets = [await nadia.connect(), await salma.connect()]
    for socket in sockets:
        await next_frame(socket, "hello")
    view = await nadia.post("/views", URGENT | {"share": "everybody"}, expect=201)
    for socket, expected in zip(sockets, (1, 0), strict=True):
        frame = await next_frame(socket, "views")
        assert frame["changed"] is True
        assert frame["views"][view["id"]] == expected, "restricted tickets are not counted for others"
    await office.run("UPDATE tickets SET priority = 1 WHERE id = :id", id=ticket)
    await nadia.post(f"/tickets/{ticket}/claim", {"version": 1})
    for socket, expected in zip(sockets, (2, 1), strict=True):
        frame = await next_frame(socket, "views")
        assert "changed" not in frame
        assert frame["views"][view["id"]] == expected
        await socket.close()


async def test_a_timeline_around_a_message(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    for number in range(12):
        ticket = await office.writes("0600", f"m{number}")
    ids = [row[0] for row in await office.rows("SELECT id FROM messages ORDER BY id")]

    async def around(message: object) -> tuple[list[str], bool]:
        page = await salma.get(f"/tickets/{ticket}/timeline", params={"around": str(message), "limit": 3})
        texts = [
            entry["message"]["content"]["text"] for entry in page["entries"] if entry["type"] == "message"
        ]
        return texts, page["has_more"]

    assert await around(ids[5]) == ([f"m{number}" for number in range(3, 12)], True)
    assert await around(ids[1]) == ([f"m{number}" for number in range(12)], False)
    assert await around("00000000-0000-0000-0000-000000000000") == ([], False)
