"""What a step does to a ticket whose clock runs out, and whom it tells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import lifecycle
from ticketing.desk import Event, Transaction
from ticketing.notifications import notify
from ticketing.sla.clocks import Clock
from ticketing.sla.policies import Step
from ticketing.state import Ticket

# A ticket of a restricted category is nobody's business who may not see it.
_MAY_SEE: Final = (
    " a.is_active AND (CAST(:category AS text) IS NULL OR NOT EXISTS (SELECT 1 FROM categories c"
    "   WHERE c.code = :category AND c.restricted) OR 'ticket:restricted' = ANY(r.permissions))"
)
_TEAM_MEMBERS: Final = text(
    "SELECT a.id, m.is_lead FROM team_members m JOIN agents a ON a.id = m.agent_id"  # noqa: S608 - our words
    f" JOIN roles r ON r.key = a.role WHERE m.team_id = :team_id AND{_MAY_SEE}"
)
_SUPERVISORS: Final = text(
    "SELECT a.id FROM agents a JOIN roles r ON r.key = a.role"  # noqa: S608 - our own words
    f" WHERE a.role = 'supervisor' AND{_MAY_SEE}"
)
_TEAM: Final = text("SELECT id FROM teams WHERE key = :key")


async def take_step(transaction: Transaction, ticket: Ticket, clock: Clock, step: Step) -> None:
    """Do what the step says to a locked ticket, tell whom it names, and write both down."""
    told = await _whom(transaction.connection, ticket, step.notify)
    data: dict[str, Any] = {
        "kind": clock.kind,
        "percent": step.percent,
        "due_at": None if clock.due_at is None else clock.due_at.isoformat(),
    }
    if step.after:
        data["after"] = int(step.after.total_seconds())
    kind = "sla.warned" if step.only_warns else "sla.escalated"
    done = await _change(transaction, ticket, step)
    if not step.only_warns:
        data["notified"] = list(step.notify)
    transaction.record(Event(kind, "system", ticket_id=ticket.id, data=data | done))
    await notify(transaction, told, kind, ticket.id, data | done)


def record_breach(transaction: Transaction, ticket: Ticket, clock: Clock) -> None:
    due_at = None if clock.due_at is None else clock.due_at.isoformat()
    data = {"kind": clock.kind, "due_at": due_at}
    transaction.record(Event("sla.breached", "system", ticket_id=ticket.id, data=data))


async def _change(transaction: Transaction, ticket: Ticket, step: Step) -> dict[str, Any]:
    """What was changed, for the event."""
    done: dict[str, Any] = {}
    if step.raise_priority and ticket.priority > 1:
        ticket.priority -= 1
        ticket.version += 1
        done["priority"] = ticket.priority
    if step.tag is not None and step.tag not in ticket.tags:
        ticket.tags = sorted([*ticket.tags, step.tag])
        ticket.version += 1
        done["tag"] = step.tag
    if step.team is not None:
        team_id = await transaction.connection.scalar(_TEAM, {"key": step.team})
        if team_id is not None and team_id != ticket.team_id:
            ticket.team_id = team_id
            lifecycle.hold(ticket, None)
            done["team"] = step.team
            data = {"agent": None, "team": step.team}
            transaction.record(Event("ticket.assigned", "system", ticket_id=ticket.id, data=data))
    return done


async def _whom(connection: AsyncConnection, ticket: Ticket, notified: Iterable[str]) -> set[UUID]:
    """The agents meant. Where nobody holds the ticket its team's leads are asked, where a team has no lead
    its supervisors, and failing those every supervisor.
    """
    wanted = set(notified)
    told: set[UUID] = set()
    if "assignee" in wanted:
        if ticket.assignee_id is not None:
            told.add(ticket.assignee_id)
        else:
            wanted.add("lead")
    values = {"category": ticket.category, "team_id": ticket.team_id}
    supervisors: Sequence[UUID] = ()
    if wanted & {"lead", "supervisors"}:
        supervisors = (await connection.execute(_SUPERVISORS, values)).scalars().all()
    if wanted & {"lead", "team"}:
        members = (await connection.execute(_TEAM_MEMBERS, values)).all()
        ids = {member.id for member in members}
        leads = {member.id for member in members if member.is_lead}
        if "team" in wanted:
            told |= ids
        if "lead" in wanted:
            told |= leads or (ids & set(supervisors)) or set(supervisors)
    if "supervisors" in wanted:
        told |= set(supervisors)
    return told
