"""Tickets, as list rows and in detail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from channels.envelope import Kind
from ticketing.web.schemas.common import Answer, JsonObject, Names, Person, Team
from ticketing.web.schemas.sla import TicketClock, TicketSla

Author = Literal["customer", "assistant", "agent", "system"]
Status = Literal["new", "open", "pending", "on_hold", "snoozed", "solved", "closed"]
Priority = Annotated[int, Field(ge=1, le=4)]


# Of an organisation's own fields, by the field's key.
FieldValues = dict[str, str | float | bool | list[str]]


class ContactName(Answer):
    id: UUID
    name: str | None
    language: str | None


class LastMessage(Answer):
    author: Author
    text: str
    kind: Kind


class CategoryName(Answer):
    code: str
    names: Names
    restricted: bool


class CustomStatus(Answer):
    key: str
    names: Names
    color: Literal["neutral", "accent", "note", "success", "warning", "danger"]


class TicketName(Answer):
    id: UUID
    number: str | None


class Ticket(Answer):
    """A row of a list."""

    id: UUID
    number: str | None
    owner: Literal["assistant", "agents"]
    status: Status
    custom_status: CustomStatus | None
    snoozed_until: datetime | None
    solved_at: datetime | None
    close_reason: str | None
    follows: TicketName | None
    merged_into: TicketName | None
    parent: TicketName | None
    tags: list[str]
    fields: FieldValues
    priority: Priority
    version: int
    contact: ContactName
    assignee: Person | None
    team: Team | None
    channels: list[str]
    opened_at: datetime
    handed_over_at: datetime | None
    closed_at: datetime | None
    last_message_at: datetime
    waiting_since: datetime | None
    unread: int
    rating: Annotated[int, Field(ge=1, le=5)] | None
    last_message: LastMessage | None
    handover_reason: str | None
    category: CategoryName | None
    sla: TicketSla | None


class TicketPage(Answer):
    tickets: list[Ticket]
    next_cursor: str | None


class Identity(Answer):
    id: UUID
    channel: str
    address: str
    name: str | None
    phone: str | None


class IdentityName(Answer):
    address: str
    name: str | None
    phone: str | None


class MediaLimit(Answer):
    content_types: list[str]
    max_bytes: int


class Capabilities(Answer):
    """What can be sent in a conversation. `media` is by kind."""

    text_length: int
    media: dict[str, MediaLimit]
    receipts: list[str]


class Conversation(Answer):
    id: UUID
    account: str
    channel: str
    identity: IdentityName
    window_expires_at: datetime | None
    language: str | None
    capabilities: Capabilities


class Fact(Answer):
    """One thing known about the request, with its own label."""

    name: str
    labels: Names
    values: Names


class Handover(Answer):
    """What the assistant passed on; `category`, `priority` and `team` are what it proposed."""

    reason: str
    summary: str | None
    summary_ar: str | None
    summary_fr: str | None
    intent: str | None
    language: str | None
    slots: JsonObject
    at: datetime
    category: CategoryName | None
    priority: Priority | None
    team: Team | None
    facts: list[Fact]


class PromiseTimes(Answer):
    """By the category's targets, in the team's hours."""

    first_answer_by: datetime | None
    action_by: datetime | None
    resolve_by: datetime | None
    legal_by: datetime | None


class QueuePlace(Answer):
    """`position` 1: next."""

    position: int
    team: Team | None
    people_there: int


class OtherTicket(Answer):
    id: UUID
    number: str | None
    status: Status
    opened_at: datetime


class Contact(ContactName):
    """`tickets`: the newest others. `fields`: what this agent may see."""

    tags: list[str]
    fields: FieldValues
    identities: list[Identity]
    tickets: list[OtherTicket]


class TicketDetail(Ticket):
    """`private_fields`: those only some roles see, for this agent."""

    private_fields: FieldValues
    contact: Contact
    conversations: list[Conversation]
    handover: Handover | None
    promise: PromiseTimes | None
    queue: QueuePlace | None
    clocks: list[TicketClock]


class Target(Answer):
    """An ISO 8601 duration, counted by a clock."""

    amount: str
    clock: Literal["always", "open_hours", "working_days", "calendar_days"]


class Targets(Answer):
    first_answer: Target | None
    action: Target | None
    resolve: Target | None


class Category(CategoryName):
    """What a request is about."""

    priority: Priority
    team: Team | None
    group: str | None
    visit: bool
    receipt: bool
    position: int
    active: bool
    targets: Targets
    legal_days: int | None


class CategoryGroup(Answer):
    key: str
    names: Names
    position: int


class CategoryList(Answer):
    categories: list[Category]
    groups: list[CategoryGroup]
