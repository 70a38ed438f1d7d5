"""Agencies, mobile stops, payment points, and their files."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from knowledge_base.network.schedule import ExceptionKind, OccurrenceStatus
from ticketing.web.schemas.common import Answer, BothNames

Hours = dict[str, list[tuple[str, str]]]  # by day of the week, "1" is Monday: [["08:30", "16:30"]]


class Place(Answer):
    id: str
    kind: str
    names: BothNames
    commune: str | None
    province: BothNames


class Places(Answer):
    places: list[Place]


class PlaceName(Answer):
    id: str
    names: BothNames


class VisitReason(Answer):
    key: str
    ar: str | None
    fr: str | None


class ChangedVisit(Answer):
    stop_id: UUID
    van: str
    place: PlaceName
    usual_place: PlaceName
    commune: PlaceName
    starts_at: datetime
    ends_at: datetime
    services: list[str]
    status: OccurrenceStatus
    reason: VisitReason | None


class Visit(ChangedVisit):
    """`listeners`: conversations that would be told of a change."""

    listeners: int


class StopChange(Answer):
    """A day that differs: of one stop, of a van, or of every van (neither)."""

    id: UUID
    on: date
    kind: ExceptionKind
    reason: str
    reason_ar: str | None
    reason_fr: str | None
    stop_id: UUID | None
    van_id: UUID | None
    new_starts: str | None
    new_ends: str | None
    new_place_id: str | None


class Van(Answer):
    id: UUID
    code: str
    names: BothNames
    status: str


class Week(Answer):
    since: date
    days: int
    visits: list[Visit]
    changes: list[StopChange]
    vans: list[Van]
    reasons: dict[str, BothNames]


class Changed(Answer):
    """`told`: conversations that get a message."""

    id: UUID
    visits: list[ChangedVisit]
    told: int


class Agency(Answer):
    id: UUID
    key: str
    status: Literal["open", "planned", "closed"]
    name_ar: str
    name_fr: str
    address_ar: str | None
    address_fr: str | None
    commune_id: str
    latitude: float | None
    longitude: float | None
    services: list[str]
    hours: Hours
    single_counter: bool
    opens_on: date | None
    is_verified: bool
    is_demo: bool


class Closure(Answer):
    """Of one agency, or of all."""

    id: UUID
    kind: Literal["closure"]
    agency_id: UUID | None
    starts_on: date
    ends_on: date
    reason: str
    reason_ar: str | None
    reason_fr: str | None


class Season(Answer):
    """Other hours for a time, of one agency or of all."""

    id: UUID
    kind: Literal["season"]
    agency_id: UUID | None
    starts_on: date
    ends_on: date
    name_ar: str
    name_fr: str
    hours: Hours


SpecialDaysAnswer = Closure | Season


class Agencies(Answer):
    agencies: list[Agency]
    special_days: list[SpecialDaysAnswer]


class PaymentPoint(Answer):
    id: UUID
    key: str
    name: str
    network: str | None
    address_ar: str | None
    address_fr: str | None
    commune_id: str
    latitude: float
    longitude: float
    services: list[str]
    is_verified: bool
    is_demo: bool


class PaymentPointPage(Answer):
    """`count`: of all payment points."""

    points: list[PaymentPoint]
    count: int
    next_cursor: str | None


class FileProblem(Answer):
    line: int
    column: str | None
    message: str


class FileVerdict(Answer):
    """What the file did, or would do."""

    dry_run: bool
    added: int
    changed: int
    unchanged: int
    removed: int
    problems: list[FileProblem]
