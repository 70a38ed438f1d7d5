"""Every route × every role, and nobody: the route table is the only page that says who may."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tests.ticketing.people.test_permissions_catalogue import BESIDE_ROUTES
from tests.ticketing.web.office import Office, Person
from ticketing.web.auth.guard import IN_PERSON, PUBLIC, SIGNED_IN
from ticketing.web.routes import ROUTES, Route

ROLES = ("agent", "supervisor", "administrator")
OPEN_TO_ALL = {
    ("GET", "/session/options"),
    ("POST", "/session"),
    ("POST", "/session/second_factor"),
    ("POST", "/password/forgotten"),
    ("POST", "/password/links"),
    ("POST", "/password"),
    ("GET", "/oidc/start"),
    ("GET", "/oidc/callback"),
    ("GET", ""),
    ("GET", "/openapi.json"),
}
# They end the session that walks.
ENDING = {("DELETE", "/session"), ("DELETE", "/security/sessions")}
DOCS = Path(__file__).parents[3] / "docs"


def filled(route: Route) -> str:
    """Its address with names of things that are not there."""
    values = {"language": "fr", "version": "1", "day": "2026-12-01", "file": "agencies"}
    one = str(uuid4())

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return one if name.endswith("id") else values.get(name, "nowhere")

    return re.sub(r"\{(\w+)\}", value, route.path)


async def known_permissions(office: Office) -> dict[str, set[str]]:
    return {row[0]: set(row[1]) for row in await office.rows("SELECT key, permissions FROM roles")}


def test_every_route_says_what_it_needs() -> None:
    for route in ROUTES:
        assert re.fullmatch(rf"{PUBLIC}|{SIGNED_IN}|{IN_PERSON}|[a-z_]+:[a-z]+", route.needs), route
    assert {(route.method, route.path) for route in ROUTES if route.needs == PUBLIC} == OPEN_TO_ALL
    mine = {route.path.split("/")[1] for route in ROUTES if route.needs == IN_PERSON}
    assert mine == {"session", "security"}
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)


async def test_every_needed_permission_exists(office: Office) -> None:
    known = set().union(*(await known_permissions(office)).values())
    needed = {route.needs for route in ROUTES} - {PUBLIC, SIGNED_IN, IN_PERSON}
    # They open no address of their own, but more at each.
    needed |= BESIDE_ROUTES
    assert needed == known


async def test_every_address_of_the_desk_is_in_the_table(office: Office) -> None:
    """Nothing below /api is reachable past the table."""
    app = office.server.app
    served = {
        (one.method, one.resource.canonical)
        for one in app.router.routes()
        if one.resource is not None and one.method != "HEAD"
    }
    assert served == {(route.method, f"/api{route.path}") for route in ROUTES}


@pytest.mark.skipif(not DOCS.exists(), reason="the documentation is not shipped")
def test_documentation_and_desk_have_the_same_addresses() -> None:
    """docs/api.md and docs/api/ write `POST /api/…`; a cell may name several."""
    pages = [DOCS / "api.md", *sorted((DOCS / "api").glob("*.md"))]
    documented: dict[tuple[str, str], str] = {}
    for page in pages:
        # The web chat is a channel's own interface.
        text = page.read_text(encoding="utf-8").partition("## Web chat")[0]
        for method, path in re.findall(r"`(GET|POST|PUT|PATCH|DELETE) /api((?:/[^ `?]*)?)", text):
            documented[method, _shape(path)] = page.name
    served = {(route.method, _shape(route.path)) for route in ROUTES}
    assert {one: page for one, page in documented.items() if one not in served} == {}
    assert served - documented.keys() == set()


def _shape(path: str) -> str:
    """An address without the names of what stands in it."""
    return re.sub(r"\{\w+\}", "{}", path)


async def test_every_route_for_every_role(office: Office) -> None:
    """The desk's own roles, and one that an organisation made."""
    own = {"article:read", "ticket:read", "role:write"}
    await office.run("INSERT INTO roles (key, permissions) VALUES ('own', :it)", it=sorted(own))
    people = {role: await office.person(role, role.capitalize()) for role in (*ROLES, "own")}
    permissions = await known_permissions(office)
    for route in ROUTES:
        if route.path == "/live" or (route.method, route.path) in ENDING:
            continue
        for role, person in people.items():
            response = await person.ask(route.method, filled(route), None if route.method == "GET" else {})
            may = route.needs in (PUBLIC, SIGNED_IN, IN_PERSON, *permissions[role])
            assert (response.status != 403) == may, (route, role, await response.text())
            assert response.status != 405
            assert (response.status == 401) <= (route.needs == PUBLIC), (route, role)
            assert response.status < 500, (route, role, await response.text())


