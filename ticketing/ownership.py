"""Who holds a ticket: claim, take over, release, assign, read.

Every change grows the version: two agents who saw the same version cannot both win.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.handover import give_number, team_of
from ticketing.state import Conversation, Ticket, lock_conversations, lock_tickets
from ticketing.statuses import is_active
from ticketing.visibility import RESTRICTED


async def locked_ticket(connection: AsyncConnection, ticket_id: UUID) -> Ticket:
    """NotFound when it is not there."""
    tickets = await lock_tickets(connection, [ticket_id])
    if ticket_id not in tickets:
        raise NotFound("ticket_unknown", "There is no such ticket.")
    return tickets[ticket_id]


async def take_from_assistant(
    transaction: Transaction, ticket: Ticket, conversations: Iterable[Conversation], agent_id: UUID
) -> None:
    """From this transaction on the assistant is silent: its answer, if it is thinking, will be dropped."""
    await give_number(transaction.connection, ticket)
    if ticket.team_id is None:
        team = await team_of(transaction.connection, None)
        ticket.team_id = None if team is None else team.id
    ticket.assignee_id = agent_id
    lifecycle.give_to_people(ticket, transaction.now)
    transaction.save(ticket)
    for conversation in conversations:
        conversation.turn_position = conversation.last_position
        transaction.save(conversation)
        transaction.turn_due(conversation)  # nothing to answer: a worker makes the assistant forget
    transaction.record(Event("ticket.taken_over", "agent", ticket_id=ticket.id, actor_id=agent_id))


async def give(
    transaction: Transaction, ticket: Ticket, by: UUID | None, *, agent_id: UUID | None, team_id: UUID | None
) -> None:
    """Give a locked ticket of people to an agent, a team, or both; no agent means nobody holds it, no team
    keeps the team. `by` None: the desk does it by a rule. Invalid for whom it cannot be given to.
    """
    agent = None if agent_id is None else await _agent_name(transaction.connection, agent_id)
    team = None if team_id is None else await _team_names(transaction.connection, team_id)
    if agent_id is not None and not await _may_see(transaction.connection, agent_id, ticket):
        raise Invalid("agent_unsuitable", "This agent may not see this ticket.", {"agent_id": "restricted"})
    ticket.team_id = team_id or ticket.team_id
    lifecycle.hold(ticket, agent_id)
    transaction.save(ticket)
    actor = "system" if by is None else "agent"
    data = {"agent": agent, "team": team}
    transaction.record(Event("ticket.assigned", actor, ticket_id=ticket.id, actor_id=by, data=data))


def let_go(transaction: Transaction, ticket: Ticket, by: UUID | None) -> None:
    """Nobody holds a locked ticket any more. `by` None: the desk does it by a rule."""
    if ticket.assignee_id is None:
        return
    lifecycle.hold(ticket, None)
    transaction.save(ticket)
    actor = "system" if by is None else "agent"
    transaction.record(Event("ticket.released", actor, ticket_id=ticket.id, actor_id=by))


class Ownership:
    """Each method is one transaction; permissions were checked at the door."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def claim(self, ticket_id: UUID, agent_id: UUID, version: int) -> Ticket:
        """Conflict `already_claimed` (with the winner's name in `fields.agent`) for everyone but the
        first.
        """
        async with self._desk.transaction() as transaction:
            ticket = await locked_ticket(transaction.connection, ticket_id)
            if ticket.assignee_id == agent_id and is_active(ticket):
                return ticket
            if ticket.assignee_id is not None and is_active(ticket):
                name = await _agent_name(transaction.connection, ticket.assignee_id)
                raise Conflict("already_claimed", f"{name} has this ticket.", {"agent": name})
            _check_open(ticket)
            if ticket.owner == "assistant":
                raise Conflict("with_assistant", "The assistant has this ticket: take it over.")
            check_version(ticket, version)
            lifecycle.hold(ticket, agent_id)
            _changed(transaction, ticket, "ticket.claimed", agent_id)
            return ticket

    async def take_over(self, ticket_id: UUID, agent_id: UUID) -> Ticket:
        """From the assistant to the agent. Conflict when people already have it."""
        async with self._desk.transaction() as transaction:
            # Locks: conversations first, then the ticket, as everywhere.
            conversations = await conversations_of(transaction.connection, ticket_id)
            ticket = await locked_ticket(transaction.connection, ticket_id)
            if ticket.owner == "agents" and ticket.assignee_id == agent_id:
                return ticket
            _check_open(ticket)
            if ticket.owner == "agents":
                raise Conflict("with_people", "The assistant no longer has this ticket.")
            await take_from_assistant(transaction, ticket, conversations, agent_id)
            return ticket

    async def release(self, ticket_id: UUID, agent_id: UUID, version: int) -> Ticket:
        """Back to unassigned."""
        async with self._desk.transaction() as transaction:
            ticket = await self._with_people(transaction, ticket_id, version)
            let_go(transaction, ticket, agent_id)
            return ticket

    async def assign(
        self, ticket_id: UUID, by: UUID, version: int, *, agent_id: UUID | None, team_id: UUID | None
    ) -> Ticket:
        """Give it to an agent, a team, or both; no agent means nobody holds it, no team keeps the team."""
        async with self._desk.transaction() as transaction:
            ticket = await self._with_people(transaction, ticket_id, version)
            await give(transaction, ticket, by, agent_id=agent_id, team_id=team_id)
            return ticket

    async def mark_read(self, ticket_id: UUID, agent_id: UUID) -> Ticket:
        async with self._desk.transaction() as transaction:
            ticket = await locked_ticket(transaction.connection, ticket_id)
            if ticket.unread:
                ticket.unread = 0
                _changed(transaction, ticket, "ticket.read", agent_id)
            return ticket

    async def _with_people(self, transaction: Transaction, ticket_id: UUID, version: int) -> Ticket:
        ticket = await locked_ticket(transaction.connection, ticket_id)
        _check_open(ticket)
        if ticket.owner == "assistant":
            raise Conflict("with_assistant", "The assistant has this ticket: take it over.")
        check_version(ticket, version)
        return ticket


