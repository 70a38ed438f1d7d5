"""An agent's own doors: password, second factor, sessions, tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field
from sqlalchemy import Row, text

from ticketing.desk import Event
from ticketing.errors import Forbidden, Invalid, NotFound
from ticketing.people.agents import By
from ticketing.people.guards import SESSIONS_TOPIC, end_sessions
from ticketing.people.password_policy import MINIMUM
from ticketing.people.tokens import NewToken
from ticketing.web import render
from ticketing.web.api.passwords import check_password
from ticketing.web.auth.guard import SESSION
from ticketing.web.auth.origin import client_address
from ticketing.web.auth.sessions import Session
from ticketing.web.context import CONTEXT
from ticketing.web.devices import device_of
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

OWN = text(
    "SELECT a.password_hash, r.second_factor_required FROM agents a JOIN roles r ON r.key = a.role"
    " WHERE a.id = :agent_id"
)
SESSIONS = text(
    "SELECT id, user_agent, address, method, created_at, seen_at, expires_at FROM sessions"
    " WHERE agent_id = :agent_id AND expires_at > now() ORDER BY seen_at DESC, id"
)
SET_PASSWORD = text(
    "UPDATE agents SET password_hash = :password_hash, version = version + 1 WHERE id = :agent_id"
)
END_ONE = text("DELETE FROM sessions WHERE id = :id AND agent_id = :agent_id RETURNING id")
OWN_TOKENS = 200  # the newest shown; more would be a mistake


class PasswordChange(Body):
    current: str = Field("", max_length=1024)
    password: str = Field(min_length=1, max_length=1024)


class Proof(Body):
    password: str = Field("", max_length=1024)


class Code(Body):
    code: str = Field(min_length=1, max_length=64)


class Removal(Body):
    password: str = Field("", max_length=1024)
    code: str = Field(min_length=1, max_length=64)


class Which(Body):
    keep: Literal["current"] | None = None


class TokenBody(Body):
    name: Words = Field(min_length=1, max_length=120, pattern=r"\S")
    scopes: list[Words] = Field(min_length=1, max_length=200)
    expires_at: AwareDatetime

    def token(self) -> NewToken:
        expires_at: datetime = self.expires_at
        return NewToken(self.name.strip(), self.scopes, expires_at)


def by(request: web.Request) -> By:
    """Who changes something by this request."""
    session = request[SESSION]
    return By(session.agent_id, session.permissions, session.token_id)


async def overview(request: web.Request) -> web.StreamResponse:
    """How one signs in, and where one is signed in."""
    context, session = request.app[CONTEXT], request[SESSION]
    values = {"agent_id": session.agent_id}
    async with context.reading() as connection:
        own = (await connection.execute(OWN, values)).one()
        sessions = (await connection.execute(SESSIONS, values)).all()
        factor = await context.people.factors.state(connection, session.agent_id)
    answer = {
        "password": own.password_hash is not None,
        "second_factor": None if factor is None else {"since": render.time(factor.since)},
        "second_factor_required": own.second_factor_required,
        "recovery_codes_left": 0 if factor is None else factor.codes_left,
        "sessions": [_session_row(row, session) for row in sessions],
        "minimum_length": MINIMUM,
    }
    return json_response(answer)


async def change_password(request: web.Request) -> web.StreamResponse:
    """A new password; one's other sessions end."""
    context, session = request.app[CONTEXT], request[SESSION]
    given = await read_body(request, PasswordChange)
    _check_not_due(session)
    await _check_own_password(request, given.current, "current")
    check_password(context, given.password, session.name, session.email)
    password_hash = await context.passwords.hash(given.password)
    async with context.desk.transaction() as transaction:
        values = {"agent_id": session.agent_id, "password_hash": password_hash}
        await transaction.connection.execute(SET_PASSWORD, values)
        await end_sessions(transaction, session.agent_id, keep=session.token_hash)
        data = {"agent_id": str(session.agent_id), "by": str(session.agent_id)}
        transaction.record(Event("agent.password_changed", "agent", actor_id=session.agent_id, data=data))
    return web.Response(status=204)


async def begin_second_factor(request: web.Request) -> web.StreamResponse:
    """What an authenticator app needs; nothing is in force before a code confirms it."""
    context, session = request.app[CONTEXT], request[SESSION]
    given = await read_body(request, Proof)
    await _check_own_password(request, given.password, "password")
    enrolment = await context.people.factors.begin(session.agent_id, session.email)
    return json_response({"secret": enrolment.secret, "uri": enrolment.uri, "qr": enrolment.qr})


async def confirm_second_factor(request: web.Request) -> web.StreamResponse:
    """Put it in force with a first code; the recovery codes are shown this once."""
    context, session = request.app[CONTEXT], request[SESSION]
    given = await read_body(request, Code)
    async with _counting_codes(request):
        codes = await context.people.factors.confirm(session.agent_id, given.code, session.token_hash)
    return json_response({"recovery_codes": codes})


async def remove_second_factor(request: web.Request) -> web.StreamResponse:
    """Do without a second factor, where the role allows it."""
    context, session = request.app[CONTEXT], request[SESSION]
    given = await read_body(request, Removal)
    _check_not_due(session)
    await _check_own_password(request, given.password, "password")
    async with _counting_codes(request):
        await context.people.factors.remove(session.agent_id, given.code)
    return web.Response(status=204)


