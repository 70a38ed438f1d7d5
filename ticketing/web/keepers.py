"""What is kept up while sockets are open: that their agents are here, and the overview of who watches it."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from ticketing.desk import Desk
from ticketing.live_feed import encode
from ticketing.presence import Presences
from ticketing.reading.supervision import overview
from ticketing.visibility import sees_restricted
from ticketing.web import render_routing
from ticketing.web.feed import EVENTS_TOPIC
from ticketing.web.hub import Hub, Subscriber

log = logging.getLogger(__name__)

RENEW_EVERY: Final = 20.0  # seconds: three renewals may be lost before somebody counts as gone
NEWS: Final = frozenset({EVENTS_TOPIC})
EVERY: Final = 1.0  # seconds between two overviews
WATCHED_FOR: Final = 30.0  # seconds after somebody read it last


class PresenceKeeper:
    """Says of the agents with a socket in this process that they are here, all of them in one statement."""

    def __init__(self, desk: Desk) -> None:
        self._presences = Presences(desk)
        self._here: Counter[UUID] = Counter()
        self._arrived: set[UUID] = set()
        self._left: dict[UUID, bool] = {}
        self._news = asyncio.Event()

    @contextmanager
    def present(self, agent_id: UUID) -> Iterator[None]:
        """While a socket of this agent is open."""
        self._here[agent_id] += 1
        self._left.pop(agent_id, None)
        self._arrived.add(agent_id)
        self._news.set()
        try:
            yield
        finally:
            self._here[agent_id] -= 1
            if not self._here[agent_id]:
                del self._here[agent_id]
                self._left.setdefault(agent_id, False)
                self._news.set()

    def signed_out(self, agent_id: UUID) -> None:
        """The session of a socket that is about to close has ended: this is no lost connection."""
        self._left[agent_id] = True

    async def run(self) -> None:
        """Until cancelled. A database that is away is told again later."""
        while True:
            try:
                async with asyncio.timeout(RENEW_EVERY):
                    await self._news.wait()
                whom = set(self._arrived)
            except TimeoutError:
                whom = set(self._here)
            self._news.clear()
            self._arrived -= whom
            try:
                await self._tell(whom & self._here.keys())
            except Exception as error:
                log.warning("Presence cannot be told: %r", error)
                await asyncio.sleep(1.0)
                self._arrived |= whom
                self._news.set()

    async def _tell(self, whom: set[UUID]) -> None:
        await self._presences.connected(whom)
        for agent_id, for_good in list(self._left.items()):
            if agent_id not in self._here:
                del self._left[agent_id]  # before the wait: he may come and go again meanwhile
                await self._presences.left(agent_id, for_good=for_good)


class OverviewKeeper:
    """The supervisors' overview: read once a second at most, however many look at it."""

    def __init__(self, desk: Desk, hub: Hub, zone: ZoneInfo) -> None:
        self._desk = desk
        self._hub = hub
        self._zone = zone
        self._reading = desk.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._locks = {True: asyncio.Lock(), False: asyncio.Lock()}
        self._newest: dict[bool, tuple[float, dict[str, Any]]] = {}
        self._watchers: dict[UUID, float] = {}
        self._watched = asyncio.Event()

    def midnight(self) -> datetime:
        """When the company's day began."""
        today = datetime.now(self._zone).date()
        return datetime(today.year, today.month, today.day, tzinfo=self._zone).astimezone(UTC)

    async def read(self, *, restricted: bool) -> dict[str, Any]:
        """The overview, not older than a second."""
        async with self._locks[restricted]:
            now = asyncio.get_running_loop().time()
            known = self._newest.get(restricted)
            if known is None or now - known[0] >= EVERY:
                async with self._reading.connect() as connection:
                    found = await overview(
                        connection, datetime.now(UTC), self.midnight(), restricted=restricted
                    )
                known = (now, render_routing.overview(found))
                self._newest[restricted] = known
            return known[1]

    def watch(self, agent_id: UUID) -> None:
        """This agent looks at it: he is sent what changes, for a while."""
        self._watchers[agent_id] = asyncio.get_running_loop().time() + WATCHED_FOR
        self._watched.set()

    async def run(self) -> None:
        """Until cancelled. Reads only while somebody watches, and only after something happened."""
        told: dict[bool, Any] = {}
        with self._desk.bus.subscribe(NEWS) as wakes:
            while True:
                await self._watched.wait()
                if not await wakes.wait(WATCHED_FOR):
                    self._forget()
                    continue
                try:
                    await self._tell(told)
                except Exception as error:
                    log.warning("The overview cannot be read: %r", error)
                await asyncio.sleep(EVERY)

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        self._watchers = {agent: until for agent, until in self._watchers.items() if until > now}
        if not self._watchers:
            self._watched.clear()

    async def _tell(self, told: dict[bool, Any]) -> None:
        self._forget()
        frames: dict[bool, bytes | None] = {}
        for subscriber in self._hub.subscribers():
            if not self._watches(subscriber):
                continue
            restricted = sees_restricted(subscriber.permissions)
            if restricted not in frames:
                news = await self.read(restricted=restricted)
                found = {key: value for key, value in news.items() if key != "at"}
                changed = found != told.get(restricted)
                told[restricted] = found
                frames[restricted] = encode({"type": "overview", "overview": news}) if changed else None
            data = frames[restricted]
            if data is not None:
                subscriber.tell(data)

    def _watches(self, subscriber: Subscriber) -> bool:
        return subscriber.agent_id in self._watchers and "supervisor:read" in subscriber.permissions


PRESENCE: Final = web.AppKey("presence_keeper", PresenceKeeper)
OVERVIEW: Final = web.AppKey("overview_keeper", OverviewKeeper)
