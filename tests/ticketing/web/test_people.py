"""Agents' accounts: invited, changed, dismissed; links in mails; passwords."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import PASSWORD, Office, Person, open_office
from tests.ticketing.web.test_session import sign_in
from ticketing.maintenance import Maintenance
from ticketing.people.mails import Mail, MailRefused, Mails
from ticketing.people.services import People

NEW_PASSWORD = "bleu tracteur menthe"


class Postman:
    """The edge of a mail server: keeps what it is given, and fails as `script` says."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.script: list[Exception] = []

    async def send(self, mail: Mail) -> None:
        if self.script:
            raise self.script.pop(0)
        self.sent.append(mail)


class Post:
    """An office with a mail server, and its worker."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.postman = Postman()
        settings = office.dependencies.settings
        people = People.build(
            office.desk,
            office.dependencies.sealer,
            brand=settings.brand_name,
            short_name=settings.brand_short_name,
            desk_url=settings.public_url,
            sends_mail=True,
        )
        self.worker = Mails(office.desk, self.postman, office.dependencies.sealer, people.agents.reset_mail)

    async def mails(self) -> list[Mail]:
        await self.office.run("UPDATE mails SET due_at = now()")
        await self.worker.drain()
        return self.postman.sent

    async def token(self) -> str:
        """Of the link in the newest mail."""
        return (await self.mails())[-1].text.partition("#token=")[2].split()[0]


@pytest.fixture
async def post(database: AsyncEngine, tmp_path: Path) -> AsyncIterator[Post]:
    async with open_office(database, tmp_path, sends_mail=True, public_url="https://desk.example") as office:
        yield Post(office)


async def open_door(office: Office, path: str, body: Any) -> Any:
    """As somebody who is not signed in."""
    nobody = Person(office, office.agents.get("nobody") or next(iter(office.agents.values())), "", "none")
    return await nobody.ask("POST", path, body, headers={"Cookie": ""})


INVITATION = {"email": " Amina@Desk.Example ", "name": "  أمينة   العلوي ", "role": "agent", "language": "ar"}


async def test_invited_by_mail_and_in(post: Post) -> None:
    office = post.office
    admin = await office.person("administrator", "Admin")
    invited = await admin.post("/people", INVITATION, expect=201)
    assert (invited["state"], invited["link"], invited["name"]) == ("invited", None, "أمينة العلوي")
    assert (await admin.post("/people", INVITATION, expect=409))["code"] == "email_taken"
    (mail,) = await post.mails()
    assert (mail.to, mail.language) == ("amina@desk.example", "ar")
    assert "دعوتك" in mail.subject
    assert await office.one("SELECT count(*) FROM mails") == 0, "gone once sent"
    token = await post.token()

    read = await open_door(office, "/password/links", {"token": token})
    assert (await read.json())["purpose"] == "invitation"
    weak = await open_door(office, "/password", {"token": token, "password": "Password1234"})
    assert (weak.status, (await weak.json())["fields"]) == (422, {"password": "common"})
    both = await asyncio.gather(
        *(open_door(office, "/password", {"token": token, "password": NEW_PASSWORD}) for _ in range(2))
    )
    assert sorted(one.status for one in both) == [204, 404], "a link is used once"
    assert (await sign_in(office, "amina@desk.example", NEW_PASSWORD)).status == 200
    row = (await admin.get("/people?q=desk.example&state=active&limit=200"))["people"]
    assert "amina@desk.example" in [one["email"] for one in row]


async def test_a_forgotten_password(post: Post) -> None:
    office = post.office
    salma = await office.person("agent", "Salma")
    answers = []
    for email in ("salma@desk.example", "nobody@desk.example"):
        response = await open_door(office, "/password/forgotten", {"email": email})
        answers.append((response.status, await response.json()))
    assert answers == [(202, {}), (202, {})]
    written = await office.rows("SELECT length(sealed) FROM mails")
    assert len(written) == 2, "the same is written whether the account exists or not"
    assert [mail.to for mail in await post.mails()] == ["salma@desk.example"]
    old = await post.token()
    await open_door(office, "/password/forgotten", {"email": "salma@desk.example"})
    new = await post.token()
    assert (await open_door(office, "/password/links", {"token": old})).status == 404, "replaced"
    done = await open_door(office, "/password", {"token": new, "password": NEW_PASSWORD})
    assert done.status == 204
    await salma.get("/session", expect=401)
    assert (await sign_in(office, "salma@desk.example", PASSWORD)).status == 401
    assert (await sign_in(office, "salma@desk.example", NEW_PASSWORD)).status == 200


async def test_a_link_grows_old(post: Post) -> None:
    office = post.office
    await office.person("agent", "Salma")
    await open_door(office, "/password/forgotten", {"email": "salma@desk.example"})
    token = await post.token()
    await office.run("UPDATE account_links SET expires_at = now() - interval '1 second'")
    late = await open_door(office, "/password", {"token": token, "password": NEW_PASSWORD})
    assert (late.status, (await late.json())["code"]) == (404, "link_unknown")


async def test_mails_to_one_address_are_few(post: Post) -> None:
    await post.office.person("agent", "Salma")
    statuses = [
        (await open_door(post.office, "/password/forgotten", {"email": email})).status
        for email in ["salma@desk.example"] * 4 + ["nobody@desk.example"] * 4
    ]
    assert statuses == [202, 202, 202, 429] * 2


async def test_a_mail_waits_for_its_server(post: Post) -> None:
    office = post.office
    admin = await office.person("administrator", "Admin")
    await admin.post("/people", INVITATION, expect=201)
    post.postman.script = [ConnectionRefusedError("away")]
    assert await post.mails() == []
    assert await office.one("SELECT due_at > now() FROM mails") is True
    assert len(await post.mails()) == 1
    await admin.post("/people", INVITATION | {"email": "other@desk.example"}, expect=201)
    post.postman.script = [MailRefused("no such recipient")]
    await post.mails()
    assert await office.one("SELECT count(*) FROM mails") == 0


async def test_without_mail_the_link_is_handed_over(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    invited = await admin.post("/people", INVITATION, expect=201)
    assert "/password#token=" in invited["link"]["url"]
    again = await admin.post(f"/people/{invited['id']}/link")
    token = again["link"]["url"].partition("#token=")[2]
    assert (await open_door(office, "/password", {"token": token, "password": NEW_PASSWORD})).status == 204
    refused = await open_door(office, "/password/forgotten", {"email": "amina@desk.example"})
    assert (await refused.json())["code"] == "mail_unavailable"
    assert (await admin.get("/session/options"))["mail"] is False


async def test_changes_hold_at_once(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    salma = await office.person("agent", "Salma")
    assert (await salma.ask("GET", "/people")).status == 403
    row = await admin.get(f"/people/{salma.id}")
    team = (await admin.get("/teams"))["teams"][0]["id"]
    changed = await admin.ask(
        "PATCH",
        f"/people/{salma.id}",
        {"version": row["version"], "role": "administrator", "name": "Salma I.", "team_ids": [team]},
    )
    answer = await changed.json()
    assert (changed.status, answer["role"], [one["id"] for one in answer["teams"]]) == (
        200,
        "administrator",
        [team],
    )
    assert (await salma.ask("GET", "/people")).status == 200
    late = await admin.ask("PATCH", f"/people/{salma.id}", {"version": row["version"], "name": "Late"})
    assert (await late.json())["code"] == "changed_meanwhile"
    event = await office.one("SELECT data FROM events WHERE type = 'agent.changed'")
    assert (event["from"]["role"], event["to"]["role"]) == ("agent", "administrator")


async def test_dismissed_and_back(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    salma = await office.person("agent", "Salma")
    ticket = await office.with_people("0600000001")
    version = (await salma.get(f"/tickets/{ticket}"))["version"]
    await salma.post(f"/tickets/{ticket}/claim", {"version": version})
    row = await admin.get(f"/people/{salma.id}")
    assert row["open_tickets"] == 1
    gone = await admin.post(f"/people/{salma.id}/deactivate", {"version": row["version"]})
    assert (gone["state"], gone["open_tickets"]) == ("inactive", 0)
    assert (await admin.get(f"/tickets/{ticket}"))["status"] == "new"
    await salma.get("/session", expect=401)
    assert (await sign_in(office, "salma@desk.example")).status == 401
    assert (await admin.post(f"/people/{salma.id}/link", expect=409))["code"] == "agent_inactive"
    back = await admin.post(f"/people/{salma.id}/reactivate", {"version": gone["version"]})
    assert back["state"] == "active"
    assert (await sign_in(office, "salma@desk.example")).status == 200


async def test_somebody_always_remains_who_administers(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    other = await office.person("administrator", "Other")
    mine = await admin.get(f"/people/{admin.id}")
    assert (await admin.post(f"/people/{admin.id}/deactivate", {"version": mine["version"]}, expect=409))[
        "code"
    ] == "yourself"
    theirs = await admin.get(f"/people/{other.id}")

    # Both dismiss each other in the same moment: one remains.
    answers = await asyncio.gather(
        admin.ask("POST", f"/people/{other.id}/deactivate", {"version": theirs["version"]}),
        other.ask("POST", f"/people/{admin.id}/deactivate", {"version": mine["version"]}),
    )
    assert sorted(answer.status for answer in answers) in ([200, 401], [200, 409])
    left = admin if answers[0].status == 200 else other
    me = await left.get(f"/people/{left.id}")
    refused = await left.ask("PATCH", f"/people/{left.id}", {"version": me["version"], "role": "agent"})
    assert (await refused.json())["code"] == "last_administrator"
    role = next(one for one in (await left.get("/roles"))["roles"] if one["key"] == "administrator")
    without = [one for one in role["permissions"] if one != "role:write"]
    refused = await left.ask(
        "PATCH", "/roles/administrator", {"version": role["version"], "permissions": without}
    )
    assert (await refused.json())["code"] == "last_administrator"
    # An administrator who was invited and never came is none.
    await left.post(
        "/people", {"email": "later@desk.example", "name": "L", "role": "administrator"}, expect=201
    )
    refused = await left.ask("PATCH", f"/people/{left.id}", {"version": me["version"], "role": "agent"})
    assert (await refused.json())["code"] == "last_administrator"


async def test_nobody_rises_above_himself(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    names = {"ar": "الموارد", "fr": "RH", "en": "HR"}
    role = await admin.post(
        "/roles", {"names": names, "permissions": ["agent:write", "role:write", "token:write"]}, expect=201
    )
    hire = await office.person(role["key"], "Hind")
    refused = await hire.ask(
        "POST", "/people", {"email": "x@desk.example", "name": "X", "role": "administrator"}
    )
    assert (refused.status, (await refused.json())["code"]) == (403, "beyond_own")
    for method, path in (
        ("POST", f"/people/{admin.id}/link"),
        ("DELETE", f"/people/{admin.id}/second_factor"),
        ("DELETE", f"/people/{admin.id}/sessions"),
    ):
        refused = await hire.ask(method, path, {} if method == "POST" else None)
        assert (refused.status, (await refused.json())["code"]) == (403, "beyond_own"), path
    me = await hire.get(f"/people/{hire.id}")
    refused = await hire.ask(
        "PATCH", f"/people/{hire.id}", {"version": me["version"], "role": "administrator"}
    )
    assert refused.status == 403
    refused = await hire.ask(
        "PATCH", f"/roles/{role['key']}", {"version": 1, "permissions": [*role["permissions"], "ticket:read"]}
    )
    assert (await refused.json())["code"] == "beyond_own"


async def test_ones_own_password(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    for body, code in (
        ({"current": "no", "password": NEW_PASSWORD}, "password_wrong"),
        ({"current": PASSWORD, "password": "salma2026salma"}, "password_weak"),
    ):
        assert (await salma.post("/security/password", body, expect=422))["code"] == code
    await salma.post("/security/password", {"current": PASSWORD, "password": NEW_PASSWORD}, expect=204)
    await salma.get("/session")
    assert (await sign_in(office, "salma@desk.example", NEW_PASSWORD)).status == 200


async def test_an_old_hash_is_made_anew(office: Office) -> None:
    await office.hire("agent", "Salma")
    before = await office.one("SELECT password_hash FROM agents WHERE name = 'Salma'")
    assert (await sign_in(office, "salma@desk.example")).status == 200
    after = await office.one("SELECT password_hash FROM agents WHERE name = 'Salma'")
    assert after != before
    assert "m=65536,t=3,p=4" in after
    assert (await sign_in(office, "salma@desk.example")).status == 200
    assert await office.one("SELECT password_hash FROM agents WHERE name = 'Salma'") == after


async def test_a_session_ends_however_much_it_is_used(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await office.run("UPDATE sessions SET created_at = now() - interval '31 days'")
    await salma.get("/session", expect=401)


async def test_lists_go_on_where_they_stopped(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    for name in ("Dina", "amal", "Chadi", "bilal"):
        await office.hire("agent", name)
    seen: list[str] = []
    cursor = ""
    while True:
        page = await admin.get(f"/people?limit=2{cursor}")
        seen += [one["name"] for one in page["people"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ["Admin", "amal", "bilal", "Chadi", "Dina"]
    assert [one["name"] for one in (await admin.get("/people?q=%25"))["people"]] == []
    assert [one["name"] for one in (await admin.get("/people?q=CHA"))["people"]] == ["Chadi"]
    await admin.get("/people?cursor=nonsense", expect=422)


async def test_what_ran_out_is_forgotten(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    for name in ("dead", "alive"):
        body = {"name": name, "scopes": ["ticket:read"], "expires_at": until}
        await salma.post("/security/tokens", body, expect=201)
    await salma.post("/security/second_factor", {"password": PASSWORD})
    await office.run("UPDATE access_tokens SET expires_at = now() - interval '91 days' WHERE name = 'dead'")
    await office.run("UPDATE second_factors SET created_at = now() - interval '2 days'")
    await sign_in(office, "salma@desk.example")
    await office.run("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE address IS NOT NULL")
    await Maintenance(office.desk.engine).once()
    assert await office.one("SELECT array_agg(name) FROM access_tokens") == ["alive"]
    assert await office.one("SELECT count(*) FROM second_factors") == 0
    assert await office.one("SELECT count(*) FROM sessions") == 1
    await salma.get("/session")
