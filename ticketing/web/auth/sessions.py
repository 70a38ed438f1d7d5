"""Sessions of agents, in the database: they can be revoked, and a copy of the table opens no door.

A program's access token stands in for a session: it is looked up here as well, within its scopes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

# A session that is used lives on; its row is written at most this often.
TOUCH_EVERY: Final = timedelta(minutes=5)
# However much it is used, a session ends after this time.
LONGEST: Final = timedelta(days=30)

# Until the second factor that a role demands is proven, nothing is allowed but setting it up.
_DUE: Final = "(r.second_factor_required AND NOT s.second_factor)"
_ALIVE: Final = "s.expires_at > now() AND s.created_at > now() - CAST(:longest AS interval) AND a.is_active"

FIND: Final = text(
    "SELECT s.id AS session_id, NULL AS token_id, a.id, a.name, a.email, a.role, a.language,"  # noqa: S608
    f" {_DUE} AS due, CASE WHEN {_DUE} THEN '{{}}' ELSE r.permissions END AS permissions, s.expires_at,"
    " s.seen_at < now() - CAST(:touch AS interval) AS is_stale"
    " FROM sessions s JOIN agents a ON a.id = s.agent_id JOIN roles r ON r.key = a.role"
    f" WHERE s.token_hash = :token_hash AND {_ALIVE}"
)
TOUCH: Final = text(
    "UPDATE sessions SET seen_at = now(), expires_at = now() + CAST(:lifetime AS interval),"
    " address = coalesce(:address, address) WHERE token_hash = :token_hash"
)
OPEN: Final = text(
    "INSERT INTO sessions (token_hash, agent_id, expires_at, user_agent, address, method, second_factor)"
    " VALUES (:token_hash, :agent_id, now() + CAST(:lifetime AS interval), :user_agent, :address, :method,"
    " :second_factor)"
)
CLOSE: Final = text("DELETE FROM sessions WHERE token_hash = :token_hash")
FORGET_OLD: Final = text("DELETE FROM sessions WHERE agent_id = :agent_id AND expires_at < now()")
_SCOPED: Final = "ARRAY(SELECT unnest(r.permissions) INTERSECT SELECT unnest(t.scopes))"
_TOKEN_ALIVE: Final = "t.revoked_at IS NULL AND t.expires_at > now() AND a.is_active"  # noqa: S105 - a condition
FIND_TOKEN: Final = text(
    "SELECT NULL AS session_id, t.id AS token_id, a.id, a.name, a.email, a.role, a.language,"  # noqa: S608
    f" false AS due, {_SCOPED} AS permissions, t.expires_at,"
    " coalesce(t.seen_at < now() - CAST(:touch AS interval), true) AS is_stale"
    " FROM access_tokens t JOIN agents a ON a.id = t.agent_id JOIN roles r ON r.key = a.role"
    f" WHERE t.token_hash = :token_hash AND {_TOKEN_ALIVE}"
)
TOUCH_TOKEN: Final = text("UPDATE access_tokens SET seen_at = now() WHERE token_hash = :token_hash")
ALIVE: Final = text(
    "SELECT s.token_hash, r.permissions FROM sessions s JOIN agents a ON a.id = s.agent_id"  # noqa: S608
    " JOIN roles r ON r.key = a.role"
    f" WHERE s.token_hash = ANY(:hashes) AND {_ALIVE} AND NOT {_DUE}"
    f" UNION ALL SELECT t.token_hash, {_SCOPED} FROM access_tokens t JOIN agents a ON a.id = t.agent_id"
    f" JOIN roles r ON r.key = a.role WHERE t.token_hash = ANY(:hashes) AND {_TOKEN_ALIVE}"
)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in agent, or a program that acts as one. `token_hash` is the SHA-256 of what was shown.

    `id` is None for a program, and `token_id` for a person. `second_factor_due`: nothing is allowed yet.
    """

    token_hash: bytes
    agent_id: UUID
    name: str
    email: str
    role: str
    language: str
    permissions: frozenset[str]
    expires_at: datetime
    renewed: bool  # its life was just prolonged: the cookie's should be too
    id: UUID | None
    token_id: UUID | None
    second_factor_due: bool


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Sessions:
    """The `sessions` table. Expiry slides: `lifetime` counts from the last use, up to `longest` in all."""

    def __init__(self, engine: AsyncEngine, lifetime: timedelta, longest: timedelta = LONGEST) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lifetime = lifetime
        self._longest = longest

    async def open(
        self,
        agent_id: UUID,
        user_agent: str | None,
        *,
        address: str | None = None,
        method: str = "password",
        second_factor: bool = False,
    ) -> str:
        """Start a session; returns the token for the cookie, which is stored nowhere."""
        token = secrets.token_urlsafe(32)
        async with self._engine.connect() as connection:
            await connection.execute(FORGET_OLD, {"agent_id": agent_id})
            await connection.execute(
                OPEN,
                {
                    "token_hash": hash_token(token),
                    "agent_id": agent_id,
                    "lifetime": self._lifetime,
                    "user_agent": user_agent[:300] if user_agent else None,
                    "address": address,
                    "method": method,
                    "second_factor": second_factor,
                },
            )
        return token

    async def find(self, token: str, address: str | None = None) -> Session | None:
        """The live session of this token; using it prolongs it."""
        token_hash = hash_token(token)
        values = {"token_hash": token_hash, "touch": TOUCH_EVERY, "longest": self._longest}
        async with self._engine.connect() as connection:
            row = (await connection.execute(FIND, values)).one_or_none()
            if row is None:
                return None
            if row.is_stale:
                touched = {"token_hash": token_hash, "lifetime": self._lifetime, "address": address}
                await connection.execute(TOUCH, touched)
        return _session(token_hash, row, renewed=row.is_stale)

    async def find_token(self, token: str) -> Session | None:
        """The agent a live access token acts as, with what both its scopes and his role allow."""
        token_hash = hash_token(token)
        async with self._engine.connect() as connection:
            values = {"token_hash": token_hash, "touch": TOUCH_EVERY}
            row = (await connection.execute(FIND_TOKEN, values)).one_or_none()
            if row is None:
                return None
            if row.is_stale:
                await connection.execute(TOUCH_TOKEN, {"token_hash": token_hash})
        return _session(token_hash, row, renewed=False)

    async def close(self, token_hash: bytes) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(CLOSE, {"token_hash": token_hash})

    async def alive(self, hashes: Iterable[bytes]) -> dict[bytes, frozenset[str]]:
        """Which of these sessions and tokens still live, and what they may do now."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(ALIVE, {"hashes": list(hashes), "longest": self._longest})
            return {row.token_hash: frozenset(row.permissions) for row in rows}


def _session(token_hash: bytes, row: Row[Any], *, renewed: bool) -> Session:
    return Session(
        token_hash,
        row.id,
        row.name,
        row.email,
        row.role,
        row.language,
        frozenset(row.permissions),
        row.expires_at,
        renewed,
        row.session_id,
        row.token_id,
        row.due,
    )
