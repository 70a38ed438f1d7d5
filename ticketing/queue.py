"""Where a ticket stands among those that wait for its team, and how many of the team are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.promises import Queue
from ticketing.state import Ticket
from ticketing.statuses import ACTIVE_SQL, is_active

_QUEUE = text(
    "SELECT (SELECT count(*) FROM tickets t WHERE t.owner = 'agents' AND t.assignee_id IS NULL"  # noqa: S608
    f"   AND {ACTIVE_SQL} AND t.team_id = :team_id AND t.id <> :ticket_id"
    "   AND (t.priority, t.waiting_since) < (CAST(:priority AS smallint), CAST(:since AS timestamptz)))"
    " AS before,"
    " (SELECT count(*) FROM team_members m JOIN agents a ON a.id = m.agent_id AND a.is_active"
    "   JOIN agent_presence p ON p.agent_id = a.id WHERE m.team_id = :team_id"
    "   AND p.state IN ('online', 'busy') AND p.connected_until > now()) AS people_there"
)


async def queue_before(connection: AsyncConnection, ticket: Ticket | Any) -> Queue | None:
    """For a ticket (or its row) that waits unassigned; None for any other."""
    waits = ticket.owner == "agents" and ticket.assignee_id is None and is_active(ticket)
    if not waits or ticket.team_id is None or ticket.waiting_since is None:
        return None
    values: Mapping[str, Any] = {
        "team_id": ticket.team_id,
        "ticket_id": ticket.id,
        "priority": ticket.priority,
        "since": ticket.waiting_since,
    }
    row = (await connection.execute(_QUEUE, values)).one()
    return Queue(row.before, row.people_there)
