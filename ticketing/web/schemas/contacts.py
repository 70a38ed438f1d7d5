"""Contacts and what they are known by."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, JsonObject, Person
from ticketing.web.schemas.tickets import Identity


class ContactRow(Answer):
    id: UUID
    name: str | None
    language: str | None
    tags: list[str]
    created_at: datetime
    identities: list[Identity]
    tickets: int
    active_tickets: int
    last_message_at: datetime | None


class ContactPage(Answer):
    contacts: list[ContactRow]
    next_cursor: str | None


class ContactMerge(Answer):
    """Another contact that went into this one, and can be told apart again."""

    id: UUID
    contact_id: UUID
    name: str | None
    at: datetime
    agent: Person | None


class ContactDetail(ContactRow):
    """`merged_into`: the contact it went into; then this one has nothing of its own any more."""

    fields: JsonObject
    merged_into: UUID | None
    merges: list[ContactMerge]


class Duplicate(Answer):
    reason: Literal["telephone", "mail", "contract"]
    contact: ContactRow


class Duplicates(Answer):
    duplicates: list[Duplicate]


class ContactsMerged(Answer):
    contact: ContactDetail
    merge_id: UUID
