"""Steps that edit a ticket: status, priority, category, tags and fields, by the rules of editing by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Scene, Step, Values
from ticketing.editing import Actor, TicketChange, edit
from ticketing.errors import Invalid
from ticketing.statuses import DONE, NEW, OPEN, SNOOZED

_STATUS = text("SELECT status FROM ticket_statuses WHERE key = :key AND archived_at IS NULL")
_CATEGORY = text("SELECT 1 FROM categories WHERE code = :code")
_FIELD = text("SELECT 1 FROM custom_fields WHERE key = :key AND subject = 'ticket' AND archived_at IS NULL")

TagName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Tags = Annotated[list[TagName], Field(min_length=1, max_length=20)]
FieldValue = Annotated[str, StringConstraints(max_length=2000)] | bool | int | float | list[str] | None


async def _edit(scene: Scene, **change: Any) -> None:
    await edit(
        scene.transaction,
        scene.ticket,
        TicketChange(**change),
        Actor(scene.by, scene.actor.role),
        timetable=scene.services.timetable,
        conversations=scene.conversations,
    )


class SetStatus(Step):
    """A snoozed ticket comes back after `minutes`; `until` is the same as a moment."""

    action: Literal["set_status"] = "set_status"
    status: Literal["open", "pending", "on_hold", "snoozed", "solved", "closed"]
    status_key: Annotated[str, Field(max_length=60)] | None = None
    minutes: Annotated[int, Field(ge=1, le=525_600)] | None = None
    until: datetime | None = None

    @model_validator(mode="after")
    def _snooze_ends(self) -> Self:
        if (self.status == SNOOZED) != (self.minutes is not None or self.until is not None):
            raise ValueError("a snoozed ticket comes back after some minutes, and only a snoozed one")
        return self

    @property
    def permission(self) -> str:
        return "ticket:close" if self.status in DONE else "ticket:reply"

    async def check(self, connection: AsyncConnection) -> None:
        if self.status_key is None:
            return
        if await connection.scalar(_STATUS, {"key": self.status_key}) != self.status:
            raise Invalid("status_unknown", "There is no such status.", {"status_key": "unknown"})

    async def apply(self, scene: Scene) -> None:
        until = self.until
        if self.minutes is not None:
            until = scene.transaction.now + timedelta(minutes=self.minutes)
        change: dict[str, Any] = {"status": self.status}
        if self.status_key is not None:
            change["status_key"] = self.status_key
        if until is not None:
            change["snoozed_until"] = until
        await _edit(scene, **change)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        return status_back(before, after)


class MarkJunk(Step):
    """Nothing to answer: closed, without a category."""

    needs: ClassVar[str] = "ticket:close"
    action: Literal["mark_junk"] = "mark_junk"

    async def apply(self, scene: Scene) -> None:
        if scene.ticket.status != "closed":
            await _edit(scene, status="closed", reason="junk")

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        return status_back(before, after)


def status_back(before: Values, after: Values) -> Sequence[Step]:
    names = ("status", "status_key", "snoozed_until")
    if all(before[name] == after[name] for name in names):
        return ()
    # Asked to be open, a ticket that nobody holds is new.
    status = OPEN if before["status"] == NEW else before["status"]
    values = {"status": status, "status_key": before["status_key"], "until": before["snoozed_until"]}
    return (SetStatus.model_validate(values),)


class SetPriority(Step):
    action: Literal["set_priority"] = "set_priority"
    priority: Annotated[int, Field(ge=1, le=4)]

    async def apply(self, scene: Scene) -> None:
        if scene.ticket.priority != self.priority:
            await _edit(scene, priority=self.priority)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        if before["priority"] == after["priority"]:
            return ()
        return (SetPriority(priority=before["priority"]),)


class SetCategory(Step):
    """A category brings its own priority, unless one is named."""

    action: Literal["set_category"] = "set_category"
    category: Annotated[str, Field(min_length=1, max_length=20)] | None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None

    async def check(self, connection: AsyncConnection) -> None:
        if self.category is None:
            return
        if await connection.scalar(_CATEGORY, {"code": self.category}) is None:
            raise Invalid("category_unknown", "There is no such category.", {"category": "unknown"})

    async def apply(self, scene: Scene) -> None:
        change: dict[str, Any] = {}
        if scene.ticket.category != self.category:
            change["category"] = self.category
        if self.priority is not None:
            change["priority"] = self.priority
        if change:
            await _edit(scene, **change)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        if before["category"] == after["category"]:
            return ()
        return (SetCategory(category=before["category"], priority=before["priority"]),)


class AddTags(Step):
    action: Literal["add_tags"] = "add_tags"
    tags: Tags

    async def apply(self, scene: Scene) -> None:
        missing = [tag for tag in dict.fromkeys(self.tags) if tag not in scene.ticket.tags]
        if missing:
            await _edit(scene, tags=[*scene.ticket.tags, *missing])

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        added = [tag for tag in after["tags"] if tag not in before["tags"]]
        return (RemoveTags(tags=added),) if added else ()


class RemoveTags(Step):
    action: Literal["remove_tags"] = "remove_tags"
    tags: Tags

    async def apply(self, scene: Scene) -> None:
        left = [tag for tag in scene.ticket.tags if tag not in self.tags]
        if left != scene.ticket.tags:
            await _edit(scene, tags=left)

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        removed = [tag for tag in before["tags"] if tag not in after["tags"]]
        return (AddTags(tags=removed),) if removed else ()


class SetField(Step):
    """A custom field of the ticket; null empties it."""

    action: Literal["set_field"] = "set_field"
    key: Annotated[str, Field(min_length=1, max_length=60)]
    value: FieldValue

    async def check(self, connection: AsyncConnection) -> None:
        if await connection.scalar(_FIELD, {"key": self.key}) is None:
            raise Invalid("field_unknown", "There is no such field.", {"key": "unknown"})

    async def apply(self, scene: Scene) -> None:
        if scene.ticket.fields.get(self.key) != self.value:
            await _edit(scene, fields={self.key: self.value})

    def inverse(self, before: Values, after: Values) -> Sequence[Step]:
        name = f"fields.{self.key}"
        if before.get(name) == after.get(name):
            return ()
        return (SetField(key=self.key, value=before.get(name)),)
