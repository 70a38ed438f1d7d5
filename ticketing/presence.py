"""Who is at the desk: online, busy, away or offline.

What an agent chose (`wanted`) outlives a lost connection; what holds (`state`) follows from it, from whether
his interface is idle, and from whether a socket of his renewed `connected_until`. Every change is an event.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Invalid, NotFound
from ticketing.state import lock_tickets

ONLINE: Final = "online"
AWAY: Final = "away"
OFFLINE: Final = "offline"
IDLE: Final = "idle"  # the reason of somebody whose interface nobody touches
MISSED_OFFERS: Final = "missed_offers"

# Without a socket for so long somebody is offline: a reload, a tunnel or a restart is not leaving.
GRACE: Final = timedelta(seconds=60)
# Who comes back after longer starts afresh: yesterday's lunch is over.
AFRESH_AFTER: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Choice:
    """What to change; None leaves it. `reason` counts only together with `state`."""

    state: str | None = None
    reason: str | None = None
    idle: bool | None = None
    reassign: bool = False


class _Was(NamedTuple):
    """What held before a change, and since when."""

    state: str
    since: datetime | None


def effective(
    wanted: str, reason: str | None, *, is_idle: bool, is_connected: bool
) -> tuple[str, str | None]:
    """The state that holds, and its reason."""
    if not is_connected:
        return OFFLINE, None
    if is_idle and wanted == ONLINE:
        return AWAY, IDLE
    return wanted, reason


_CONNECT = text(
    "INSERT INTO agent_presence AS p (agent_id, state, connected_until)"
    " SELECT a.id, 'online', now() + CAST(:grace AS interval) FROM agents a"
    " WHERE a.id = ANY(CAST(:ids AS uuid[])) AND a.is_active ORDER BY a.id"
    " ON CONFLICT (agent_id) DO UPDATE SET connected_until = excluded.connected_until,"
    " wanted = CASE WHEN {afresh} THEN 'online' ELSE p.wanted END,"
    " wanted_reason = CASE WHEN {afresh} THEN NULL ELSE p.wanted_reason END,"
    " is_idle = p.is_idle AND p.state <> 'offline',"
    " state = CASE WHEN p.state <> 'offline' THEN p.state WHEN {afresh} THEN 'online' ELSE p.wanted END,"
    " reason = CASE WHEN p.state <> 'offline' THEN p.reason WHEN {afresh} THEN NULL ELSE p.wanted_reason END,"
    " since = CASE WHEN p.state <> 'offline' THEN p.since ELSE now() END"
    " RETURNING agent_id, coalesce(old.state, 'offline') AS was, old.since AS was_since,"
    " new.state AS state, new.reason AS reason".replace(
        "{afresh}", "(p.state = 'offline' AND p.connected_until < now() - CAST(:afresh AS interval))"
    )
)
_LEAVE = text(
    "UPDATE agent_presence SET connected_until = now() + CAST(:grace AS interval) WHERE agent_id = :agent_id"
)
_EXPIRED = text(
    "SELECT EXISTS (SELECT FROM agent_presence WHERE state <> 'offline' AND connected_until < now())"
)
_EXPIRE = text(
    "UPDATE agent_presence SET state = 'offline', reason = NULL, is_idle = false, since = now()"
    " WHERE state <> 'offline' AND connected_until < now()"
    " RETURNING agent_id, old.state AS was, old.since AS was_since, new.state AS state, new.reason AS reason"
)
_LOCK = text(
    "SELECT state, reason, since, wanted, wanted_reason, is_idle, coalesce(connected_until > now(), false)"
    " AS is_connected FROM agent_presence WHERE agent_id = :agent_id FOR UPDATE"
)
_SEEN = text(
    "INSERT INTO agent_presence (agent_id) SELECT id FROM agents WHERE id = :agent_id AND is_active"
    " ON CONFLICT DO NOTHING"
)
_SET = text(
    "UPDATE agent_presence SET wanted = :wanted, wanted_reason = :wanted_reason, is_idle = :is_idle,"
    " state = :state, reason = :reason, since = CASE WHEN :changed THEN now() ELSE since END"
    " WHERE agent_id = :agent_id"
)
_REASON = text("SELECT state FROM break_reasons WHERE key = :key AND archived_at IS NULL")
# Put aside (pending, on hold, snoozed) and answered tickets stay: nobody waits for us there.
_WAITING_TICKETS = text(
    "SELECT id FROM tickets WHERE assignee_id = :agent_id AND owner = 'agents'"
    " AND status IN ('new', 'open') AND waiting_since IS NOT NULL"
)
_ALL = text(
    "SELECT a.id AS agent_id, a.name, coalesce(p.state, 'offline') AS state, p.reason,"
    " coalesce(p.since, a.created_at) AS since FROM agents a LEFT JOIN agent_presence p ON p.agent_id = a.id"
    " WHERE a.is_active AND (CAST(:agent_id AS uuid) IS NULL OR a.id = :agent_id) ORDER BY a.name, a.id"
)
_WANTED = text("SELECT wanted, wanted_reason FROM agent_presence WHERE agent_id = :agent_id")


async def everybody(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Active agents by name: agent_id, name, state, reason, since."""
    return (await connection.execute(_ALL, {"agent_id": None})).all()


async def presence_of(connection: AsyncConnection, agent_id: UUID) -> Row[Any] | None:
    """The same of one; None when there is no such agent."""
    return (await connection.execute(_ALL, {"agent_id": agent_id})).one_or_none()


