"""An agent says what a ticket is about: its category, and with it priority and promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from ticketing.calendar import Timetable
from ticketing.categories import find_category
from ticketing.desk import Desk, Event
from ticketing.errors import Conflict, Invalid
from ticketing.facts import province_of
from ticketing.handover import promise_row
from ticketing.ownership import locked_ticket
from ticketing.promises import promise
from ticketing.state import Ticket

_TEAM = text("SELECT key FROM teams WHERE id = :id")
_FORGET = text("DELETE FROM past_answers WHERE ticket_id = :ticket_id")


@dataclass(frozen=True, slots=True)
class Categorising:
    """Permissions were checked at the door."""

    desk: Desk
    timetable: Timetable

    async def categorise(self, ticket_id: UUID, agent_id: UUID, version: int, code: str | None) -> Ticket:
        """Give the ticket a category, or none. The promise counts from the moment people got the ticket.

        An agent who may not see restricted tickets can still report one: it leaves his lists. Conflict for a
        ticket that changed meanwhile, Invalid for a category that is not there.
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            ticket = await locked_ticket(connection, ticket_id)
            if ticket.version != version:
                raise Conflict(
                    "changed_meanwhile",
                    "Somebody changed this ticket meanwhile.",
                    {"version": str(ticket.version)},
                )
            if ticket.category == code:
                return ticket
            handover = ticket.handover or {}
            province = province_of(handover.get("slots") or {})
            category = None if code is None else await find_category(connection, code, province=province)
            if category is None and code is not None:
                raise Invalid("category_unknown", "There is no such category.", {"category": "unknown"})
            before, ticket.category = ticket.category, code
            if category is not None:
                ticket.priority = category.priority
            if category is not None and category.restricted:
                # What it taught suggestions is forgotten with it.
                await connection.execute(_FORGET, {"ticket_id": ticket_id})
            ticket.version += 1
            team = await connection.scalar(_TEAM, {"id": ticket.team_id})
            since: datetime | None = ticket.handed_over_at
            if since is not None:
                promised = promise(category, since, self.timetable, team)
                transaction.changes.promises[ticket_id] = promise_row(ticket_id, transaction, promised)
            transaction.save(ticket)
            transaction.record(
                Event(
                    "ticket.categorised",
                    "agent",
                    ticket_id=ticket_id,
                    actor_id=agent_id,
                    data={"from": before, "to": code, "priority": ticket.priority},
                )
            )
            return ticket
