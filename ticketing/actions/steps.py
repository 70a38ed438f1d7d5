"""Every action there is, and running them: in order, on one locked ticket, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, cast
from uuid import UUID

from pydantic import Field, TypeAdapter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Actor, Change, Scene, Services, Step, changes_between, values_of
from ticketing.actions.holding import Assign, Release, SetTeam
from ticketing.actions.marking import (
    AddTags,
    MarkJunk,
    RemoveTags,
    SetCategory,
    SetField,
    SetPriority,
    SetStatus,
)
from ticketing.actions.saying import AddNote, Notify, SendCanned, SendText
from ticketing.desk import Transaction
from ticketing.errors import DeskError, Forbidden
from ticketing.ownership import locked_ticket
from ticketing.state import Ticket, lock_conversations

AnyStep = Annotated[
    Assign
    | SetTeam
    | Release
    | SetStatus
    | MarkJunk
    | SetPriority
    | SetCategory
    | AddTags
    | RemoveTags
    | SetField
    | AddNote
    | SendText
    | SendCanned
    | Notify,
    Field(discriminator="action"),
]
Steps = Annotated[list[AnyStep], Field(min_length=1, max_length=10)]

STEPS: Final[TypeAdapter[list[AnyStep]]] = TypeAdapter(list[AnyStep])

_CONVERSATIONS = text("SELECT id FROM conversations WHERE ticket_id = :ticket_id")


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one step changed; `undo` is what takes it back (None: nothing can)."""

    step: Step
    changes: Sequence[Change]
    undo: Sequence[Step] | None

    def as_json(self) -> dict[str, Any]:
        return {
            "action": self.step.model_dump()["action"],
            "changed": bool(self.changes),
            "changes": [change.as_json() for change in self.changes],
        }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What steps did to a ticket, and how its values stand afterwards."""

    ticket: Ticket
    results: Sequence[StepResult]
    before: dict[str, Any]
    after: dict[str, Any]
    waiting_since: datetime | None  # how long the customer had waited before them

    @property
    def changed(self) -> bool:
        return any(result.changes for result in self.results)


class Refused(Exception):
    """A step was refused: nothing of them all may stay. `step` counts from nought; None: no step's fault."""

    def __init__(self, error: DeskError, step: int | None) -> None:
        super().__init__(error.message)
        self.error = error
        self.step = step

    def as_json(self) -> dict[str, Any]:
        return {"step": self.step, "code": self.error.code, "message": self.error.message}

    def named(self) -> DeskError:
        """The same refusal, naming the step."""
        error = self.error
        if self.step is not None:
            error.fields = {**error.fields, "step": str(self.step)}
        return error


def dumped(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as they are stored."""
    return [step.model_dump(mode="json", exclude_defaults=True) | {"action": _name(step)} for step in steps]


def _name(step: Step) -> str:
    return cast(str, step.model_dump(include={"action"})["action"])


def permit(steps: Sequence[Step], actor: Actor) -> None:
    """Forbidden, naming the step, for what the actor may not do by hand."""
    for number, step in enumerate(steps):
        if not actor.may(step.permission):
            fields = {"step": str(number), "permission": step.permission}
            raise Forbidden("forbidden", "You may not do this.", fields)


async def check(steps: Sequence[Step], connection: AsyncConnection) -> None:
    """Invalid, naming the step, when one names what is not there."""
    for number, step in enumerate(steps):
        try:
            await step.check(connection)
        except DeskError as error:
            raise Refused(error, number).named() from error


async def open_scene(transaction: Transaction, ticket_id: UUID, actor: Actor, services: Services) -> Scene:
    """Lock a ticket and its conversations. NotFound when it is not there."""
    ids = (await transaction.connection.execute(_CONVERSATIONS, {"ticket_id": ticket_id})).scalars()
    locked = await lock_conversations(transaction.connection, ids)
    mine = [one for one in locked.values() if one.ticket_id == ticket_id]
    mine.sort(key=lambda one: (one.last_inbound_at is not None, one.last_inbound_at, one.id), reverse=True)
    ticket = await locked_ticket(transaction.connection, ticket_id)
    return Scene(transaction, ticket, mine, actor, services)


async def perform(scene: Scene, steps: Sequence[Step]) -> Outcome:
    """Do the steps in order. Refused with the first that is: the caller lets nothing of it stay."""
    results: list[StepResult] = []
    first, waiting_since = values_of(scene.ticket), scene.ticket.waiting_since
    for number, step in enumerate(steps):
        before = values_of(scene.ticket)
        scene.said.clear()
        try:
            if not scene.actor.may(step.permission):
                raise Forbidden("forbidden", "You may not do this.", {"permission": step.permission})
            await step.apply(scene)
        except DeskError as error:
            raise Refused(error, number) from error
        after = values_of(scene.ticket)
        changes = [*changes_between(before, after), *scene.said]
        undo = step.inverse(before, after) if changes else ()
        results.append(StepResult(step, changes, undo))
    return Outcome(scene.ticket, results, first, values_of(scene.ticket), waiting_since)
