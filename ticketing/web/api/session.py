"""Signing in and out, and who is signed in."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from knowledge_base.time_zones import offset_changes, pinned_zone
from ticketing.desk import Event
from ticketing.people.guards import SESSIONS_TOPIC
from ticketing.people.password_policy import MINIMUM
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.auth.origin import client_address
from ticketing.web.auth.passwords import is_outdated
from ticketing.web.auth.sessions import Session
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import NotSignedIn, json_response
from ticketing.web.requests import Body, Words, read_body

BY_EMAIL = text("SELECT id, password_hash FROM agents WHERE email = :email AND is_active")
WHO = text(
    "SELECT a.id, a.name, a.email, a.role, a.language, r.names AS role_names FROM agents a"
    " JOIN roles r ON r.key = a.role WHERE a.id = :agent_id"
).columns(role_names=JSONB)
TEAMS_OF = text(
    "SELECT t.id, t.key, t.names FROM teams t JOIN team_members m ON m.team_id = t.id"
    " WHERE m.agent_id = :agent_id ORDER BY t.key"
).columns(names=JSONB)
AROUND = timedelta(days=730)
SET_PREFERENCES = text(
    "UPDATE agents SET language = coalesce(:language, language), name = coalesce(:name, name)"
    " WHERE id = :agent_id"
)
# Only if it is still the hash that was checked: a password changed meanwhile stays changed.
REHASH = text("UPDATE agents SET password_hash = :new WHERE id = :agent_id AND password_hash = :old")


class Credentials(Body):
    email: Words = Field(min_length=1, max_length=320)
    password: str = Field(min_length=1, max_length=1024)


class SecondFactor(Body):
    challenge: str = Field(min_length=1, max_length=200)
    code: str = Field(min_length=1, max_length=64)


class Preferences(Body):
    language: Literal["ar", "fr", "en"] | None = None
    name: Words | None = Field(None, min_length=1, max_length=200, pattern=r"\S")


async def sign_in_options(request: web.Request) -> web.StreamResponse:
    """What the sign-in page offers."""
    context = request.app[CONTEXT]
    oidc = context.dependencies.oidc
    options = {
        "oidc": None if oidc is None else {"name": oidc.settings.name},
        "password": True,
        "mail": context.settings.sends_mail,
        "minimum_length": MINIMUM,
    }
    return json_response(options)


async def sign_in(request: web.Request) -> web.StreamResponse:
    """The session and its cookie, or a challenge where a second factor is asked.

    401 `bad_credentials`; 429 after repeated failures.
    """
    context = request.app[CONTEXT]
    credentials = await read_body(request, Credentials)
    email = credentials.email.strip().lower()
    address = client_address(request, context.settings.trusted_proxies)
    await context.sign_ins.attempt(email, address)
    async with context.reading() as connection:
        agent = (await connection.execute(BY_EMAIL, {"email": email})).one_or_none()
    stored: str | None = agent.password_hash if agent else None
    right = await context.passwords.matches(stored, credentials.password)
    if agent is None or stored is None or not right:
        await context.sign_ins.failed(address)
        raise NotSignedIn("bad_credentials", "This e-mail and password do not belong together.")
    await context.sign_ins.succeeded(email, address)
    await _rehash(context, agent.id, stored, credentials.password)
    async with context.reading() as connection:
        factor = await context.people.factors.state(connection, agent.id)
    if factor is None:
        return await welcome(request, agent.id, "password", second_factor=False)
    challenge = await context.people.challenges.create(agent.id, "password")
    answer = {
        "second_factor": True,
        "challenge": challenge.token,
        "expires_at": render.time(challenge.expires_at),
    }
    return json_response(answer)


async def second_factor(request: web.Request) -> web.StreamResponse:
    """The second half of signing in: a code of the authenticator app, or a recovery code."""
    context = request.app[CONTEXT]
    given = await read_body(request, SecondFactor)
    address = client_address(request, context.settings.trusted_proxies)
    async with context.reading() as connection:
        challenge = await context.people.challenges.find(connection, given.challenge)
    if challenge is None:
        await context.sign_ins.link_tried(address)
        raise NotSignedIn("challenge_expired", "This took too long: sign in again.")
    account = str(challenge.agent_id)
    await context.sign_ins.code_attempt(account, address)
    if not await context.people.challenges.meet(given.challenge, challenge.agent_id, given.code):
        raise NotSignedIn("bad_code", "This code is wrong, too old, or was used already.")
    await context.sign_ins.code_accepted(account, address)
    return await welcome(request, challenge.agent_id, challenge.method, second_factor=True)


async def welcome(
    request: web.Request, agent_id: UUID, method: str, *, second_factor: bool
) -> web.StreamResponse:
    """A new session: its cookie and what the interface needs to know."""
    token = await open_session(request, agent_id, method, second_factor=second_factor)
    context = request.app[CONTEXT]
    session = await context.sessions.find(token)
    if session is None:  # deactivated in this very moment
        raise NotSignedIn
    response = json_response(await _rendered(context, session))
    context.guard.give_cookie(request, response, token)
    return response


async def open_session(request: web.Request, agent_id: UUID, method: str, *, second_factor: bool) -> str:
    """The token of a new session, on the record."""
    context = request.app[CONTEXT]
    address = client_address(request, context.settings.trusted_proxies)
    user_agent = request.headers.get("User-Agent")
    token = await context.sessions.open(
        agent_id, user_agent, address=address, method=method, second_factor=second_factor
    )
    async with context.desk.transaction() as transaction:
        data = {"agent_id": str(agent_id), "method": method, "address": address}
        transaction.record(Event("agent.signed_in", "agent", actor_id=agent_id, data=data))
    return token


async def who(request: web.Request) -> web.StreamResponse:
    """Who is signed in, and what he may do."""
    return json_response(await _rendered(request.app[CONTEXT], request[SESSION]))


async def set_preferences(request: web.Request) -> web.StreamResponse:
    """The agent's own name and language of the interface."""
    context, session = request.app[CONTEXT], request[SESSION]
    preferences = await read_body(request, Preferences)
    name = None if preferences.name is None else " ".join(preferences.name.split())
    values = {"language": preferences.language, "name": name, "agent_id": session.agent_id}
    async with context.desk.transaction() as transaction:
        await transaction.connection.execute(SET_PREFERENCES, values)
        if name is not None and name != session.name:
            data = {
                "agent_id": str(session.agent_id),
                "name": name,
                "from": {"name": session.name},
                "to": {"name": name},
            }
            transaction.record(Event("agent.changed", "agent", actor_id=session.agent_id, data=data))
    return json_response(await _rendered(context, session))


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Ends the session everywhere: its sockets close with 4401."""
    context, session = request.app[CONTEXT], request[SESSION]
    await context.sessions.close(session.token_hash)
    context.feed.hub.end_session(session.token_hash)
    context.bus.publish(SESSIONS_TOPIC)
    async with context.desk.transaction() as transaction:
        data = {"agent_id": str(session.agent_id)}
        transaction.record(Event("agent.signed_out", "agent", actor_id=session.agent_id, data=data))
    response = web.Response(status=204)
    context.guard.take_cookie(response)
    return response


async def _rehash(context: Context, agent_id: UUID, stored: str, password: str) -> None:
    """A hash made with yesterday's parameters is made anew while the password is at hand."""
    if is_outdated(stored):
        values = {"new": await context.passwords.hash(password), "agent_id": agent_id, "old": stored}
        async with context.reading() as connection:
            await connection.execute(REHASH, values)


