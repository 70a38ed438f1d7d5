"""Access tokens of programs: scopes, expiry, revocation; and roles of one's own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import ClientResponse, WSMsgType

from tests.ticketing.web.office import Office, Person


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


async def make(person: Person, *scopes: str, days: float = 30) -> str:
    answer = await person.post(
        "/security/tokens", {"name": "Reports", "scopes": scopes, "expires_at": in_days(days)}, expect=201
    )
    assert answer["token"].startswith(answer["hint"].rstrip("…"))
    token: str = answer["token"]
    return token


async def with_token(office: Office, token: str, method: str, path: str, body: Any = None) -> ClientResponse:
    """No cookie, no X-Wasl, no Origin: as a program asks."""
    response = await office.http.request(
        method,
        office.server.make_url(f"/api{path}"),
        json=body,
        headers={"Authorization": f"Bearer {token}"},
    )
    await response.read()
    return response


async def test_a_token_acts_as_its_agent_within_its_scopes(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket = await office.with_people("0600000001")
    token = await make(salma, "ticket:read", "ticket:claim")
    assert (await with_token(office, token, "GET", "/views")).status == 200
    version = (await salma.get(f"/tickets/{ticket}"))["version"]
    claimed = await with_token(office, token, "POST", f"/tickets/{ticket}/claim", {"version": version})
    assert (claimed.status, (await claimed.json())["assignee"]["name"]) == (200, "Salma")
    assert (await with_token(office, token, "POST", f"/tickets/{ticket}/note", {})).status == 403
    session = await (await with_token(office, token, "GET", "/session")).json()
    assert (session["permissions"], session["session_id"]) == (["ticket:claim", "ticket:read"], None)
    assert "token" not in (await salma.get("/security/tokens"))["tokens"][0]
    assert (await salma.get("/security/tokens"))["tokens"][0]["seen_at"]
    assert (
        await office.one("SELECT count(*) FROM access_tokens WHERE token_hash = :it", it=token.encode()) == 0
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", "/session"),
        ("GET", "/security"),
        ("POST", "/security/password"),
        ("POST", "/security/second_factor"),
        ("POST", "/security/tokens"),
        ("DELETE", "/security/sessions"),
    ],
)
async def test_a_token_never_changes_how_somebody_signs_in(office: Office, method: str, path: str) -> None:
    salma = await office.person("agent", "Salma")
    token = await make(salma, "ticket:read")
    refused = await with_token(office, token, method, path, None if method == "GET" else {})
    assert (refused.status, (await refused.json())["code"]) == (403, "session_required")


async def test_scopes_shrink_with_the_role(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    token = await make(salma, "ticket:read", "ticket:claim")
    await office.run("UPDATE roles SET permissions = '{ticket:claim}' WHERE key = 'agent'")
    assert (await with_token(office, token, "GET", "/views")).status == 403
    refused = await salma.ask(
        "POST", "/security/tokens", {"name": "x", "scopes": ["ticket:read"], "expires_at": in_days(1)}
    )
    assert (await refused.json())["code"] == "beyond_own"


async def test_tokens_end(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    salma = await office.person("agent", "Salma")
    for days in (-1, 367):
        await salma.post(
            "/security/tokens",
            {"name": "x", "scopes": ["ticket:read"], "expires_at": in_days(days)},
            expect=422,
        )
    token = await make(salma, "ticket:read")
    await office.run("UPDATE access_tokens SET expires_at = now() - interval '1 second'")
    assert (await with_token(office, token, "GET", "/views")).status == 401
    token = await make(salma, "ticket:read")
    newest = (await admin.get("/tokens?limit=1"))["tokens"][0]
    assert (newest["agent"]["name"], newest["state"]) == ("Salma", "active")
    youssef = await office.person("agent", "Youssef")
    assert (await youssef.ask("DELETE", f"/security/tokens/{newest['id']}")).status == 404, "not his"
    assert (await admin.ask("DELETE", f"/tokens/{newest['id']}")).status == 204
    assert (await with_token(office, token, "GET", "/views")).status == 401
    token = await make(salma, "ticket:read")
    version = (await admin.get(f"/people/{salma.id}"))["version"]
    gone = await admin.post(f"/people/{salma.id}/deactivate", {"version": version})
    await admin.post(f"/people/{salma.id}/reactivate", {"version": gone["version"]})
    assert (await with_token(office, token, "GET", "/views")).status == 401, "dismissed with its owner"


async def test_a_service_has_an_account_and_a_token(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    robot = await office.hire("agent", "Robot")
    body = {"name": "CRM", "agent_id": str(robot), "scopes": ["ticket:read"], "expires_at": in_days(300)}
    made = await admin.post("/tokens", body, expect=201)
    assert (made["kind"], made["created_by"]["name"]) == ("service", "Admin")
    assert (await with_token(office, made["token"], "GET", "/views")).status == 200
    refused = await admin.ask("POST", "/tokens", body | {"scopes": ["role:write"]})
    assert (refused.status, (await refused.json())["code"]) == (403, "beyond_own"), "more than the robot may"


async def test_a_foreign_page_gains_nothing_by_a_wrong_token(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    response = await salma.ask("GET", "/session", headers={"Authorization": "Bearer wasl_nonsense"})
    assert response.status == 401, "the cookie counts for nothing beside it"
    response = await office.http.patch(
        office.server.make_url("/api/session"),
        json={"language": "ar"},
        headers={
            "Cookie": f"wasl_session={salma.token}",
            "Authorization": "Basic x",
            "Origin": "https://evil",
        },
    )
    assert response.status == 403


async def test_a_revoked_token_closes_its_socket(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    token = await make(salma, "ticket:read")
    socket = await office.http.ws_connect(
        office.server.make_url("/api/live"), headers={"Authorization": f"Bearer {token}"}
    )
    assert (await socket.receive_json())["type"] == "hello"
    row = (await salma.get("/security/tokens"))["tokens"][0]
    assert (await salma.ask("DELETE", f"/security/tokens/{row['id']}")).status == 204
    async with asyncio.timeout(5):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
    assert socket.close_code == 4401


NAMES = {"ar": "قارئ", "fr": "Lecteur", "en": "Reader"}


async def test_a_role_of_ones_own(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    role = await admin.post("/roles", {"names": NAMES, "permissions": ["article:read"]}, expect=201)
    reader = await office.person(role["key"], "Rim")
    assert (await reader.get("/session"))["role_names"] == NAMES
    assert (await reader.ask("GET", "/views")).status == 403
    changed = await admin.ask(
        "PATCH",
        f"/roles/{role['key']}",
        {"version": role["version"], "permissions": ["article:read", "ticket:read"]},
    )
    assert changed.status == 200
    assert (await reader.ask("GET", "/views")).status == 200, "at once"
    unknown = await admin.ask("POST", "/roles", {"names": NAMES, "permissions": ["moon:walk"]})
    assert (await unknown.json())["code"] == "permission_unknown"
    in_use = await admin.ask("DELETE", f"/roles/{role['key']}")
    assert (in_use.status, (await in_use.json())["fields"]) == (409, {"agents": "1"})
    await office.run("UPDATE agents SET role = 'agent' WHERE name = 'Rim'")
    assert (await admin.ask("DELETE", f"/roles/{role['key']}")).status == 204
    assert (await (await admin.ask("DELETE", "/roles/agent")).json())["code"] == "role_builtin"
    events = await office.rows("SELECT type FROM events WHERE type LIKE 'role.%' ORDER BY sequence")
    assert [row[0] for row in events] == ["role.created", "role.changed", "role.deleted"]


async def test_a_role_that_changes_is_felt_by_open_sockets(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    role = await admin.post("/roles", {"names": NAMES, "permissions": ["ticket:read"]}, expect=201)
    reader = await office.person(role["key"], "Rim")
    socket = await reader.connect()
    assert (await socket.receive_json())["type"] == "hello"
    changed = await admin.ask(
        "PATCH", f"/roles/{role['key']}", {"version": 1, "second_factor_required": True}
    )
    assert changed.status == 200
    async with asyncio.timeout(5):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED}:
            pass
    assert socket.close_code == 4401
    assert (await reader.get("/session"))["second_factor_due"] is True
