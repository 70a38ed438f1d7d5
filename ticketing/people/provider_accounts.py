"""Who at the desk is whom at the OpenID provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict
from ticketing.people.guards import SESSIONS_TOPIC, keep_an_administrator, one_at_a_time

_KNOWN: Final = text(
    "SELECT a.id, a.name, a.role, a.is_active FROM oidc_identities o JOIN agents a ON a.id = o.agent_id"
    " WHERE o.issuer = :issuer AND o.subject = :subject"
)
_BY_EMAIL: Final = text("SELECT id, name, role, is_active FROM agents WHERE email = :email")
_LINK: Final = text(
    "INSERT INTO oidc_identities (issuer, subject, agent_id) VALUES (:issuer, :subject, :agent_id)"
    " ON CONFLICT DO NOTHING"
)
_CREATE: Final = text(
    "INSERT INTO agents (email, name, role, language) VALUES (:email, :name, :role, :language)"
    " ON CONFLICT (email) DO NOTHING RETURNING id, name, role, is_active"
)
_SET_ROLE: Final = text("UPDATE agents SET role = :role, version = version + 1 WHERE id = :agent_id")
_ROLE_EXISTS: Final = text("SELECT 1 FROM roles WHERE key = :role")


class NotAdmitted(Exception):
    """The provider knows this person; the desk does not let him in. `code` is translated."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Known:
    """What the provider proved. `email` None: none, or one it does not vouch for."""

    issuer: str
    subject: str
    email: str | None
    name: str | None
    role: str | None


class ProviderAccounts:
    """`creates`: newcomers get an account, with `default_role` where their groups name none."""

    def __init__(self, desk: Desk, *, creates: bool, default_role: str | None, language: str = "fr") -> None:
        self._desk = desk
        self._creates = creates
        self._default_role = default_role
        self._language = language

    async def admit(self, known: Known) -> UUID:
        """The agent this is: linked before, or now by an address the provider vouches for, or created.

        Raises NotAdmitted `oidc_unverified`, `oidc_not_invited` or `oidc_inactive`.
        """
        values = {"issuer": known.issuer, "subject": known.subject}
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            agent = (await connection.execute(_KNOWN, values)).one_or_none()
            if agent is None:
                agent = await self._newcomer(transaction, known)
                await connection.execute(_LINK, values | {"agent_id": agent.id})
            if not agent.is_active:
                raise NotAdmitted("oidc_inactive")
        await self._follow_role(agent, known.role)
        agent_id: UUID = agent.id
        return agent_id

    async def _newcomer(self, transaction: Transaction, known: Known) -> Row[Any]:
        if known.email is None:
            raise NotAdmitted("oidc_unverified")
        connection = transaction.connection
        agent = (await connection.execute(_BY_EMAIL, {"email": known.email})).one_or_none()
        if agent is not None:
            return agent
        role = known.role or self._default_role
        if not self._creates or role is None or not await _exists(connection, role):
            raise NotAdmitted("oidc_not_invited")
        values = {
            "email": known.email,
            "name": known.name or known.email.partition("@")[0],
            "role": role,
            "language": self._language,
        }
        created = (await connection.execute(_CREATE, values)).one_or_none()
        if created is None:  # somebody was faster: he is there now
            return (await connection.execute(_BY_EMAIL, {"email": known.email})).one()
        data = {"agent_id": str(created.id), "name": created.name, "by": "oidc", "to": {"role": role}}
        transaction.record(Event("agent.accepted", "system", data=data))
        return created

    async def _follow_role(self, agent: Row[Any], role: str | None) -> None:
        """The provider's groups decide where they say something, unless that would lock everybody out."""
        if role is None or role == agent.role:
            return
        try:
            async with self._desk.transaction() as transaction:
                connection = transaction.connection
                await one_at_a_time(connection)
                if not await _exists(connection, role):
                    return
                await connection.execute(_SET_ROLE, {"agent_id": agent.id, "role": role})
                await keep_an_administrator(connection)
                transaction.wake(SESSIONS_TOPIC)
                data: Mapping[str, Any] = {
                    "agent_id": str(agent.id),
                    "name": agent.name,
                    "by": "oidc",
                    "from": {"role": agent.role},
                    "to": {"role": role},
                }
                transaction.record(Event("agent.changed", "system", data=data))
        except Conflict:
            return  # the last administrator stays one, whatever the provider says


async def _exists(connection: AsyncConnection, role: str) -> bool:
    return bool(await connection.scalar(_ROLE_EXISTS, {"role": role}))
