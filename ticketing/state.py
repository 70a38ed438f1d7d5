"""The two rows a transaction thinks about, as values: read under a lock, changed, written back at its end.

Locks are always taken conversations first (by account and identity), then tickets (by id).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.statuses import OPEN, is_active

CONVERSATION_COLUMNS = (
    "id, account, identity_id, ticket_id, language, last_position, turn_position, last_inbound_at,"
    " window_expires_at"
)
TICKET_COLUMNS = (
    "id, number, contact_id, owner, status, priority, team_id, assignee_id, handover, version, opened_at,"
    " handed_over_at, closed_at, last_message_at, waiting_since, last_message, unread, category,"
    " snoozed_until, solved_at, status_key, close_reason, follows_id, tags, fields, due_at, sla,"
    " accounts"
)


@dataclass(slots=True)
class Conversation:
    id: UUID
    account: str
    identity_id: UUID
    ticket_id: UUID | None
    language: str | None
    last_position: int
    turn_position: int
    last_inbound_at: datetime | None
    window_expires_at: datetime | None

    def next_position(self) -> int:
        self.last_position += 1
        return self.last_position


@dataclass(slots=True)
class Ticket:
    id: UUID
    number: str | None
    contact_id: UUID
    owner: str
    status: str
    priority: int
    team_id: UUID | None
    assignee_id: UUID | None
    handover: dict[str, Any] | None
    version: int
    opened_at: datetime
    handed_over_at: datetime | None
    closed_at: datetime | None
    last_message_at: datetime
    waiting_since: datetime | None
    last_message: dict[str, Any] | None
    unread: int
    category: str | None
    snoozed_until: datetime | None  # of a snoozed ticket: when it comes back
    solved_at: datetime | None
    status_key: str | None  # the organisation's own status within `status`; None: the plain one
    close_reason: str | None
    follows_id: UUID | None  # the ticket whose conversation this one goes on with
    tags: list[str]
    fields: dict[str, Any]  # by the field's key
    due_at: datetime | None  # of its most urgent clock; these two are written by ticketing.sla alone
    sla: dict[str, Any] | None
    accounts: list[str]  # that its messages came or went through: kept when they are written

    @property
    def with_assistant(self) -> bool:
        return self.owner == "assistant" and is_active(self)


def new_ticket(ticket_id: UUID, contact_id: UUID, now: datetime) -> Ticket:
    """A ticket of the assistant, opened now."""
    return Ticket(
        id=ticket_id,
        number=None,
        contact_id=contact_id,
        owner="assistant",
        status=OPEN,
        priority=3,
        team_id=None,
        assignee_id=None,
        handover=None,
        version=1,
        opened_at=now,
        handed_over_at=None,
        closed_at=None,
        last_message_at=now,
        waiting_since=None,
        last_message=None,
        unread=0,
        category=None,
        snoozed_until=None,
        solved_at=None,
        status_key=None,
        close_reason=None,
        follows_id=None,
        tags=[],
        fields={},
        due_at=None,
        sla=None,
        accounts=[],
    )


def new_conversation(conversation_id: UUID, account: str, identity_id: UUID) -> Conversation:
    return Conversation(
        id=conversation_id,
        account=account,
        identity_id=identity_id,
        ticket_id=None,
        language=None,
        last_position=0,
        turn_position=0,
        last_inbound_at=None,
        window_expires_at=None,
    )


def conversation_of(row: Any) -> Conversation:
    return Conversation(*row)


def ticket_of(row: Any) -> Ticket:
    return Ticket(*row)


_LOCK_CONVERSATIONS = text(
    f"SELECT {CONVERSATION_COLUMNS} FROM conversations"  # noqa: S608 our own column names
    " WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY account, identity_id FOR NO KEY UPDATE"
)
_LOCK_TICKETS = text(
    f"SELECT {TICKET_COLUMNS} FROM tickets"  # noqa: S608 our own column names
    " WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE"
)


async def lock_conversations(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Conversation]:
    """Lock and read them; ids that are not there are left out."""
    rows = await connection.execute(_LOCK_CONVERSATIONS, {"ids": sorted(set(ids))})
    return {row[0]: conversation_of(row) for row in rows}


async def lock_tickets(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Ticket]:
    """Lock and read them; ids that are not there are left out."""
    rows = await connection.execute(_LOCK_TICKETS, {"ids": sorted(set(ids))})
    return {row[0]: ticket_of(row) for row in rows}