def _changed(transaction: Transaction, ticket: Ticket, event_type: str, agent_id: UUID, **data: str) -> None:
    transaction.save(ticket)
    transaction.record(Event(event_type, "agent", ticket_id=ticket.id, actor_id=agent_id, data=data))


def _check_open(ticket: Ticket) -> None:
    if not is_active(ticket):
        raise Conflict("ticket_closed", "This ticket is solved or closed.")


def check_version(ticket: Ticket, version: int) -> None:
    """Conflict when the ticket is not as it was seen."""
    if ticket.version != version:
        raise Conflict(
            "changed_meanwhile", "Somebody changed this ticket meanwhile.", {"version": str(ticket.version)}
        )


async def conversations_of(connection: AsyncConnection, ticket_id: UUID) -> list[Conversation]:
    """The ticket's conversations, locked."""
    ids = await connection.execute(
        text("SELECT id FROM conversations WHERE ticket_id = :ticket_id"), {"ticket_id": ticket_id}
    )
    locked = await lock_conversations(connection, ids.scalars())
    return [conversation for conversation in locked.values() if conversation.ticket_id == ticket_id]


async def _agent_name(connection: AsyncConnection, agent_id: UUID) -> str:
    """Invalid for an agent who is not there or no longer works here."""
    name = await connection.scalar(
        text("SELECT name FROM agents WHERE id = :id AND is_active"), {"id": agent_id}
    )
    if name is None:
        raise Invalid("agent_unknown", "There is no such agent.", {"agent_id": "unknown"})
    return str(name)


async def _may_see(connection: AsyncConnection, agent_id: UUID, ticket: Ticket) -> bool:
    """Tickets of restricted categories are not given to agents who may not see them."""
    if ticket.category is None:
        return True
    values = {"agent_id": agent_id, "category": ticket.category, "needs": RESTRICTED}
    return bool(
        await connection.scalar(
            text(
                "SELECT NOT c.restricted OR :needs = ANY(r.permissions) FROM categories c, agents a"
                " JOIN roles r ON r.key = a.role WHERE c.code = :category AND a.id = :agent_id"
            ),
            values,
        )
    )


async def _team_names(connection: AsyncConnection, team_id: UUID) -> str:
    """The team's key names it in events; interfaces know its names."""
    key = await connection.scalar(text("SELECT key FROM teams WHERE id = :id"), {"id": team_id})
    if key is None:
        raise Invalid("team_unknown", "There is no such team.", {"team_id": "unknown"})
    return str(key)