async def renew_recovery_codes(request: web.Request) -> web.StreamResponse:
    """Ten new recovery codes; the old ones are void."""
    context, session = request.app[CONTEXT], request[SESSION]
    given = await read_body(request, Code)
    _check_not_due(session)
    async with _counting_codes(request):
        codes = await context.people.factors.renew_codes(session.agent_id, given.code)
    return json_response({"recovery_codes": codes})


async def end_session(request: web.Request) -> web.StreamResponse:
    """Sign one device out."""
    context, session = request.app[CONTEXT], request[SESSION]
    wanted = path_id(request, "session_unknown", "session")
    async with context.desk.transaction() as transaction:
        values = {"id": wanted, "agent_id": session.agent_id}
        if (await transaction.connection.execute(END_ONE, values)).first() is None:
            raise NotFound("session_unknown", "This session does not exist.")
        transaction.wake(SESSIONS_TOPIC)
        _record_ended(transaction.record, session.agent_id, 1)
    return web.Response(status=204)


async def end_all_sessions(request: web.Request) -> web.StreamResponse:
    """Sign out everywhere, or everywhere else."""
    context, session = request.app[CONTEXT], request[SESSION]
    which = read_query(request, Which)
    keep = session.token_hash if which.keep == "current" else None
    async with context.desk.transaction() as transaction:
        ended = await end_sessions(transaction, session.agent_id, keep=keep)
        _record_ended(transaction.record, session.agent_id, ended)
    return web.Response(status=204)


async def own_tokens(request: web.Request) -> web.StreamResponse:
    """One's tokens, and the scopes one may give."""
    context, session = request.app[CONTEXT], request[SESSION]
    rows = await context.people.tokens.list(agent_id=session.agent_id, kind="personal", count=OWN_TOKENS)
    return json_response({"tokens": [token_row(row) for row in rows], "scopes": sorted(session.permissions)})


async def create_own_token(request: web.Request) -> web.StreamResponse:
    """A token of one's own, shown this once."""
    context, session = request.app[CONTEXT], request[SESSION]
    given = await read_body(request, TokenBody)
    _check_not_due(session)
    row, token = await context.people.tokens.create(given.token(), session.agent_id, "personal", by(request))
    return json_response(token_row(row) | {"token": token}, 201)


async def revoke_own_token(request: web.Request) -> web.StreamResponse:
    """End a token of one's own, at once."""
    context, session = request.app[CONTEXT], request[SESSION]
    token_id = path_id(request, "token_unknown", "token")
    await context.people.tokens.revoke(token_id, by(request), of=session.agent_id)
    return web.Response(status=204)


def token_row(row: Row[Any]) -> render.Json:
    """A token as lists show it: never the token itself."""
    created_by = None
    if row.created_by is not None:
        created_by = {"id": str(row.created_by), "name": row.created_by_name}
    return {
        "id": str(row.id),
        "name": row.name,
        "kind": row.kind,
        "agent": {"id": str(row.agent_id), "name": row.agent_name},
        "hint": f"{row.hint}…",
        "scopes": list(row.scopes),
        "created_by": created_by,
        "created_at": render.time(row.created_at),
        "expires_at": render.time(row.expires_at),
        "seen_at": render.time(row.seen_at),
        "revoked_at": render.time(row.revoked_at),
        "state": row.state,
    }


def _session_row(row: Row[Any], session: Session) -> render.Json:
    return {
        "id": str(row.id),
        "current": row.id == session.id,
        "device": device_of(row.user_agent),
        "user_agent": row.user_agent,
        "address": row.address,
        "method": row.method,
        "created_at": render.time(row.created_at),
        "seen_at": render.time(row.seen_at),
        "expires_at": render.time(row.expires_at),
    }


def _check_not_due(session: Session) -> None:
    if session.second_factor_due:
        raise Forbidden("second_factor_due", "Your role requires a second factor: set it up first.")


async def _check_own_password(request: web.Request, password: str, field: str) -> None:
    """Whoever sits down at an open desk cannot lock its owner out. Without a password none is asked."""
    context, session = request.app[CONTEXT], request[SESSION]
    async with context.reading() as connection:
        own = (await connection.execute(OWN, {"agent_id": session.agent_id})).one()
    if own.password_hash is None:
        return
    address = client_address(request, context.settings.trusted_proxies)
    await context.sign_ins.attempt(session.email, address)
    if not await context.passwords.matches(own.password_hash, password):
        await context.sign_ins.failed(address)
        raise Invalid("password_wrong", "This is not your password.", {field: "wrong"})
    await context.sign_ins.succeeded(session.email, address)


@asynccontextmanager
async def _counting_codes(request: web.Request) -> AsyncIterator[None]:
    """Codes cannot be guessed here either; the right one forgives those mistyped before."""
    context, account = request.app[CONTEXT], str(request[SESSION].agent_id)
    address = client_address(request, context.settings.trusted_proxies)
    await context.sign_ins.code_attempt(account, address)
    yield
    await context.sign_ins.code_accepted(account, address)


def _record_ended(record: Callable[[Event], None], agent_id: UUID, ended: int) -> None:
    data = {"agent_id": str(agent_id), "by": str(agent_id), "sessions": ended}
    record(Event("agent.sessions_ended", "agent", actor_id=agent_id, data=data))
