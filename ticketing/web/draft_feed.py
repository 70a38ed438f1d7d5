"""Tells an agent's sockets what the agent wrote on another device."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.bus import Bus
from ticketing.drafts import TOPIC, changed_drafts
from ticketing.live_feed import encode
from ticketing.web import render
from ticketing.web.hub import Hub

log = logging.getLogger(__name__)

IDLE: Final = 20.0  # seconds: the safety net for a lost wake
# Further back than the longest time between two looks, so that a lost wake or a late commit loses nothing.
WITHIN: Final = timedelta(seconds=60)


def draft(row: Row[Any]) -> dict[str, Any]:
    return {
        "ticket_id": str(row.ticket_id),
        "mode": row.mode,
        "reply": row.reply,
        "note": row.note,
        "conversation_id": render.identifier(row.conversation_id),
        "counter": row.counter,
        "changed_at": render.time(row.changed_at),
    }


class DraftFeed:
    """One a process. What is told goes to every socket of the agent; a device knows its own counter."""

    def __init__(self, engine: AsyncEngine, bus: Bus, hub: Hub) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bus = bus
        self._hub = hub
        self._told: dict[tuple[UUID, UUID], int] = {}

    async def run(self) -> None:
        """Until cancelled. A database that goes away delays what is told."""
        with self._bus.subscribe([TOPIC]) as wakes:
            while True:
                await wakes.wait(IDLE)
                try:
                    await self.tell()
                except Exception as error:
                    log.warning("Drafts cannot be told: %r", error)

    async def tell(self) -> None:
        """Tell what changed since the last time."""
        agents = self._hub.agents()
        if not agents:
            self._told.clear()
            return
        async with self._engine.connect() as connection:
            rows = await changed_drafts(connection, sorted(agents), WITHIN)
        for row in rows:
            if self._told.get((row.agent_id, row.ticket_id), 0) < row.counter:
                self._hub.tell(row.agent_id, encode({"type": "draft", "draft": draft(row)}))
        self._told = {(row.agent_id, row.ticket_id): row.counter for row in rows}
