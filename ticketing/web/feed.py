"""Keeps the hub fed: one reader of the event log for all sockets of this process."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.bus import Bus
from ticketing.live_feed import Batch, EventReader, Position
from ticketing.reading.counts import ViewCounter, Watch
from ticketing.reading.views import BUILT_IN, reader_of, saved_views
from ticketing.visibility import sees_restricted
from ticketing.web.auth.sessions import Sessions
from ticketing.web.bell import Bell
from ticketing.web.draft_feed import DraftFeed
from ticketing.web.hub import Hub, Ring, Subscriber
from ticketing.web.lookers import Lookers

log = logging.getLogger(__name__)

EVENTS_TOPIC: Final = "live"  # published after every commit that recorded events
SESSIONS_TOPIC: Final = "sessions"  # published when a session was ended


@dataclass(frozen=True, slots=True)
class FeedLimits:
    """`gather`: seconds between two reads, so that a burst is rendered as one batch while a lone event goes
    out at once. `poll`: the safety net for a lost wake. `settle`: seconds between looks while an older
    transaction is still open. `preload`: events read back when the first socket comes, for those who
    reconnect after a restart. `replay`: most events a single socket is replayed from the database. `recount`:
    seconds after which the index of active tickets is read anew, for what no event told (a category became
    restricted)."""

    gather: float = 0.02
    poll: float = 1.0
    settle: float = 0.005
    batch: int = 500
    preload: int = 1000
    replay: int = 5000
    replays_at_once: int = 4
    ring_frames: int = 10_000
    ring_bytes: int = 32 * 2**20
    queue: int = 1000
    views: float = 1.0
    recount: float = 300.0
    sessions: float = 20.0


class LiveFeed:
    """Reads only while someone watches. `run()` lives as long as the application."""

    def stop(self) -> None:
        """Every socket closes: the process is going away."""
        self.stopping.set()

    def __init__(
        self, engine: AsyncEngine, bus: Bus, sessions: Sessions, limits: FeedLimits | None = None
    ) -> None:
        self.limits = limits or FeedLimits()
        self.hub = Hub(Ring(self.limits.ring_frames, self.limits.ring_bytes), queue_limit=self.limits.queue)
        self.lookers = Lookers(engine, bus)
        self._drafts = DraftFeed(engine, bus, self.hub)
        self._engine = engine
        self._reader = EventReader(engine)
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bus = bus
        self._sessions = sessions
        self._replays = asyncio.Semaphore(self.limits.replays_at_once)
        self._watchers = 0
        self._watched = asyncio.Event()
        self._caught_up = asyncio.Event()
        self._views_changed = asyncio.Event()
        self.stopping = asyncio.Event()
        self.counter = ViewCounter()
        self._changed_views: list[Row[Any]] = []
        self._wakes = bus.subscribe([EVENTS_TOPIC])
        self._bell = Bell(engine, bus, self.hub)

    async def run(self) -> None:
        """Until cancelled. A database that goes away delays frames and loses none."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_events(), name="live-events")
            group.create_task(self._follow_views(), name="live-views")
            group.create_task(self._follow_sessions(), name="live-sessions")
            group.create_task(self._bell.run(), name="live-bell")
            group.create_task(self.lookers.run(), name="live-lookers")
            group.create_task(self._drafts.run(), name="live-drafts")

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Keeps the reader reading."""
        self._watchers += 1
        self._watched.set()
        if self._watchers == 1:
            self._wakes.wake(EVENTS_TOPIC)
        try:
            yield
        finally:
            self._watchers -= 1
            if not self._watchers:
                self._watched.clear()
                self._caught_up.clear()

    async def caught_up(self) -> Position:
        """Where the hub is, once it has read up to now."""
        await self._caught_up.wait()
        return self.hub.ring.head

    async def missed(self, cursor: Position) -> AsyncIterator[Batch]:
        """What happened since `cursor` and is older than the ring, from the database, a page at a time."""
        async with self._replays:
            while cursor < self.hub.ring.floor:
                batch = await self._reader.read(cursor, self.limits.batch)
                if batch.position == cursor:
                    return
                cursor = batch.position
                yield batch

    async def can_replay(self, cursor: Position) -> bool:
        ring = self.hub.ring
        if ring.floor <= cursor <= ring.head:
            return True
        async with self._replays:
            return await self._reader.can_replay(cursor, self.limits.replay)

    async def watch(self, agent_id: UUID, permissions: Collection[str]) -> Watch:
        """The views of one agent, made ready for counting."""
        async with self._reading.connect() as connection:
            reader = await reader_of(connection, agent_id, restricted=sees_restricted(permissions))
            views = await saved_views(connection, reader)
        return self.counter.watch(reader, [*BUILT_IN.values(), *views])

    async def _follow_events(self) -> None:
        loop = asyncio.get_running_loop()
        with self._wakes as wakes:
            away = False
            while True:
                await self._watched.wait()
                try:
                    await self._find_place()
                    read_at = await self._read_tickets()
                    while self._watchers:
                        started = loop.time()
                        if started - read_at > self.limits.recount:
                            read_at = await self._read_tickets()
                        pause = await self._step()
                        away = False
                        if pause is None:
                            await wakes.wait(self.limits.poll)
                            pause = self.limits.gather - (loop.time() - started)
                        await asyncio.sleep(max(0.0, pause))
                except Exception as error:
                    if not away:
                        log.warning("Live updates wait for the database: %r", error)
                    away = True
                    await asyncio.sleep(self.limits.poll)

    async def _find_place(self) -> None:
        """Go on where we were, or near the end of the log when that is too far back."""
        ring = self.hub.ring
        start = await self._reader.newest(self.limits.preload)
        if ring.head < start:
            ring.restart(start)

    async def _step(self) -> float | None:
        """Read and publish one batch. Returns how long to wait before the next, None for until a wake."""
        batch = await self._reader.read(self.hub.ring.head, self.limits.batch)
        if self.counter.apply(batch.tickets.values()):
            self._views_changed.set()
        if batch.views:
            self._changed_views += batch.views
            self._views_changed.set()
        self.hub.publish(batch.frames, batch.position)
        if batch.more:
            return 0.0
        if self._watchers:
            self._caught_up.set()
        return self.limits.settle if batch.held else None

    async def _read_tickets(self) -> float:
        """Fill the counter. Read by the task that applies events: what changes meanwhile comes after."""
        async with self._engine.connect() as connection:
            await self.counter.load(connection)
        self._views_changed.set()
        return asyncio.get_running_loop().time()

    async def _follow_views(self) -> None:
        while True:
            await self._views_changed.wait()
            self._views_changed.clear()
            try:
                await self._read_views()
                self.hub.publish_views(self.counter)
            except Exception as error:
                log.warning("The views cannot be counted: %r", error)
                self._views_changed.set()
            await asyncio.sleep(self.limits.views)

    async def _read_views(self) -> None:
        """The views anew of those whom a change may concern."""
        changes = tuple(self._changed_views)
        for subscriber in self.hub.subscribers():
            if subscriber.watches_as_someone_else or any(_concerns(change, subscriber) for change in changes):
                subscriber.watch = await self.watch(subscriber.agent_id, subscriber.permissions)
                subscriber.offer_views(self.counter, changed=True)
        del self._changed_views[: len(changes)]

    async def _follow_sessions(self) -> None:
        """Close the sockets of sessions that ended elsewhere: signed out in another process, or expired."""
        with self._bus.subscribe([SESSIONS_TOPIC]) as wakes:
            while True:
                await wakes.wait(self.limits.sessions)
                asked = self.hub.sessions()
                if not asked:
                    continue
                try:
                    self.hub.keep_sessions(await self._sessions.alive(asked), asked)
                except Exception as error:
                    log.warning("The sessions cannot be checked: %r", error)


def _concerns(change: Row[Any], subscriber: Subscriber) -> bool:
    """Whether a view that changed is, or was, perhaps among an agent's."""
    return bool(change.data.get("share") != "me" or change.data.get("owner_id") == str(subscriber.agent_id))
