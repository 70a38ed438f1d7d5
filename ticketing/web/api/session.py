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
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.auth.origin import client_address
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import NotSignedIn, json_response
from ticketing.web.feed import SESSIONS_TOPIC
from ticketing.web.requests import Body, Words, read_body

BY_EMAIL = text("SELECT id, password_hash FROM agents WHERE email = :email AND is_active")
WHO = text(
    "SELECT a.id, a.name, a.email, a.role, a.language, r.permissions FROM agents a"
    " JOIN roles r ON r.key = a.role WHERE a.id = :agent_id"
)
TEAMS_OF = text(
    "SELECT t.id, t.key, t.names FROM teams t JOIN team_members m ON m.team_id = t.id"
    " WHERE m.agent_id = :agent_id ORDER BY t.key"
).columns(names=JSONB)
AROUND = timedelta(days=730)
SET_LANGUAGE = text("UPDATE agents SET language = :language WHERE id = :agent_id")


class Credentials(Body):
    email: Words = Field(min_length=1, max_length=320)
    password: str = Field(min_length=1, max_length=1024)


class Preferences(Body):
    language: Literal["ar", "fr", "en"]


async def sign_in(request: web.Request) -> web.StreamResponse:
    """200 with the session and its cookie; 401 `bad_credentials`; 429 after repeated failures."""
    context = request.app[CONTEXT]
    credentials = await read_body(request, Credentials)
    email = credentials.email.strip().lower()
    address = client_address(request, context.settings.trusted_proxies)
    await context.sign_ins.attempt(email, address)
    async with context.reading() as connection:
        agent = (await connection.execute(BY_EMAIL, {"email": email})).one_or_none()
    right = await context.passwords.matches(agent.password_hash if agent else None, credentials.password)
    if agent is None or not right:
        await context.sign_ins.failed(address)
        raise NotSignedIn("bad_credentials", "This e-mail and password do not belong together.")
    await context.sign_ins.succeeded(email, address)
    token = await context.sessions.open(agent.id, request.headers.get("User-Agent"))
    response = json_response(await _session(context, agent.id))
    context.guard.give_cookie(request, response, token)
    return response


async def who(request: web.Request) -> web.StreamResponse:
    return json_response(await _session(request.app[CONTEXT], request[SESSION].agent_id))


async def set_preferences(request: web.Request) -> web.StreamResponse:
    context, agent_id = request.app[CONTEXT], request[SESSION].agent_id
    preferences = await read_body(request, Preferences)
    async with context.reading() as connection:
        await connection.execute(SET_LANGUAGE, {"language": preferences.language, "agent_id": agent_id})
    return json_response(await _session(context, agent_id))


async def sign_out(request: web.Request) -> web.StreamResponse:
    """Ends the session everywhere: its sockets close with 4401."""
    context, session = request.app[CONTEXT], request[SESSION]
    await context.sessions.close(session.token_hash)
    context.feed.hub.end_session(session.token_hash)
    context.bus.publish(SESSIONS_TOPIC)
    response = web.Response(status=204)
    context.guard.take_cookie(response)
    return response


@lru_cache(maxsize=8)
def _offsets(zone: str, today: date) -> list[render.Json]:
    """The company's clock two years around today: a browser's own data may be older than the law."""
    noon = datetime.combine(today, time(12), UTC)
    changes = offset_changes(pinned_zone(zone), noon - AROUND, noon + AROUND)
    return [{"from": at.isoformat(), "minutes": round(offset.total_seconds() / 60)} for at, offset in changes]


async def _session(context: Context, agent_id: UUID) -> render.Json:
    async with context.reading() as connection:
        agent = (await connection.execute(WHO, {"agent_id": agent_id})).one()
        teams = (await connection.execute(TEAMS_OF, {"agent_id": agent_id})).all()
    settings = context.settings
    return {
        "agent": render.agent(agent),
        "permissions": sorted(agent.permissions),
        "teams": [render.team(team) for team in teams],
        "time_zone": settings.time_zone,
        "utc_offsets": _offsets(settings.time_zone, datetime.now(UTC).date()),
        "brand": {"name": settings.brand_name, "short_name": settings.brand_short_name},
        "demonstration": settings.demonstration,
        "sandbox_url": settings.sandbox_url,
    }
