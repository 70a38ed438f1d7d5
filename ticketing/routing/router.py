"""Pushes waiting tickets to agents: one pass at a time over all processes, woken by what changes the answer.

A pass decides on what it read without locks, then locks only what it means to move, stepping over what
somebody holds this instant: a ticket that an agent picks meanwhile is his. Passes exclude each other by an
advisory lock, so that no agent is filled twice. Locks: tickets first, then presence, then offers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle, presence
from ticketing.calendar import Calendar
from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Event, Transaction
from ticketing.routing import offers
from ticketing.routing.decide import Assign, Overflow, decide
from ticketing.routing.snapshot import Snapshot, read_snapshot
from ticketing.state import TICKET_COLUMNS, Ticket, ticket_of
from ticketing.worker import Worker

logger = structlog.get_logger(__name__)

TOPIC: Final = "routing"
BATCH: Final = 200  # tickets moved in one transaction
SHUTDOWN: Final = timedelta(seconds=5)

_EXCLUSIVE = text("SELECT pg_try_advisory_xact_lock(hashtextextended('routing', 0))")
_LOCK = text(
    f"SELECT {TICKET_COLUMNS} FROM tickets t WHERE id = ANY(CAST(:ids AS uuid[]))"  # noqa: S608 - our own names
    " AND assignee_id IS NULL AND owner = 'agents' AND status IN ('new', 'open')"
    " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
)
_PUSHED = text(
    "UPDATE agent_presence p SET last_assigned_at = r.at"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(agent_id uuid, at timestamptz)"
    " WHERE p.agent_id = r.agent_id"
)
_OFFER = text(
    "INSERT INTO ticket_offers (ticket_id, agent_id, offered_at, due_at)"
    " SELECT r.ticket_id, r.agent_id, now(), now() + q.offer_for"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(ticket_id uuid, agent_id uuid, team_id uuid)"
    " JOIN teams q ON q.id = r.team_id WHERE q.offer_for IS NOT NULL"
    " ON CONFLICT (ticket_id) DO UPDATE SET agent_id = excluded.agent_id, offered_at = excluded.offered_at,"
    " due_at = excluded.due_at RETURNING ticket_id, due_at"
)
_MOVED = text(
    "INSERT INTO ticket_routing AS o (ticket_id, queued_at, visited)"
    " SELECT r.ticket_id, now(), ARRAY[r.from_team]"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(ticket_id uuid, from_team uuid)"
    " ON CONFLICT (ticket_id) DO UPDATE SET queued_at = now(),"
    " visited = CASE WHEN o.queued_at >= (SELECT coalesce(t.waiting_since, t.last_message_at) FROM tickets t"
    "   WHERE t.id = o.ticket_id) THEN o.visited ELSE '{}' END || excluded.visited"
)
_NAMES = text("SELECT id, name FROM agents WHERE id = ANY(CAST(:ids AS uuid[]))")
_TEAM_NAMES = text("SELECT id, names FROM teams WHERE id = ANY(CAST(:ids AS uuid[]))").columns(names=JSONB)
_GONE = text(
    "SELECT t.id FROM tickets t JOIN teams q ON q.id = t.team_id AND q.reclaim_after IS NOT NULL"
    " AND q.routing <> 'manual' LEFT JOIN agent_presence p ON p.agent_id = t.assignee_id"
    " WHERE t.assignee_id IS NOT NULL AND t.owner = 'agents' AND t.status IN ('new', 'open')"
    " AND t.status NOT IN ('solved', 'closed') AND t.waiting_since < now() - q.reclaim_after"
    " AND coalesce(p.state, 'offline') IN ('away', 'offline') LIMIT :most"
)
_LOCK_HELD = text(
    f"SELECT {TICKET_COLUMNS} FROM tickets t WHERE id = ANY(CAST(:ids AS uuid[]))"  # noqa: S608 - our own names
    " AND assignee_id IS NOT NULL AND status IN ('new', 'open') ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
)


class Router(Worker[None]):
    topic = TOPIC

    def __init__(self, desk: Desk, calendar: Calendar) -> None:
        super().__init__(desk, slots=1, shutdown=SHUTDOWN)
        self._calendar = calendar

    async def claim(self, free: int) -> Sequence[None]:
        """One pass; it is repeated at once while it moved as much as a pass may."""
        return () if await self.once() < BATCH else (None,)

    async def work(self, item: None) -> None:
        """Everything was done by the pass."""

    async def once(self) -> int:
        """What is overdue goes back, then what waits is given out; how many tickets were given out."""
        await self._exclusively(presence.expire)
        await self._exclusively(offers.take_back_overdue)
        await self._exclusively(_reclaim)
        return await self._exclusively(self._give_out)

    async def _exclusively(self, part: Callable[[Transaction], Awaitable[int]]) -> int:
        """In a transaction of its own, unless another process is at it."""
        async with self.desk.transaction() as transaction:
            if not await transaction.connection.scalar(_EXCLUSIVE):
                return 0
            return await part(transaction)

    async def _give_out(self, transaction: Transaction) -> int:
        connection, now, timetable = transaction.connection, transaction.now, self._calendar.current
        snapshot = await read_snapshot(
            connection,
            now,
            lambda key, at: timetable.of(key).is_open(at),
            emergencies=timetable.emergencies,
        )
        decisions = decide(snapshot.waiting, snapshot.workers, snapshot.queues, now, most=BATCH)
        if not decisions:
            return 0
        ids = [one.ticket_id for one in decisions]
        locked = {row[0]: ticket_of(row) for row in await connection.execute(_LOCK, {"ids": ids})}
        assigned = [one for one in decisions if isinstance(one, Assign) and one.ticket_id in locked]
        moved = [one for one in decisions if isinstance(one, Overflow) and one.ticket_id in locked]
        await _assign(transaction, assigned, locked, snapshot)
        await _overflow(transaction, moved, locked, snapshot)
        if moved:
            transaction.wake(TOPIC)  # the queue that helps out looks at them
        return len(assigned) + len(moved)


async def _reclaim(transaction: Transaction) -> int:
    """From holders who have gone, what a customer has waited for long enough; how many."""
    connection = transaction.connection
    ids = list((await connection.execute(_GONE, {"most": BATCH})).scalars())
    rows = (await connection.execute(_LOCK_HELD, {"ids": ids})).all() if ids else ()
    for ticket in map(ticket_of, rows):
        lifecycle.hold(ticket, None)
        transaction.save(ticket)
        transaction.record(
            Event("ticket.released", "system", ticket_id=ticket.id, data={"reason": presence.OFFLINE})
        )
    return len(rows)


async def _assign(
    transaction: Transaction, assigned: Sequence[Assign], locked: dict[UUID, Ticket], snapshot: Snapshot
) -> None:
    if not assigned:
        return
    connection = transaction.connection
    names = {
        row.id: row.name
        for row in await connection.execute(_NAMES, {"ids": sorted({one.agent_id for one in assigned})})
    }
    newest = {one.agent_id: one.at for one in assigned}  # in order: the last push of each
    await connection.execute(
        _PUSHED, {"rows": rows_as_json([{"agent_id": key, "at": at} for key, at in newest.items()])}
    )
    offered = await _offer(connection, assigned, locked)
    for one in assigned:
        ticket = locked[one.ticket_id]
        lifecycle.hold(ticket, one.agent_id)
        transaction.save(ticket)
        until = offered.get(one.ticket_id)
        data: dict[str, Any] = {
            "agent": names[one.agent_id],
            "team": None if ticket.team_id is None else snapshot.queues[ticket.team_id].key,
            "why": {
                "rule": one.rule,
                "load": one.load,
                "waited": round(one.waited.total_seconds()),
                "relaxed": list(one.relaxed),
            },
            "offer_until": None if until is None else until.isoformat(),
        }
        transaction.record(Event("ticket.assigned", "system", ticket_id=ticket.id, data=data))


async def _offer(
    connection: AsyncConnection, assigned: Sequence[Assign], locked: dict[UUID, Ticket]
) -> dict[UUID, datetime]:
    rows = [
        {"ticket_id": one.ticket_id, "agent_id": one.agent_id, "team_id": locked[one.ticket_id].team_id}
        for one in assigned
    ]
    return {
        row.ticket_id: row.due_at for row in await connection.execute(_OFFER, {"rows": rows_as_json(rows)})
    }


async def _overflow(
    transaction: Transaction, moved: Sequence[Overflow], locked: dict[UUID, Ticket], snapshot: Snapshot
) -> None:
    if not moved:
        return
    rows = [{"ticket_id": one.ticket_id, "from_team": one.from_team} for one in moved]
    await transaction.connection.execute(_MOVED, {"rows": rows_as_json(rows)})
    to = {"ids": sorted({one.to_team for one in moved})}
    names = {row.id: row.names for row in await transaction.connection.execute(_TEAM_NAMES, to)}
    for one in moved:
        ticket = locked[one.ticket_id]
        ticket.team_id = one.to_team
        ticket.version += 1
        transaction.save(ticket)
        data = {
            "from": snapshot.queues[one.from_team].key,
            "team": snapshot.queues[one.to_team].key,
            "team_names": names[one.to_team],
            "why": one.why,
        }
        transaction.record(Event("ticket.overflowed", "system", ticket_id=ticket.id, data=data))
