"""What was pushed to an agent and not opened yet: kept when he does anything with it, else taken back."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle, presence
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict
from ticketing.state import TICKET_COLUMNS, Ticket, lock_tickets, ticket_of

# Who lets so many pass in a row is not at the desk, whatever his presence says.
MISSED_IN_A_ROW: Final = 2
MOST: Final = 200  # offers looked at in one pass

_OVERDUE = text(
    "SELECT o.ticket_id, o.agent_id, a.name, EXISTS (SELECT FROM events e WHERE e.ticket_id = o.ticket_id"
    "   AND e.actor_id = o.agent_id AND e.at > o.offered_at) AS is_touched"
    " FROM ticket_offers o JOIN agents a ON a.id = o.agent_id WHERE o.due_at < now()"
    " ORDER BY o.due_at LIMIT :most FOR UPDATE OF o SKIP LOCKED"
)
_FORGET = text("DELETE FROM ticket_offers WHERE ticket_id = ANY(CAST(:ids AS uuid[]))")
_MINE = text("DELETE FROM ticket_offers WHERE ticket_id = :ticket_id AND agent_id = :agent_id RETURNING 1")
# What an earlier wait of the same ticket had been through is forgotten.
_REFUSED = text(
    "INSERT INTO ticket_routing AS o (ticket_id, queued_at, declined_by, missed_by)"
    " VALUES (:ticket_id, CAST(:since AS timestamptz), CAST(:declined AS uuid[]), CAST(:missed AS uuid[]))"
    " ON CONFLICT (ticket_id) DO UPDATE SET queued_at = greatest(o.queued_at, excluded.queued_at),"
    " visited = CASE WHEN o.queued_at >= excluded.queued_at THEN o.visited ELSE '{}' END,"
    " declined_by = CASE WHEN o.queued_at >= excluded.queued_at THEN o.declined_by ELSE '{}' END"
    "   || excluded.declined_by,"
    " missed_by = CASE WHEN o.queued_at >= excluded.queued_at THEN o.missed_by ELSE '{}' END"
    "   || excluded.missed_by"
)
_LOCK_HELD = text(
    f"SELECT {TICKET_COLUMNS} FROM tickets t WHERE id = ANY(CAST(:ids AS uuid[]))"  # noqa: S608 - our own
    " ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
)
# Of what was pushed to an agent lately, how much he let pass since he last took anything.
_MISSED = text(
    "SELECT count(*) FROM events e WHERE e.type = 'ticket.bounced' AND e.data->>'agent_id' = :agent_id"
    " AND e.data->>'why' = 'missed' AND e.id > uuidv7_floor(now() - interval '1 hour')"
    " AND e.at > coalesce((SELECT max(d.at) FROM events d WHERE d.actor_id = CAST(:agent_id AS uuid)"
    "   AND d.id > uuidv7_floor(now() - interval '1 hour')), '-infinity')"
)
_OFFERS_OF = text(
    "SELECT o.ticket_id, o.due_at FROM ticket_offers o JOIN tickets t ON t.id = o.ticket_id"
    " AND t.assignee_id = o.agent_id WHERE o.agent_id = :agent_id AND o.due_at > now() ORDER BY o.due_at"
)


async def offers_of(connection: AsyncConnection, agent_id: UUID) -> list[tuple[UUID, datetime]]:
    """Tickets that were pushed to an agent and wait to be opened, and until when."""
    return [
        (row.ticket_id, row.due_at) for row in await connection.execute(_OFFERS_OF, {"agent_id": agent_id})
    ]


async def take_back_overdue(transaction: Transaction) -> int:
    """Offers whose time is over: forgotten where the agent did something, else back to the queue; how many
    were taken back. One whose ticket is being changed this instant waits for the next pass.
    """
    connection = transaction.connection
    overdue = (await connection.execute(_OVERDUE, {"most": MOST})).all()
    if not overdue:
        return 0
    missed = {row.ticket_id: row for row in overdue if not row.is_touched}
    tickets = {row[0]: ticket_of(row) for row in await connection.execute(_LOCK_HELD, {"ids": list(missed)})}
    settled = [row.ticket_id for row in overdue if row.is_touched or row.ticket_id in tickets]
    await connection.execute(_FORGET, {"ids": settled})
    lazy: set[UUID] = set()
    for ticket_id, ticket in tickets.items():
        row = missed[ticket_id]
        if ticket.assignee_id == row.agent_id and ticket.status in {"new", "open"}:
            await _bounce(transaction, ticket, row.agent_id, row.name, "missed")
            lazy.add(row.agent_id)
    await transaction.flush()  # the events of this pass count
    for agent_id in sorted(lazy):
        if await connection.scalar(_MISSED, {"agent_id": str(agent_id)}) >= MISSED_IN_A_ROW:
            await presence.send_away(transaction, agent_id, presence.MISSED_OFFERS)
    return len(lazy)


class Offers:
    """Each method is one transaction."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def accept(self, ticket_id: UUID, agent_id: UUID) -> None:
        """It stays with the agent; no harm done when it was not offered."""
        async with self._desk.transaction() as transaction:
            values = {"ticket_id": ticket_id, "agent_id": agent_id}
            if (await transaction.connection.execute(_MINE, values)).first() is not None:
                transaction.record(Event("ticket.accepted", "agent", ticket_id=ticket_id, actor_id=agent_id))

    async def decline(self, ticket_id: UUID, agent_id: UUID, name: str) -> None:
        """Back to its queue, and not to this agent again. Conflict when it is not offered to him."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            values = {"ticket_id": ticket_id, "agent_id": agent_id}
            ticket = (await lock_tickets(connection, [ticket_id])).get(ticket_id)
            offered = (await connection.execute(_MINE, values)).first() is not None
            if not offered or ticket is None or ticket.assignee_id != agent_id:
                raise Conflict("not_offered", "This ticket is not offered to you.")
            await _bounce(transaction, ticket, agent_id, name, "declined")


async def _bounce(transaction: Transaction, ticket: Ticket, agent_id: UUID, name: str, why: str) -> None:
    declined = why == "declined"
    values = {
        "ticket_id": ticket.id,
        "since": ticket.waiting_since or ticket.last_message_at,
        "declined": [agent_id] if declined else [],
        "missed": [] if declined else [agent_id],
    }
    await transaction.connection.execute(_REFUSED, values)
    lifecycle.hold(ticket, None)
    transaction.save(ticket)
    transaction.record(
        Event(
            "ticket.bounced",
            "agent" if declined else "system",
            ticket_id=ticket.id,
            actor_id=agent_id if declined else None,
            data={"agent": name, "agent_id": str(agent_id), "why": why},
        )
    )
