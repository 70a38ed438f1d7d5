"""What an agent is told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from ticketing.web.schemas.common import Answer, JsonObject


class NotifiedTicket(Answer):
    id: UUID
    number: str | None
    contact_name: str | None


class Notification(Answer):
    id: UUID
    kind: str
    ticket: NotifiedTicket | None
    data: JsonObject
    created_at: datetime
    read_at: datetime | None


class NotificationPage(Answer):
    notifications: list[Notification]
    unread: int
    has_more: bool


class Unread(Answer):
    unread: int
