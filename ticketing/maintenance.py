"""What the desk does once a day for itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.automation.expiry import forget_runs
from ticketing.migrations.upgrade import ensure_partitions
from ticketing.people.expiry import forget_expired
from ticketing.writing_expiry import forget_writing

logger = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
AFTER_FAILURE = timedelta(minutes=5)
EARLY_RECEIPTS_KEPT = timedelta(days=7)
IDEMPOTENCY_KEYS_KEPT = timedelta(hours=24)
AT_A_TIME = 10_000  # rows deleted in one transaction

_FORGET = tuple(
    text(
        f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table}"  # noqa: S608 - our own names
        " WHERE at < now() - CAST(:kept AS interval) LIMIT :count)"
    )
    for table in ("assistant_turns", "past_answers", "suggestion_uses")
)


class Maintenance:
    """Makes the coming months' partitions; forgets receipts whose message never came, and what the learning
    loop has kept for long enough.
    """

    def __init__(self, engine: AsyncEngine, learning_kept: timedelta = timedelta(days=365)) -> None:
        self._engine = engine
        self._learning_kept = learning_kept

    async def run(self) -> None:
        """Once now, then daily, until cancelled."""
        while True:
            pause = EVERY
            try:
                await self.once()
            except Exception:
                logger.exception("maintenance_failed")
                pause = AFTER_FAILURE
            await asyncio.sleep(pause.total_seconds())

    async def once(self) -> None:
        made = await ensure_partitions(self._engine)
        async with self._engine.begin() as connection:
            forgotten = await connection.execute(
                text("DELETE FROM early_receipts WHERE created_at < now() - CAST(:kept AS interval)"),
                {"kept": EARLY_RECEIPTS_KEPT},
            )
            await connection.execute(
                text("DELETE FROM idempotency_keys WHERE created_at < now() - CAST(:kept AS interval)"),
                {"kept": IDEMPOTENCY_KEYS_KEPT},
            )
            await forget_expired(connection)
            await forget_runs(connection)
            await forget_writing(connection)
        learned = await self._forget_learned()
        logger.info("maintenance_done", partitions=made, early_receipts=forgotten.rowcount, learned=learned)

    async def _forget_learned(self) -> int:
        """A part at a time: no lock is held for long, whatever has gathered."""
        total = 0
        for statement in _FORGET:
            deleted = AT_A_TIME
            while deleted == AT_A_TIME:
                async with self._engine.begin() as connection:
                    values = {"kept": self._learning_kept, "count": AT_A_TIME}
                    deleted = (await connection.execute(statement, values)).rowcount
                total += deleted
        return total
