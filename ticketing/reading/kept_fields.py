"""The organisation's own fields of a ticket and its contact, as far as a role sees them. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.custom_fields import all_fields, visible_fields
from ticketing.reading.ticket_rows import typed

KEPT_OF: Final = typed(
    "SELECT t.fields, c.fields AS contact_fields, c.tags AS contact_tags"
    " FROM tickets t JOIN contacts c ON c.id = t.contact_id WHERE t.id = :ticket_id",
    "fields",
    "contact_fields",
)


@dataclass(frozen=True, slots=True)
class KeptFields:
    """`private`: the ticket's that only some roles see; what everybody sees is in its row."""

    private: Mapping[str, Any]
    contact: Mapping[str, Any]
    contact_tags: Sequence[str]


async def kept_fields(connection: AsyncConnection, ticket_id: UUID, role: str) -> KeptFields:
    row = (await connection.execute(KEPT_OF, {"ticket_id": ticket_id})).one()
    fields = await all_fields(connection)
    of_ticket = [field for field in fields if field.subject == "ticket"]
    of_contact = [field for field in fields if field.subject == "contact"]
    return KeptFields(
        visible_fields(of_ticket, row.fields, role, private=True),
        visible_fields(of_contact, row.contact_fields, role),
        list(row.contact_tags),
    )
