"""What every worker does: claim what is due, work on it side by side, sleep until woken or due.

A wake makes it prompt, a poll every second makes it sure. Being cancelled it takes no new work and lets what
is in flight end within the shutdown time; what does not end is left to its lease.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Sequence
from datetime import timedelta
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Executable

from ticketing.desk import Desk

logger = structlog.get_logger(__name__)

POLL = 1.0  # seconds
SOONEST = 0.005  # seconds: a due time that rounds to now must not spin

ItemT = TypeVar("ItemT")


class Worker(ABC, Generic[ItemT]):
    """`topic` is what wakes it, `slots` how many items it works on at once."""

    topic: str

    def __init__(self, desk: Desk, slots: int, shutdown: timedelta) -> None:
        self.desk = desk
        self.slots = slots
        self._shutdown = shutdown.total_seconds()
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()

    @abstractmethod
    async def claim(self, free: int) -> Sequence[ItemT]:
        """Take up to `free` items that are due."""

    @abstractmethod
    async def work(self, item: ItemT) -> None:
        """Deal with one item. What it raises is logged; the item's lease brings it back."""

    async def next_due(self) -> float | None:
        """Seconds until something falls due that is not due yet; None when nothing does."""
        return None

    async def run(self) -> None:
        """Work until cancelled."""
        try:
            with self.desk.bus.subscribe([self.topic]) as wakes:
                while True:
                    taken = await self._take()
                    if taken and len(self._tasks) < self.slots:
                        continue
                    await self._sleep(wakes.wait)
        finally:
            await self._end()

    async def drain(self) -> None:
        """Work until nothing is due and nothing is in flight (programs and tests that do not `run`)."""
        while await self._take() or self._tasks:
            await asyncio.gather(*self._tasks)

    async def _take(self) -> int:
        free = self.slots - len(self._tasks)
        if free <= 0:
            return 0
        try:
            items = await self.claim(free)
        except Exception:
            logger.warning("claim_failed", worker=self.topic, exc_info=True)
            return 0
        for item in items:
            self._start(self.work(item))
        return len(items)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._freed.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("work_failed", worker=self.topic, exc_info=error)

    async def _sleep(self, wait: Any) -> None:
        """Until a wake, until an item ends while all slots are taken, until the next due time, or a poll."""
        if len(self._tasks) >= self.slots:
            self._freed.clear()
            await self._freed.wait()
            return
        await wait(max(SOONEST, min(POLL, await self._soonest())))

    async def _soonest(self) -> float:
        try:
            seconds = await self.next_due()
        except Exception:
            return POLL
        return POLL if seconds is None else seconds

    async def _end(self) -> None:
        if not self._tasks:
            return
        _, late = await asyncio.wait(set(self._tasks), timeout=self._shutdown)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)


class BatchWorker(Worker[None]):
    """One batch at a time, taken by `batch` under its own locks.

    `any_due` finds a row where something is due that nobody else is at; `due_in` tells the seconds until
    something else is, or null.
    """

    any_due: Executable
    due_in: Executable

    def __init__(self, desk: Desk, shutdown: timedelta) -> None:
        super().__init__(desk, slots=1, shutdown=shutdown)

    @abstractmethod
    async def batch(self) -> None:
        """Do what is due, in one transaction."""

    async def claim(self, free: int) -> Sequence[None]:
        async with self.desk.engine.begin() as connection:
            return () if (await connection.execute(self.any_due)).first() is None else (None,)

    async def next_due(self) -> float | None:
        async with self.desk.reading() as connection:
            seconds = (await connection.execute(self.due_in)).scalar_one()
        return None if seconds is None else float(seconds)

    async def work(self, item: None) -> None:
        try:
            await self.batch()
        except Exception:
            logger.warning("batch_failed", worker=self.topic, exc_info=True)
            await asyncio.sleep(POLL)  # nothing was done: what failed is still due, and must not spin
