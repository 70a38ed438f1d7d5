"""One line of the audit: who looked or changed, and at what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

# A ticket tells its contact, an attachment its ticket.
_WRITE: Final = text(
    "INSERT INTO audit_entries"
    " (kind, what, agent_id, token_id, ticket_id, contact_id, subject, detail, address)"
    " SELECT :kind, :what, :agent_id, :token_id, k.ticket_id,"
    " coalesce(CAST(:contact_id AS uuid), (SELECT t.contact_id FROM tickets t WHERE t.id = k.ticket_id)),"
    " :subject, :detail, :address FROM (SELECT coalesce(CAST(:ticket_id AS uuid),"
    " (SELECT m.ticket_id FROM attachments f JOIN messages m ON m.id = f.message_id"
    "  WHERE f.id = CAST(:attachment_id AS uuid))) AS ticket_id) k"
).bindparams(bindparam("detail", type_=JSONB))


@dataclass(frozen=True, slots=True)
class Entry:
    """`kind`: view, change, sign_in or export. `what` says of what kind of thing, `subject` which one,
    where it is neither a ticket nor a contact. `address` is where the request came from.
    """

    kind: str
    what: str
    agent_id: UUID | None
    token_id: UUID | None = None
    ticket_id: UUID | None = None
    contact_id: UUID | None = None
    attachment_id: UUID | None = None
    subject: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    address: str | None = None


async def write(connection: AsyncConnection, entry: Entry) -> None:
    """Add a line; there is no way to change one."""
    await connection.execute(_WRITE, {name: getattr(entry, name) for name in Entry.__slots__})
