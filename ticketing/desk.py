"""One transaction at the edge: commit, then announce.

    async with desk.transaction() as transaction:
        ticket = (await lock_tickets(transaction.connection, [ticket_id]))[ticket_id]
        ticket.assignee_id = agent_id
        transaction.save(ticket)
        transaction.record(Event("ticket.claimed", "agent", ticket_id=ticket.id, actor_id=agent_id))

What was saved and recorded is written by one statement at the end; workers and sockets are woken after the
commit, and not at all when it fails. No network call belongs inside.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ticketing.bus import Bus
from ticketing.changes import Changes, Row
from ticketing.state import Conversation, Ticket


@dataclass(frozen=True, slots=True)
class Event:
    """What happened, to what, by whom (docs/api.md "Events" lists the types and their data)."""

    type: str
    actor: str
    ticket_id: UUID | None = None
    conversation_id: UUID | None = None
    contact_id: UUID | None = None
    message_id: UUID | None = None
    actor_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def utc_now() -> datetime:
    return datetime.now(UTC)


def sqlstate(error: DBAPIError) -> str:
    """PostgreSQL's five-character code; empty when the connection itself failed."""
    return str(getattr(error.orig, "sqlstate", None) or "")


class Transaction:
    """An open transaction and what it will write and announce."""

    def __init__(self, connection: AsyncConnection, keepers: Sequence[Keeper] = ()) -> None:
        self.connection = connection
        self.now = utc_now()
        self.changes = Changes()
        self._topics: set[str] = set()
        self._keepers = keepers

    def record(self, event: Event) -> None:
        self.changes.events.append({name: getattr(event, name) for name in Event.__slots__})

    def save(self, row: Ticket | Conversation) -> None:
        """Write a locked or new row as it stands when the transaction ends."""
        if isinstance(row, Ticket):
            self.changes.tickets[row.id] = row
        else:
            self.changes.conversations[row.id] = row

    def add_message(self, row: Row) -> None:
        self.changes.messages.append(row)

    def turn_due(self, conversation: Conversation, delay: timedelta = timedelta(0)) -> None:
        """Have the assistant asked, or the conversation taken off the assistant's hands."""
        self.changes.turns[conversation.id] = {
            "conversation_id": conversation.id,
            "account": conversation.account,
            "delay": delay.total_seconds(),
        }

    def send_due(self, conversation_id: UUID, account: str, delay: timedelta = timedelta(0)) -> None:
        """Have the conversation's pending messages sent. `delay`: until the first of them may leave."""
        seconds = delay.total_seconds()
        known = self.changes.sends.get(conversation_id)
        self.changes.sends[conversation_id] = {
            "conversation_id": conversation_id,
            "account": account,
            "delay": seconds if known is None else min(seconds, known["delay"]),
        }

    def wake(self, topic: str) -> None:
        """Announce a topic after the commit beyond those that follow from what was written."""
        self._topics.add(topic)

    async def flush(self) -> None:
        """Write what was collected so far, for a statement that must see it."""
        for keep in self._keepers:
            await keep(self)
        self._topics |= self.changes.topics()
        await self.changes.write(self.connection)
        self.changes = Changes()

    @property
    def topics(self) -> frozenset[str]:
        return frozenset(self._topics | self.changes.topics())


Keeper = Callable[[Transaction], Awaitable[None]]
"""Looks at what a transaction is about to write, and adds what follows from it."""


class Desk:
    """The database and the bus, as one door. `keepers` look at every transaction before it is written."""

    def __init__(self, engine: AsyncEngine, bus: Bus, keepers: Sequence[Keeper] = ()) -> None:
        self.engine = engine
        self.bus = bus
        self.keepers = tuple(keepers)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with self.engine.begin() as connection:
            transaction = Transaction(connection, self.keepers)
            yield transaction
            await transaction.flush()
        for topic in sorted(transaction.topics):
            self.bus.publish(topic)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection for looking only."""
        async with self.engine.connect() as connection:
            yield connection
