"""Statuses, tags, fields and categories as an administrator sets them up."""

from __future__ import annotations

from typing import Any

import pytest

from tests.ticketing.web.office import Office, Person

NAMES = {"ar": "اسم", "fr": "Nom", "en": "Name"}


async def patch(person: Person, path: str, body: Any, expect: int = 200) -> Any:
    response = await person.ask("PATCH", path, body)
    assert response.status == expect, await response.text()
    return await response.json()


async def delete(person: Person, path: str, expect: int = 200) -> Any:
    response = await person.ask("DELETE", path)
    assert response.status == expect, await response.text()
    return None if expect == 204 else await response.json()


async def tagged(office: Office, salma: Person, address: str, *words: str) -> Any:
    ticket_id = await office.with_people(address)
    return await patch(salma, f"/tickets/{ticket_id}", {"version": 1, "tags": list(words)})


async def test_a_status_is_made_changed_archived_and_removed(office: Office) -> None:
    amina = await office.person("administrator", "Amina")
    made = await amina.post("/ticket_statuses", {"status": "pending", "names": NAMES}, expect=201)
    assert (made["status"], made["color"], made["archived"], made["tickets"]) == (
        "pending",
        "neutral",
        False,
        0,
    )
    path = f"/ticket_statuses/{made['key']}"
    changed = await patch(amina, path, {"color": "danger", "archived": True})
    assert (changed["color"], changed["archived"], changed["names"]) == ("danger", True, NAMES)
    assert (await patch(amina, path, {"archived": False}))["archived"] is False
    assert await delete(amina, path) == {"archived": False}
    assert (await amina.get("/ticket_statuses"))["statuses"] == []
    await delete(amina, path, 404)
    for nowhere in ("/ticket_statuses/%00", "/fields/%00", "/tags/%00", "/category_groups/%00"):
        await delete(amina, nowhere, 404)
    taken = {"key": "mine", "status": "open", "names": NAMES}
    await amina.post("/ticket_statuses", taken, expect=201)
    assert (await amina.post("/ticket_statuses", taken, expect=409))["code"] == "key_taken"


