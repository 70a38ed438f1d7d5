"""An organisation's own statuses: names within open, pending, on hold and solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.errors import Conflict, Invalid, NotFound

WITHIN: Final = ("open", "pending", "on_hold", "solved")


@dataclass(frozen=True, slots=True)
class CustomStatus:
    """`status`: the desk's own that it stands for. `tickets`: how many have it now."""

    key: str
    status: str
    names: Mapping[str, str]
    color: str
    position: int
    archived: bool
    tickets: int


_COLUMNS = (
    "s.key, s.status, s.names, s.color, s.position, s.archived_at IS NOT NULL AS archived,"
    " (SELECT count(*) FROM tickets t WHERE t.status_key = s.key) AS tickets"
)
_ALL = text(
    f"SELECT {_COLUMNS} FROM ticket_statuses s ORDER BY position, key"  # noqa: S608 - our own column names
).columns(names=JSONB)
_ONE = text(
    f"SELECT {_COLUMNS} FROM ticket_statuses s WHERE s.key = :key"  # noqa: S608 - our own column names
).columns(names=JSONB)
_ADD = text(
    "INSERT INTO ticket_statuses (key, status, names, color, position)"
    " VALUES (:key, :status, CAST(:names AS jsonb), :color,"
    " coalesce(:position, (SELECT coalesce(max(position), 0) + 10 FROM ticket_statuses)))"
    " ON CONFLICT DO NOTHING RETURNING key"
)
_CHANGE = text(
    "UPDATE ticket_statuses SET names = coalesce(CAST(:names AS jsonb), names),"
    " color = coalesce(:color, color), position = coalesce(:position, position),"
    " archived_at = CASE CAST(:archived AS boolean) WHEN true THEN coalesce(archived_at, now())"
    "   WHEN false THEN NULL ELSE archived_at END WHERE key = :key RETURNING key"
)
_USED = text("SELECT EXISTS (SELECT FROM tickets WHERE status_key = :key)")


async def all_statuses(connection: AsyncConnection) -> list[CustomStatus]:
    """In order, archived ones too."""
    return [_status(row) for row in await connection.execute(_ALL)]


async def find_status(connection: AsyncConnection, key: str) -> CustomStatus | None:
    row = (await connection.execute(_ONE, {"key": key})).one_or_none()
    return None if row is None else _status(row)


async def chosen_status(
    connection: AsyncConnection, status: str | None, key: str, *, had: str | None
) -> CustomStatus:
    """The one a ticket is to get, which `had` another or none.

    Invalid `status_unknown`: it is not there, no longer offered, or not one of `status`.
    """
    found = await find_status(connection, key)
    if found is None or (found.archived and key != had) or status not in {None, found.status}:
        raise Invalid("status_unknown", "There is no such status.", {"status_key": "unknown"})
    return found


async def add_status(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    """Conflict `key_taken`. `names` as JSON."""
    if (await connection.execute(_ADD, values)).one_or_none() is None:
        raise Conflict("key_taken", "There is a status with this key.", {"key": "taken"})


async def change_status(connection: AsyncConnection, key: str, values: Mapping[str, Any]) -> None:
    """What is null stays. NotFound `status_unknown`."""
    if (await connection.execute(_CHANGE, {**values, "key": key})).one_or_none() is None:
        raise NotFound("status_unknown", "There is no such status.")


async def remove_status(connection: AsyncConnection, key: str) -> bool:
    """Whether it is archived: tickets have it. Else it is gone. NotFound `status_unknown`."""
    used = bool(await connection.scalar(_USED, {"key": key}))
    if used:
        await change_status(
            connection, key, {"names": None, "color": None, "position": None, "archived": True}
        )
        return True
    gone = await connection.execute(text("DELETE FROM ticket_statuses WHERE key = :key"), {"key": key})
    if not gone.rowcount:
        raise NotFound("status_unknown", "There is no such status.")
    return False


def _status(row: Row[Any]) -> CustomStatus:
    return CustomStatus(row.key, row.status, row.names, row.color, row.position, row.archived, row.tickets)
