"""Who looks at which ticket, and who writes there: told to whoever looks at the same one.

Each socket has a row that runs out by itself; a wake on the bus makes every process read again what its own
sockets look at. None of it is an event, and a process that dies leaves rows that expire.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.bus import Bus
from ticketing.live_feed import encode
from ticketing.visibility import sees_restricted
from ticketing.web.hub import Subscriber

log = logging.getLogger(__name__)

TOPIC: Final = "lookers"
LOOKS_FOR: Final = timedelta(seconds=60)  # without a pong
TYPES_FOR: Final = timedelta(seconds=6)  # without another key
GATHER: Final = 0.1  # seconds between two readings, so that a burst is one
SOONEST: Final = 0.05
IDLE: Final = 30.0  # seconds: the safety net for a lost wake

_LOOK: Final = text(
    "INSERT INTO lookers (socket_id, agent_id, ticket_id, expires_at)"
    " SELECT :socket_id, :agent_id, t.id, now() + CAST(:looks_for AS interval) FROM tickets t"
    " LEFT JOIN categories g ON g.code = t.category"
    " WHERE t.id = :ticket_id AND (:restricted OR NOT coalesce(g.restricted, false))"
    " ON CONFLICT (socket_id) DO UPDATE SET ticket_id = excluded.ticket_id, typing_until = NULL,"
    " expires_at = excluded.expires_at"
)
_LEAVE: Final = text("DELETE FROM lookers WHERE socket_id = :socket_id")
_TYPE: Final = text(
    "UPDATE lookers SET typing_until = now() + CAST(:types_for AS interval),"
    " expires_at = now() + CAST(:looks_for AS interval)"
    " WHERE socket_id = :socket_id AND ticket_id = :ticket_id"
)
_STOP: Final = text("UPDATE lookers SET typing_until = NULL WHERE socket_id = :socket_id")
_RENEW: Final = text(
    "UPDATE lookers SET expires_at = now() + CAST(:looks_for AS interval) WHERE socket_id = :socket_id"
)
_READ: Final = text(
    "SELECT l.ticket_id, l.agent_id, a.name, coalesce(bool_or(l.typing_until > now()), false) AS typing,"
    " extract(epoch FROM least(max(l.expires_at), min(l.typing_until) FILTER (WHERE l.typing_until > now()))"
    "   - now()) AS ends_in"
    " FROM lookers l JOIN agents a ON a.id = l.agent_id"
    " WHERE l.ticket_id = ANY(CAST(:tickets AS uuid[])) AND l.expires_at > now()"
    " GROUP BY l.ticket_id, l.agent_id, a.name ORDER BY a.name, l.agent_id"
)
_SWEEP: Final = text("DELETE FROM lookers WHERE expires_at < now()")


@dataclass(slots=True)
class _Looking:
    """One socket of this process. `told`: what it was told last, of which ticket."""

    subscriber: Subscriber
    ticket_id: UUID | None = None
    told: tuple[UUID, bytes] | None = None


class Lookers:
    """One a process. Presence is a courtesy: what goes wrong with it is logged, and disturbs nobody."""

    def __init__(self, engine: AsyncEngine, bus: Bus) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._bus = bus
        self._sockets: dict[UUID, _Looking] = {}

    def enter(self, subscriber: Subscriber) -> UUID:
        """A socket that may say what it shows; the id names it."""
        socket_id = uuid4()
        self._sockets[socket_id] = _Looking(subscriber)
        return socket_id

    async def leave(self, socket_id: UUID) -> None:
        looking = self._sockets.pop(socket_id, None)
        if looking is not None and looking.ticket_id is not None:
            await self._write(_LEAVE, {"socket_id": socket_id})

    async def hear(self, socket_id: UUID, words: str) -> None:
        """What a client said. What is not understood is ignored: clients may be newer than we are."""
        looking = self._sockets.get(socket_id)
        frame = _parse(words)
        if looking is None or frame is None:
            return
        kind, ticket_id = frame
        if kind == "look":
            await self._look(socket_id, looking, ticket_id)
        elif looking.ticket_id is not None and kind == "pong":
            await self._write(_RENEW, {"socket_id": socket_id, "looks_for": LOOKS_FOR}, wake=False)
        elif looking.ticket_id is not None and looking.ticket_id == ticket_id and kind == "typing":
            await self._type(socket_id, ticket_id)
        elif looking.ticket_id is not None and kind == "rest":
            await self._write(_STOP, {"socket_id": socket_id})

    async def run(self) -> None:
        """Until cancelled."""
        await self._sweep()
        with self._bus.subscribe([TOPIC]) as wakes:
            pause = IDLE
            while True:
                await wakes.wait(pause)
                try:
                    pause = await self.tell()
                except Exception as error:
                    log.warning("Who looks at tickets cannot be read: %r", error)
                    pause = IDLE
                await asyncio.sleep(GATHER)

    async def tell(self) -> float:
        """Tell every socket here who else looks at its ticket, where that changed. Returns the seconds until
        somebody's look or typing ends by itself.
        """
        wanted = sorted({one.ticket_id for one in self._sockets.values() if one.ticket_id is not None})
        if not wanted:
            return IDLE
        async with self._engine.connect() as connection:
            rows = (await connection.execute(_READ, {"tickets": wanted})).all()
        there: dict[UUID, list[Any]] = defaultdict(list)
        for row in rows:
            there[row.ticket_id].append(row)
        for looking in self._sockets.values():
            if looking.ticket_id is not None:
                _tell(looking, looking.ticket_id, there[looking.ticket_id])
        ends = [float(row.ends_in) for row in rows if row.ends_in is not None]
        return max(SOONEST, min(IDLE, *ends)) if ends else IDLE

    async def _look(self, socket_id: UUID, looking: _Looking, ticket_id: UUID | None) -> None:
        had = looking.ticket_id
        looking.ticket_id, looking.told = ticket_id, None
        if ticket_id is None:
            if had is not None:
                await self._write(_LEAVE, {"socket_id": socket_id})
            return
        values = {
            "socket_id": socket_id,
            "agent_id": looking.subscriber.agent_id,
            "ticket_id": ticket_id,
            "looks_for": LOOKS_FOR,
            "restricted": sees_restricted(looking.subscriber.permissions),
        }
        if not await self._write(_LOOK, values):
            looking.ticket_id = None  # not there, or not for this agent's eyes
            await self._write(_LEAVE, {"socket_id": socket_id})

    async def _type(self, socket_id: UUID, ticket_id: UUID | None) -> None:
        values = {"socket_id": socket_id, "ticket_id": ticket_id, "types_for": TYPES_FOR}
        await self._write(_TYPE, values | {"looks_for": LOOKS_FOR})

    async def _write(self, statement: Any, values: dict[str, Any], *, wake: bool = True) -> bool:
        """Whether it changed a row."""
        try:
            async with self._engine.connect() as connection:
                changed = (await connection.execute(statement, values)).rowcount
        except Exception as error:
            log.warning("Who looks at a ticket cannot be kept: %r", error)
            return False
        if wake:
            self._bus.publish(TOPIC)
        return bool(changed)

    async def _sweep(self) -> None:
        await self._write(_SWEEP, {}, wake=False)


def _tell(looking: _Looking, ticket_id: UUID, rows: Iterable[Any]) -> None:
    others = [row for row in rows if row.agent_id != looking.subscriber.agent_id]
    agents = [{"id": str(row.agent_id), "name": row.name, "typing": row.typing} for row in others]
    data = encode({"type": "lookers", "ticket_id": str(ticket_id), "agents": agents})
    if looking.told == (ticket_id, data) or (looking.told is None and not agents):
        return
    looking.told = (ticket_id, data)
    looking.subscriber.tell(data)


def _parse(words: str) -> tuple[str, UUID | None] | None:
    try:
        frame = json.loads(words)
        kind, ticket_id = frame["type"], frame.get("ticket_id")
        return str(kind), None if ticket_id is None else UUID(ticket_id)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
