"""What happens to tickets by the clock alone: a snoozed one comes back, a solved one closes itself.

The rows themselves say what is due, so nothing is lost with a process; a ticket is looked at again under its
lock, so that nothing happens to it twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.desk import Desk, Event, Transaction
from ticketing.state import Ticket, lock_tickets
from ticketing.statuses import CLOSED, SNOOZED, SOLVED

AT_ONCE: Final = 200

_SNOOZED: Final = text(
    "SELECT id FROM tickets WHERE status = 'snoozed' AND snoozed_until <= :due"
    " ORDER BY snoozed_until LIMIT :count"
)
_SOLVED: Final = text(
    "SELECT id FROM tickets WHERE status = 'solved' AND solved_at <= :due AND last_message_at <= :due"
    " ORDER BY solved_at LIMIT :count"
)


@dataclass(frozen=True, slots=True)
class Timers:
    """Producers of `ticketing.periodic`. `solved_silence`: after which a solved ticket is closed."""

    desk: Desk
    solved_silence: timedelta = timedelta(hours=72)

    async def wake_snoozed(self, _: AsyncConnection, now: datetime) -> None:
        """Bring back what was snoozed until now."""

        def wake(transaction: Transaction, ticket: Ticket) -> None:
            if ticket.status == SNOOZED and ticket.snoozed_until is not None and ticket.snoozed_until <= now:
                lifecycle.wake(ticket)
                transaction.save(ticket)
                transaction.record(Event("ticket.woken", "system", ticket_id=ticket.id))

        await self._each(_SNOOZED, now, wake)

    async def close_solved(self, _: AsyncConnection, now: datetime) -> None:
        """Close what was solved and has been silent since."""
        due = now - self.solved_silence

        def close(transaction: Transaction, ticket: Ticket) -> None:
            if ticket.status == SOLVED and ticket.solved_at is not None and ticket.solved_at <= due:
                lifecycle.move(ticket, CLOSED, transaction.now, reason=ticket.close_reason)
                transaction.save(ticket)
                data = {"by": "silence", "from": SOLVED, "reason": ticket.close_reason}
                transaction.record(Event("ticket.closed", "system", ticket_id=ticket.id, data=data))

        await self._each(_SOLVED, due, close)

    async def _each(
        self, find: TextClause, due: datetime, act: Callable[[Transaction, Ticket], None]
    ) -> None:
        """In transactions of their own, some at a time."""
        while True:
            async with self.desk.transaction() as transaction:
                found = await transaction.connection.execute(find, {"due": due, "count": AT_ONCE})
                tickets = await lock_tickets(transaction.connection, found.scalars())
                for ticket in tickets.values():
                    act(transaction, ticket)
            if len(tickets) < AT_ONCE:
                return
