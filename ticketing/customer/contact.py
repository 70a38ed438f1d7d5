"""The contact that something is kept for, with those that were merged into it."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, NotFound

MOST_TICKETS: Final = 50  # that are told of one change

# What is kept for a merged contact is told with the one that goes on, and is his own again when they are told
# apart: it never moves.
_PERSON: Final = (
    "WITH RECURSIVE person AS (SELECT id FROM contacts WHERE id = :contact_id"
    " UNION SELECT c.id FROM contacts c JOIN person p ON c.merged_into_id = p.id) "
)

_EXISTS: Final = text("SELECT 1 FROM contacts WHERE id = :contact_id")
_LOCK: Final = text("SELECT merged_into_id FROM contacts WHERE id = :contact_id FOR NO KEY UPDATE")
_TICKETS: Final = text(
    "SELECT id FROM tickets WHERE contact_id = :contact_id AND status <> 'closed' ORDER BY id DESC"
    " LIMIT :most"
)


def of_person(statement: str) -> TextClause:
    """A statement over `person`: the ids of a contact and of those merged into it. Takes `contact_id`."""
    return text(_PERSON + statement)


async def check_contact(connection: AsyncConnection, contact_id: UUID) -> None:
    """NotFound `contact_unknown` when there is no such contact."""
    if await connection.scalar(_EXISTS, {"contact_id": contact_id}) is None:
        raise _unknown()


async def lock_contact(connection: AsyncConnection, contact_id: UUID) -> None:
    """One change of the contact at a time. NotFound `contact_unknown`, Conflict `contact_merged`."""
    row = (await connection.execute(_LOCK, {"contact_id": contact_id})).one_or_none()
    if row is None:
        raise _unknown()
    if row.merged_into_id is not None:
        raise Conflict("contact_merged", "This contact was merged into another.")


async def record(
    transaction: Transaction, kind: str, contact_id: UUID, agent_id: UUID, data: dict[str, Any]
) -> None:
    """One line for the contact, and one for each of his tickets that is not closed."""
    transaction.record(Event(kind, "agent", contact_id=contact_id, actor_id=agent_id, data=data))
    values = {"contact_id": contact_id, "most": MOST_TICKETS}
    for ticket_id in (await transaction.connection.execute(_TICKETS, values)).scalars():
        transaction.record(Event(kind, "agent", ticket_id=ticket_id, actor_id=agent_id, data=data))


def _unknown() -> NotFound:
    return NotFound("contact_unknown", "This contact does not exist.")
