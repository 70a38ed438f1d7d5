"""What agents change of a contact: name and language, the organisation's fields, and tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.codec import rows_as_json
from ticketing.custom_fields import all_fields, changed_fields, told, visible_fields
from ticketing.customer.contact import record as record_everywhere
from ticketing.desk import Desk, Event
from ticketing.editing import KEEP, Kept
from ticketing.errors import NotFound
from ticketing.tags import known_tags

_LOCK: Final = text(
    "SELECT name, language, fields, tags FROM contacts WHERE id = :id FOR NO KEY UPDATE"
).columns(fields=JSONB)
_WRITE: Final = text(
    "UPDATE contacts SET name = :name, language = :language, fields = CAST(:fields AS jsonb),"
    " tags = CAST(:tags AS text[]) WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class ContactChange:
    """`fields` that are null are emptied; `tags` replace them all, None keeps them. KEEP leaves `name` and
    `language` as they are, None empties them.
    """

    fields: Mapping[str, Any]
    tags: Sequence[str] | None = None
    name: str | Kept | None = KEEP
    language: str | Kept | None = KEEP


@dataclass(frozen=True, slots=True)
class ContactKept:
    """What a role may see of it."""

    name: str | None
    language: str | None
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
        name = row.name if change.name is KEEP else change.name
        language = row.language if change.language is KEEP else change.language
        values = {"name": name, "language": language, "fields": rows_as_json(fields), "tags": tags}
        await connection.execute(_WRITE, values | {"id": contact_id})

        def record(kind: str, **data: Any) -> None:
            transaction.record(Event(kind, "agent", contact_id=contact_id, actor_id=agent_id, data=data))

        if fields != row.fields:
            record("contact.fields_changed", changes=told(known, row.fields, fields))
        added, removed = sorted(set(tags) - set(row.tags)), sorted(set(row.tags) - set(tags))
        if added or removed:
            record("contact.tagged", added=added, removed=removed)
        if name != row.name:
            data = {"from": row.name, "to": name}
            await record_everywhere(transaction, "contact.renamed", contact_id, agent_id, data)
        if language != row.language:
            data = {"from": row.language, "to": language}
            await record_everywhere(transaction, "contact.language_changed", contact_id, agent_id, data)
        return ContactKept(name, language, visible_fields(known, fields, role), tags)
