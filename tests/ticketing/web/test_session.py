"""Signing in and out."""

from __future__ import annotations

import asyncio
import socket
from http.cookies import Morsel
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import PASSWORD, Office, Person, open_office
from ticketing.web.auth.passwords import PasswordChecker, hash_password
from ticketing.web.requests import json_without_nul


async def sign_in(office: Office, email: str, password: str = PASSWORD, **headers: str) -> ClientResponse:
    response = await office.http.post(
        office.server.make_url("/api/session"),
        json={"email": email, "password": password},
        headers={"X-Wasl": "1"} | headers,
    )
    await response.read()
    return response


def cookie_of(response: ClientResponse) -> Morsel[str]:
    return response.cookies["wasl_session"]


async def test_sign_in_work_sign_out(office: Office) -> None:
    agent_id = await office.hire("supervisor", "Nadia", "technical")
    response = await sign_in(office, " Nadia@Desk.Example ")
    assert response.status == 200
    session = await response.json()
    assert session["agent"] == {
        "id": str(agent_id),
        "name": "Nadia",
        "email": "nadia@desk.example",
        "role": "supervisor",
        "language": "fr",
    }
    assert "ticket:assign" in session["permissions"]
    assert [team["key"] for team in session["teams"]] == ["technical"]
    assert session["time_zone"] == "Africa/Casablanca"
    assert session["brand"] == {"name": "SRM Casablanca-Settat", "short_name": "SRM-CS"}
    assert session["demonstration"] is True
    assert session["sandbox_url"] is None
    cookie = cookie_of(response)
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert not cookie["secure"]
    assert cookie["path"] == "/"

    nadia = Person(office, agent_id, "Nadia", cookie.value)
    assert (await nadia.get("/session"))["agent"]["name"] == "Nadia"
    assert (await office.one("SELECT token_hash FROM sessions")) != cookie.value.encode()
    left = await nadia.ask("DELETE", "/session")
    assert left.status == 204
    assert cookie_of(left).value == ""
    await nadia.get("/session", expect=401)


@pytest.mark.parametrize(
    ("email", "password"),
    [("salma@desk.example", "wrong"), ("nobody@desk.example", PASSWORD), ("salma@desk.example", " ")],
)
async def test_a_wrong_password_and_a_wrong_name_look_the_same(
    office: Office, email: str, password: str
) -> None:
    await office.hire("agent", "Salma")
    response = await sign_in(office, email, password)
    assert response.status == 401
    assert (await response.json())["code"] == "bad_credentials"
    assert "wasl_session" not in response.cookies


async def test_guessing_in_parallel_is_stopped(office: Office) -> None:
    await office.hire("agent", "Salma")
    await office.hire("agent", "Youssef")
    answers = await asyncio.gather(*(sign_in(office, "salma@desk.example", f"no{n}") for n in range(12)))
    assert sorted(answer.status for answer in answers) == [401] * 5 + [429] * 7
    refused = next(answer for answer in answers if answer.status == 429)
    assert 0 < int(refused.headers["Retry-After"]) <= 300
    assert (await sign_in(office, "salma@desk.example")).status == 429, "not even with the right one"
    assert (await sign_in(office, "youssef@desk.example")).status == 200, "others still get in"


async def test_the_limits_hold_while_their_shared_storage_is_away(
    database: AsyncEngine, tmp_path: Path
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused
        storage = f"async+valkey://127.0.0.1:{nobody.getsockname()[1]}"
        async with open_office(database, tmp_path, limits_storage=storage) as office:
            await office.hire("agent", "Salma")
            assert (await sign_in(office, "salma@desk.example")).status == 200
            statuses = [(await sign_in(office, "salma@desk.example", "no")).status for _ in range(7)]
            assert statuses == [401] * 5 + [429] * 2


async def test_the_right_password_forgives_the_wrong_ones(office: Office) -> None:
    await office.hire("agent", "Salma")
    for _ in range(3):
        for _ in range(4):
            assert (await sign_in(office, "salma@desk.example", "no")).status == 401
        assert (await sign_in(office, "salma@desk.example")).status == 200


@pytest.mark.parametrize(("proxies", "secure"), [((ip_network("127.0.0.0/8"),), True), ((), False)])
async def test_the_cookie_is_secure_behind_https(
    database: AsyncEngine, tmp_path: Path, proxies: Any, secure: bool
) -> None:
    async with open_office(database, tmp_path, trusted_proxies=proxies) as office:
        await office.hire("agent", "Salma")
        response = await sign_in(office, "salma@desk.example", **{"X-Forwarded-Proto": "https"})
        assert bool(cookie_of(response)["secure"]) is secure


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"not json", 400),
        (b"", 422),
        (b"[]", 422),
        (b'{"email": "a", "password": "b", "admin": true}', 422),
        (b'{"email": 5, "password": "b"}', 422),
        (b'{"email": "\\ud800", "password": "b"}', 400),
        (b'{"email": "a\\u0000b", "password": "b"}', 401),
        (b'{"email": "' + b"a" * 600_000 + b'"}', 413),
        (b"[" * 100_000, 400),
    ],
)
async def test_bodies_that_are_none(office: Office, raw: bytes, status: int) -> None:
    response = await office.http.post(
        office.server.make_url("/api/session"), data=raw, headers={"X-Wasl": "1"}
    )
    assert response.status == status, await response.text()
    error = await response.json()
    assert set(error) == {"type", "title", "status", "detail", "code", "fields"}
    if status == 422:
        assert error["fields"]


async def test_unknown_addresses_and_methods(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    assert (await agent.get("/nothing", expect=404))["code"] == "not_found"
    response = await agent.ask("DELETE", "/views")
    assert response.status == 405
    assert "GET" in response.headers["Allow"]
    assert (await agent.get("/tickets/not-a-uuid", expect=404))["code"] == "ticket_unknown"


async def test_security_headers(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    response = await agent.ask("GET", "/views")
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    assert response.headers["Cache-Control"] == "no-store"
    outside = await office.http.get(office.server.make_url("/channels/web/widget.js"))
    assert "Content-Security-Policy" not in outside.headers
    assert outside.headers["X-Content-Type-Options"] == "nosniff"


async def test_real_passwords() -> None:
    checker = PasswordChecker()
    stored = await asyncio.to_thread(hash_password, "sésame ouvre-toi")
    assert await checker.matches(stored, "sésame ouvre-toi")
    assert not await checker.matches(stored, "sesame ouvre-toi")
    assert not await checker.matches("not a hash", "x")
    assert not await checker.matches(None, "nobody")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b'"a\\u0000b"', b'"ab"'),
        (b'"\\u0000\\u0000"', b'""'),
        (b'"\\\\u0000"', b'"\\\\u0000"'),  # a backslash and five characters
        (b'"\\\\\\u0000"', b'"\\\\"'),
    ],
)
def test_no_string_has_a_nul(sent: bytes, kept: bytes) -> None:
    assert json_without_nul(sent) == kept


async def test_nothing_is_named_by_nul(office: Office) -> None:
    administrator = await office.person("administrator", "Nadia")
    assert (await administrator.get("/articles/search?q=a%00b"))["results"] == []
    await administrator.get("/tags%00", expect=404)
