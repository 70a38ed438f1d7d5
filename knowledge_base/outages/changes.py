"""What staff do to an outage. Each change raises its version, so that two people do not overwrite another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.stored_places import stored_places
from knowledge_base.outages import followers
from knowledge_base.outages.incidents import CAUSES, Area, AreaKind, Outage, Service, Status, outage_by_id
from knowledge_base.outages.reports import add_reports
from knowledge_base.outages.tables import outage_areas, outage_revisions, outages


class OutageRefused(Exception):
    """A change that cannot be made. `code` is stable; `field` is what was wrong, if one thing was."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.field = field


class UnknownOutage(OutageRefused):
    def __init__(self) -> None:
        super().__init__("outage_unknown", "This outage does not exist.")


class ChangedMeanwhile(OutageRefused):
    """Somebody else changed it, or it is over already."""


@dataclass(frozen=True, slots=True)
class NewOutage:
    """What is known when an outage is first written down. Works need an `estimated_at`: their end."""

    service: Service
    areas: Sequence[Area]
    starts_at: datetime
    is_planned: bool = False
    status: Status = Status.CONFIRMED
    estimated_at: datetime | None = None
    cause: str = "unknown"
    words: Mapping[str, str | None] = field(default_factory=dict)  # cause_ar, cause_fr, note_ar, note_fr


async def create(connection: AsyncConnection, new: NewOutage) -> Outage:
    """Write an outage down; reports that it explains become its own. Raises OutageRefused."""
    if new.status in (Status.RESTORED, Status.CANCELLED):
        raise OutageRefused("status", "An outage does not begin with its end.", "status")
    if new.is_planned and new.estimated_at is None:
        raise OutageRefused("estimate_missing", "Planned works have an end.", "estimated_at")
    _check_estimate(new.starts_at, new.estimated_at)
    _check_cause(new.cause)
    if not new.areas:
        raise OutageRefused("areas_missing", "An outage has an area.", "areas")
    values = {
        "service": new.service,
        "is_planned": new.is_planned,
        "status": new.status,
        "cause": new.cause,
        "starts_at": new.starts_at,
        "estimated_at": new.estimated_at,
        **new.words,
    }
    outage_id: UUID = (
        await connection.execute(insert(outages).values(**values).returning(outages.c.id))
    ).scalar_one()
    await _write_areas(connection, outage_id, new.areas)
    return await _with_reports(connection, outage_id)


async def describe(
    connection: AsyncConnection, outage_id: UUID, version: int, changes: Mapping[str, Any]
) -> Outage:
    """Change status (reported, confirmed, in progress), cause, words or beginning. Raises OutageRefused."""
    outage = await _locked(connection, outage_id, version)
    if changes.get("status") in (Status.RESTORED, Status.CANCELLED):
        raise OutageRefused("status", "An outage ends by being restored or cancelled.", "status")
    _check_cause(changes.get("cause", outage.cause))
    _check_estimate(changes.get("starts_at", outage.starts_at), outage.estimated_at)
    return await _write(connection, outage, **changes)


async def revise(
    connection: AsyncConnection,
    outage_id: UUID,
    version: int,
    estimated_at: datetime | None,
    *,
    agent_id: UUID | None,
    now: datetime,
) -> Outage:
    """Set a new estimate (None: not known any more), keep the old one, tell the followers."""
    outage = await _locked(connection, outage_id, version)
    if estimated_at is None and outage.is_planned:
        raise OutageRefused("estimate_missing", "Planned works have an end.", "estimated_at")
    if estimated_at is not None and estimated_at <= now:
        raise OutageRefused("estimate_past", "The estimate lies in the past.", "estimated_at")
    _check_estimate(outage.starts_at, estimated_at)
    if estimated_at == outage.estimated_at:
        return outage
    await connection.execute(
        insert(outage_revisions).values(
            outage_id=outage.id,
            revised_at=now,
            estimated_before=outage.estimated_at,
            estimated_at=estimated_at,
            agent_id=agent_id,
        )
    )
    revised = await _write(connection, outage, estimated_at=estimated_at)
    if revised.status is not Status.REPORTED:
        await followers.tell_estimate(connection, revised, now)
    return revised


async def add_areas(
    connection: AsyncConnection, outage_id: UUID, version: int, areas: Sequence[Area]
) -> Outage:
    """Extend it; reports from there become its own. Raises OutageRefused for a place nobody knows."""
    outage = await _locked(connection, outage_id, version)
    await _write_areas(connection, outage.id, areas)
    await _write(connection, outage)
    return await _with_reports(connection, outage.id)


