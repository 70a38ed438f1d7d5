"""What routing decides on, read at one moment: queues, who is online with which load, and what waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.routing.decide import Drop, OutOfHours, Queue, Routing, Step, Waiting, Worker
from ticketing.visibility import RESTRICTED

Opens = Callable[[str, datetime], bool]
"""Whether the team with this key is open at this moment."""

MOST: Final = 2_000  # waiting tickets looked at in one pass

# A ticket's share of an agent: the heaviest of the channels it is on. For `t`, with `w` routing_settings.
CHANNELS_OF: Final = (
    "SELECT array_agg(DISTINCT k.channel) AS channels,"
    " max(coalesce(CAST(w.channel_weights->>k.channel AS integer), w.default_weight)) AS weight"
    " FROM conversations v JOIN accounts k ON k.key = v.account WHERE v.ticket_id = t.id"
)
# What an agent is busy with: what was put aside does not count. For agents `a`.
LOADS: Final = (
    "SELECT t.assignee_id AS agent_id, sum(coalesce(c.weight, w.default_weight)) AS load,"  # noqa: S608
    " count(*) AS open, count(*) FILTER (WHERE t.waiting_since IS NOT NULL) AS waiting,"
    " min(t.waiting_since) AS longest_wait_since"
    " FROM tickets t CROSS JOIN routing_settings w"
    f" LEFT JOIN LATERAL ({CHANNELS_OF}) c ON true"
    " WHERE t.assignee_id IS NOT NULL AND t.owner = 'agents' AND t.status IN ('new', 'open')"
    " AND t.status NOT IN ('solved', 'closed') GROUP BY t.assignee_id"
)
# The smallest room that any of an agent's queues gives, where he has none of his own.
CAPACITY: Final = (
    "coalesce(p.capacity, (SELECT min(q.capacity) FROM team_members m JOIN teams q ON q.id = m.team_id"
    " WHERE m.agent_id = a.id AND q.archived_at IS NULL), 100)"
)

_QUEUES = text(
    "SELECT q.id, q.key, q.routing, q.channels, q.needs, q.level, q.relaxation, q.out_of_hours,"
    " q.overflow_team_id, q.overflow_after, q.overflow_unskilled FROM teams q WHERE q.archived_at IS NULL"
).columns(relaxation=JSONB)
_WORKERS = text(
    f"SELECT a.id, {CAPACITY} AS capacity, coalesce(l.load, 0) AS load, p.last_assigned_at,"  # noqa: S608
    " :needs = ANY(r.permissions) AS sees_restricted,"
    " ARRAY(SELECT m.team_id FROM team_members m WHERE m.agent_id = a.id) AS teams,"
    " coalesce((SELECT jsonb_object_agg(s.skill, s.level) FROM agent_skills s WHERE s.agent_id = a.id), '{}')"
    "   AS skills"
    " FROM agent_presence p JOIN agents a ON a.id = p.agent_id AND a.is_active JOIN roles r ON r.key = a.role"
    f" LEFT JOIN ({LOADS}) l ON l.agent_id = a.id"
    " WHERE p.state = 'online' AND p.connected_until > now()"
    " AND EXISTS (SELECT FROM team_members m JOIN teams q ON q.id = m.team_id AND q.routing <> 'manual'"
    "   WHERE m.agent_id = a.id)"
).columns(skills=JSONB)
_WAITING = text(
    "SELECT t.id, t.team_id, t.priority, t.due_at, coalesce(t.waiting_since, t.last_message_at) AS since,"  # noqa: S608
    " coalesce(o.queued_at, t.waiting_since, t.last_message_at) AS queued_at,"
    " coalesce(o.visited, '{}') AS visited, coalesce(o.declined_by, '{}') AS declined_by,"
    " coalesce(o.missed_by, '{}') AS missed_by, coalesce(g.restricted, false) AS is_restricted, c.channels,"
    " coalesce(c.weight, w.default_weight) AS weight,"
    " CASE WHEN 'language' = ANY(q.needs) THEN ARRAY(SELECT s.key FROM skills s WHERE s.kind = 'language'"
    "   AND coalesce(l.language, x.language) = ANY(s.matches)) END AS language_skills,"
    " CASE WHEN 'subject' = ANY(q.needs) THEN ARRAY(SELECT s.key FROM skills s WHERE s.kind = 'subject'"
    "   AND (g.parent = ANY(s.matches) OR g.code = ANY(s.matches))) END AS subject_skills,"
    " (SELECT b.assignee_id FROM tickets b WHERE b.contact_id = t.contact_id AND b.id <> t.id"
    "   AND b.assignee_id IS NOT NULL AND b.last_message_at > now() - q.sticky_for"
    "   ORDER BY b.last_message_at DESC LIMIT 1) AS last_agent"
    " FROM (SELECT t.* FROM tickets t JOIN teams q ON q.id = t.team_id"
    "   AND q.routing <> 'manual' AND q.archived_at IS NULL"
    "   WHERE t.owner = 'agents' AND t.assignee_id IS NULL AND t.status IN ('new', 'open')"
    "   AND t.status NOT IN ('solved', 'closed')"
    "   ORDER BY t.priority, t.due_at, t.waiting_since, t.id LIMIT :most) t"
    " JOIN teams q ON q.id = t.team_id JOIN contacts x ON x.id = t.contact_id"
    " CROSS JOIN routing_settings w LEFT JOIN ticket_routing o ON o.ticket_id = t.id"
    # What an earlier wait of the same ticket has been through is over.
    "   AND o.queued_at >= coalesce(t.waiting_since, t.last_message_at)"
    " LEFT JOIN categories g ON g.code = t.category"
    f" LEFT JOIN LATERAL ({CHANNELS_OF}) c ON true"
    " LEFT JOIN LATERAL (SELECT v.language FROM conversations v WHERE v.ticket_id = t.id"
    "   AND v.language IS NOT NULL ORDER BY v.last_inbound_at DESC NULLS LAST LIMIT 1) l ON true"
)


@dataclass(frozen=True, slots=True)
class Snapshot:
    queues: Mapping[UUID, Queue]
    workers: tuple[Worker, ...]
    waiting: tuple[Waiting, ...]

    @property
    def has_something_to_move(self) -> bool:
        """Whether any decision is possible at all: somebody with room, or a queue that passes on."""
        return any(one.load < one.capacity for one in self.workers) or any(
            queue.overflow_team_id is not None for queue in self.queues.values()
        )


async def read_snapshot(
    connection: AsyncConnection, now: datetime, opens: Opens, *, emergencies: bool = True
) -> Snapshot:
    """Everything `decide` needs, in three statements however many tickets wait."""
    queues = {
        row.id: _queue(row, is_open=opens(row.key, now), emergencies=emergencies)
        for row in await connection.execute(_QUEUES)
    }
    if all(queue.routing is Routing.MANUAL for queue in queues.values()):
        return Snapshot(queues, (), ())
    workers = tuple(_worker(row) for row in await connection.execute(_WORKERS, {"needs": RESTRICTED}))
    empty = Snapshot(queues, workers, ())
    if not empty.has_something_to_move:
        return empty
    waiting = tuple(_waiting(row) for row in await connection.execute(_WAITING, {"most": MOST}))
    return Snapshot(queues, workers, waiting)


def _queue(row: Row[Any], *, is_open: bool, emergencies: bool) -> Queue:
    return Queue(
        team_id=row.id,
        key=row.key,
        routing=Routing(row.routing),
        is_open=is_open,
        emergencies=emergencies,
        channels=None if row.channels is None else frozenset(row.channels),
        level=row.level,
        relaxation=tuple(Step(timedelta(seconds=one["after"]), Drop(one["drop"])) for one in row.relaxation),
        out_of_hours=OutOfHours(row.out_of_hours),
        overflow_team_id=row.overflow_team_id,
        overflow_after=row.overflow_after,
        overflow_unskilled=row.overflow_unskilled,
    )


def _worker(row: Row[Any]) -> Worker:
    return Worker(
        agent_id=row.id,
        teams=frozenset(row.teams),
        capacity=row.capacity,
        load=row.load,
        last_assigned_at=row.last_assigned_at,
        skills=row.skills,
        sees_restricted=row.sees_restricted,
    )


def _waiting(row: Row[Any]) -> Waiting:
    return Waiting(
        ticket_id=row.id,
        team_id=row.team_id,
        priority=row.priority,
        waiting_since=row.since,
        queued_at=row.queued_at,
        channels=frozenset(row.channels or ()),
        weight=row.weight,
        due_at=row.due_at,
        language_skills=frozenset(row.language_skills or ()),
        subject_skills=frozenset(row.subject_skills or ()),
        last_agent=row.last_agent,
        visited=frozenset(row.visited),
        declined_by=frozenset(row.declined_by),
        missed_by=frozenset(row.missed_by),
        is_restricted=row.is_restricted,
    )
