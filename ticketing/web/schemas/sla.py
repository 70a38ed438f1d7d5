"""Clocks, policies and targets."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.sla.policies import Calendar, Conditions, Kind, Step, TargetsPart
from ticketing.web.schemas.common import Answer, Names, Team

State = Literal["running", "warning", "breached", "paused", "met"]


class TicketSla(Answer):
    """The most urgent clock of a ticket."""

    kind: Kind
    state: State
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None


class PolicyName(Answer):
    id: UUID
    name: str


class TicketClock(Answer):
    """`used_seconds` of `total_seconds` have passed in the clock's own calendar; `target` is ISO 8601."""

    id: UUID
    kind: Kind
    state: State
    target: str
    calendar: Calendar
    team: str | None
    policy: PolicyName | None
    started_at: datetime
    due_at: datetime | None
    warn_at: datetime | None
    warned_at: datetime | None
    escalated_at: datetime | None
    breached_at: datetime | None
    met_at: datetime | None
    used_seconds: int
    total_seconds: int


class Policy(Answer):
    id: UUID
    name: str
    is_active: bool
    conditions: Conditions
    targets: TargetsPart
    pauses_on_hold: bool
    steps: list[Step]
    version: int
    updated_at: datetime


class Policies(Answer):
    policies: list[Policy]


class Target(Answer):
    """`amount` is ISO 8601."""

    amount: str
    clock: Calendar


class ProvinceTargets(Answer):
    """Where a province differs from the category: amounts of the category's clocks."""

    province: str
    first_response: str | None
    resolution: str | None
    action: str | None


class CategoryTargets(Answer):
    code: str
    names: Names
    priority: int
    team: str | None
    first_response: Target | None
    next_response: Target | None
    resolution: Target | None
    action: Target | None
    legal_days: int | None
    provinces: list[ProvinceTargets]


class AllTargets(Answer):
    targets: list[CategoryTargets]
    provinces: list[str]


class PreviewStep(Answer):
    key: str
    percent: int
    after: str
    at: datetime | None


class PreviewClock(Answer):
    kind: Kind
    target: str
    calendar: Calendar
    source: Literal["policy", "category"]
    due_at: datetime | None
    steps: list[PreviewStep]


class Preview(Answer):
    policy: PolicyName | None
    clocks: list[PreviewClock]


class Member(Answer):
    id: UUID
    name: str
    is_lead: bool


class TeamLeads(Answer):
    team: Team
    members: list[Member]


class Leads(Answer):
    teams: list[TeamLeads]