async def test_a_tag_has_one_spelling(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await tagged(office, salma, "0601", "Réclamation écrite", "vip")
    again = await tagged(office, salma, "0602", "reclamation  ECRITE", "VIP")
    assert again["tags"] == ["Réclamation écrite", "vip"]
    listed = (await salma.get("/tags"))["tags"]
    assert listed == [{"name": "Réclamation écrite", "tickets": 2}, {"name": "vip", "tickets": 2}]
    refused = await tagged_refused(office, salma, "0603", ["x" * 41])
    assert refused["code"] == "tag_invalid"
    refused = await tagged_refused(office, salma, "0604", [f"tag {number}" for number in range(21)])
    assert refused["code"] == "tag_invalid"


async def tagged_refused(office: Office, salma: Person, address: str, words: list[str]) -> Any:
    ticket_id = await office.with_people(address)
    return await patch(salma, f"/tickets/{ticket_id}", {"version": 1, "tags": words}, 422)


async def test_tags_are_renamed_merged_and_removed_wherever_they_are(office: Office) -> None:
    salma, amina = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    one = await tagged(office, salma, "0601", "press", "vip")
    both = await tagged(office, salma, "0602", "press", "media")
    assert await patch(amina, "/tags/press", {"name": "Presse"}) == {"name": "Presse", "tickets": 2}
    assert (await patch(amina, "/tags/Presse", {"name": "MEDIA"}, 409))["code"] == "tag_exists"
    assert await amina.post("/tags/media/merge", {"into": "Presse"}) == {"name": "Presse", "tickets": 2}
    assert (await salma.get(f"/tickets/{both['id']}"))["tags"] == ["Presse"]
    stale = {"version": one["version"], "tags": ["press"]}
    assert (await patch(salma, f"/tickets/{one['id']}", stale, 409))["code"] == "changed_meanwhile"
    await delete(amina, "/tags/Presse", 204)
    assert (await salma.get(f"/tickets/{one['id']}"))["tags"] == ["vip"]
    await delete(amina, "/tags/Presse", 404)
    await patch(salma, "/tags/vip", {"name": "x"}, 403)


WRONG = [
    ({"kind": "choice"}, {"options": "options_missing"}),
    ({"kind": "text", "options": [{"key": "a", "names": NAMES}]}, {"options": "not_of_this_kind"}),
    ({"kind": "choice", "options": [{"key": "a", "names": NAMES}] * 2}, {"options": "options_twice"}),
    ({"kind": "date", "minimum": 1}, {"minimum": "not_of_this_kind"}),
    ({"kind": "number", "minimum": 2, "maximum": 1}, {"maximum": "below_minimum"}),
    ({"kind": "text", "maximum": 5000}, {"maximum": "length_range"}),
    ({"kind": "text", "pattern": "(["}, {"pattern": "pattern_invalid"}),
    ({"kind": "text", "pattern": r"(a)\1"}, {"pattern": "pattern_invalid"}),
    ({"kind": "number", "pattern": "a"}, {"pattern": "not_of_this_kind"}),
    (
        {"kind": "text", "subject": "contact", "required_to_solve": True},
        {"required_to_solve": "tickets_only"},
    ),
    ({"kind": "text", "roles": ["agent"], "required_to_solve": True}, {"required_to_solve": "seen_by_all"}),
    ({"kind": "text", "roles": ["emperor"]}, {"roles": "unknown"}),
]


@pytest.mark.parametrize(("wrong", "fields"), WRONG)
async def test_a_field_that_makes_no_sense_says_why(office: Office, wrong: Any, fields: Any) -> None:
    amina = await office.person("administrator", "Amina")
    refused = await amina.post("/fields", {"subject": "ticket", "names": NAMES, **wrong}, expect=422)
    assert (refused["code"], refused["fields"]) == ("field_setting_invalid", fields)


async def test_a_field_that_is_used_is_kept(office: Office) -> None:
    salma, amina = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    options = [{"key": key, "names": NAMES} for key in ("house", "flat")]
    field = {"key": "home", "subject": "ticket", "kind": "choices", "names": NAMES, "options": options}
    made = await amina.post("/fields", field, expect=201)
    assert (made["kind"], [one["key"] for one in made["options"]]) == ("choices", ["house", "flat"])
    ticket_id = await office.with_people("0600")
    await patch(salma, f"/tickets/{ticket_id}", {"version": 1, "fields": {"home": ["flat"]}})
    refused = await patch(amina, "/fields/home", {"options": options[:1]}, 422)
    assert (refused["code"], refused["fields"]) == ("option_used", {"options": "flat"})
    assert len((await patch(amina, "/fields/home", {"options": options[1:]}))["options"]) == 1
    assert await delete(amina, "/fields/home") == {"archived": True}
    again = {"version": 2, "fields": {"home": ["flat"]}}
    assert (await patch(salma, f"/tickets/{ticket_id}", again, 422))["code"] == "field_unknown"
    emptied = await patch(salma, f"/tickets/{ticket_id}", {"version": 2, "fields": {"home": None}})
    assert emptied["fields"] == {}
    assert await delete(amina, "/fields/home") == {"archived": False}


async def test_categories_in_their_groups(office: Office) -> None:
    salma, amina = await office.person("agent", "Salma"), await office.person("administrator", "Amina")
    seen = await salma.get("/categories")
    assert [group["key"] for group in seen["groups"]][:3] == ["electricity", "water", "sanitation"]
    assert {one["group"] for one in seen["categories"]} <= {group["key"] for group in seen["groups"]}
    assert all(one["group"] is not None for one in seen["categories"])
    group = await amina.post("/category_groups", {"names": NAMES}, expect=201)
    body = {
        "code": "Z1",
        "names": NAMES,
        "priority": 4,
        "group": group["key"],
        "team": "technical",
        "visit": True,
    }
    made = await amina.post("/categories", body, expect=201)
    assert (made["group"], made["team"]["key"], made["visit"], made["active"]) == (
        group["key"],
        "technical",
        True,
        True,
    )
    assert (await amina.post("/categories", body, expect=409))["code"] == "code_taken"
    assert (await amina.post("/categories", body | {"code": "Z2", "team": "none"}, expect=422))[
        "code"
    ] == "team_unknown"
    assert (await amina.get("/categories"))["categories"][-1]["code"] == "Z1"
    in_use = await amina.ask("DELETE", f"/category_groups/{group['key']}")
    assert (await in_use.json())["code"] == "group_used"
    changed = await patch(amina, "/categories/Z1", {"active": False, "group": None, "priority": 1})
    assert (changed["active"], changed["group"], changed["priority"], changed["names"]) == (
        False,
        None,
        1,
        NAMES,
    )
    assert "Z1" not in [one["code"] for one in (await salma.get("/categories"))["categories"]]
    ticket_id = await office.with_people("0600")
    refused = await patch(salma, f"/tickets/{ticket_id}", {"version": 1, "category": "Z1"}, 422)
    assert refused["code"] == "category_unknown"
    await delete(amina, f"/category_groups/{group['key']}", 204)
    await patch(salma, "/categories/Z1", {"active": True}, 403)
