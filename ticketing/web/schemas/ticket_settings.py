"""An organisation's own statuses, tags, fields and groups of categories."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, Language, Names
from ticketing.web.schemas.tickets import FieldValues

Color = Literal["neutral", "accent", "note", "success", "warning", "danger"]


class Status(Answer):
    """Within one of the desk's statuses."""

    key: str
    status: Literal["open", "pending", "on_hold", "solved"]
    names: Names
    color: Color
    position: int
    archived: bool
    tickets: int


class StatusList(Answer):
    statuses: list[Status]


class Tag(Answer):
    name: str
    tickets: int


class TagList(Answer):
    tags: list[Tag]


class Option(Answer):
    key: str
    names: Names


class Field(Answer):
    """`roles`: who sees it; nobody named means everybody."""

    key: str
    subject: Literal["ticket", "contact"]
    kind: Literal["text", "number", "date", "choice", "choices", "checkbox", "phone", "contract"]
    names: Names
    hints: dict[Language, str] | None
    options: list[Option]
    required_to_solve: bool
    pattern: str | None
    minimum: float | None
    maximum: float | None
    roles: list[str]
    position: int
    archived: bool


class FieldList(Answer):
    fields: list[Field]


class Removed(Answer):
    """Archived where it is in use; else it is gone."""

    archived: bool


class ContactKept(Answer):
    """What is kept of a contact, as far as this agent sees it."""

    id: UUID
    name: str | None
    language: str | None
    fields: FieldValues
    tags: list[str]


class Started(Answer):
    conversation_id: UUID
    created: bool
