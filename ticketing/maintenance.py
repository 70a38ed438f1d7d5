"""What the desk does once a day for itself."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.migrations.upgrade import ensure_partitions

logger = structlog.get_logger(__name__)

EVERY = timedelta(days=1)
AFTER_FAILURE = timedelta(minutes=5)
EARLY_RECEIPTS_KEPT = timedelta(days=7)


class Maintenance:
    """Makes the coming months' partitions, and forgets receipts whose message never came."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

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
        logger.info("maintenance_done", partitions=made, early_receipts=forgotten.rowcount)
