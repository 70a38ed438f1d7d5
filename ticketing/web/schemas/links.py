"""Tickets that belong together."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, Person
from ticketing.web.schemas.tickets import Ticket, TicketName


class Move(Answer):
    """A merge or a split that can still be taken back, until `undo_until`."""

    id: UUID
    kind: Literal["merge", "split"]
    source: TicketName
    target: TicketName
    agent: Person | None
    at: datetime
    undo_until: datetime


class Links(Answer):
    """`merged` went into this ticket, `split_into` came out of it, `children` are cases of this incident."""

    merged_into: Ticket | None
    split_from: Ticket | None
    parent: Ticket | None
    merged: list[Ticket]
    split_into: list[Ticket]
    children: list[Ticket]
    related: list[Ticket]
    moves: list[Move]


class LikelyTicket(Answer):
    """`incident`: the same kind of request from the same commune within two days."""

    reason: Literal["contact", "telephone", "mail", "incident"]
    ticket: Ticket


class LikelyTickets(Answer):
    suggestions: list[LikelyTicket]


class Merged(Answer):
    """The ticket that goes on, and the move by which it can be undone."""

    ticket: Ticket
    move_id: UUID
