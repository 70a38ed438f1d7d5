"""Canned answers: whose they are, how they are found, and what they say for a ticket."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from tests.ticketing.web.office import Office, Person

GREETING = {
    "shortcode": "Salut",
    "title": "Premier contact",
    "texts": {
        "fr": "{now.greeting} {contact.first_name}, je suis {agent.first_name}. Demande {ticket.number}.",
        "ar": "السلام عليكم {contact.first_name}، معكم {agent.first_name}.",
    },
    "scope": "everybody",
}


async def create(person: Person, expect: int = 201, **changes: Any) -> Any:
    return await person.post("/canned", GREETING | changes, expect=expect)


async def codes(person: Person, query: str = "") -> list[str]:
    return [one["shortcode"] for one in (await person.get(f"/canned{query}"))["canned"]]


async def test_filled_for_the_ticket_in_the_customers_language(office: Office) -> None:
    admin, salma = (
        await office.person("administrator", "Amine"),
        await office.person("agent", "Salma Bennani"),
    )
    made = await create(admin)
    assert made["shortcode"] == "salut"
    ticket_id = await office.with_people("0600", name="Fatima Zahra")
    await office.run("UPDATE conversations SET language = 'ary-Arab'")
    filled = await salma.post(f"/tickets/{ticket_id}/canned/{made['id']}")
    assert filled == {"text": "السلام عليكم Fatima، معكم Salma.", "language": "ar", "gaps": []}
    number = await office.one("SELECT number FROM tickets")
    filled = await salma.post(f"/tickets/{ticket_id}/canned/{made['id']}", {"language": "fr"})
    assert filled["text"].endswith(f" Fatima, je suis Salma. Demande {number}.")
    assert filled["text"].split()[0] in {"Bonjour", "Bonsoir"}


async def test_a_gap_is_not_sent(office: Office) -> None:
    admin, salma = await office.person("administrator", "Amine"), await office.person("agent", "Salma")
    made = await create(admin)
    ticket_id = await office.with_people("0600", name="+212600000000")  # a number is no name
    filled = await salma.post(f"/tickets/{ticket_id}/canned/{made['id']}", {"language": "fr"})
    assert filled["gaps"] == [{"name": "contact.first_name", "label": "prénom du client"}]
    body = {"client_id": str(uuid4()), "text": filled["text"], "canned_ids": [made["id"]]}
    refused = await salma.post(f"/tickets/{ticket_id}/reply", body, expect=422)
    assert (refused["code"], refused["fields"]) == ("unfilled_gap", {"gap": "prénom du client"})
    assert await office.one("SELECT count(*) FROM messages WHERE direction = 'outbound'") == 0
    body["text"] = filled["text"].replace("⟦prénom du client⟧", "Madame")
    await salma.post(f"/tickets/{ticket_id}/reply", body, expect=201)
    assert (await salma.get("/canned"))["canned"][0]["uses"] == 1


async def test_an_unknown_variable_is_named(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    body = {"scope": "personal", "texts": {"fr": "Bonjour {contact.nom}", "en": "Hello"}}
    refused = await create(salma, 422, **body)
    assert (refused["code"], refused["fields"]) == ("variable_unknown", {"texts.fr": "contact.nom"})
    names = {one["name"] for one in (await salma.get("/canned/variables"))["variables"]}
    assert {"contact.first_name", "now.greeting"} <= names
    await create(salma, 422, scope="personal", texts={"fr": "  "})
    await create(salma, 422, scope="personal", texts={"de": "Hallo"})
    await create(salma, 422, scope="personal", shortcode="two words")


async def test_whose_they_are(office: Office) -> None:
    admin, salma = await office.person("administrator", "Amine"), await office.person("agent", "Salma")
    youssef = await office.person("agent", "Youssef")
    team = await office.one("SELECT id FROM teams WHERE key = 'technical'")
    await office.run(
        "INSERT INTO team_members (team_id, agent_id) VALUES (:team, :agent)", team=team, agent=youssef.id
    )
    await create(salma, 403)
    mine = await create(salma, scope="personal", shortcode="mine")
    await create(admin, scope="team", team_id=str(team), shortcode="team")
    everybodys = await create(admin, shortcode="all")
    assert sorted(await codes(salma)) == ["all", "mine"]
    assert sorted(await codes(youssef)) == ["all", "team"]
    assert sorted(await codes(admin)) == ["all", "team"]
    await youssef.ask("DELETE", f"/canned/{mine['id']}")
    assert (await salma.ask("DELETE", f"/canned/{everybodys['id']}")).status == 403
    assert (
        await salma.ask("PATCH", f"/canned/{mine['id']}", {"version": 1, "scope": "everybody"})
    ).status == 403
    assert [one["editable"] for one in (await salma.get("/canned?scope=everybody"))["canned"]] == [False]
    ticket_id = await office.with_people("0600")
    await youssef.post(f"/tickets/{ticket_id}/canned/{mine['id']}", expect=404)
    assert (await salma.ask("DELETE", f"/canned/{mine['id']}")).status == 204
    assert await codes(salma) == ["all"]


async def test_changed_by_version_and_one_shortcode_each(office: Office) -> None:
    admin = await office.person("administrator", "Amine")
    made = await create(admin)
    await create(admin, 409)
    await create(admin, 201, scope="personal")  # her own may be called the same
    path = f"/canned/{made['id']}"
    changed = await (await admin.ask("PATCH", path, {"version": 1, "title": "Accueil"})).json()
    assert (changed["title"], changed["version"], changed["texts"]) == ("Accueil", 2, made["texts"])
    late = await admin.ask("PATCH", path, {"version": 1, "title": "Trop tard"})
    assert (late.status, (await late.json())["code"]) == (409, "changed_meanwhile")


async def test_found_however_it_is_spelt(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    own = {"scope": "personal"}
    await create(salma, **own, shortcode="fuite", title="Fuite d'eau", texts={"ar": "الإصلاح جارٍ في الحيّ"})
    await create(salma, **own, shortcode="delai", title="Délai", texts={"fr": "100 % sûr: fuite_"})
    assert await codes(salma, "?q=الاصلاح") == ["fuite"]
    assert await codes(salma, "?q=FUITE") == ["fuite", "delai"]  # the shortcode comes first
    assert await codes(salma, "?q=délai") == ["delai"]
    assert await codes(salma, "?q=%25") == ["delai"]
    assert await codes(salma, "?q=nothing") == []
    first = await salma.get("/canned?limit=1")
    second = await salma.get(f"/canned?limit=1&cursor={first['next_cursor']}")
    assert second["next_cursor"] is None
    assert len({first["canned"][0]["id"], second["canned"][0]["id"]}) == 2
