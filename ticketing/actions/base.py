"""What a macro, an automation or a bulk change does to a ticket: one step is one value that can act.

A step acts on a locked ticket inside somebody's transaction, through the same functions as when it is done by
hand, and can say what takes it back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.accounts import Accounts
from ticketing.calendar import Timetable
from ticketing.desk import Transaction
from ticketing.state import Conversation, Ticket


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an agent with permissions, or the desk by a rule (`agent_id` None, everything permitted)."""

    agent_id: UUID | None
    permissions: frozenset[str] | None = None
    role: str | None = None

    @property
    def kind(self) -> str:
        return "system" if self.agent_id is None else "agent"

    def may(self, permission: str) -> bool:
        return self.permissions is None or permission in self.permissions


RULE: Final = Actor(None)


@dataclass(frozen=True, slots=True)
class Services:
    """What steps need beside the database. `brand`: how the company calls itself."""

    accounts: Accounts
    timetable: Timetable
    brand: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that became different. `before` and `after` are ids, codes or words, as JSON."""

    field: str
    before: Any
    after: Any

    def as_json(self) -> dict[str, Any]:
        return {"field": self.field, "from": self.before, "to": self.after}


@dataclass(slots=True)
class Scene:
    """A locked ticket with its conversations, the newest first, and who acts on it."""

    transaction: Transaction
    ticket: Ticket
    conversations: Sequence[Conversation]
    actor: Actor
    services: Services
    # What is seen nowhere in the ticket's row: messages, notes, notifications.
    said: list[Change] = field(default_factory=list)

    @property
    def connection(self) -> AsyncConnection:
        return self.transaction.connection

    @property
    def by(self) -> UUID | None:
        return self.actor.agent_id


Values = Mapping[str, Any]


def values_of(ticket: Ticket) -> dict[str, Any]:
    """What steps change in a ticket, as JSON by field."""
    values: dict[str, Any] = {
        "status": ticket.status,
        "status_key": ticket.status_key,
        "snoozed_until": _time(ticket.snoozed_until),
        "assignee": _id(ticket.assignee_id),
        "team": _id(ticket.team_id),
        "priority": ticket.priority,
        "category": ticket.category,
        "tags": sorted(ticket.tags),
    }
    return values | {f"fields.{key}": value for key, value in ticket.fields.items()}


def changes_between(before: Values, after: Values) -> list[Change]:
    names = list(dict.fromkeys([*before, *after]))
    return [
        Change(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _time(value: datetime | None) -> str | None:
    return None if value is None else value.isoformat()


class Step(BaseModel):
    """Parameters of an action, and what it does with them. `needs`: the permission of doing it by hand."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    needs: ClassVar[str] = "ticket:reply"

    @property
    def permission(self) -> str:
        return self.needs

    async def check(self, connection: AsyncConnection) -> None:
        """Invalid when it names what is not there (a team, a category, a field)."""

    async def apply(self, scene: Scene) -> None:
        """Do it. DeskError as by hand; what it changed is seen in the ticket or in `scene.said`."""
        raise NotImplementedError

    def inverse(self, before: Values, after: Values) -> Sequence[Step] | None:
        """The steps that take it back, given the ticket's values around it; None: nothing can."""
        return None
