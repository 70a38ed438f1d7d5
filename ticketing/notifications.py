"""What one agent is told beside the tickets on the screen: somebody named them, a promise runs out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import rows_as_json
from ticketing.desk import Transaction
from ticketing.visibility import RESTRICTED

TOPIC: Final = "notifications"

_ADD = text(
    "INSERT INTO notifications (agent_id, kind, ticket_id, data)"
    " SELECT a.id, :kind, :ticket_id, CAST(:data AS jsonb) FROM agents a"
    " WHERE a.id = ANY(CAST(:agents AS uuid[])) AND a.is_active ORDER BY a.id"
)
# Whoever may no longer see a ticket is not told of it either.
_SEEN = (
    f" (n.ticket_id IS NULL OR '{RESTRICTED}' = ANY(CAST((SELECT o.permissions FROM agents s"  # noqa: S608
    "   JOIN roles o ON o.key = s.role WHERE s.id = n.agent_id) AS text[]))"
    " OR EXISTS (SELECT 1 FROM tickets t WHERE t.id = n.ticket_id AND (t.category IS NULL"
    "   OR t.category NOT IN (SELECT code FROM categories WHERE restricted))))"
)
_LIST = text(
    "SELECT n.id, n.kind, n.ticket_id, n.data, n.created_at, n.read_at, t.number,"  # noqa: S608 - our own words
    " coalesce(c.name, (SELECT coalesce(i.name, i.phone) FROM identities i WHERE i.contact_id = c.id"
    "   ORDER BY i.id LIMIT 1)) AS contact_name"
    " FROM notifications n LEFT JOIN tickets t ON t.id = n.ticket_id"
    " LEFT JOIN contacts c ON c.id = t.contact_id"
    " WHERE n.agent_id = :agent_id AND n.id < :before"
    f" AND (NOT :unread OR n.read_at IS NULL) AND{_SEEN}"
    " ORDER BY n.id DESC LIMIT :count"
).columns(data=JSONB)
_UNREAD = text(
    "SELECT n.agent_id, count(*) AS unread FROM notifications n"  # noqa: S608 - our own words
    f" WHERE n.agent_id = ANY(CAST(:agents AS uuid[])) AND n.read_at IS NULL AND{_SEEN} GROUP BY n.agent_id"
)
_READ = text(
    "UPDATE notifications SET read_at = now() WHERE agent_id = :agent_id AND read_at IS NULL"
    " AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(CAST(:ids AS uuid[])))"
    " AND (CAST(:ticket_id AS uuid) IS NULL OR ticket_id = :ticket_id)"
)


async def notify(
    transaction: Transaction,
    agent_ids: Iterable[UUID],
    kind: str,
    ticket_id: UUID | None,
    data: Mapping[str, Any],
) -> None:
    """Tell each of these agents once, with the transaction. `data` is JSON that names no customer's secret;
    agents who are no longer active are left out.
    """
    agents = sorted(set(agent_ids))
    if not agents:
        return
    values = {"agents": agents, "kind": kind, "ticket_id": ticket_id, "data": rows_as_json(dict(data))}
    await transaction.connection.execute(_ADD, values)
    transaction.wake(TOPIC)


async def notifications_of(
    connection: AsyncConnection,
    agent_id: UUID,
    *,
    before: UUID | None,
    unread: bool,
    limit: int,
) -> list[Row[Any]]:
    """The newest first."""
    values = {
        "agent_id": agent_id,
        "before": before or UUID(int=2**128 - 1),
        "unread": unread,
        "count": limit,
    }
    return list(await connection.execute(_LIST, values))


async def unread_counts(connection: AsyncConnection, agent_ids: Iterable[UUID]) -> dict[UUID, int]:
    """How many each of these agents has not read; nought is there too."""
    agents = sorted(set(agent_ids))
    counts = dict.fromkeys(agents, 0)
    if agents:
        rows = await connection.execute(_UNREAD, {"agents": agents})
        counts |= {row.agent_id: row.unread for row in rows}
    return counts


async def mark_read(
    transaction: Transaction,
    agent_id: UUID,
    *,
    ids: Iterable[UUID] | None = None,
    ticket_id: UUID | None = None,
) -> None:
    """An agent's own notifications: these, those of a ticket, or without either all of them."""
    values = {
        "agent_id": agent_id,
        "ids": None if ids is None else sorted(set(ids)),
        "ticket_id": ticket_id,
    }
    if (await transaction.connection.execute(_READ, values)).rowcount:
        transaction.wake(TOPIC)
