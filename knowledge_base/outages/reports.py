"""Who told us of what, and the incidents that many reports at once suggest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.stored_places import stored_places
from knowledge_base.outages.coverage import Spot, covers
from knowledge_base.outages.incidents import IS_OPEN, AreaKind, Outage, Service, Status, find_outages
from knowledge_base.outages.tables import outage_areas, outage_reports, outages

BURST: Final = 5  # people of one commune without one service …
BURST_WITHIN: Final = timedelta(minutes=10)  # … within this time are an incident
AGAIN_AFTER: Final = timedelta(hours=1)  # the same person again is a new report
BEFORE: Final = timedelta(hours=1)  # reports so much before an incident's beginning are of it


@dataclass(frozen=True, slots=True)
class Report:
    """A customer without a service. `outage_id` is the incident that covers the spot, where one is known."""

    service: Service
    spot: Spot
    identity_id: UUID
    conversation_id: UUID
    outage_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """A report as staff see it."""

    commune_id: str
    place_id: str | None
    conversation_id: UUID
    reported_at: datetime


async def record_report(connection: AsyncConnection, report: Report, now: datetime) -> None:
    """Write a report down; one person's repeated within the hour is one, and takes the newer place."""
    recent = (
        outage_reports.c.identity_id == report.identity_id,
        outage_reports.c.service == report.service,
        outage_reports.c.commune_id == report.spot.commune_id,
        outage_reports.c.reported_at > now - AGAIN_AFTER,
    )
    newer = {
        "place_id": func.coalesce(report.spot.place_id, outage_reports.c.place_id),
        "outage_id": func.coalesce(report.outage_id, outage_reports.c.outage_id),
    }
    if (await connection.execute(update(outage_reports).where(*recent).values(newer))).rowcount:
        return
    await connection.execute(
        insert(outage_reports).values(
            service=report.service,
            commune_id=report.spot.commune_id,
            place_id=report.spot.place_id,
            identity_id=report.identity_id,
            conversation_id=report.conversation_id,
            outage_id=report.outage_id,
            reported_at=now,
        )
    )


async def propose_incidents(connection: AsyncConnection, now: datetime) -> list[UUID]:
    """Make an incident of each burst of reports, for staff to confirm or cancel; returns the new ones' ids.

    Customers hear nothing of them. Reports of a commune that has one already are added to it.
    """
    await _add_to_proposed(connection, now)
    fresh = (outage_reports.c.outage_id.is_(None), outage_reports.c.reported_at > now - BURST_WITHIN)
    bursts = (
        select(
            outage_reports.c.service,
            outage_reports.c.commune_id,
            func.min(outage_reports.c.reported_at).label("first_at"),
        )
        .where(*fresh)
        .group_by(outage_reports.c.service, outage_reports.c.commune_id)
        .having(func.count(outage_reports.c.identity_id.distinct()) >= BURST)
    )
    made = []
    for burst in (await connection.execute(bursts)).all():
        values = {"service": burst.service, "status": Status.REPORTED, "starts_at": burst.first_at}
        outage_id: UUID = (
            await connection.execute(insert(outages).values(**values).returning(outages.c.id))
        ).scalar_one()
        await connection.execute(
            insert(outage_areas).values(
                outage_id=outage_id, kind=AreaKind.COMMUNE, value=burst.commune_id, place_id=burst.commune_id
            )
        )
        theirs = (
            outage_reports.c.service == burst.service,
            outage_reports.c.commune_id == burst.commune_id,
        )
        await connection.execute(update(outage_reports).where(*fresh, *theirs).values(outage_id=outage_id))
        made.append(outage_id)
    return made


async def _add_to_proposed(connection: AsyncConnection, now: datetime) -> None:
    for proposed in await find_outages(connection, outages.c.status == Status.REPORTED, IS_OPEN):
        await add_reports(connection, proposed)


async def add_reports(connection: AsyncConnection, outage: Outage) -> int:
    """Give an outage the reports that it surely explains and that no other has; returns how many."""
    open_reports = select(outage_reports).where(
        outage_reports.c.service == outage.service,
        outage_reports.c.outage_id.is_(None),
        outage_reports.c.reported_at >= outage.starts_at - BEFORE,
    )
    rows = (await connection.execute(open_reports)).all()
    ids = {row.place_id or row.commune_id for row in rows}
    known = {place.id: place for place in await stored_places(connection, ids)}
    explained = [
        row.id
        for row in rows
        if (found := covers(outage, Spot.of(known[row.place_id or row.commune_id]))) is not None
        and found.surely
    ]
    await _give(connection, explained, outage.id)
    return len(explained)


async def _give(connection: AsyncConnection, report_ids: Iterable[UUID], outage_id: UUID) -> None:
    ids = list(report_ids)
    if ids:
        await connection.execute(
            update(outage_reports).where(outage_reports.c.id.in_(ids)).values(outage_id=outage_id)
        )


async def reports_of(connection: AsyncConnection, outage_id: UUID, limit: int = 200) -> list[Reported]:
    """Return an outage's reports, newest first."""
    query = (
        select(
            outage_reports.c.commune_id,
            outage_reports.c.place_id,
            outage_reports.c.conversation_id,
            outage_reports.c.reported_at,
        )
        .where(outage_reports.c.outage_id == outage_id)
        .order_by(outage_reports.c.reported_at.desc(), outage_reports.c.id)
        .limit(limit)
    )
    return [Reported(*row) for row in await connection.execute(query)]
