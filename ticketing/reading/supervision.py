"""What a supervisor sees: every queue and every agent at this moment, in four statements whoever watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.ticket_rows import ticket_statement
from ticketing.routing.snapshot import CAPACITY, LOADS
from ticketing.statuses import ACTIVE_SQL
from ticketing.visibility import VISIBLE

_AT_RISK: Final = "t.sla->>'state' IN ('warning', 'breached')"

_QUEUES = text(
    "SELECT q.id, q.key, q.names, q.routing, q.max_wait,"  # noqa: S608 - our own conditions
    " coalesce(n.unassigned, 0) AS unassigned, coalesce(n.open, 0) AS open,"
    " coalesce(n.waiting, 0) AS waiting, n.longest_wait_since, coalesce(n.at_risk, 0) AS at_risk"
    " FROM teams q LEFT JOIN (SELECT t.team_id,"
    "   count(*) FILTER (WHERE t.assignee_id IS NULL AND t.status IN ('new', 'open')) AS unassigned,"
    "   count(*) AS open, count(*) FILTER (WHERE t.waiting_since IS NOT NULL) AS waiting,"
    "   min(t.waiting_since) FILTER (WHERE t.assignee_id IS NULL) AS longest_wait_since,"
    f"  count(*) FILTER (WHERE {_AT_RISK}) AS at_risk"
    f"  FROM tickets t WHERE t.owner = 'agents' AND {ACTIVE_SQL} AND {VISIBLE} GROUP BY t.team_id) n"
    "  ON n.team_id = q.id WHERE q.archived_at IS NULL ORDER BY q.is_default DESC, q.key"
).columns(names=JSONB)
_AGENTS = text(
    "SELECT a.id AS agent_id, a.name, a.role, coalesce(p.state, 'offline') AS state, p.reason,"  # noqa: S608
    " coalesce(p.since, a.created_at) AS since, coalesce(l.load, 0) AS load, coalesce(l.open, 0) AS open,"
    f" coalesce(l.waiting, 0) AS waiting, l.longest_wait_since, {CAPACITY} AS capacity,"
    " ARRAY(SELECT m.team_id FROM team_members m WHERE m.agent_id = a.id) AS teams"
    " FROM agents a LEFT JOIN agent_presence p ON p.agent_id = a.id"
    f" LEFT JOIN ({LOADS}) l ON l.agent_id = a.id"
    " WHERE a.is_active ORDER BY a.name, a.id"
)
_ASSISTANT = text(
    "SELECT (SELECT count(*) FROM tickets t WHERE t.owner = 'assistant'"  # noqa: S608 - our own condition
    f"  AND {ACTIVE_SQL}) AS conversations,"
    " (SELECT count(*) FROM tickets WHERE handed_over_at >= :midnight) AS handed_over_today"
)
_WHICH: Final = {
    "unassigned": (
        f"t.owner = 'agents' AND t.assignee_id IS NULL AND t.status IN ('new', 'open') AND {ACTIVE_SQL}"
    ),
    "open": f"t.owner = 'agents' AND {ACTIVE_SQL}",
    "waiting": f"t.owner = 'agents' AND t.waiting_since IS NOT NULL AND {ACTIVE_SQL}",
    "at_risk": f"t.owner = 'agents' AND {_AT_RISK} AND {ACTIVE_SQL}",
    "assistant": f"t.owner = 'assistant' AND {ACTIVE_SQL}",
    "handed_over": "t.handed_over_at >= :midnight",
}
_ORDERS: Final = {
    "assistant": "t.last_message_at DESC, t.id DESC",
    "handed_over": "t.handed_over_at DESC, t.id DESC",
}
_URGENT: Final = "t.priority, coalesce(t.waiting_since, 'infinity'), t.id"


@dataclass(frozen=True, slots=True)
class Overview:
    at: datetime
    queues: Sequence[Row[Any]]
    agents: Sequence[Row[Any]]
    conversations: int
    handed_over_today: int


async def overview(
    connection: AsyncConnection, now: datetime, midnight: datetime, *, restricted: bool
) -> Overview:
    """`midnight`: when the company's day began. `restricted`: restricted tickets are counted in queues."""
    queues = (await connection.execute(_QUEUES, {"restricted": restricted})).all()
    agents = (await connection.execute(_AGENTS)).all()
    assistant = (await connection.execute(_ASSISTANT, {"midnight": midnight})).one()
    return Overview(now, queues, agents, assistant.conversations, assistant.handed_over_today)


async def tickets_behind(
    connection: AsyncConnection,
    which: str,
    midnight: datetime,
    *,
    team_id: UUID | None,
    agent_id: UUID | None,
    restricted: bool,
    limit: int,
) -> Sequence[Row[Any]]:
    """The list rows that a number of the overview counts. KeyError for a number that does not exist."""
    condition, order = _WHICH[which], _ORDERS.get(which, _URGENT)
    values: dict[str, Any] = {"restricted": restricted, "count": limit}
    if ":midnight" in condition:
        values["midnight"] = midnight
    if team_id is not None:
        condition += " AND t.team_id = :team_id"
        values["team_id"] = team_id
    if agent_id is not None:
        condition += " AND t.assignee_id = :agent_id"
        values["agent_id"] = agent_id
    statement = ticket_statement(f"WHERE {condition} AND {VISIBLE} ORDER BY {order} LIMIT :count", order)
    return (await connection.execute(statement, values)).all()
