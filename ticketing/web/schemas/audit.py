"""Who looked at what and who changed what."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, JsonObject, Person
from ticketing.web.schemas.tickets import TicketName


class AuditContact(Answer):
    id: UUID
    name: str | None


class AuditLine(Answer):
    """`what` is an event's type, the kind of thing looked at, or the address of a change."""

    id: UUID
    at: datetime
    kind: Literal["view", "change", "sign_in", "export", "retention"]
    what: str
    actor: str
    agent: Person | None
    token: str | None
    ticket: TicketName | None
    contact: AuditContact | None
    subject: str | None
    detail: JsonObject
    address: str | None


class AuditPage(Answer):
    lines: list[AuditLine]
    next_cursor: str | None
