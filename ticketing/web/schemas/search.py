"""Views and what search finds."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, JsonObject, Person
from ticketing.web.schemas.tickets import Ticket


class View(Answer):
    """A list by name."""

    id: str
    """A built-in view's name, or a saved view's id."""
    names: dict[str, str] | None
    """By language, at least one; null for built-in views, which interfaces name."""
    filter: JsonObject
    order: Literal["newest", "waiting", "priority", "due", "created"]
    icon: str
    color: Literal["neutral", "accent", "note", "success", "warning", "danger"]
    position: int
    share: Literal["built_in", "me", "team", "everybody"]
    team_id: UUID | None
    owner: Person | None
    can_change: bool


class ViewList(Answer):
    views: list[View]
    counts: dict[str, int]
    """Active tickets, by the view's id; views that reach solved or closed tickets have none."""


class Part(Answer):
    text: str
    hit: bool


class Hit(Answer):
    """Where something was found. The excerpt is its parts, joined."""

    kind: Literal["message", "contact", "number", "attachment", "handover", "tag", "contract"]
    parts: list[Part]
    message_id: UUID | None
    author: Literal["customer", "assistant", "agent", "system"] | None
    direction: Literal["inbound", "outbound", "note"] | None
    at: datetime | None


class SearchResult(Answer):
    ticket: Ticket
    hits: list[Hit]


class SearchPage(Answer):
    results: list[SearchResult]
    next_cursor: str | None
