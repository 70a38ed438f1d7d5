"""What colleagues should know of a customer whatever the ticket is about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from ticketing.customer.contact import lock_contact, of_person, record
from ticketing.desk import Desk
from ticketing.errors import Forbidden, NotFound

MODERATE: Final = "contact_note:moderate"
LONGEST: Final = 4_000  # characters
MOST: Final = 200

_OF_CONTACT: Final = of_person(
    "SELECT n.id, n.text, n.created_at, n.changed_at, n.agent_id, a.name AS agent_name"
    " FROM contact_notes n JOIN person p ON p.id = n.contact_id"
    " LEFT JOIN agents a ON a.id = n.agent_id ORDER BY n.id DESC LIMIT :most"
)
_ONE: Final = text(
    "SELECT n.id, n.text, n.created_at, n.changed_at, n.agent_id, a.name AS agent_name"
    " FROM contact_notes n LEFT JOIN agents a ON a.id = n.agent_id WHERE n.id = :id"
)
_ADD: Final = text(
    "INSERT INTO contact_notes (id, contact_id, agent_id, text, created_at)"
    " VALUES (:id, :contact_id, :agent_id, :text, :at)"
)
_LOCK: Final = text("SELECT contact_id, agent_id FROM contact_notes WHERE id = :id FOR UPDATE")
_CHANGE: Final = text("UPDATE contact_notes SET text = :text, changed_at = :at WHERE id = :id")
_DELETE: Final = text("DELETE FROM contact_notes WHERE id = :id")


async def notes_of(connection: AsyncConnection, contact_id: UUID) -> Sequence[Row[Any]]:
    """Newest first."""
    return (await connection.execute(_OF_CONTACT, {"contact_id": contact_id, "most": MOST})).all()


async def note_by_id(connection: AsyncConnection, note_id: UUID) -> Row[Any]:
    """NotFound `note_unknown` when it is not there."""
    row = (await connection.execute(_ONE, {"id": note_id})).one_or_none()
    if row is None:
        raise _unknown()
    return row


@dataclass(frozen=True, slots=True)
class Notes:
    """Each method is one transaction. One changes one's own; who may moderate also deletes others'."""

    desk: Desk
    agent_id: UUID

    async def add(self, contact_id: UUID, words: str) -> UUID:
        """NotFound, Conflict as `lock_contact`."""
        async with self.desk.transaction() as transaction:
            await lock_contact(transaction.connection, contact_id)
            values = {"id": uuid7(), "contact_id": contact_id, "text": words, "at": transaction.now}
            await transaction.connection.execute(_ADD, values | {"agent_id": self.agent_id})
            told = {"note_id": str(values["id"])}
            await record(transaction, "contact.note_added", contact_id, self.agent_id, told)
        return UUID(str(values["id"]))

    async def change(self, note_id: UUID, words: str) -> None:
        """NotFound `note_unknown`, Forbidden `not_your_note`."""
        async with self.desk.transaction() as transaction:
            contact_id = await self._own(transaction.connection, note_id)
            values = {"id": note_id, "text": words, "at": transaction.now}
            await transaction.connection.execute(_CHANGE, values)
            told = {"note_id": str(note_id)}
            await record(transaction, "contact.note_changed", contact_id, self.agent_id, told)

    async def delete(self, note_id: UUID, *, moderating: bool) -> None:
        """NotFound `note_unknown`, Forbidden `not_your_note` unless `moderating`."""
        async with self.desk.transaction() as transaction:
            contact_id = await self._own(transaction.connection, note_id, moderating=moderating)
            await transaction.connection.execute(_DELETE, {"id": note_id})
            told = {"note_id": str(note_id)}
            await record(transaction, "contact.note_deleted", contact_id, self.agent_id, told)

    async def _own(self, connection: AsyncConnection, note_id: UUID, *, moderating: bool = False) -> UUID:
        row = (await connection.execute(_LOCK, {"id": note_id})).one_or_none()
        if row is None:
            raise _unknown()
        if row.agent_id != self.agent_id and not moderating:
            raise Forbidden("not_your_note", "This note is a colleague's.")
        contact_id: UUID = row.contact_id
        return contact_id


def _unknown() -> NotFound:
    return NotFound("note_unknown", "This note does not exist.")
