"""Messages, events and the thread they make."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from channels.envelope import Kind
from ticketing.web.schemas.common import Answer, JsonObject
from ticketing.web.schemas.tickets import Author

MessageState = Literal["pending", "sending", "sent", "delivered", "read", "failed", "unknown", "cancelled"]


class Attachment(Answer):
    id: UUID
    kind: Kind
    content_type: str
    name: str | None
    size: int | None
    state: Literal["pending", "stored", "failed"]


class Choice(Answer):
    id: str
    title: str
    description: str | None


class Location(Answer):
    latitude: float
    longitude: float
    name: str | None
    address: str | None


class TemplateName(Answer):
    name: str


class Content(Answer):
    text: str
    choices: list[Choice]
    choice_id: str | None
    location: Location | None
    attachments: list[Attachment]
    template: TemplateName | None
    extra: JsonObject


class Failure(Answer):
    reason: str
    detail: str | None


class Message(Answer):
    id: UUID
    ticket_id: UUID
    conversation_id: UUID
    channel: str
    position: int
    direction: Literal["inbound", "outbound", "note"]
    author: Author
    author_name: str | None
    kind: Kind
    content: Content
    state: MessageState | None
    failure: Failure | None
    client_id: UUID | None
    reply_to_message_id: UUID | None
    undo_until: datetime | None
    """Until then it has not left; also of one that was taken back."""
    created_at: datetime


class Messages(Answer):
    messages: list[Message]


class OneMessage(Answer):
    message: Message


class TakenBack(Answer):
    """What returns to the composer; the files are uploads again."""

    text: str
    attachments: list[Attachment]
    conversation_id: UUID


class Undone(Answer):
    messages: list[Message]
    taken_back: TakenBack


class Event(Answer):
    """What happened; `data` is by type."""

    id: UUID
    type: str
    ticket_id: UUID | None
    actor: Literal["customer", "assistant", "agent", "system", "channel"]
    actor_name: str | None
    data: JsonObject
    at: datetime


class MessageEntry(Answer):
    type: Literal["message"]
    message: Message


class EventEntry(Answer):
    type: Literal["event"]
    event: Event


Entry = Annotated[MessageEntry | EventEntry, Field(discriminator="type")]


class Timeline(Answer):
    """A page of a thread, oldest first."""

    entries: list[Entry]
    has_more: bool


class Suggestion(Answer):
    """What a reply may start from. `id` is `article-<id>` or `answer-<id>`."""

    id: str
    kind: Literal["article", "answer"]
    title: str | None
    text: str
    url: str | None
    language: str
    score: float
    used: int


class Suggestions(Answer):
    question: str | None
    suggestions: list[Suggestion]
