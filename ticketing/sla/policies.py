"""Which targets a ticket has, and what is done as they run out. Values in, values out, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from ticketing.categories import CALENDAR_DAYS, WORKING_DAYS, Target

Kind = Literal["first_response", "next_response", "resolution", "legal"]
KINDS: Final[tuple[Kind, ...]] = ("first_response", "next_response", "resolution", "legal")
Whom = Literal["assignee", "lead", "supervisors", "team"]
Calendar = Literal["always", "open_hours", "working_days", "calendar_days"]

MOST: Final = timedelta(days=400)
Amount = Annotated[timedelta, Field(ge=timedelta(minutes=1), le=MOST)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Names = Annotated[tuple[Name, ...], Field(max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TargetPart(_Part):
    """How much of which clock; whole days for the two that count days."""

    amount: Amount
    clock: Calendar

    @model_validator(mode="after")
    def whole_days(self) -> TargetPart:
        if self.clock in {WORKING_DAYS, CALENDAR_DAYS} and self.amount % timedelta(days=1):
            raise ValueError("this clock counts whole days")
        return self

    def target(self) -> Target:
        return Target(self.amount, self.clock)


class TargetsPart(_Part):
    """By kind; what is absent is the category's own."""

    first_response: TargetPart | None = None
    next_response: TargetPart | None = None
    resolution: TargetPart | None = None
    legal: TargetPart | None = None

    @model_validator(mode="after")
    def law_counts_days(self) -> TargetsPart:
        if self.legal is not None and self.legal.clock != CALENDAR_DAYS:
            raise ValueError("a legal clock counts calendar days")
        return self


class Conditions(_Part):
    """What is given must fit; what is empty asks nothing. `contact_tags`: the contact has one of them."""

    categories: Names = ()
    without_category: bool = False
    priorities: Annotated[tuple[Annotated[int, Field(ge=1, le=4)], ...], Field(max_length=4)] = ()
    teams: Names = ()
    channels: Names = ()
    tags: Names = ()
    contact_tags: Names = ()

    @model_validator(mode="after")
    def one_of_both(self) -> Conditions:
        if self.without_category and self.categories:
            raise ValueError("a ticket has a category or none")
        return self

    def fit(self, subject: Subject) -> bool:
        return (
            (not self.without_category or subject.category is None)
            and (not self.categories or subject.category in self.categories)
            and (not self.priorities or subject.priority in self.priorities)
            and (not self.teams or subject.team in self.teams)
            and (not self.channels or not subject.channels.isdisjoint(self.channels))
            and (not self.tags or not subject.tags.isdisjoint(self.tags))
            and (not self.contact_tags or not subject.contact_tags.isdisjoint(self.contact_tags))
        )


class Step(_Part):
    """What is done once `percent` of a target is used, or `after` so much more when all of it is.

    `key` names it for ever: a step that was taken is not taken again. `team` re-routes, `tag` marks.
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
    kinds: tuple[Kind, ...] = ()
    percent: Annotated[int, Field(ge=1, le=100)]
    after: Annotated[timedelta, Field(ge=timedelta(0), le=MOST)] = timedelta(0)
    notify: tuple[Whom, ...] = ()
    raise_priority: bool = False
    team: Name | None = None
    tag: Annotated[str, Field(min_length=1, max_length=50)] | None = None

    @model_validator(mode="after")
    def does_something_at_a_time(self) -> Step:
        if self.after and self.percent != 100:
            raise ValueError("only what comes after the end has a time after it")
        if not (self.notify or self.raise_priority or self.team or self.tag):
            raise ValueError("a step tells somebody or changes something")
        return self

    @property
    def only_warns(self) -> bool:
        """Whether it tells the ticket's holder alone, before the end."""
        changes = self.raise_priority or self.team is not None or self.tag is not None
        return self.percent < 100 and set(self.notify) <= {"assignee"} and not changes

    def concerns(self, kind: str) -> bool:
        return not self.kinds or kind in self.kinds


Steps = Annotated[tuple[Step, ...], Field(max_length=12)]


@dataclass(frozen=True, slots=True)
class Policy:
    id: UUID
    name: str
    conditions: Conditions = field(default_factory=Conditions)
    targets: TargetsPart = field(default_factory=TargetsPart)
    pauses_on_hold: bool = False
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What is asked of a ticket: its category's own targets by kind come along."""

    category: str | None = None
    priority: int = 3
    team: str | None = None
    channels: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    contact_tags: frozenset[str] = frozenset()
    own: Mapping[str, Target] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What holds for a ticket: targets by kind, the policy they are watched by, whose open hours count."""

    targets: Mapping[str, Target]
    policy: Policy | None = None
    team: str | None = None

    def steps(self, kind: str) -> tuple[Step, ...]:
        return () if self.policy is None else tuple(one for one in self.policy.steps if one.concerns(kind))


def choose(policies: Iterable[Policy], subject: Subject) -> Policy | None:
    """The first in their order that fits."""
    return next((policy for policy in policies if policy.conditions.fit(subject)), None)


def plan(policies: Sequence[Policy], subject: Subject) -> Plan:
    """A policy's targets before the category's own. A further answer is due as soon as the first where
    nobody says otherwise.
    """
    policy = choose(policies, subject)
    named = {} if policy is None else {kind: getattr(policy.targets, kind) for kind in KINDS}
    targets = dict(subject.own) | {kind: part.target() for kind, part in named.items() if part is not None}
    if "next_response" not in targets and "first_response" in targets:
        targets["next_response"] = targets["first_response"]
    return Plan(targets, policy, subject.team)
