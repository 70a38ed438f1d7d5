"""Sessions of agents, in the database: they can be revoked, and a copy of the table opens no door."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

# A session that is used lives on; its row is written at most this often.
TOUCH_EVERY: Final = timedelta(minutes=5)

FIND = text(
    "SELECT a.id, a.name, a.email, a.role, a.language, r.permissions, s.expires_at,"
    " s.seen_at < now() - CAST(:touch AS interval) AS is_stale"
    " FROM sessions s JOIN agents a ON a.id = s.agent_id JOIN roles r ON r.key = a.role"
    " WHERE s.token_hash = :token_hash AND s.expires_at > now() AND a.is_active"
)
TOUCH = text(
    "UPDATE sessions SET seen_at = now(), expires_at = now() + CAST(:lifetime AS interval)"
    " WHERE token_hash = :token_hash"
)
OPEN = text(
    "INSERT INTO sessions (token_hash, agent_id, expires_at, user_agent)"
    " VALUES (:token_hash, :agent_id, now() + CAST(:lifetime AS interval), :user_agent)"
)
CLOSE = text("DELETE FROM sessions WHERE token_hash = :token_hash")
FORGET_OLD = text("DELETE FROM sessions WHERE agent_id = :agent_id AND expires_at < now()")
ALIVE = text(
    "SELECT s.token_hash, r.permissions FROM sessions s JOIN agents a ON a.id = s.agent_id"
    " JOIN roles r ON r.key = a.role"
    " WHERE s.token_hash = ANY(:hashes) AND s.expires_at > now() AND a.is_active"
)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in agent. `token_hash` is the SHA-256 of the cookie's token."""

    token_hash: bytes
    agent_id: UUID
    name: str
    email: str
    role: str
    language: str
    permissions: frozenset[str]
    expires_at: datetime
    renewed: bool  # its life was just prolonged: the cookie's should be too


def hash_token(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Sessions:
    """The `sessions` table. Expiry slides: `lifetime` counts from the last use."""

    def __init__(self, engine: AsyncEngine, lifetime: timedelta) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lifetime = lifetime

    async def open(self, agent_id: UUID, user_agent: str | None) -> str:
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
                },
            )
        return token

    async def find(self, token: str) -> Session | None:
        """The live session of this token; using it prolongs it."""
        token_hash = hash_token(token)
        async with self._engine.connect() as connection:
            row = (
                await connection.execute(FIND, {"token_hash": token_hash, "touch": TOUCH_EVERY})
            ).one_or_none()
            if row is None:
                return None
            if row.is_stale:
                await connection.execute(TOUCH, {"token_hash": token_hash, "lifetime": self._lifetime})
        return Session(
            token_hash,
            row.id,
            row.name,
            row.email,
            row.role,
            row.language,
            frozenset(row.permissions),
            row.expires_at,
            row.is_stale,
        )

    async def close(self, token_hash: bytes) -> None:
        async with self._engine.connect() as connection:
            await connection.execute(CLOSE, {"token_hash": token_hash})

    async def alive(self, hashes: Iterable[bytes]) -> dict[bytes, frozenset[str]]:
        """Which of these sessions still live, and what they may do now."""
        async with self._engine.connect() as connection:
            rows = await connection.execute(ALIVE, {"hashes": list(hashes)})
            return {row.token_hash: frozenset(row.permissions) for row in rows}
