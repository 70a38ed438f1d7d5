"""Takes the steps that are due as clocks run out, each once, and works out again what has become stale.

A step, its effects and the mark that it was taken are one transaction under the ticket's lock: a process that
dies half-way has done nothing, and two that look at the same moment cannot both do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text

from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Transaction, utc_now
from ticketing.sla.clocks import DUE, Clock, step_moments
from ticketing.sla.escalation import record_breach, take_step
from ticketing.sla.keeper import Current, mark_stale
from ticketing.sla.policies import Policy
from ticketing.sla.records import active_policies, clocks_of
from ticketing.state import TICKET_COLUMNS, Ticket, ticket_of
from ticketing.worker import POLL, Worker

logger = structlog.get_logger(__name__)

TOPIC: Final = "sla"
BATCH: Final = 100
SHUTDOWN: Final = timedelta(seconds=5)

_ANY_DUE: Final = text(
    "SELECT EXISTS (SELECT 1 FROM ticket_clocks WHERE next_at <= :now) OR EXISTS (SELECT 1 FROM sla_stale)"
)
_ANY_STALE: Final = text("SELECT EXISTS (SELECT 1 FROM sla_stale)")
# What another process is at is left to it.
_TAKE: Final = text(
    f"SELECT {TICKET_COLUMNS} FROM tickets WHERE id IN"  # noqa: S608 - our own column names
    " (SELECT ticket_id FROM (SELECT ticket_id FROM ticket_clocks WHERE next_at <= :now"
    "   ORDER BY next_at LIMIT :count) AS due"
    "  UNION SELECT ticket_id FROM (SELECT ticket_id FROM sla_stale ORDER BY since LIMIT :count) AS stale)"
    " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
)
_NEXT_DUE: Final = text("SELECT min(next_at) FROM ticket_clocks WHERE next_at > :now")
_MARK: Final = text(
    "INSERT INTO sla_escalations (clock_id, step, taken_at)"
    " SELECT clock_id, step, :now FROM json_to_recordset(CAST(:steps AS json)) AS r(clock_id uuid, step text)"
)
_STAMP: Final = text(
    "UPDATE ticket_clocks c SET warned_at = coalesce(c.warned_at, r.warned_at),"
    " escalated_at = coalesce(c.escalated_at, r.escalated_at),"
    " breached_at = coalesce(c.breached_at, r.breached_at)"
    " FROM json_to_recordset(CAST(:stamps AS json)) AS r(clock_id uuid, warned_at timestamptz,"
    "   escalated_at timestamptz, breached_at timestamptz) WHERE c.id = r.clock_id"
)
_FRESH: Final = text("DELETE FROM sla_stale WHERE ticket_id = ANY(CAST(:ids AS uuid[]))")


class Alarms(Worker[None]):
    """`reload` reads the calendar again; `now` is the clock on the wall, which tests move."""

    topic = TOPIC

    def __init__(
        self,
        desk: Desk,
        calendar: Current,
        reload: Callable[[], Awaitable[None]],
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        super().__init__(desk, slots=1, shutdown=SHUTDOWN)
        self._calendar = calendar
        self._reload = reload
        self._now = now

    async def claim(self, free: int) -> Sequence[None]:
        """Look whether something is due; `work` takes it under its tickets' locks."""
        async with self.desk.reading() as connection:
            due = await connection.scalar(_ANY_DUE, {"now": self._now()})
        return (None,) if due else ()

    async def next_due(self) -> float | None:
        now = self._now()
        async with self.desk.reading() as connection:
            at = await connection.scalar(_NEXT_DUE, {"now": now})
        return None if at is None else float((at - now).total_seconds())

    async def work(self, item: None) -> None:
        try:
            taken = await self.once()
        except Exception:
            logger.warning("alarms_failed", exc_info=True)
            taken = 0
        if not taken:
            await asyncio.sleep(POLL)  # others are at it, or it failed: still due, and must not spin

    async def once(self) -> int:
        """One batch in one transaction; returns how many tickets were looked at."""
        async with self.desk.reading() as connection:
            stale = await connection.scalar(_ANY_STALE)
        if stale:
            await self._reload()  # what made them stale may be younger than what this process knows
        async with self.desk.transaction() as transaction:
            transaction.now = self._now()
            rows = await transaction.connection.execute(_TAKE, {"now": transaction.now, "count": BATCH})
            tickets = [ticket_of(row) for row in rows]
            if not tickets:
                return 0
            await self._take_steps(transaction, tickets)
            ids = [ticket.id for ticket in tickets]
            await transaction.connection.execute(_FRESH, {"ids": ids})
            for ticket in tickets:
                mark_stale(ticket)
                transaction.save(ticket)
        return len(tickets)

    async def _take_steps(self, transaction: Transaction, tickets: Sequence[Ticket]) -> None:
        connection = transaction.connection
        clocks = await clocks_of(connection, [ticket.id for ticket in tickets])
        policies = {policy.id: policy for policy in await active_policies(connection)}
        steps: list[dict[str, str]] = []
        stamps: list[dict[str, object]] = []
        for ticket in tickets:
            for clock in clocks.get(ticket.id, ()):
                if clock.next_at is None or clock.next_at > transaction.now:
                    continue
                taken = await self._run_out(transaction, ticket, clock, policies)
                steps.extend({"clock_id": str(clock.id), "step": key} for key in taken)
                stamps.append(_stamp(clock, taken, policies, transaction.now))
        if steps:
            await connection.execute(_MARK, {"steps": rows_as_json(steps), "now": transaction.now})
            await connection.execute(_STAMP, {"stamps": rows_as_json(stamps)})

    async def _run_out(
        self, transaction: Transaction, ticket: Ticket, clock: Clock, policies: dict[UUID, Policy]
    ) -> list[str]:
        """Take what is due of one clock, in the order of time; returns the keys of what was taken."""
        policy = policies.get(clock.policy_id) if clock.policy_id is not None else None
        steps = {} if policy is None else {one.key: one for one in policy.steps if one.concerns(clock.kind)}
        moments = step_moments(clock, steps.values(), self._calendar.current)
        due = sorted((at, key != DUE, key) for key, at in moments if at <= transaction.now)
        taken = []
        for _, _, key in due:
            if key in clock.taken:
                continue
            taken.append(key)
            if key == DUE:
                record_breach(transaction, ticket, clock)
            else:
                await take_step(transaction, ticket, clock, steps[key])
        return taken


def _stamp(
    clock: Clock, taken: Sequence[str], policies: dict[UUID, Policy], now: datetime
) -> dict[str, object]:
    """When its holder was first warned, others first told, and when it ran out."""
    policy = policies.get(clock.policy_id) if clock.policy_id is not None else None
    steps = [step for step in policy.steps if step.key in taken] if policy is not None else []
    return {
        "clock_id": clock.id,
        "warned_at": now if any(step.only_warns for step in steps) else None,
        "escalated_at": now if any(not step.only_warns for step in steps) else None,
        "breached_at": clock.due_at if DUE in taken else None,
    }