@lru_cache(maxsize=8)
def _offsets(zone: str, today: date) -> list[render.Json]:
    """The company's clock two years around today: a browser's own data may be older than the law."""
    noon = datetime.combine(today, time(12), UTC)
    changes = offset_changes(pinned_zone(zone), noon - AROUND, noon + AROUND)
    return [{"from": at.isoformat(), "minutes": round(offset.total_seconds() / 60)} for at, offset in changes]


async def _rendered(context: Context, session: Session) -> render.Json:
    async with context.reading() as connection:
        agent = (await connection.execute(WHO, {"agent_id": session.agent_id})).one()
        teams = (await connection.execute(TEAMS_OF, {"agent_id": session.agent_id})).all()
    settings = context.settings
    return {
        "agent": render.agent(agent),
        "role_names": agent.role_names,
        "permissions": sorted(session.permissions),
        "teams": [render.team(team) for team in teams],
        "time_zone": settings.time_zone,
        "utc_offsets": _offsets(settings.time_zone, datetime.now(UTC).date()),
        "brand": {"name": settings.brand_name, "short_name": settings.brand_short_name},
        "demonstration": settings.demonstration,
        "sandbox_url": settings.sandbox_url,
        "session_id": render.identifier(session.id),
        "second_factor_due": session.second_factor_due,
    }
