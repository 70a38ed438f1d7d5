"""Fixed agencies in the database: those of a commune, and the nearest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.opening import Closure, OpeningRules, Season, read_week
from knowledge_base.network.schedule import Reason, distance_km
from knowledge_base.network.tables import agencies, agency_closures, agency_seasons, places


@dataclass(frozen=True, slots=True)
class Agency:
    """A fixed agency. `position` is its own, else its commune's. `status` is "open" or "planned".

    `opens_on` is when it opened or is planned to, where that is known. What is not `is_verified` awaits
    confirmation by the company.
    """

    id: UUID
    key: str
    status: str
    name_ar: str
    name_fr: str
    address_ar: str | None
    address_fr: str | None
    commune_id: str
    position: tuple[float, float] | None
    services: tuple[str, ...]
    opening: OpeningRules
    single_counter: bool
    opens_on: date | None
    is_verified: bool
    distance_km: float | None = None

    def is_planned(self, on: date) -> bool:
        """Tell whether it has not opened yet on a day."""
        return self.status == "planned" or (self.opens_on is not None and self.opens_on > on)


async def agencies_of(
    connection: AsyncConnection, commune_id: str | None, *, since: datetime
) -> list[Agency]:
    """Return the fixed agencies of a commune, or all for None, open ones first, then by name.

    Closed ones are left out, and so are seasons and closures that ended before `since`.
    """
    query = (
        select(agencies, places.c.latitude.label("near_latitude"), places.c.longitude.label("near_longitude"))
        .join(places, places.c.id == agencies.c.commune_id)
        .where(agencies.c.kind == "fixed", agencies.c.status != "closed")
        .where(true() if commune_id is None else agencies.c.commune_id == commune_id)
        .order_by(agencies.c.status != "open", agencies.c.name_fr, agencies.c.key)
    )
    rows = (await connection.execute(query)).all()
    if not rows:
        return []
    ids = [row.id for row in rows]
    seasons = await _special(connection, agency_seasons, ids, since)
    closures = await _special(connection, agency_closures, ids, since)
    return [_agency(row, seasons, closures) for row in rows]


def nearest_agencies(
    known: list[Agency], position: tuple[float, float], *, on: date, limit: int = 1
) -> list[Agency]:
    """Return the nearest agencies that are open for customers on a day, with their distance."""
    located = [
        replace(agency, distance_km=distance_km(*position, *agency.position))
        for agency in known
        if agency.position is not None and not agency.is_planned(on)
    ]
    return sorted(located, key=lambda agency: (agency.distance_km, agency.key))[:limit]


async def _special(
    connection: AsyncConnection, table: Any, ids: list[UUID], since: datetime
) -> list[Row[Any]]:
    query = (
        select(table)
        .where(or_(table.c.agency_id.is_(None), table.c.agency_id.in_(ids)))
        .where(table.c.ends_on >= since.date())
        .order_by(table.c.starts_on, table.c.id)
    )
    return list((await connection.execute(query)).all())


def _agency(row: Row[Any], seasons: list[Row[Any]], closures: list[Row[Any]]) -> Agency:
    opening = OpeningRules(
        week=read_week(row.hours),
        seasons=tuple(
            Season(each.name_ar, each.name_fr, each.starts_on, each.ends_on, read_week(each.hours))
            for each in seasons
            if each.agency_id in (None, row.id)
        ),
        closures=tuple(
            Closure(each.starts_on, each.ends_on, Reason(each.reason_key, each.reason_ar, each.reason_fr))
            for each in closures
            if each.agency_id in (None, row.id)
        ),
        opens_on=row.opens_on,
    )
    own = None if row.latitude is None else (row.latitude, row.longitude)
    near = None if row.near_latitude is None else (row.near_latitude, row.near_longitude)
    return Agency(
        id=row.id,
        key=row.key,
        status=row.status,
        name_ar=row.name_ar,
        name_fr=row.name_fr,
        address_ar=row.address_ar,
        address_fr=row.address_fr,
        commune_id=row.commune_id,
        position=own or near,
        services=tuple(row.services),
        opening=opening,
        single_counter=row.single_counter,
        opens_on=row.opens_on,
        is_verified=row.is_verified,
    )
