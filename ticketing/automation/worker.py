"""Follows the event log in commit order and the clock, and runs the automations they call for.

One process at a time holds the lease. How far it came is stored after a batch; what a killed process did
beyond that is known by its runs, so that nothing is done twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import structlog
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Services
from ticketing.automation.conditions import AfterTime
from ticketing.automation.finding import due_tickets
from ticketing.automation.firing import Cause, Firing
from ticketing.automation.rules import Rule, enabled_rules
from ticketing.automation.subject import Subject, load_subjects, matches
from ticketing.desk import Desk, Transaction, utc_now
from ticketing.live_feed import HORIZON

logger = structlog.get_logger(__name__)

TOPIC: Final = "live"
LEASE: Final = timedelta(seconds=30)
BATCH: Final = 200
GATHER: Final = 0.25  # seconds: a burst is read as one batch
POLL: Final = 1.0
IDLE: Final = 5.0  # seconds between looks while no rule is enabled
SWEEP: Final = timedelta(minutes=1)

_TAKE = text(
    "UPDATE automation_progress SET lease = :lease, leased_until = now() + :lease_for"
    " WHERE lease IS NULL OR lease = :lease OR leased_until < now()"
    " RETURNING transaction_number, sequence, swept_at"
)
_ADVANCE = text(
    "UPDATE automation_progress SET transaction_number = :transaction, sequence = :sequence"
    " WHERE lease = :lease"
)
_SWEPT = text("UPDATE automation_progress SET swept_at = :now WHERE lease = :lease")
_RELEASE = text("UPDATE automation_progress SET lease = NULL, leased_until = NULL WHERE lease = :lease")
_READ = text(
    "SELECT e.id, e.type, e.ticket_id, e.message_id, e.actor, e.data,"
    " CAST(CAST(e.transaction_id AS text) AS bigint) AS transaction_number, e.sequence FROM events e"
    " WHERE (e.transaction_id, e.sequence) > (CAST(CAST(:transaction AS text) AS xid8), :sequence)"
    " AND e.transaction_id < CAST(CAST(:horizon AS text) AS xid8)"
    " AND e.type = ANY(CAST(:types AS text[])) AND e.ticket_id IS NOT NULL"
    " ORDER BY e.transaction_id, e.sequence LIMIT :count"
).columns(data=JSONB)


class Automations:
    """Runs until cancelled. `services` are asked anew each time: the calendar may change."""

    def __init__(self, desk: Desk, services: Callable[[], Services]) -> None:
        self._desk = desk
        self._services = services
        self._firing = Firing(desk, services)
        self._lease = uuid4()
        self._reading = desk.engine.execution_options(isolation_level="AUTOCOMMIT")

    async def run(self) -> None:
        try:
            with self._desk.bus.subscribe([TOPIC]) as wakes:
                while True:
                    try:
                        pause = await self.step()
                    except Exception:
                        logger.warning("automations_failed", exc_info=True)
                        pause = POLL
                    await asyncio.sleep(GATHER)
                    if pause == POLL:
                        await wakes.wait(POLL)
                    elif pause:
                        await asyncio.sleep(pause)
        finally:
            await asyncio.shield(self._give_up())

    async def drain(self, now: datetime | None = None) -> None:
        """Deal with everything there is (programs and tests that do not `run`); rules of time as of `now`."""
        while not await self.step(sweep_at=now):
            pass

    async def step(self, sweep_at: datetime | None = None) -> float:
        """Deal with one batch. Returns how long to wait before the next; 0: there is more."""
        async with self._reading.connect() as connection:
            place = (
                await connection.execute(_TAKE, {"lease": self._lease, "lease_for": LEASE})
            ).one_or_none()
            if place is None:
                return POLL  # another process has it
            rules = await enabled_rules(connection)
            horizon = (await connection.execute(HORIZON)).scalar_one()
            rows = await self._read(connection, place, horizon, rules)
        await self._answer(rows, rules)
        full = len(rows) == BATCH
        last = (rows[-1].transaction_number, rows[-1].sequence) if full else (horizon - 1, _LAST)
        now = sweep_at or utc_now()
        if not full and (sweep_at is not None or place.swept_at is None or now - place.swept_at >= SWEEP):
            await self._sweep(rules, now)
        async with self._reading.connect() as connection:
            values = {"transaction": last[0], "sequence": last[1], "lease": self._lease}
            await connection.execute(_ADVANCE, values)
        return 0.0 if full else POLL if rules else IDLE

    async def _read(
        self, connection: AsyncConnection, place: Row[Any], horizon: int, rules: Sequence[Rule]
    ) -> Sequence[Row[Any]]:
        types = sorted({name for rule in rules for name in rule.event_types})
        if place.transaction_number is None or not types:
            return ()
        values = {
            "transaction": str(place.transaction_number),
            "sequence": place.sequence,
            "horizon": str(horizon),
            "types": types,
            "count": BATCH,
        }
        return (await connection.execute(_READ, values)).all()

    async def _answer(self, events: Sequence[Row[Any]], rules: Sequence[Rule]) -> None:
        if not events:
            return
        heard = [
            (event, wanted)
            for event in events
            if (wanted := [rule for rule in rules if rule.listens(event.type, event.actor)])
        ]
        async with self._desk.reading() as connection:
            subjects = await self._subjects(connection, [event for event, _ in heard])
        touched: set[UUID] = set()
        for event, wanted in heard:
            subject = subjects.get(_key(event))
            # A ticket that a rule has changed is looked at anew by the rules that follow.
            if event.ticket_id not in touched and not any(
                subject is not None and matches(subject, rule.conditions) for rule in wanted
            ):
                continue
            touched.add(event.ticket_id)
            await self._answer_one(event, wanted)

    async def _subjects(
        self, connection: AsyncConnection, events: Sequence[Row[Any]]
    ) -> Mapping[tuple[UUID, UUID | None], Subject]:
        keys = list(dict.fromkeys(_key(event) for event in events))
        found = await load_subjects(connection, keys, self._services().timetable, utc_now())
        return {(subject.ticket_id, subject.message_id): subject for subject in found}

    async def _answer_one(self, event: Row[Any], rules: Sequence[Rule]) -> None:
        signature = event.data.get("automation") or {}
        ticket_id, message_id = _key(event)
        cause = Cause(
            f"event:{event.id}",
            event.type,
            ticket_id,
            message_id,
            chain=signature.get("chain", ()),
            depth=signature.get("depth", 0),
        )

        for rule in rules:

            async def applies(transaction: Transaction, rule: Rule = rule) -> bool:
                timetable = self._services().timetable
                found = await load_subjects(
                    transaction.connection, [(ticket_id, message_id)], timetable, transaction.now
                )
                return any(matches(subject, rule.conditions) for subject in found)

            outcome = await self._firing.fire(rule, cause, applies)
            if outcome == "done":
                cause = replace(cause, earlier=[*cause.earlier, str(rule.id)])
            if rule.stops and outcome in {"done", "nothing"}:
                return

    async def _sweep(self, rules: Sequence[Rule], now: datetime) -> None:
        """Rules of time, each for every ticket that is due."""
        for rule in rules:
            if isinstance(rule.trigger, AfterTime):
                await self._sweep_one(rule, rule.trigger, now)
        async with self._reading.connect() as connection:
            await connection.execute(_SWEPT, {"now": now, "lease": self._lease})

    async def _sweep_one(self, rule: Rule, trigger: AfterTime, now: datetime) -> None:
        while True:
            async with self._reading.connect() as connection:
                timetable = self._services().timetable
                found = await due_tickets(connection, rule, timetable, now, limit=BATCH)
            for one in found:

                async def applies(transaction: Transaction, ticket_id: UUID = one.ticket_id) -> bool:
                    timetable = self._services().timetable
                    due = await due_tickets(
                        transaction.connection, rule, timetable, now, limit=1, ticket_id=ticket_id
                    )
                    return bool(due)

                await self._firing.fire(rule, Cause(one.cause, trigger.since, one.ticket_id), applies)
            if len(found) < BATCH:
                return
            async with self._reading.connect() as connection:  # a long sweep keeps its lease
                await connection.execute(_TAKE, {"lease": self._lease, "lease_for": LEASE})

    async def _give_up(self) -> None:
        """Let another process go on at once."""
        try:
            async with self._reading.connect() as connection:
                await connection.execute(_RELEASE, {"lease": self._lease})
        except Exception:
            logger.warning("automation_lease_kept", exc_info=True)


_LAST: Final = 2**62  # above every sequence number


def _key(event: Row[Any]) -> tuple[UUID, UUID | None]:
    """The ticket, and the message whose words are asked about: a customer's alone."""
    return event.ticket_id, event.message_id if event.type == "message.received" else None
