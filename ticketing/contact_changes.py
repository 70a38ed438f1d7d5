"""What is kept of a contact beside his names and addresses: the organisation's fields, and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.codec import rows_as_json
from ticketing.custom_fields import all_fields, changed_fields, told, visible_fields
from ticketing.desk import Desk, Event
from ticketing.errors import NotFound
from ticketing.tags import known_tags

_LOCK: Final = text("SELECT fields, tags FROM contacts WHERE id = :id FOR NO KEY UPDATE").columns(
    fields=JSONB
)
_WRITE: Final = text(
    "UPDATE contacts SET fields = CAST(:fields AS jsonb), tags = CAST(:tags AS text[]) WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class ContactChange:
    """`fields` that are null are emptied; `tags` replace them all, None keeps them."""

    fields: Mapping[str, Any]
    tags: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class ContactKept:
    """What a role may see of it."""

    fields: Mapping[str, Any]
    tags: Sequence[str]


async def change_contact(
    desk: Desk, contact_id: UUID, change: ContactChange, agent_id: UUID, role: str
) -> ContactKept:
    """One transaction. NotFound `contact_unknown`; Invalid as for the fields and tags of tickets."""
    async with desk.transaction() as transaction:
        connection = transaction.connection
        row = (await connection.execute(_LOCK, {"id": contact_id})).one_or_none()
        if row is None:
            raise NotFound("contact_unknown", "This contact does not exist.")
        known = await all_fields(connection, "contact")
        fields = await changed_fields(connection, known, row.fields, change.fields, role=role)
        tags = row.tags if change.tags is None else await known_tags(connection, change.tags)
        values = {"id": contact_id, "fields": rows_as_json(fields), "tags": tags}
        await connection.execute(_WRITE, values)

        def record(kind: str, **data: Any) -> None:
            transaction.record(Event(kind, "agent", contact_id=contact_id, actor_id=agent_id, data=data))

        if fields != row.fields:
            record("contact.fields_changed", changes=told(known, row.fields, fields))
        added, removed = sorted(set(tags) - set(row.tags)), sorted(set(row.tags) - set(tags))
        if added or removed:
            record("contact.tagged", added=added, removed=removed)
        return ContactKept(visible_fields(known, fields, role), tags)
