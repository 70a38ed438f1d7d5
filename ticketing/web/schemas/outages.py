"""Incidents and planned works."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from knowledge_base.outages.incidents import AreaKind, Phase, Service
from knowledge_base.outages.incidents import Status as OutageStatus
from ticketing.web.schemas.common import Answer, BothNames


class OutageArea(Answer):
    kind: AreaKind
    value: str
    names: BothNames | None
    commune: str | None


class Outage(Answer):
    """`reports`: people who reported it."""

    id: UUID
    service: Service
    is_planned: bool
    status: OutageStatus
    phase: Phase
    cause: str
    cause_ar: str | None
    cause_fr: str | None
    note_ar: str | None
    note_fr: str | None
    areas: list[OutageArea]
    starts_at: datetime
    estimated_at: datetime | None
    ended_at: datetime | None
    merged_into: UUID | None
    reports: int
    version: int
    created_at: datetime
    updated_at: datetime
    demonstration: bool


class OutagePage(Answer):
    """`causes`: what a cause may be."""

    outages: list[Outage]
    next_cursor: str | None
    causes: list[str]


class Revision(Answer):
    at: datetime
    estimated_before: datetime | None
    estimated_at: datetime | None
    agent_id: UUID | None


class OutageReport(Answer):
    at: datetime
    commune: str | None
    place: str | None
    ticket_id: UUID | None


class OutageDetail(Outage):
    followers: int
    revisions: list[Revision]
    latest_reports: list[OutageReport]