async def wanted_by(connection: AsyncConnection, agent_id: UUID) -> tuple[str, str | None]:
    """What an agent chose last, and why."""
    row = (await connection.execute(_WANTED, {"agent_id": agent_id})).one_or_none()
    return (ONLINE, None) if row is None else (row.wanted, row.wanted_reason)


async def expire(transaction: Transaction) -> int:
    """Say offline of everybody whose sockets have been gone for the grace; how many that were."""
    if not await transaction.connection.scalar(_EXPIRED):
        return 0
    rows = (await transaction.connection.execute(_EXPIRE)).all()
    for row in rows:
        _record(transaction, row.agent_id, _Was(row.was, row.was_since), row.state, row.reason, by=None)
    return len(rows)


class Presences:
    """What sockets and people say about who is there. Each method is one transaction."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def connected(self, agent_ids: Collection[UUID]) -> None:
        """These have a socket now; who was offline is what he wanted to be."""
        if not agent_ids:
            return
        values = {"ids": sorted(set(agent_ids)), "grace": GRACE, "afresh": AFRESH_AFTER}
        async with self._desk.transaction() as transaction:
            for row in await transaction.connection.execute(_CONNECT, values):
                if row.was == OFFLINE and row.state != OFFLINE:
                    _record(
                        transaction,
                        row.agent_id,
                        _Was(row.was, row.was_since),
                        row.state,
                        row.reason,
                        by=None,
                    )

    async def left(self, agent_id: UUID, *, for_good: bool) -> None:
        """The last socket of an agent here closed; `for_good`: he signed out."""
        grace = timedelta(0) if for_good else GRACE
        async with self._desk.engine.begin() as connection:
            await connection.execute(_LEAVE, {"agent_id": agent_id, "grace": grace})

    async def choose(self, agent_id: UUID, by: UUID, choice: Choice) -> int:
        """Change what an agent wants, or whether he is idle; how many tickets went back to their queues.

        Raises NotFound for no such agent and Invalid for no such reason.
        """
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            checked = await _checked(connection, choice)
            # Locks: tickets first, then presence, as everywhere.
            returned = await give_back(transaction, agent_id, by=by, reason=AWAY) if choice.reassign else 0
            await connection.execute(_SEEN, {"agent_id": agent_id})
            row = (await connection.execute(_LOCK, {"agent_id": agent_id})).one_or_none()
            if row is None:
                raise NotFound("agent_unknown", "There is no such agent.")
            await set_presence(transaction, agent_id, row, checked, by=by)
            return returned


async def set_presence(
    transaction: Transaction, agent_id: UUID, row: Row[Any], choice: Choice, *, by: UUID | None
) -> None:
    """Write a choice to a locked row (`_LOCK`), and record what changed."""
    wanted, wanted_reason = row.wanted, row.wanted_reason
    is_idle = row.is_idle if choice.idle is None else choice.idle
    if choice.state is not None:
        wanted, wanted_reason, is_idle = choice.state, choice.reason, bool(choice.idle)
    state, reason = effective(wanted, wanted_reason, is_idle=is_idle, is_connected=row.is_connected)
    changed = (state, reason) != (row.state, row.reason)
    await transaction.connection.execute(
        _SET,
        {
            "agent_id": agent_id,
            "wanted": wanted,
            "wanted_reason": wanted_reason,
            "is_idle": is_idle,
            "state": state,
            "reason": reason,
            "changed": changed,
        },
    )
    if changed:
        _record(transaction, agent_id, _Was(row.state, row.since), state, reason, by=by)


async def send_away(transaction: Transaction, agent_id: UUID, reason: str) -> None:
    """The desk itself says that an agent is away, until he says otherwise."""
    row = (await transaction.connection.execute(_LOCK, {"agent_id": agent_id})).one_or_none()
    if row is not None and row.state == ONLINE:
        await set_presence(transaction, agent_id, row, Choice(AWAY, reason), by=None)


async def give_back(transaction: Transaction, agent_id: UUID, *, by: UUID | None, reason: str) -> int:
    """The tickets of an agent that wait for an answer, back to their queues; how many."""
    ids = (await transaction.connection.execute(_WAITING_TICKETS, {"agent_id": agent_id})).scalars()
    returned = 0
    for ticket in (await lock_tickets(transaction.connection, ids)).values():
        if ticket.assignee_id != agent_id or ticket.status not in {"new", "open"}:
            continue
        lifecycle.hold(ticket, None)
        transaction.save(ticket)
        actor = "system" if by is None else "agent"
        transaction.record(
            Event("ticket.released", actor, ticket_id=ticket.id, actor_id=by, data={"reason": reason})
        )
        returned += 1
    return returned


async def _checked(connection: AsyncConnection, choice: Choice) -> Choice:
    if choice.state is None or choice.reason is None:
        return choice
    known = await connection.scalar(_REASON, {"key": choice.reason})
    if known is None:
        raise Invalid("reason_unknown", "There is no such reason.", {"reason": "unknown"})
    if choice.state == ONLINE:
        raise Invalid("invalid", "Who is online needs no reason.", {"reason": "not_for_online"})
    return choice


def _record(
    transaction: Transaction, agent_id: UUID, was: _Was, state: str, reason: str | None, *, by: UUID | None
) -> None:
    seconds = None if was.since is None else round((transaction.now - was.since).total_seconds())
    data = {
        "agent_id": str(agent_id),
        "state": state,
        "reason": reason,
        "was": was.state,
        "seconds": seconds,
    }
    actor = "system" if by is None else "agent"
    transaction.record(Event("presence.changed", actor, actor_id=by, data=data))
    transaction.wake("routing")
