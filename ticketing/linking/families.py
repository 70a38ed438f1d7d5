"""Cases of one incident, and tickets that have to do with each other."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.ownership import check_version
from ticketing.state import Ticket, lock_tickets

_SET_PARENT = text("UPDATE tickets SET parent_id = :parent WHERE id = :id")
_PARENT = text("SELECT parent_id FROM tickets WHERE id = :id")
_IS_ANCESTOR = text(
    "WITH RECURSIVE up AS (SELECT id, parent_id FROM tickets WHERE id = :parent UNION"
    " SELECT t.id, t.parent_id FROM tickets t JOIN up ON t.id = up.parent_id)"
    " SELECT EXISTS (SELECT 1 FROM up WHERE id = :id)"
)
# Two links at once could close a circle that neither sees: they wait for each other.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('ticket_family', 0))")
_RELATE = text(
    "INSERT INTO ticket_relations (one, other, created_by) VALUES (least(CAST(:a AS uuid), CAST(:b AS uuid)),"
    " greatest(CAST(:a AS uuid), CAST(:b AS uuid)), :agent) ON CONFLICT DO NOTHING"
)
_UNRELATE = text(
    "DELETE FROM ticket_relations WHERE one = least(CAST(:a AS uuid), CAST(:b AS uuid))"
    " AND other = greatest(CAST(:a AS uuid), CAST(:b AS uuid))"
)


@dataclass(frozen=True, slots=True)
class Families:
    """Each method is one transaction; permissions were checked at the door."""

    desk: Desk

    async def set_parent(self, ticket_id: UUID, parent_id: UUID | None, agent_id: UUID, version: int) -> None:
        """Make a ticket a case of an incident, or of none.

        Conflict: `changed_meanwhile`, `has_children` (it is an incident itself). Invalid: `own_descendant`,
        `parent_is_child`: an incident and its cases are two levels.
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            await connection.execute(_ONE_AT_A_TIME)
            wanted = [ticket_id] if parent_id is None else [ticket_id, parent_id]
            tickets = await _locked(connection, wanted)
            check_version(tickets[ticket_id], version)
            before = await connection.scalar(_PARENT, {"id": ticket_id})
            if before == parent_id:
                return
            if parent_id is not None:
                await _check_parent(connection, ticket_id, parent_id)
            await connection.execute(_SET_PARENT, {"id": ticket_id, "parent": parent_id})
            parents = tickets if parent_id is not None else await _locked(connection, [before])
            parent = parents[parent_id or before]
            kind = "ticket.unlinked" if parent_id is None else "ticket.linked"
            _record(transaction, kind, (parent, tickets[ticket_id]), agent_id, "child")

    async def relate(self, ticket_id: UUID, other_id: UUID, agent_id: UUID, *, related: bool) -> None:
        """Say that two tickets have to do with each other, or take it back. The same twice is once."""
        if ticket_id == other_id:
            raise Invalid("same_ticket", "A ticket is not related to itself.")
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            tickets = await _locked(connection, [ticket_id, other_id])
            values = {"a": ticket_id, "b": other_id}
            if related:
                changed = await connection.execute(_RELATE, values | {"agent": agent_id})
            else:
                changed = await connection.execute(_UNRELATE, values)
            if changed.rowcount:
                kind = "ticket.linked" if related else "ticket.unlinked"
                _record(transaction, kind, (tickets[ticket_id], tickets[other_id]), agent_id, "related")


async def _locked(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, Ticket]:
    tickets = await lock_tickets(connection, ids)
    if set(ids) - tickets.keys():
        raise NotFound("ticket_unknown", "There is no such ticket.")
    return tickets


async def _check_parent(connection: AsyncConnection, ticket_id: UUID, parent_id: UUID) -> None:
    if await connection.scalar(_IS_ANCESTOR, {"id": ticket_id, "parent": parent_id}):
        raise Invalid(
            "own_descendant", "A ticket cannot be a case of its own case.", {"parent_id": "descendant"}
        )
    if await connection.scalar(_PARENT, {"id": parent_id}) is not None:
        raise Invalid(
            "parent_is_child", "This ticket is itself a case of an incident.", {"parent_id": "child"}
        )
    if await connection.scalar(
        text("SELECT EXISTS (SELECT 1 FROM tickets WHERE parent_id = :id)"), {"id": ticket_id}
    ):
        raise Conflict("has_children", "This ticket has cases of its own: it is an incident.")


def _record(
    transaction: Transaction, kind: str, tickets: tuple[Ticket, Ticket], agent_id: UUID, link: str
) -> None:
    one, other = tickets
    for ticket in tickets:
        ticket.version += 1
        transaction.save(ticket)
        data = {"link": link, "one": one.number, "other": other.number}
        transaction.record(Event(kind, "agent", ticket_id=ticket.id, actor_id=agent_id, data=data))
