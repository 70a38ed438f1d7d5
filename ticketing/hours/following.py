"""Keeps a process's calendar with the tables: read again when somebody says it changed, and now and then."""

from __future__ import annotations

import asyncio
from datetime import tzinfo
from typing import Final

import structlog
from sqlalchemy import text

from ticketing.calendar import Calendar
from ticketing.desk import Desk, Event, Transaction
from ticketing.hours.tables import read_calendar

logger = structlog.get_logger(__name__)

TOPIC: Final = "calendar"
SAFETY: Final = 60.0  # seconds after which a lost wake is made good

_STALE: Final = text(
    "INSERT INTO sla_stale (ticket_id) SELECT DISTINCT ticket_id FROM ticket_clocks WHERE met_at IS NULL"
    " ON CONFLICT DO NOTHING"
)


async def refresh_clocks(transaction: Transaction) -> None:
    """Have every running clock worked out again."""
    await transaction.connection.execute(_STALE)
    transaction.wake("sla")


async def calendar_changed(transaction: Transaction, event: Event) -> None:
    """After any change of the calendar's tables: written down, told to every process, clocks worked out."""
    transaction.record(event)
    await refresh_clocks(transaction)
    transaction.wake(TOPIC)


class CalendarFollower:
    """Fills `calendar` and keeps it current while it runs."""

    def __init__(self, desk: Desk, calendar: Calendar, zone: tzinfo) -> None:
        self._desk = desk
        self._calendar = calendar
        self._zone = zone

    async def load(self) -> None:
        async with self._desk.reading() as connection:
            calendar = await read_calendar(connection)
        if calendar is not None:
            self._calendar.current = calendar.timetable(self._zone)

    async def run(self) -> None:
        """Until cancelled."""
        with self._desk.bus.subscribe([TOPIC]) as wakes:
            while True:
                try:
                    await self.load()
                except Exception:
                    logger.warning("calendar_not_read", exc_info=True)
                    await asyncio.sleep(1.0)
                    continue
                await wakes.wait(SAFETY)
