"""Between the right password and the second factor: a few minutes, and nothing else is open."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Desk
from ticketing.people.second_factor import SecondFactors

LIFETIME: Final = timedelta(minutes=5)

_FORGET_OLD: Final = text("DELETE FROM sign_in_challenges WHERE agent_id = :agent_id AND expires_at < now()")
_ADD: Final = text(
    "INSERT INTO sign_in_challenges (token_hash, agent_id, method, expires_at)"
    " VALUES (:token_hash, :agent_id, :method, :expires_at)"
)
_FIND: Final = text(
    "SELECT c.agent_id, c.method FROM sign_in_challenges c JOIN agents a ON a.id = c.agent_id AND a.is_active"
    " WHERE c.token_hash = :token_hash AND c.expires_at > now()"
)
_USE: Final = text("DELETE FROM sign_in_challenges WHERE token_hash = :token_hash RETURNING agent_id")


@dataclass(frozen=True, slots=True)
class Challenge:
    """`token` is what the browser sends back with the code."""

    token: str
    expires_at: datetime


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class Challenges:
    def __init__(self, desk: Desk, factors: SecondFactors) -> None:
        self._desk = desk
        self._factors = factors

    async def create(self, agent_id: UUID, method: str) -> Challenge:
        token = secrets.token_urlsafe(32)
        async with self._desk.transaction() as transaction:
            expires_at = transaction.now + LIFETIME
            await transaction.connection.execute(_FORGET_OLD, {"agent_id": agent_id})
            values = {"token_hash": _hash(token), "agent_id": agent_id, "method": method}
            await transaction.connection.execute(_ADD, values | {"expires_at": expires_at})
        return Challenge(token, expires_at)

    async def find(self, connection: AsyncConnection, token: str) -> Row[Any] | None:
        """Whose it is (agent_id, method), while it lasts."""
        return (await connection.execute(_FIND, {"token_hash": _hash(token)})).one_or_none()

    async def meet(self, token: str, agent_id: UUID, code: str) -> bool:
        """Use the challenge and the code up together: of two at once, one gets in."""
        async with self._desk.transaction() as transaction:
            if not await self._factors.prove(transaction, agent_id, code):
                return False
            used = await transaction.connection.execute(_USE, {"token_hash": _hash(token)})
            return used.first() is not None
