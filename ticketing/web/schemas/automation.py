"""Macros, automations and bulk changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from ticketing.web.schemas.common import Answer, JsonObject, Team
from ticketing.web.schemas.tickets import Ticket


class SomeNames(Answer):
    """In one language at least."""

    ar: str | None
    fr: str | None
    en: str | None


class FieldChange(Answer):
    """One thing that became different; ids, codes or words as they stand in a ticket."""

    field: str
    from_: Any = Field(alias="from")
    to: Any


class StepResult(Answer):
    action: str
    changed: bool
    changes: list[FieldChange]


class Refusal(Answer):
    """`step` counts from nought; null: no step's fault."""

    step: int | None
    code: str
    message: str


class Macro(Answer):
    id: UUID
    names: SomeNames
    actions: list[JsonObject]
    visibility: Literal["everybody", "team", "personal"]
    team: Team | None
    owner_id: UUID | None
    uses: int
    last_used_at: datetime | None
    version: int
    editable: bool
    updated_at: datetime


class MacroList(Answer):
    macros: list[Macro]


class MacroRun(Answer):
    ticket: Ticket
    steps: list[StepResult]


class Rehearsal(Answer):
    steps: list[StepResult]
    refusal: Refusal | None


class Automation(Answer):
    id: UUID
    names: SomeNames
    position: int
    enabled: bool
    trigger: JsonObject
    conditions: JsonObject
    actions: list[JsonObject]
    stops: bool
    version: int
    updated_at: datetime
    last_run_at: datetime | None
    runs_today: int


class AutomationList(Answer):
    automations: list[Automation]


class MatchingTicket(Answer):
    ticket: Ticket
    steps: list[StepResult]
    refusal: Refusal | None


class DryRun(Answer):
    matching: int
    more: bool
    tickets: list[MatchingTicket]


class AutomationName(Answer):
    id: UUID
    names: SomeNames


class TicketName(Answer):
    id: UUID
    number: str | None


class Run(Answer):
    id: UUID
    automation: AutomationName
    ticket: TicketName
    trigger: str
    outcome: Literal["done", "nothing", "refused", "looped", "switched_off"]
    steps: list[StepResult]
    refusal: Refusal | None
    at: datetime


class RunPage(Answer):
    runs: list[Run]
    next_cursor: str | None


class RefusedTicket(Answer):
    ticket: TicketName
    code: str
    message: str


class BulkJob(Answer):
    id: UUID
    state: Literal["running", "done", "cancelled"]
    actions: list[JsonObject]
    undoes: UUID | None
    undone_by: UUID | None
    undo_until: datetime | None
    total: int
    done: int
    nothing: int
    refused: int
    refusals: list[RefusedTicket]
    created_at: datetime
    finished_at: datetime | None


class BulkJobList(Answer):
    jobs: list[BulkJob]
