"""What is done every minute, by one of however many processes.

A producer looks at the records and announces what follows from them; it may run again at any time and must
bear it. It is given an open transaction, and the moment to think of as now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Desk

logger = structlog.get_logger(__name__)

Producer = Callable[[AsyncConnection, datetime], Awaitable[None]]

EVERY: Final = timedelta(minutes=1)
_EARLY: Final = timedelta(seconds=5)  # clocks and timers differ by less

_TRY_LOCK = text("SELECT pg_try_advisory_xact_lock(hashtextextended('periodic:' || :name, 0))")
_BEGIN = text(
    "INSERT INTO periodic_runs (name, ran_at) VALUES (:name, now())"
    " ON CONFLICT (name) DO UPDATE SET ran_at = now()"
    " WHERE periodic_runs.ran_at <= now() - CAST(:every AS interval) RETURNING name"
)


class Periodic:
    """Runs every producer once a minute; one that fails is logged and tried again with the next minute."""

    def __init__(self, desk: Desk, producers: Mapping[str, Producer], *, every: timedelta = EVERY) -> None:
        self._desk = desk
        self._producers = producers
        self._every = every

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self.once()
            await asyncio.sleep(self._every.total_seconds())

    async def once(self) -> list[str]:
        """Run what no process has run within the last minute; returns the names of what ran."""
        ran = []
        for name, producer in self._producers.items():
            try:
                if await self._run(name, producer):
                    ran.append(name)
            except Exception:
                logger.exception("periodic_failed", producer=name)
        return ran

    async def _run(self, name: str, producer: Producer) -> bool:
        """In one transaction with the mark that it ran: a failure leaves no mark."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            if not (await connection.execute(_TRY_LOCK, {"name": name})).scalar_one():
                return False
            every = max(timedelta(0), self._every - _EARLY)
            begun = await connection.execute(_BEGIN, {"name": name, "every": every})
            if begun.first() is None:
                return False
            await producer(connection, transaction.now)
            transaction.wake("announcement")
        return True