async def restore(
    connection: AsyncConnection, outage_id: UUID, version: int, *, at: datetime, now: datetime
) -> Outage:
    """Service is back since `at`; the followers are told, and asked whether it is so with them."""
    outage = await _locked(connection, outage_id, version)
    if at > now:
        raise OutageRefused("restored_later", "Service cannot be back in the future.", "at")
    if at < outage.starts_at:
        raise OutageRefused("restored_before", "It has not begun at that time: cancel it.", "at")
    ended = await _write(connection, outage, status=Status.RESTORED, ended_at=at)
    await followers.tell_end(connection, ended, followers.OVER, now)
    return ended


async def cancel(connection: AsyncConnection, outage_id: UUID, version: int, *, now: datetime) -> Outage:
    """It was none, or the works do not take place; the followers are told."""
    outage = await _locked(connection, outage_id, version)
    ended = await _write(connection, outage, status=Status.CANCELLED, ended_at=now)
    kind = followers.WORKS_CANCELLED if outage.is_planned else followers.CANCELLED
    await followers.tell_end(connection, ended, kind, now)
    return ended


async def merge(
    connection: AsyncConnection, outage_id: UUID, version: int, into_id: UUID, *, now: datetime
) -> Outage:
    """Two are one: areas, reports and followers go to the other, which is returned."""
    if outage_id == into_id:
        raise OutageRefused("same_outage", "An outage cannot be merged into itself.", "into")
    # In the order of their ids, so that two merges at once do not wait for each other.
    locked = {each: await _locked(connection, each, None) for each in sorted([outage_id, into_id])}
    outage, into = locked[outage_id], locked[into_id]
    _check_version(outage, version)
    if outage.service is not into.service:
        raise OutageRefused("other_service", "The two concern different services.", "into")
    await _write(connection, outage, status=Status.CANCELLED, ended_at=now, merged_into=into_id)
    await _write_areas(connection, into_id, outage.areas)
    await followers.drop_waiting(connection, outage_id)
    await followers.move(connection, outage_id, into_id)
    return await _write(connection, into)


def _check_estimate(starts_at: datetime, estimated_at: datetime | None) -> None:
    if estimated_at is not None and estimated_at <= starts_at:
        raise OutageRefused("estimate_before", "It cannot end before it begins.", "estimated_at")


def _check_cause(cause: str) -> None:
    if cause not in CAUSES:
        raise OutageRefused("cause_unknown", f"The causes are {', '.join(sorted(CAUSES))}.", "cause")


def _check_version(outage: Outage, version: int) -> None:
    if outage.version != version:
        raise ChangedMeanwhile("changed_meanwhile", "Somebody has changed this outage meanwhile.")


async def _locked(connection: AsyncConnection, outage_id: UUID, version: int | None) -> Outage:
    """Return the outage under a lock. Raises UnknownOutage, ChangedMeanwhile."""
    await connection.execute(select(outages.c.id).where(outages.c.id == outage_id).with_for_update())
    outage = await outage_by_id(connection, outage_id)
    if outage is None:
        raise UnknownOutage
    if outage.ended_at is not None:
        raise ChangedMeanwhile("outage_over", "This outage is over.")
    if version is not None:
        _check_version(outage, version)
    return outage


async def _write(connection: AsyncConnection, outage: Outage, **changes: Any) -> Outage:
    values = {**changes, "version": outage.version + 1, "updated_at": func.now()}
    await connection.execute(update(outages).where(outages.c.id == outage.id).values(**values))
    return await _read(connection, outage.id)


async def _read(connection: AsyncConnection, outage_id: UUID) -> Outage:
    outage = await outage_by_id(connection, outage_id, counting=True)
    assert outage is not None, "it was written in this transaction"
    return outage


async def _with_reports(connection: AsyncConnection, outage_id: UUID) -> Outage:
    outage = await _read(connection, outage_id)
    added = await add_reports(connection, outage)
    return await _read(connection, outage_id) if added else outage


async def _write_areas(connection: AsyncConnection, outage_id: UUID, areas: Sequence[Area]) -> None:
    if not areas:
        return
    named = {area.value for area in areas if area.kind is not AreaKind.FEEDER}
    known = {place.id: place for place in await stored_places(connection, named)}
    rows: list[dict[str, Any]] = []
    for index, area in enumerate(areas):
        if area.kind is AreaKind.FEEDER:
            rows.append({"kind": area.kind, "value": area.value, "place_id": None})
            continue
        if area.value not in known:
            raise OutageRefused("place_unknown", f"There is no place {area.value}.", f"areas.{index}")
        # A commune told as a place is the whole commune, and nothing else is one.
        kind = AreaKind.COMMUNE if known[area.value].kind == "commune" else AreaKind.PLACE
        rows.append({"kind": kind, "value": area.value, "place_id": area.value})
    rows = [{**row, "outage_id": outage_id} for row in rows]
    await connection.execute(upsert(outage_areas).values(rows).on_conflict_do_nothing())
