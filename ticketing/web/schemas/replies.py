"""Canned answers, drafts, scheduled replies, and an agent's composer."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, Names, Person, Team
from ticketing.web.schemas.messages import Attachment, TakenBack


class Canned(Answer):
    id: UUID
    shortcode: str
    title: str
    texts: dict[str, str]
    """By language: ar, ary-Arab, ary-Latn, fr, en; at least one."""
    category: str | None
    scope: Literal["everybody", "team", "personal"]
    team: Team | None
    owner: Person | None
    uses: int
    version: int
    updated_at: datetime
    editable: bool


class CannedPage(Answer):
    canned: list[Canned]
    next_cursor: str | None


class Variable(Answer):
    name: str
    labels: Names


class Variables(Answer):
    variables: list[Variable]


class Gap(Answer):
    name: str
    label: str


class FilledAnswer(Answer):
    """What is not known stands as ⟦label⟧."""

    text: str
    language: str
    gaps: list[Gap]


class Draft(Answer):
    ticket_id: UUID
    mode: Literal["reply", "note"]
    reply: str
    note: str
    conversation_id: UUID | None
    counter: int
    changed_at: datetime


class Drafts(Answer):
    drafts: list[Draft]


class DraftPut(Answer):
    """`stored` is false when another device has written since: `draft` is then what stands."""

    draft: Draft
    stored: bool


class Scheduled(Answer):
    id: UUID
    ticket_id: UUID
    conversation_id: UUID
    agent: Person
    text: str
    attachments: list[Attachment]
    status_after: str | None
    send_at: datetime
    send_anyway: bool
    state: Literal["waiting", "held", "sent", "cancelled"]
    reason: str | None
    created_at: datetime


class ScheduledList(Answer):
    scheduled: list[Scheduled]


class Unscheduled(Answer):
    taken_back: TakenBack


class Composer(Answer):
    """`undo_seconds` null: the desk's own, which is `undo_default`."""

    undo_seconds: int | None
    undo_default: int
    signatures: dict[str, str]
