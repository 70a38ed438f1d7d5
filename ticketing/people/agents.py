"""Agents as an administrator manages them: invited, changed, dismissed. What changes holds at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.people.guards import (
    SESSIONS_TOPIC,
    check_within,
    end_sessions,
    keep_an_administrator,
    one_at_a_time,
    permissions_of,
)
from ticketing.people.letters import letter
from ticketing.people.links import AccountLinks, Link, Purpose
from ticketing.people.mails import Mail, write_mail
from ticketing.people.second_factor import forget_factor
from ticketing.sealing import Sealer
from ticketing.state import lock_tickets
from ticketing.statuses import ACTIVE_SQL

_STATE: Final = (
    "CASE WHEN NOT a.is_active THEN 'inactive' WHEN a.password_hash IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM oidc_identities o WHERE o.agent_id = a.id) THEN 'invited' ELSE 'active' END"
)
_ROW: Final = (
    "SELECT a.id, a.name, a.email, a.role, a.language, a.created_at, a.version,"  # noqa: S608 - our own words
    f" {_STATE} AS state, a.password_hash IS NOT NULL AS has_password, r.second_factor_required,"
    " EXISTS (SELECT 1 FROM oidc_identities o WHERE o.agent_id = a.id) AS has_oidc,"
    " EXISTS (SELECT 1 FROM second_factors f WHERE f.agent_id = a.id AND f.confirmed_at IS NOT NULL)"
    " AS has_second_factor,"
    " (SELECT max(s.seen_at) FROM sessions s WHERE s.agent_id = a.id) AS seen_at,"
    " (SELECT count(*) FROM tickets t WHERE t.assignee_id = a.id"
    f" AND {ACTIVE_SQL}) AS open_tickets,"
    " coalesce((SELECT jsonb_agg(jsonb_build_object('id', m.id, 'key', m.key, 'names', m.names)"
    " ORDER BY m.key) FROM teams m JOIN team_members x ON x.team_id = m.id WHERE x.agent_id = a.id), '[]')"
    " AS teams FROM agents a JOIN roles r ON r.key = a.role"
)
_ONE: Final = text(f"{_ROW} WHERE a.id = :agent_id").columns(teams=JSONB)
_LIST: Final = text(
    f"{_ROW} WHERE (CAST(:q AS text) IS NULL OR a.name ILIKE :q OR a.email ILIKE :q)"  # noqa: S608
    " AND (CAST(:role AS text) IS NULL OR a.role = :role)"
    f" AND (CAST(:state AS text) IS NULL OR {_STATE} = :state)"
    " AND (CAST(:cursor AS uuid) IS NULL OR (lower(a.name), a.id) >"
    " (SELECT lower(b.name), b.id FROM agents b WHERE b.id = CAST(:cursor AS uuid)))"
    " ORDER BY lower(a.name), a.id LIMIT :count"
).columns(teams=JSONB)
_LOCK: Final = text(
    "SELECT id, name, email, role, language, is_active, password_hash, version FROM agents"
    " WHERE id = :agent_id FOR UPDATE"
)
_ADD: Final = text(
    "INSERT INTO agents (email, name, role, language) VALUES (:email, :name, :role, :language) RETURNING id"
)
_HELD: Final = text(f"SELECT t.id FROM tickets t WHERE t.assignee_id = :agent_id AND {ACTIVE_SQL}")  # noqa: S608
_LEAVE_TEAMS: Final = text(
    "DELETE FROM team_members WHERE agent_id = :agent_id AND NOT team_id = ANY(CAST(:ids AS uuid[]))"
)
_JOIN_TEAMS: Final = text(
    "INSERT INTO team_members (team_id, agent_id) SELECT unnest(CAST(:ids AS uuid[])), :agent_id"
    " ON CONFLICT DO NOTHING"
)
_REVOKE_TOKENS: Final = text(
    "UPDATE access_tokens SET revoked_at = now() WHERE agent_id = :agent_id AND revoked_at IS NULL"
)
_FORGET_LINKS: Final = text("DELETE FROM account_links WHERE agent_id = :agent_id")
_BY_EMAIL: Final = text(
    "SELECT id, name, email, language FROM agents WHERE email = :email"
    " AND is_active AND password_hash IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class By:
    """Who changes something: the agent, what he may do himself, and the token he used, if any."""

    agent_id: UUID
    permissions: frozenset[str]
    token_id: UUID | None = None

    def data(self, **more: Any) -> dict[str, Any]:
        return more if self.token_id is None else {**more, "via_token": str(self.token_id)}


@dataclass(frozen=True, slots=True)
class NewAgent:
    email: str
    name: str
    role: str
    language: str
    team_ids: Collection[UUID] = ()


class Agents:
    """`sends_mail`: whether links travel by mail; otherwise an administrator hands them over."""

    def __init__(
        self, desk: Desk, links: AccountLinks, sealer: Sealer, brand: str, *, sends_mail: bool
    ) -> None:
        self._desk = desk
        self._links = links
        self._sealer = sealer
        self._brand = brand
        self.sends_mail = sends_mail

    async def list(
        self,
        *,
        q: str | None = None,
        role: str | None = None,
        state: str | None = None,
        cursor: UUID | None = None,
        count: int,
    ) -> Sequence[Row[Any]]:
        """By name; `q` is looked for in names and addresses."""
        escaped = re.sub(r"([%_\\])", r"\\\1", q or "")
        pattern = f"%{escaped}%" if q else None
        values = {"q": pattern, "role": role, "state": state, "cursor": cursor, "count": count}
        async with self._desk.reading() as connection:
            return (await connection.execute(_LIST, values)).all()

    async def read(self, agent_id: UUID) -> Row[Any]:
        async with self._desk.reading() as connection:
            return await _one(connection, agent_id)

    async def invite(self, new: NewAgent, by: By) -> tuple[Row[Any], Link | None]:
        """The agent, and the link when it has to be handed over. Conflict `email_taken`."""
        try:
            async with self._desk.transaction() as transaction:
                await _check_role(transaction.connection, new.role, by)
                values = {"email": new.email, "name": new.name, "role": new.role, "language": new.language}
                agent_id: UUID = (await transaction.connection.execute(_ADD, values)).scalar_one()
                await _set_teams(transaction.connection, agent_id, new.team_ids)
                data = by.data(
                    agent_id=str(agent_id), name=new.name, to={"email": new.email, "role": new.role}
                )
                transaction.record(Event("agent.invited", "agent", actor_id=by.agent_id, data=data))
                row = await _one(transaction.connection, agent_id)
                link = await self._send_link(transaction, "invitation", row)
        except IntegrityError as error:
            raise _taken(error) from error
        return row, link

    async def change(self, agent_id: UUID, version: int, changes: Mapping[str, Any], by: By) -> Row[Any]:
        """`changes`: any of name, email, role, language, team_ids."""
        try:
            async with self._desk.transaction() as transaction:
                connection = transaction.connection
                await one_at_a_time(connection)
                before = await _locked(connection, agent_id, version, by)
                if "role" in changes:
                    await _check_role(connection, changes["role"], by)
                columns = {name: value for name, value in changes.items() if name != "team_ids"}
                if "team_ids" in changes:
                    await _set_teams(connection, agent_id, changes["team_ids"])
                await _update(connection, agent_id, columns)
                await keep_an_administrator(connection)
                transaction.wake(SESSIONS_TOPIC)
                _record_change(transaction, before, changes, by)
                return await _one(connection, agent_id)
        except IntegrityError as error:
            raise _taken(error) from error

    async def deactivate(self, agent_id: UUID, version: int, by: By) -> Row[Any]:
        """Out at once: sessions, tokens and links end, and what he held goes back to its queues."""
        if agent_id == by.agent_id:
            raise Conflict("yourself", "Somebody else has to deactivate your account.")
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            await one_at_a_time(connection)
            before = await _locked(connection, agent_id, version, by)
            await _update(connection, agent_id, {"is_active": False})
            await keep_an_administrator(connection)
            await end_sessions(transaction, agent_id)
            await connection.execute(_REVOKE_TOKENS, {"agent_id": agent_id})
            await connection.execute(_FORGET_LINKS, {"agent_id": agent_id})
            released = await _release_tickets(transaction, agent_id, by)
            data = by.data(agent_id=str(agent_id), name=before.name, released=released)
            transaction.record(Event("agent.deactivated", "agent", actor_id=by.agent_id, data=data))
            await transaction.flush()
            return await _one(connection, agent_id)

    async def reactivate(self, agent_id: UUID, version: int, by: By) -> Row[Any]:
        async with self._desk.transaction() as transaction:
            before = await _locked(transaction.connection, agent_id, version, by)
            await _update(transaction.connection, agent_id, {"is_active": True})
            data = by.data(agent_id=str(agent_id), name=before.name)
            transaction.record(Event("agent.reactivated", "agent", actor_id=by.agent_id, data=data))
            return await _one(transaction.connection, agent_id)

    async def send_link(self, agent_id: UUID, by: By) -> Link | None:
        """The invitation again, or a password reset; the link itself when it has to be handed over."""
        async with self._desk.transaction() as transaction:
            agent = await _locked(transaction.connection, agent_id, None, by)
            if not agent.is_active:
                raise Conflict("agent_inactive", "This account is deactivated.")
            purpose: Purpose = "invitation" if agent.password_hash is None else "reset"
            happened = "agent.invited" if purpose == "invitation" else "agent.password_reset_asked"
            data = by.data(agent_id=str(agent_id), by=str(by.agent_id))
            transaction.record(Event(happened, "agent", actor_id=by.agent_id, data=data))
            return await self._send_link(transaction, purpose, agent)

    async def remove_second_factor(self, agent_id: UUID, by: By) -> None:
        """For whoever lost telephone and codes; everything he was signed in with ends."""
        async with self._desk.transaction() as transaction:
            await _locked(transaction.connection, agent_id, None, by)
            await forget_factor(transaction, agent_id, by=by.agent_id)
            await end_sessions(transaction, agent_id)

    async def end_sessions(self, agent_id: UUID, by: By) -> None:
        async with self._desk.transaction() as transaction:
            await _locked(transaction.connection, agent_id, None, by)
            ended = await end_sessions(transaction, agent_id)
            data = by.data(agent_id=str(agent_id), by=str(by.agent_id), sessions=ended)
            transaction.record(Event("agent.sessions_ended", "agent", actor_id=by.agent_id, data=data))

    async def reset_mail(self, email: str) -> Mail | None:
        """The mail for whoever forgot the password of this address; None: nobody signs in here with it."""
        async with self._desk.transaction() as transaction:
            agent = (await transaction.connection.execute(_BY_EMAIL, {"email": email})).one_or_none()
            if agent is None:
                return None
            link = await self._links.create(transaction, agent.id, "reset")
            data = {"agent_id": str(agent.id), "by": None}
            transaction.record(Event("agent.password_reset_asked", "system", data=data))
        return letter("reset", agent, self._brand, link)

    async def _send_link(self, transaction: Transaction, purpose: Purpose, agent: Row[Any]) -> Link | None:
        link = await self._links.create(transaction, agent.id, purpose)
        if not self.sends_mail:
            return link
        mail = letter(purpose, agent, self._brand, link)
        await write_mail(transaction, self._sealer, mail, link.expires_at)
        return None


async def _one(connection: AsyncConnection, agent_id: UUID) -> Row[Any]:
    row = (await connection.execute(_ONE, {"agent_id": agent_id})).one_or_none()
    if row is None:
        raise _unknown()
    return row


async def _locked(connection: AsyncConnection, agent_id: UUID, version: int | None, by: By) -> Row[Any]:
    """The row, held; refused when somebody was faster, or when this agent may do more than whoever asks."""
    row = (await connection.execute(_LOCK, {"agent_id": agent_id})).one_or_none()
    if row is None:
        raise _unknown()
    check_within(by.permissions, await permissions_of(connection, row.role) or ())
    if version is not None and row.version != version:
        raise Conflict(
            "changed_meanwhile", "Somebody changed this agent meanwhile.", {"version": str(row.version)}
        )
    return row


async def _check_role(connection: AsyncConnection, role: str, by: By) -> None:
    permissions = await permissions_of(connection, role)
    if permissions is None:
        raise Invalid("role_unknown", "There is no such role.", {"role": "unknown"})
    check_within(by.permissions, permissions)


async def _update(connection: AsyncConnection, agent_id: UUID, columns: Mapping[str, Any]) -> None:
    changes = "".join(f"{name} = :{name}, " for name in columns)
    await connection.execute(
        text(f"UPDATE agents SET {changes}version = version + 1 WHERE id = :agent_id"),  # noqa: S608 - our names
        {"agent_id": agent_id, **columns},
    )


async def _set_teams(connection: AsyncConnection, agent_id: UUID, team_ids: Collection[UUID]) -> None:
    """The teams that stay keep what else is known about the membership."""
    values = {"agent_id": agent_id, "ids": list(team_ids)}
    known = await connection.scalar(
        text("SELECT count(*) FROM teams WHERE id = ANY(CAST(:ids AS uuid[]))"), values
    )
    if known != len(set(team_ids)):
        raise Invalid("team_unknown", "There is no such team.", {"team_ids": "unknown"})
    await connection.execute(_LEAVE_TEAMS, values)
    await connection.execute(_JOIN_TEAMS, values)


async def _release_tickets(transaction: Transaction, agent_id: UUID, by: By) -> int:
    held = (await transaction.connection.execute(_HELD, {"agent_id": agent_id})).scalars()
    released = 0
    for ticket in (await lock_tickets(transaction.connection, held)).values():
        if ticket.assignee_id == agent_id:
            lifecycle.hold(ticket, None)
            transaction.save(ticket)
            data = by.data(reason="agent_deactivated")
            transaction.record(
                Event("ticket.released", "agent", ticket_id=ticket.id, actor_id=by.agent_id, data=data)
            )
            released += 1
    return released


def _record_change(transaction: Transaction, before: Row[Any], changes: Mapping[str, Any], by: By) -> None:
    changed = [name for name in changes if name == "team_ids" or getattr(before, name) != changes[name]]
    data = by.data(
        agent_id=str(before.id),
        name=before.name,
        **{
            "from": {name: getattr(before, name) for name in changed if name != "team_ids"},
            "to": {
                name: [str(each) for each in changes[name]] if name == "team_ids" else changes[name]
                for name in changed
            },
        },
    )
    if changed:
        transaction.record(Event("agent.changed", "agent", actor_id=by.agent_id, data=data))


def _unknown() -> NotFound:
    return NotFound("agent_unknown", "There is no such agent.")


def _taken(error: IntegrityError) -> Exception:
    if "agents_email_key" in str(error.orig):
        return Conflict("email_taken", "Another agent has this address.", {"email": "taken"})
    return error
