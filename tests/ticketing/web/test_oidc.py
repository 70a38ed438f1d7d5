"""Single sign-on: against a real provider in a process of its own, and against one that lies."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey
from sqlalchemy.ext.asyncio import AsyncEngine
from yarl import URL

from tests.ticketing.web.office import Office, open_office, serving
from ticketing.web.auth import oidc as oidc_module
from ticketing.web.auth.oidc import OidcClient, OidcProblem, OidcSettings, check_claims

CLIENT = "wasl-desk"


def settings(issuer: str, **more: Any) -> OidcSettings:
    return OidcSettings(issuer=issuer, client_id=CLIENT, client_secret="a secret", name="SRM", **more)


@asynccontextmanager
async def desk_with(office: Office, chosen: OidcSettings) -> AsyncIterator[tuple[TestServer, ClientSession]]:
    """The desk with this provider, and a browser that follows no redirect by itself."""
    with socket.socket() as chosen_port:
        chosen_port.bind(("127.0.0.1", 0))
        port = chosen_port.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    async with ClientSession() as http, ClientSession(cookie_jar=CookieJar(unsafe=True)) as browser:
        client = OidcClient(chosen, http, office.dependencies.sealer, f"{url}/api/oidc/callback")
        async with serving(replace(office.dependencies, oidc=client)) as server:
            yield server, browser


# --- a real provider --------------------------------------------------------------------------------


@contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    yield port


@pytest.fixture(scope="module")
async def provider() -> AsyncIterator[str]:
    """oidc-provider-mock, an OpenID provider of its own, in its own process."""
    people = [
        {"sub": "u-1", "email": "salma@desk.example", "email_verified": True, "name": "Salma"},
        {
            "sub": "u-2",
            "email": "new@desk.example",
            "email_verified": True,
            "name": "Nour",
            "groups": ["desk"],
        },
        {"sub": "u-3", "email": "salma@desk.example", "email_verified": False},
    ]
    with free_port() as port:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "oidc_provider_mock",
            "--port",
            str(port),
            *(part for person in people for part in ("--user-claims", json.dumps(person))),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        issuer = f"http://127.0.0.1:{port}"
        try:
            async with ClientSession() as http, asyncio.timeout(30):
                while True:
                    try:
                        async with http.get(f"{issuer}/.well-known/openid-configuration") as response:
                            if response.status == 200:
                                break
                    except OSError:
                        await asyncio.sleep(0.05)
            yield issuer
        finally:
            process.terminate()
            await process.wait()


async def sign_in_there(
    server: TestServer, browser: ClientSession, subject: str, next_path: str = "/"
) -> Any:
    """From the desk to the provider, its form, and back to the desk."""
    start = server.make_url("/api/oidc/start").with_query(next=next_path)
    async with browser.get(start, allow_redirects=False) as response:
        assert response.status == 302
        there = response.headers["Location"]
    query = parse_qs(urlsplit(there).query)
    assert query["code_challenge_method"] == ["S256"]
    assert {"state", "nonce", "code_challenge"} <= set(query)
    async with browser.post(there, data={"sub": subject}, allow_redirects=False) as response:
        assert response.status == 302, await response.text()
        back = URL(response.headers["Location"])
    ours = server.make_url(back.path).with_query(back.query)
    response = await browser.get(ours, allow_redirects=False)
    await response.read()
    assert response.status == 302
    return response


async def who(server: TestServer, browser: ClientSession) -> Any:
    async with browser.get(server.make_url("/api/session")) as response:
        return await response.json()


async def test_through_a_real_provider(office: Office, provider: str) -> None:
    salma = await office.hire("agent", "Salma")
    async with desk_with(office, settings(provider)) as (server, browser):
        async with browser.get(server.make_url("/api/session/options")) as response:
            assert (await response.json())["oidc"] == {"name": "SRM"}
        response = await sign_in_there(server, browser, "u-1", "/tickets/mine")
        assert response.headers["Location"] == "/tickets/mine"
        assert (await who(server, browser))["agent"]["id"] == str(salma)
        assert await office.one("SELECT method FROM sessions") == "oidc"
        await office.run("UPDATE agents SET email = 'moved@desk.example'")
        await sign_in_there(server, browser, "u-1")
        assert (await who(server, browser))["agent"]["id"] == str(salma), "known by subject from now on"
        await office.run("UPDATE agents SET is_active = false")
        response = await sign_in_there(server, browser, "u-1")
        assert response.headers["Location"] == "/login?problem=oidc_inactive"


async def test_who_was_not_invited_stays_out_unless_groups_say_otherwise(
    office: Office, provider: str
) -> None:
    await office.hire("agent", "Salma")
    async with desk_with(office, settings(provider)) as (server, browser):
        response = await sign_in_there(server, browser, "u-2")
        assert response.headers["Location"] == "/login?problem=oidc_not_invited"
        response = await sign_in_there(server, browser, "u-3")
        assert response.headers["Location"] == "/login?problem=oidc_unverified"
    mapped = settings(provider, create_agents=True, role_by_group={"desk": "supervisor"})
    async with desk_with(office, mapped) as (server, browser):
        await sign_in_there(server, browser, "u-2")
        session = await who(server, browser)
        assert (session["agent"]["name"], session["agent"]["role"]) == ("Nour", "supervisor")


async def test_the_next_address_is_ours(office: Office, provider: str) -> None:
    await office.hire("agent", "Salma")
    async with desk_with(office, settings(provider)) as (server, browser):
        for evil in ("//evil.example", "https://evil.example", "/\\evil.example", "/a\r\nSet-Cookie: x"):
            response = await sign_in_there(server, browser, "u-1", evil)
            assert response.headers["Location"] == "/", evil


async def test_a_state_of_another_browser_is_refused(office: Office, provider: str) -> None:
    await office.hire("agent", "Salma")
    async with desk_with(office, settings(provider)) as (server, browser):
        callback = server.make_url("/api/oidc/callback")
        for query in ({"code": "x", "state": "y"}, {"code": "x"}, {"state": "y", "error": "denied"}, {}):
            async with browser.get(callback.with_query(query), allow_redirects=False) as response:
                assert response.headers["Location"] == "/login?problem=oidc_expired"
        async with browser.get(server.make_url("/api/oidc/start"), allow_redirects=False) as response:
            await response.read()
        async with browser.get(
            callback.with_query(code="x", state="of somebody else"), allow_redirects=False
        ) as response:
            assert response.headers["Location"] == "/login?problem=oidc_expired"
        assert await office.one("SELECT count(*) FROM sessions") == 0


async def test_the_desks_own_second_factor_is_asked_where_the_provider_asked_none(
    office: Office, provider: str
) -> None:
    salma = await office.hire("agent", "Salma")
    await office.run(
        "INSERT INTO second_factors (agent_id, secret, confirmed_at) VALUES (:id, 'x', now())", id=salma
    )
    async with desk_with(office, settings(provider)) as (server, browser):
        response = await sign_in_there(server, browser, "u-1", "/tickets/mine")
        assert re.fullmatch(r"/login\?next=%2Ftickets%2Fmine#challenge=.{30,}", response.headers["Location"])
        assert await office.one("SELECT count(*) FROM sessions") == 0
    trusted = settings(provider, second_factor_done=True)
    async with desk_with(office, trusted) as (server, browser):
        await sign_in_there(server, browser, "u-1")
        assert (await who(server, browser))["agent"]["name"] == "Salma"


async def test_without_a_provider_there_is_none(office: Office) -> None:
    async with office.http.get(office.server.make_url("/api/oidc/start"), allow_redirects=False) as response:
        assert response.status == 404


# --- a provider that lies ---------------------------------------------------------------------------


class Liar:
    """Signs what it is told to."""

    def __init__(self) -> None:
        self.keys = [RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})]
        self.alg = "RS256"
        self.signs_with: Any = self.keys[0]
        self.kid = "one"
        self.changes: dict[str, Any] = {}
        self.nonce = ""
        self.forge: Callable[[dict[str, Any]], str] | None = None
        self.asked_for_keys = 0
        self.issuer = ""

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self.describe)
        app.router.add_get("/jwks", self.jwks)
        app.router.add_post("/token", self.exchange)
        return app

    async def describe(self, _request: web.Request) -> web.Response:
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/jwks",
            }
        )

    async def jwks(self, _request: web.Request) -> web.Response:
        self.asked_for_keys += 1
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]})

    async def exchange(self, request: web.Request) -> web.Response:
        assert (await request.post())["code_verifier"]
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "s-1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "email": "salma@desk.example",
            "email_verified": True,
            **self.changes,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        if self.forge is not None:
            token = self.forge(claims)
        else:
            header = {"alg": self.alg, "kid": self.kid}
            token = jwt.encode(header, claims, self.signs_with, algorithms=[self.alg])
        return web.json_response({"id_token": token, "access_token": "x", "token_type": "Bearer"})


@pytest.fixture
async def liar() -> AsyncIterator[Liar]:
    lies = Liar()
    async with TestServer(lies.app()) as server:
        lies.issuer = str(server.make_url("")).rstrip("/")
        yield lies


async def come_back(office: Office, liar: Liar) -> str:
    """Where the desk sends the browser after the liar's answer."""
    async with desk_with(office, settings(liar.issuer)) as (server, browser):
        return await _come_back(server, browser, liar)


