"""What a ticket is about: its category, and with it priority and promise."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from ticketing.calendar import Timetable
from ticketing.categories import find_category
from ticketing.desk import Event, Transaction
from ticketing.errors import Invalid
from ticketing.facts import province_of
from ticketing.handover import promise_row
from ticketing.promises import promise
from ticketing.state import Ticket

_TEAM = text("SELECT key FROM teams WHERE id = :id")
_FORGET = text("DELETE FROM past_answers WHERE ticket_id = :ticket_id")


async def categorise(
    transaction: Transaction, ticket: Ticket, code: str | None, by: UUID | None, timetable: Timetable
) -> None:
    """Give a locked ticket a category, or none. The promise counts from the moment people got the ticket.

    An agent who may not see restricted tickets can still report one: it leaves his lists. `by` None: the desk
    does it by a rule. Invalid `category_unknown` for one that is not there or no longer offered.
    """
    if ticket.category == code:
        return
    connection = transaction.connection
    province = province_of((ticket.handover or {}).get("slots") or {})
    category = None if code is None else await find_category(connection, code, province=province)
    if code is not None and (category is None or not category.is_active):
        raise Invalid("category_unknown", "There is no such category.", {"category": "unknown"})
    before, ticket.category = ticket.category, code
    if category is not None:
        ticket.priority = category.priority
    if category is not None and category.restricted:
        # What it taught suggestions is forgotten with it.
        await connection.execute(_FORGET, {"ticket_id": ticket.id})
    ticket.version += 1
    since: datetime | None = ticket.handed_over_at
    if since is not None:
        team = await connection.scalar(_TEAM, {"id": ticket.team_id})
        promised = promise(category, since, timetable, team)
        transaction.changes.promises[ticket.id] = promise_row(ticket.id, transaction, promised)
    transaction.save(ticket)
    transaction.record(
        Event(
            "ticket.categorised",
            "system" if by is None else "agent",
            ticket_id=ticket.id,
            actor_id=by,
            data={"from": before, "to": code, "priority": ticket.priority},
        )
    )
