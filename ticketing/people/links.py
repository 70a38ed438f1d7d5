"""Links in mails that set a password: invitations and resets. Each is good once, and for a while."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row, text

from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import NotFound
from ticketing.people.guards import end_sessions

Purpose = Literal["invitation", "reset"]
LIFETIME: Final[dict[Purpose, timedelta]] = {"invitation": timedelta(days=7), "reset": timedelta(hours=1)}

_REPLACE: Final = text("DELETE FROM account_links WHERE agent_id = :agent_id")
_ADD: Final = text(
    "INSERT INTO account_links (token_hash, agent_id, purpose, expires_at)"
    " VALUES (:token_hash, :agent_id, :purpose, :expires_at)"
)
_READ: Final = text(
    "SELECT l.agent_id, l.purpose, a.email, a.name, a.language FROM account_links l"
    " JOIN agents a ON a.id = l.agent_id AND a.is_active"
    " WHERE l.token_hash = :token_hash AND l.expires_at > now()"
)
_TAKE: Final = text(
    "DELETE FROM account_links l USING agents a WHERE l.token_hash = :token_hash AND l.expires_at > now()"
    " AND a.id = l.agent_id AND a.is_active RETURNING l.agent_id, l.purpose"
)
_SET: Final = text(
    "UPDATE agents SET password_hash = :password_hash, name = coalesce(:name, name),"
    " language = coalesce(:language, language), version = version + 1 WHERE id = :agent_id"
)


@dataclass(frozen=True, slots=True)
class Link:
    """`url` holds the token behind a #, which browsers send to nobody."""

    url: str
    expires_at: datetime


def hash_link(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class AccountLinks:
    """`desk_url` is where agents reach the desk, without a slash at the end."""

    def __init__(self, desk: Desk, desk_url: str) -> None:
        self._desk = desk
        self.desk_url = desk_url

    async def create(self, transaction: Transaction, agent_id: UUID, purpose: Purpose) -> Link:
        """Replaces whatever link the agent had."""
        token = secrets.token_urlsafe(32)
        expires_at = transaction.now + LIFETIME[purpose]
        await transaction.connection.execute(_REPLACE, {"agent_id": agent_id})
        await transaction.connection.execute(
            _ADD,
            {
                "token_hash": hash_link(token),
                "agent_id": agent_id,
                "purpose": purpose,
                "expires_at": expires_at,
            },
        )
        return Link(f"{self.desk_url}/password#token={token}", expires_at)

    async def read(self, token: str) -> Row[Any]:
        """Whose link it is: agent_id, purpose, email, name, language. NotFound `link_unknown`."""
        async with self._desk.reading() as connection:
            row = (await connection.execute(_READ, {"token_hash": hash_link(token)})).one_or_none()
        if row is None:
            raise _unknown()
        return row

    async def use(
        self, token: str, password_hash: str, *, name: str | None = None, language: str | None = None
    ) -> UUID:
        """Set the password and end every session; of two at once, one finds the link used."""
        async with self._desk.transaction() as transaction:
            taken = await transaction.connection.execute(_TAKE, {"token_hash": hash_link(token)})
            row = taken.one_or_none()
            if row is None:
                raise _unknown()
            values = {
                "agent_id": row.agent_id,
                "password_hash": password_hash,
                "name": name,
                "language": language,
            }
            await transaction.connection.execute(_SET, values)
            await end_sessions(transaction, row.agent_id)
            happened = "agent.accepted" if row.purpose == "invitation" else "agent.password_changed"
            data = {"agent_id": str(row.agent_id), "by": str(row.agent_id)}
            transaction.record(Event(happened, "agent", actor_id=row.agent_id, data=data))
        agent_id: UUID = row.agent_id
        return agent_id


def _unknown() -> NotFound:
    return NotFound("link_unknown", "This link was used, is too old, or was replaced by a newer one.")