async def _come_back(server: TestServer, browser: ClientSession, liar: Liar) -> str:
    async with browser.get(server.make_url("/api/oidc/start"), allow_redirects=False) as response:
        query = parse_qs(urlsplit(response.headers["Location"]).query)
    liar.nonce = query["nonce"][0]
    back = server.make_url("/api/oidc/callback").with_query(code="c", state=query["state"][0])
    async with browser.get(back, allow_redirects=False) as response:
        return response.headers["Location"]


async def test_a_provider_that_tells_the_truth(office: Office, liar: Liar) -> None:
    await office.hire("agent", "Salma")
    assert await come_back(office, liar) == "/"


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"aud": "another client"},
        {"aud": [CLIENT, "another client"]},
        {"azp": "another client"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"sub": None},
        {"sub": ""},
    ],
    ids=lambda changes: ",".join(f"{name}-{type(value).__name__}" for name, value in changes.items()),
)
async def test_a_token_for_something_else_is_refused(
    office: Office, liar: Liar, changes: dict[str, Any]
) -> None:
    await office.hire("agent", "Salma")
    liar.changes = changes
    assert await come_back(office, liar) == "/login?problem=oidc_refused"
    assert await office.one("SELECT count(*) FROM sessions") == 0


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def symmetric(claims: dict[str, Any], secret: bytes) -> str:
    signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
    signature = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


