"""Tells each agent with an open socket how many notifications wait for them, whenever that changes."""

from __future__ import annotations

import asyncio
import logging
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.bus import Bus
from ticketing.live_feed import encode
from ticketing.notifications import TOPIC, unread_counts
from ticketing.web.hub import Hub

log = logging.getLogger(__name__)

SAFETY: Final = 30.0  # seconds after which a lost wake is made good


class Bell:
    """One question for all agents of this process, however many were told something."""

    def __init__(self, engine: AsyncEngine, bus: Bus, hub: Hub) -> None:
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bus = bus
        self._hub = hub
        self._told: dict[UUID, int] = {}

    async def run(self) -> None:
        """Until cancelled. A database that is away is asked again later."""
        with self._bus.subscribe([TOPIC]) as wakes:
            while True:
                await wakes.wait(SAFETY)
                try:
                    await self.ring()
                except Exception as error:
                    log.warning("Notifications cannot be counted: %r", error)
                    await asyncio.sleep(1.0)
                    wakes.wake(TOPIC)

    async def ring(self) -> None:
        """Tell whoever's count is not what they were told."""
        agents = {subscriber.agent_id for subscriber in self._hub.subscribers()}
        if not agents:
            self._told.clear()
            return
        async with self._reading.connect() as connection:
            counts = await unread_counts(connection, agents)
        for agent_id, unread in counts.items():
            if self._told.get(agent_id) != unread:
                self._hub.tell(agent_id, encode({"type": "notifications", "unread": unread}))
        self._told = counts
