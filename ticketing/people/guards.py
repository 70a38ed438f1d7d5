"""What no change of people or roles may do: lock everybody out, or let somebody rise above himself."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Transaction
from ticketing.errors import Conflict, Forbidden

# Published when sessions, tokens, roles or agents changed: sockets are looked at again.
SESSIONS_TOPIC: Final = "sessions"

# Whoever has these can repair everything else.
KEYS_OF_THE_HOUSE: Final = ("agent:write", "role:write")

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('people', 0))")
# Someone who was invited and has not come yet cannot open a door.
_ADMINISTRATORS: Final = text(
    "SELECT count(*) FROM agents a JOIN roles r ON r.key = a.role"
    " WHERE a.is_active AND r.permissions @> CAST(:keys AS text[])"
    " AND (a.password_hash IS NOT NULL OR EXISTS (SELECT 1 FROM oidc_identities o WHERE o.agent_id = a.id))"
)
_PERMISSIONS: Final = text("SELECT permissions FROM roles WHERE key = :role")


async def one_at_a_time(connection: AsyncConnection) -> None:
    """Changes of people and roles wait for each other: two administrators cannot dismiss one another."""
    await connection.execute(_LOCK)


async def keep_an_administrator(connection: AsyncConnection) -> None:
    """Conflict `last_administrator` when, after what was just written, nobody could administer any more."""
    if not await connection.scalar(_ADMINISTRATORS, {"keys": list(KEYS_OF_THE_HOUSE)}):
        raise Conflict("last_administrator", "Somebody must remain who can manage agents and roles.")


async def permissions_of(connection: AsyncConnection, role: str) -> frozenset[str] | None:
    """None: there is no such role."""
    permissions = await connection.scalar(_PERMISSIONS, {"role": role})
    return None if permissions is None else frozenset(permissions)


def check_within(own: Collection[str], wanted: Iterable[str]) -> None:
    """Nobody gives, takes or touches what he does not have himself."""
    beyond = sorted(set(wanted) - set(own))
    if beyond:
        raise Forbidden(
            "beyond_own", "Your own role does not have these permissions.", {"permissions": ", ".join(beyond)}
        )


async def end_sessions(transaction: Transaction, agent_id: UUID, *, keep: bytes | None = None) -> int:
    """End an agent's sessions, but for one, and close their sockets once this is committed."""
    ended = await transaction.connection.execute(
        text(
            "DELETE FROM sessions WHERE agent_id = :agent_id"
            " AND token_hash IS DISTINCT FROM CAST(:keep AS bytea)"
        ),
        {"agent_id": agent_id, "keep": keep},
    )
    await transaction.connection.execute(
        text("DELETE FROM sign_in_challenges WHERE agent_id = :agent_id"), {"agent_id": agent_id}
    )
    transaction.wake(SESSIONS_TOPIC)
    return ended.rowcount
