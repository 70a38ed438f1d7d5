"""Incidents and planned works as values, and how they are read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.tables import places
from knowledge_base.outages.tables import outage_areas, outage_reports, outage_revisions, outages

SOON: Final = timedelta(days=7)  # how far ahead planned works are told


class Service(StrEnum):
    ELECTRICITY = "electricity"
    WATER = "water"
    SANITATION = "sanitation"


class Status(StrEnum):
    """`REPORTED` is a guess for staff alone: customers hear of what was confirmed."""

    REPORTED = "reported"
    CONFIRMED = "confirmed"
    IN_PROGRESS = "in_progress"
    RESTORED = "restored"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """Where an outage stands at a moment."""

    COMING = "coming"
    RUNNING = "running"
    OVERDUE = "overdue"  # the time last told has passed, and it is not over
    OVER = "over"


class AreaKind(StrEnum):
    COMMUNE = "commune"
    PLACE = "place"
    FEEDER = "feeder"


# Why: keys that the assistant has words for (`cause_<key>` in bot/texts).
CAUSES: Final = frozenset(
    {
        "unknown",
        "equipment",
        "cable",
        "storm",
        "overload",
        "pipe_burst",
        "pumping",
        "shortage",
        "third_party",
        "works",
    }
)


@dataclass(frozen=True, slots=True)
class Area:
    """A whole commune, a place in one, or a feeder. Names and `commune_id` are None for a feeder."""

    kind: AreaKind
    value: str
    name_ar: str | None = None
    name_fr: str | None = None
    commune_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """A disturbance of one service. `revisions` and `reports` are counts; the latter of distinct people.

    Reports are counted for staff alone, None elsewhere: a storm's thousands are not counted for each caller.
    """

    id: UUID
    service: Service
    is_planned: bool
    status: Status
    cause: str
    cause_ar: str | None
    cause_fr: str | None
    note_ar: str | None
    note_fr: str | None
    starts_at: datetime
    estimated_at: datetime | None
    ended_at: datetime | None
    merged_into: UUID | None
    version: int
    created_at: datetime
    updated_at: datetime
    is_demo: bool
    revisions: int
    reports: int | None
    areas: tuple[Area, ...] = ()

    def phase(self, now: datetime) -> Phase:
        if self.ended_at is not None:
            return Phase.OVER
        if self.starts_at > now:
            return Phase.COMING
        is_late = self.estimated_at is not None and self.estimated_at <= now
        return Phase.OVERDUE if is_late else Phase.RUNNING


@dataclass(frozen=True, slots=True)
class Revision:
    """One change of the estimate, by an agent of the desk."""

    revised_at: datetime
    estimated_before: datetime | None
    estimated_at: datetime | None
    agent_id: UUID | None


_REVISIONS = (
    select(func.count())
    .where(outage_revisions.c.outage_id == outages.c.id)
    .correlate(outages)
    .scalar_subquery()
)
_REPORTS = (
    select(func.count(outage_reports.c.identity_id.distinct()))
    .where(outage_reports.c.outage_id == outages.c.id)
    .correlate(outages)
    .scalar_subquery()
)
_TOLD = outages.c.status.in_([Status.CONFIRMED, Status.IN_PROGRESS])
IS_OPEN: Final = outages.c.ended_at.is_(None)


async def current_outages(connection: AsyncConnection, now: datetime) -> list[Outage]:
    """Return what customers may hear of: confirmed incidents and works that run or begin within a week.

    What runs comes first, then what comes, each by its beginning.
    """
    found = await find_outages(connection, _TOLD, outages.c.starts_at <= now + SOON)
    return sorted(found, key=lambda outage: (outage.starts_at > now, outage.starts_at, outage.id))


async def outages_near(
    connection: AsyncConnection,
    service: Service,
    communes: Iterable[str],
    feeders: Iterable[str],
    now: datetime,
) -> list[Outage]:
    """Return what customers may hear of in these communes or on these feeders, by its beginning."""
    there = (
        select(outage_areas.c.outage_id)
        .outerjoin(places, places.c.id == outage_areas.c.place_id)
        .where(
            or_(
                places.c.commune_id.in_(list(communes)),
                and_(outage_areas.c.kind == AreaKind.FEEDER, outage_areas.c.value.in_(list(feeders))),
            )
        )
    )
    found = await find_outages(
        connection,
        _TOLD,
        outages.c.service == service,
        outages.c.starts_at <= now + SOON,
        outages.c.id.in_(there),
    )
    return sorted(found, key=lambda outage: (outage.starts_at, outage.id))


async def outage_by_id(
    connection: AsyncConnection, outage_id: UUID, *, counting: bool = False
) -> Outage | None:
    found = await find_outages(connection, outages.c.id == outage_id, counting=counting)
    return found[0] if found else None


async def find_outages(
    connection: AsyncConnection,
    *conditions: ColumnElement[bool],
    limit: int | None = None,
    counting: bool = False,
) -> list[Outage]:
    """Return the outages that meet all conditions, newest first, with their areas.

    `counting`: with the number of people who reported each.
    """
    reports = _REPORTS if counting else null()
    query = (
        select(outages, _REVISIONS.label("revisions"), reports.label("reports"))
        .where(*conditions)
        .order_by(outages.c.starts_at.desc(), outages.c.id.desc())
    )
    if limit is not None:
        query = query.limit(limit)
    rows = (await connection.execute(query)).all()
    areas = await _areas(connection, [row.id for row in rows])
    return [_outage(row, areas.get(row.id, ())) for row in rows]


async def revisions_of(connection: AsyncConnection, outage_id: UUID) -> list[Revision]:
    """Return every change of the estimate, oldest first."""
    query = (
        select(
            outage_revisions.c.revised_at,
            outage_revisions.c.estimated_before,
            outage_revisions.c.estimated_at,
            outage_revisions.c.agent_id,
        )
        .where(outage_revisions.c.outage_id == outage_id)
        .order_by(outage_revisions.c.id)
    )
    return [Revision(*row) for row in await connection.execute(query)]


async def _areas(connection: AsyncConnection, ids: Sequence[UUID]) -> dict[UUID, tuple[Area, ...]]:
    if not ids:
        return {}
    query = (
        select(outage_areas, places.c.name_ar, places.c.name_fr, places.c.commune_id)
        .outerjoin(places, places.c.id == outage_areas.c.place_id)
        .where(outage_areas.c.outage_id.in_(ids))
        .order_by(outage_areas.c.kind, places.c.name_fr, outage_areas.c.value)
    )
    found: dict[UUID, tuple[Area, ...]] = {}
    for row in await connection.execute(query):
        area = Area(AreaKind(row.kind), row.value, row.name_ar, row.name_fr, row.commune_id)
        found[row.outage_id] = (*found.get(row.outage_id, ()), area)
    return found


def _outage(row: Row[Any], areas: tuple[Area, ...]) -> Outage:
    values = dict(row._mapping)
    return Outage(**values | {"service": Service(row.service), "status": Status(row.status), "areas": areas})
