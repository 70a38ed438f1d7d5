"""Keeps the clocks of people's tickets with whatever changes the tickets, in the same transaction.

A ticket remembers what its clocks last followed from (`tickets.sla.facts`): while that stands, a change costs
nothing. Clocks are read and written under their ticket's lock alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final, Protocol
from uuid import UUID

from ticketing.calendar import Timetable
from ticketing.desk import Event, Transaction
from ticketing.sla.clocks import Change, Facts, Outcome, advance, summary
from ticketing.sla.policies import plan
from ticketing.sla.records import active_policies, clock_row, clocks_of, drop_clocks, subjects_of
from ticketing.state import Ticket

STALE: Final = "stale"


class Current(Protocol):
    """The calendar as it is now."""

    @property
    def current(self) -> Timetable: ...


def mark_stale(ticket: Ticket) -> None:
    """Have a locked ticket's clocks worked out again when it is saved, though nothing happened to it."""
    ticket.sla = {**(ticket.sla or {}), STALE: True}


class ClockKeeper:
    """Called with every transaction before it is written."""

    def __init__(self, calendar: Current) -> None:
        self._calendar = calendar

    async def __call__(self, transaction: Transaction) -> None:
        answered = _answered(transaction)
        tickets = [
            ticket
            for ticket in transaction.changes.tickets.values()
            if ticket.owner == "agents" and _concerned(ticket, answered)
        ]
        if tickets:
            await self._keep(transaction, tickets, answered)

    async def _keep(self, transaction: Transaction, tickets: list[Ticket], answered: set[UUID]) -> None:
        connection = transaction.connection
        clocks = await clocks_of(connection, [ticket.id for ticket in tickets])
        policies = await active_policies(connection)
        subjects = await subjects_of(connection, tickets, _accounts(transaction))
        gone: list[UUID] = []
        for ticket in tickets:
            change = Change(
                before=Facts.read((ticket.sla or {}).get("facts")),
                after=Facts.of(ticket),
                now=transaction.now,
                since=ticket.handed_over_at or transaction.now,
                waiting_since=ticket.waiting_since,
                answered=ticket.id in answered,
            )
            known = clocks.get(ticket.id, [])
            outcome = advance(
                ticket.id, known, change, plan(policies, subjects[ticket.id]), self._calendar.current
            )
            gone.extend(outcome.gone)
            before = {clock.id: clock for clock in known}
            transaction.changes.clocks.extend(
                clock_row(clock) for clock in outcome.clocks if before.get(clock.id) != clock
            )
            _summarise(transaction, ticket, change.after, outcome)
        if gone:
            await drop_clocks(connection, gone)


def _concerned(ticket: Ticket, answered: set[UUID]) -> bool:
    stored: Mapping[str, Any] = ticket.sla or {}
    if STALE in stored or ticket.id in answered:
        return True
    return bool(stored.get("facts") != Facts.of(ticket).stored())


def _answered(transaction: Transaction) -> set[UUID]:
    """Tickets to whose customers an agent wrote."""
    return {
        row["ticket_id"]
        for row in transaction.changes.messages
        if row["direction"] == "outbound" and row["author"] == "agent"
    }


def _accounts(transaction: Transaction) -> dict[UUID, set[str]]:
    """Of conversations that are written with this transaction."""
    found: dict[UUID, set[str]] = defaultdict(set)
    for conversation in transaction.changes.conversations.values():
        if conversation.ticket_id is not None:
            found[conversation.ticket_id].add(conversation.account)
    return found


def _summarise(transaction: Transaction, ticket: Ticket, facts: Facts, outcome: Outcome) -> None:
    due_at, shown = summary(outcome.clocks)
    stored = {**(shown or {}), "facts": facts.stored()}
    was_stale = STALE in (ticket.sla or {})
    earlier = {key: value for key, value in (ticket.sla or {}).items() if key != STALE}
    changed = due_at != ticket.due_at or stored != earlier
    ticket.due_at, ticket.sla = due_at, stored
    if was_stale and changed:
        # Nothing else tells the lists that the due time moved.
        transaction.record(Event("sla.updated", "system", ticket_id=ticket.id))
