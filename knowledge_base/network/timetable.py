"""The timetable in the database: the next stops of a place, and the nearest next stop of a position."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.places import Place
from knowledge_base.network.schedule import (
    ExceptionKind,
    Occurrence,
    OccurrenceStatus,
    Reason,
    StopException,
    Van,
    WeeklyStop,
    nearest,
    occurrences,
)
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.tables import places, rounds, stop_exceptions, stops, vans

# Far enough to see past a month of holidays; a round that begins later is not announced yet.
HORIZON = timedelta(weeks=6)
# "The nearest next stop" is one of the coming week, in which every stop in force comes once.
NEARBY_HORIZON = timedelta(weeks=1)


async def next_occurrences(
    connection: AsyncConnection,
    *,
    place_id: str | None = None,
    commune_id: str | None = None,
    at: datetime,
    timezone: tzinfo,
    limit: int = 3,
    include_cancelled: bool = True,
) -> list[Occurrence]:
    """Return the next stops at a place, in a commune, or anywhere, from `at` (aware) on, in order of time.

    One that is still running counts. Cancelled ones are told and count towards `limit`, unless left out.
    A stop moved away from the place is told with where it went; one moved to the place counts as its own.
    """

    def here(place: Place) -> bool:
        return place_id in (None, place.id) and commune_id in (None, place.commune_id)

    until = at + HORIZON
    weekly = await _weekly_stops(connection, _may_be_at(place_id, commune_id))
    exceptions = await _exceptions(connection, at, until)
    found = [
        occurrence
        for occurrence in occurrences(weekly, exceptions, at, until, timezone)
        if (here(occurrence.place) or here(occurrence.usual_place))
        and (include_cancelled or occurrence.status is not OccurrenceStatus.CANCELLED)
    ]
    return found[:limit]


async def occurrences_between(
    connection: AsyncConnection, start: datetime, end: datetime, timezone: tzinfo
) -> list[Occurrence]:
    """Return every stop of every van between two moments (aware), cancelled ones too, in order of time."""
    weekly = await _weekly_stops(connection, true())
    exceptions = await _exceptions(connection, start, end)
    return occurrences(weekly, exceptions, start, end, timezone)


async def nearest_occurrence(
    connection: AsyncConnection, *, latitude: float, longitude: float, at: datetime, timezone: tzinfo
) -> Occurrence | None:
    """Return the stop of the coming week nearest to a position in degrees, with `distance_km`.

    Its next visit is returned (a running one counts); cancelled ones are passed over.
    """
    until = at + NEARBY_HORIZON
    weekly = await _weekly_stops(connection, true())
    exceptions = await _exceptions(connection, at, until)
    return nearest(occurrences(weekly, exceptions, at, until, timezone), latitude, longitude)


def _may_be_at(place_id: str | None, commune_id: str | None) -> ColumnElement[bool]:
    """Select stops that are usually there or that some exception moves there."""
    usually = [
        column == value
        for column, value in ((stops.c.place_id, place_id), (stops.c.commune_id, commune_id))
        if value is not None
    ]
    moved = [
        column == value
        for column, value in ((places.c.id, place_id), (places.c.commune_id, commune_id))
        if value is not None
    ]
    moves_it = or_(
        stop_exceptions.c.stop_id == stops.c.id,
        stop_exceptions.c.van_id == vans.c.id,
        func.num_nonnulls(stop_exceptions.c.stop_id, stop_exceptions.c.van_id) == 0,
    )
    moved_here = (
        select(stop_exceptions.c.id)
        .join(places, places.c.id == stop_exceptions.c.new_place_id)
        .where(moves_it, *moved)
        .correlate(stops, vans)
        .exists()
    )
    return or_(and_(true(), *usually), moved_here)


async def _weekly_stops(connection: AsyncConnection, condition: ColumnElement[bool]) -> list[WeeklyStop]:
    query = (
        select(
            stops,
            rounds.c.effective_from,
            rounds.c.effective_to,
            vans.c.id.label("van_id"),
            vans.c.code,
            vans.c.name_ar,
            vans.c.name_fr,
        )
        .join(rounds, rounds.c.id == stops.c.round_id)
        .join(vans, vans.c.id == rounds.c.van_id)
        .where(vans.c.status == "active", condition)
    )
    rows = (await connection.execute(query)).all()
    ids = {row.place_id for row in rows} | {row.commune_id for row in rows}
    known = {place.id: place for place in await stored_places(connection, ids)}
    return [
        WeeklyStop(
            id=row.id,
            van=Van(row.van_id, row.code, row.name_ar, row.name_fr),
            weekday=row.weekday,
            starts=row.starts,
            ends=row.ends,
            place=known[row.place_id],
            commune=known[row.commune_id],
            services=tuple(row.services),
            effective_from=row.effective_from,
            effective_to=row.effective_to,
        )
        for row in rows
    ]


async def _exceptions(connection: AsyncConnection, start: datetime, end: datetime) -> list[StopException]:
    """Return the exceptions of the interval's days; a day more at each end covers every time zone."""
    first, last = start.date() - timedelta(days=1), end.date() + timedelta(days=1)
    query = select(stop_exceptions).where(stop_exceptions.c.on_date.between(first, last))
    rows = (await connection.execute(query)).all()
    moved_to = {row.new_place_id for row in rows if row.new_place_id is not None}
    known: dict[str, Place] = {}
    if moved_to:
        known = {place.id: place for place in await stored_places(connection, moved_to)}
        communes = {place.commune_id for place in known.values()}
        known |= {place.id: place for place in await stored_places(connection, communes)}
    return [_exception(row, known) for row in rows]


def _exception(row: Row[Any], known: dict[str, Place]) -> StopException:
    new_place = known[row.new_place_id] if row.new_place_id is not None else None
    return StopException(
        id=row.id,
        on=row.on_date,
        kind=ExceptionKind(row.kind),
        reason=Reason(row.reason_key, row.reason_ar, row.reason_fr),
        stop_id=row.stop_id,
        van_id=row.van_id,
        new_starts=row.new_starts,
        new_ends=row.new_ends,
        new_place=new_place,
        new_commune=known[new_place.commune_id] if new_place is not None else None,
    )
