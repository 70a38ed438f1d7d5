"""Roles: what they are called and what they allow. Editable; some can never go."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Desk, Event
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.people.agents import By
from ticketing.people.guards import SESSIONS_TOPIC, check_within, keep_an_administrator, one_at_a_time
from ticketing.permissions import KEYS

_ROW: Final = (
    "SELECT r.key, r.names, r.permissions, r.second_factor_required, r.is_builtin, r.version,"
    " (SELECT count(*) FROM agents a WHERE a.role = r.key AND a.is_active) AS agents FROM roles r"
)
_LIST: Final = text(f"{_ROW} ORDER BY r.is_builtin DESC, cardinality(r.permissions), r.key").columns(
    names=JSONB
)
_ONE: Final = text(f"{_ROW} WHERE r.key = :key").columns(names=JSONB)
_LOCK: Final = text("SELECT * FROM roles WHERE key = :key FOR UPDATE").columns(names=JSONB)
_ADD: Final = text(
    "INSERT INTO roles (key, names, permissions, second_factor_required)"
    " VALUES (:key, CAST(:names AS jsonb), CAST(:permissions AS text[]), :second_factor_required)"
)
_CHANGE: Final = text(
    "UPDATE roles SET names = CAST(:names AS jsonb), permissions = CAST(:permissions AS text[]),"
    " second_factor_required = :second_factor_required, version = version + 1 WHERE key = :key"
)
_HOLDERS: Final = text("SELECT count(*) FROM agents WHERE role = :key")


class Roles:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list(self) -> Sequence[Row[Any]]:
        async with self._desk.reading() as connection:
            return (await connection.execute(_LIST)).all()

    async def create(
        self, names: Mapping[str, str], permissions: Collection[str], second_factor_required: bool, by: By
    ) -> Row[Any]:
        _check_known(permissions)
        check_within(by.permissions, permissions)
        async with self._desk.transaction() as transaction:
            values = {
                "key": f"role_{secrets.token_hex(4)}",
                "names": json.dumps(dict(names)),
                "permissions": sorted(set(permissions)),
                "second_factor_required": second_factor_required,
            }
            await transaction.connection.execute(_ADD, values)
            data = by.data(
                role=values["key"],
                added=values["permissions"],
                removed=[],
                second_factor_required=second_factor_required,
            )
            transaction.record(Event("role.created", "agent", actor_id=by.agent_id, data=data))
            return await _one(transaction.connection, str(values["key"]))

    async def change(self, key: str, version: int, changes: Mapping[str, Any], by: By) -> Row[Any]:
        """`changes`: any of names, permissions, second_factor_required. Nobody touches what is beyond his own
        permissions, in either direction.
        """
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            await one_at_a_time(connection)
            before = await _locked(connection, key)
            if before.version != version:
                raise Conflict(
                    "changed_meanwhile",
                    "Somebody changed this role meanwhile.",
                    {"version": str(before.version)},
                )
            had = set(before.permissions)
            wanted = set(changes.get("permissions", had))
            _check_known(wanted - had)
            check_within(by.permissions, had ^ wanted)
            required = changes.get("second_factor_required", before.second_factor_required)
            if required != before.second_factor_required:
                check_within(by.permissions, had)
            values = {
                "key": key,
                "names": json.dumps(dict(changes.get("names", before.names))),
                "permissions": sorted(wanted),
                "second_factor_required": required,
            }
            await connection.execute(_CHANGE, values)
            await keep_an_administrator(connection)
            transaction.wake(SESSIONS_TOPIC)
            data = by.data(
                role=key,
                added=sorted(wanted - had),
                removed=sorted(had - wanted),
                second_factor_required=required,
            )
            transaction.record(Event("role.changed", "agent", actor_id=by.agent_id, data=data))
            return await _one(connection, key)

    async def delete(self, key: str, by: By) -> None:
        """Conflict `role_builtin`, or `role_in_use` while an agent has it, active or not."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            await one_at_a_time(connection)
            before = await _locked(connection, key)
            if before.is_builtin:
                raise Conflict("role_builtin", "This role belongs to the desk and stays.")
            holders = await connection.scalar(_HOLDERS, {"key": key})
            if holders:
                raise Conflict("role_in_use", "Agents still have this role.", {"agents": str(holders)})
            await connection.execute(text("DELETE FROM roles WHERE key = :key"), {"key": key})
            data = by.data(role=key, added=[], removed=sorted(before.permissions))
            transaction.record(Event("role.deleted", "agent", actor_id=by.agent_id, data=data))


async def _locked(connection: AsyncConnection, key: str) -> Row[Any]:
    row = (await connection.execute(_LOCK, {"key": key})).one_or_none()
    if row is None:
        raise NotFound("role_unknown", "There is no such role.")
    return row


async def _one(connection: AsyncConnection, key: str) -> Row[Any]:
    return (await connection.execute(_ONE, {"key": key})).one()


def _check_known(permissions: Collection[str]) -> None:
    unknown = sorted(set(permissions) - KEYS)
    if unknown:
        raise Invalid(
            "permission_unknown", "There is no such permission.", {"permissions": ", ".join(unknown)}
        )