async def test_every_route_for_a_token(office: Office) -> None:
    """What its scopes and its agent's role both allow, and never how somebody signs in."""
    agent = await office.person("supervisor", "Nadia")
    scopes = ["article:read", "ticket:read", "ticket:assign"]
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    wanted = {"name": "Walker", "scopes": scopes, "expires_at": until}
    token = (await agent.post("/security/tokens", wanted, expect=201))["token"]
    headers = {"Authorization": f"Bearer {token}"}
    for route in ROUTES:
        if route.path == "/live":
            continue
        body = None if route.method == "GET" else {}
        response = await agent.ask(route.method, filled(route), body, headers=headers)
        may = route.needs in (PUBLIC, SIGNED_IN, *scopes) or (route.method, route.path) == ("GET", "/session")
        assert (response.status != 403) == may, (route, await response.text())
        assert response.status < 500, (route, await response.text())


async def test_every_route_before_a_second_factor_is_set_up(office: Office) -> None:
    await office.run("UPDATE roles SET second_factor_required = true WHERE key = 'administrator'")
    admin = await office.person("administrator", "Admin")
    for route in ROUTES:
        if route.path == "/live" or (route.method, route.path) in ENDING:
            continue
        body = None if route.method == "GET" else {}
        response = await admin.ask(route.method, filled(route), body)
        if route.needs not in (PUBLIC, IN_PERSON):
            assert response.status == 403, route
            assert (await response.json())["code"] == "second_factor_due", route


async def test_anonymous_gets_nothing(office: Office) -> None:
    nobody = Person(office, uuid4(), "Nobody", "no such token")
    for route in ROUTES:
        for headers in ({"Cookie": ""}, {}):
            response = await nobody.ask(
                route.method, filled(route), None if route.method == "GET" else {}, headers=headers
            )
            open_door = {409} if route.path == "/password/forgotten" else {422}  # no mails here
            described = {200, 404} if route.method == "GET" else open_door
            expected = described if route.needs == PUBLIC else {401}
            assert response.status in expected, (route, await response.text())


async def test_a_dismissed_agent_is_out_at_once(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    await agent.get("/views")
    await office.run("UPDATE agents SET is_active = false WHERE id = :id", id=agent.id)
    await agent.get("/views", expect=401)


async def test_a_session_that_expired_is_none(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    await office.run("UPDATE sessions SET expires_at = now() - interval '1 second'")
    await agent.get("/session", expect=401)


async def test_using_a_session_prolongs_it(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    await office.run(
        "UPDATE sessions SET seen_at = now() - interval '1 hour', expires_at = now() + interval '1 minute'"
    )
    response = await agent.ask("GET", "/session")
    assert "wasl_session" in response.cookies  # the browser's copy lives longer too
    left = await office.one("SELECT expires_at - now() > interval '11 hours' FROM sessions")
    assert left is True
    response = await agent.ask("GET", "/session")
    assert "wasl_session" not in response.cookies


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"X-Wasl": "0"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
    ],
)
async def test_other_sites_change_nothing(office: Office, headers: dict[str, str], status: int) -> None:
    agent = await office.person("agent", "Salma")
    response = await agent.ask("PATCH", "/session", {"language": "ar"}, headers=headers)
    assert response.status == status
    assert (await agent.get("/session"))["agent"]["language"] == ("ar" if status == 200 else "fr")


async def test_our_own_pages_may(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    origin = str(office.server.make_url("/")).rstrip("/")
    response = await agent.ask("PATCH", "/session", {"language": "en"}, headers={"Origin": origin})
    assert response.status == 200