async def test_no_signature_is_no_signature(office: Office, liar: Liar) -> None:
    """Right in everything but the signature: none, the public key as a shared secret, and another's key."""
    await office.hire("agent", "Salma")
    public = liar.keys[0].as_pem(private=False)
    foreign = RSAKey.generate_key(2048)
    forgeries: list[Callable[[dict[str, Any]], str]] = [
        lambda claims: f"{part({'alg': 'none'})}.{part(claims)}.",
        lambda claims: f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims)}.",
        lambda claims: f"{part({'alg': 'RS256', 'kid': 'one'})}.{part(claims)}.",
        lambda claims: symmetric(claims, public),
        lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, foreign),
        lambda _: "not a token",
        lambda _: "a.b.c",
    ]
    for number, forge in enumerate(forgeries):
        liar.forge = forge
        assert await come_back(office, liar) == "/login?problem=oidc_refused", number
    assert await office.one("SELECT count(*) FROM sessions") == 0
    liar.forge = lambda claims: jwt.encode({"alg": "RS256", "kid": "one"}, claims, liar.keys[0])
    assert await come_back(office, liar) == "/", "and the same with the right key is believed"


async def test_keys_may_change(office: Office, liar: Liar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc_module, "_ASK_AGAIN", 0.0)
    await office.hire("agent", "Salma")
    async with desk_with(office, settings(liar.issuer)) as (server, browser):
        assert await _come_back(server, browser, liar) == "/"
        assert await _come_back(server, browser, liar) == "/"
        assert liar.asked_for_keys == 1, "kept meanwhile"
        new = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
        liar.keys, liar.signs_with, liar.kid, liar.alg = [new], new, "two", "ES256"
        assert await _come_back(server, browser, liar) == "/"
        assert liar.asked_for_keys == 2


async def test_a_provider_that_is_away(office: Office, liar: Liar) -> None:
    with free_port() as port:
        chosen = settings(f"http://127.0.0.1:{port}")
    async with desk_with(office, chosen) as (server, browser):
        response = await browser.get(server.make_url("/api/oidc/start"), allow_redirects=False)
        assert response.headers["Location"] == "/login?problem=oidc_unavailable"


def test_clocks_may_differ_a_little() -> None:
    chosen = settings("https://login.example")
    claims = {"iss": "https://login.example", "aud": CLIENT, "sub": "s", "nonce": "n"}
    now = time.time()
    check_claims(claims | {"exp": now - 30, "iat": now + 30}, chosen, "n")
    with pytest.raises(OidcProblem):
        check_claims(claims | {"exp": now - 90, "iat": now}, chosen, "n")


async def test_the_last_administrator_stays_one_whatever_the_provider_says(
    database: AsyncEngine, tmp_path: Path, liar: Liar
) -> None:
    async with open_office(database, tmp_path) as office:
        await office.hire("administrator", "Salma")
        liar.changes = {"groups": ["readers"]}
        chosen = settings(liar.issuer, role_by_group={"readers": "agent"})
        async with desk_with(office, chosen) as (server, browser):
            assert await _come_back(server, browser, liar) == "/"
        assert await office.one("SELECT role FROM agents") == "administrator"
        await office.hire("administrator", "Other")
        async with desk_with(office, chosen) as (server, browser):
            assert await _come_back(server, browser, liar) == "/"
        assert await office.one("SELECT role FROM agents WHERE name = 'Salma'") == "agent"
