"""Access tokens of programs: each acts as one agent, within scopes, until a day. Stored as a hash."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, text

from ticketing.desk import Desk, Event
from ticketing.errors import Invalid, NotFound
from ticketing.people.agents import By
from ticketing.people.guards import SESSIONS_TOPIC, check_within, permissions_of

PREFIX: Final = "wasl_"  # scanners for leaked secrets know tokens by their beginning
LONGEST: Final = timedelta(days=366)
_HINT: Final = len(PREFIX) + 4

_ROW: Final = (
    "SELECT t.id, t.name, t.kind, t.hint, t.scopes, t.created_at, t.expires_at, t.seen_at, t.revoked_at,"
    " t.agent_id, a.name AS agent_name, t.created_by, c.name AS created_by_name,"
    " CASE WHEN t.revoked_at IS NOT NULL THEN 'revoked' WHEN t.expires_at <= now() THEN 'expired'"
    " ELSE 'active' END AS state"
    " FROM access_tokens t JOIN agents a ON a.id = t.agent_id LEFT JOIN agents c ON c.id = t.created_by"
)
_ONE: Final = text(f"{_ROW} WHERE t.id = :id")
_LIST: Final = text(
    f"{_ROW} WHERE (CAST(:agent_id AS uuid) IS NULL OR t.agent_id = :agent_id)"
    " AND (CAST(:kind AS text) IS NULL OR t.kind = :kind)"
    " AND (CAST(:cursor AS uuid) IS NULL OR t.id < :cursor) ORDER BY t.id DESC LIMIT :count"
)
_ADD: Final = text(
    "INSERT INTO access_tokens (token_hash, hint, agent_id, name, kind, scopes, created_by, expires_at)"
    " VALUES (:token_hash, :hint, :agent_id, :name, :kind, CAST(:scopes AS text[]), :created_by, :expires_at)"
    " RETURNING id"
)
_REVOKE: Final = text(
    "UPDATE access_tokens SET revoked_at = coalesce(revoked_at, now())"
    " WHERE id = :id AND (CAST(:agent_id AS uuid) IS NULL OR agent_id = :agent_id)"
    " RETURNING name, agent_id, scopes"
)
_ROLE: Final = text("SELECT role FROM agents WHERE id = :agent_id AND is_active")


@dataclass(frozen=True, slots=True)
class NewToken:
    name: str
    scopes: Collection[str]
    expires_at: datetime


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class AccessTokens:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list(
        self, *, agent_id: UUID | None = None, kind: str | None = None, cursor: UUID | None = None, count: int
    ) -> Sequence[Row[Any]]:
        """Newest first, those that ended too."""
        values = {"agent_id": agent_id, "kind": kind, "cursor": cursor, "count": count}
        async with self._desk.reading() as connection:
            return (await connection.execute(_LIST, values)).all()

    async def create(
        self, new: NewToken, agent_id: UUID, kind: Literal["personal", "service"], by: By
    ) -> tuple[Row[Any], str]:
        """The row, and the token itself, which is stored nowhere."""
        token = PREFIX + secrets.token_urlsafe(32)
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            if not transaction.now < new.expires_at <= transaction.now + LONGEST:
                raise Invalid("invalid", "A token lives a year at most.", {"expires_at": "out_of_range"})
            role = await connection.scalar(_ROLE, {"agent_id": agent_id})
            if role is None:
                raise Invalid("agent_unknown", "There is no such agent.", {"agent_id": "unknown"})
            check_within(by.permissions, new.scopes)
            check_within(await permissions_of(connection, role) or (), new.scopes)
            values = {
                "token_hash": hash_token(token),
                "hint": token[:_HINT],
                "agent_id": agent_id,
                "name": new.name,
                "kind": kind,
                "scopes": sorted(set(new.scopes)),
                "created_by": by.agent_id,
                "expires_at": new.expires_at,
            }
            token_id = (await connection.execute(_ADD, values)).scalar_one()
            data = by.data(
                token_id=str(token_id),
                name=new.name,
                agent_id=str(agent_id),
                scopes=values["scopes"],
                expires_at=new.expires_at.isoformat(),
            )
            transaction.record(Event("token.created", "agent", actor_id=by.agent_id, data=data))
            return (await connection.execute(_ONE, {"id": token_id})).one(), token

    async def revoke(self, token_id: UUID, by: By, *, of: UUID | None = None) -> None:
        """At once. `of`: only when it is this agent's."""
        async with self._desk.transaction() as transaction:
            revoked = await transaction.connection.execute(_REVOKE, {"id": token_id, "agent_id": of})
            row = revoked.one_or_none()
            if row is None:
                raise NotFound("token_unknown", "There is no such token.")
            transaction.wake(SESSIONS_TOPIC)
            data = by.data(
                token_id=str(token_id), name=row.name, agent_id=str(row.agent_id), scopes=list(row.scopes)
            )
            transaction.record(Event("token.revoked", "agent", actor_id=by.agent_id, data=data))
