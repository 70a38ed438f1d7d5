"""Sends scheduled replies at their time: woken by it, not by looking every so often."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import text

from ticketing.accounts import Accounts
from ticketing.desk import Desk
from ticketing.scheduling import TOPIC, Scheduling
from ticketing.worker import POLL, Worker

logger = structlog.get_logger(__name__)

AT_ONCE: Final = 4
SHUTDOWN: Final = timedelta(seconds=5)

# Taken again under its own lock when it is sent: two processes that look at once do it once.
_DUE: Final = text(
    "SELECT id FROM scheduled_replies WHERE state = 'waiting' AND send_at <= now()"
    " AND id <> ALL(CAST(:busy AS uuid[])) ORDER BY send_at LIMIT :free FOR UPDATE SKIP LOCKED"
)
_NEXT_DUE: Final = text(
    "SELECT extract(epoch FROM min(send_at) - now()) FROM scheduled_replies"
    " WHERE state = 'waiting' AND send_at > now()"
)


class Scheduled(Worker[UUID]):
    topic = TOPIC

    def __init__(self, desk: Desk, accounts: Accounts) -> None:
        super().__init__(desk, AT_ONCE, SHUTDOWN)
        self._scheduling = Scheduling(desk, accounts)
        self._busy: set[UUID] = set()

    async def claim(self, free: int) -> Sequence[UUID]:
        async with self.desk.engine.begin() as connection:
            values = {"busy": list(self._busy), "free": free}
            due = list((await connection.execute(_DUE, values)).scalars())
        self._busy.update(due)
        return due

    async def next_due(self) -> float | None:
        async with self.desk.reading() as connection:
            seconds = (await connection.execute(_NEXT_DUE)).scalar_one()
        return None if seconds is None else float(seconds)

    async def work(self, item: UUID) -> None:
        try:
            await self._scheduling.send_due(item)
        except Exception:
            logger.warning("scheduled_reply_failed", scheduled=str(item), exc_info=True)
            await asyncio.sleep(POLL)  # nothing was sent: it is still due, and must not spin
        finally:
            self._busy.discard(item)
