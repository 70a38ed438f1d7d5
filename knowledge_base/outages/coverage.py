"""Whether an outage is the customer's: surely, perhaps, or not. To say it wrongly is worse than to ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.places import Place
from knowledge_base.network.schedule import distance_km
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.tables import places
from knowledge_base.outages.incidents import Area, AreaKind, Outage, Service, outages_near
from knowledge_base.outages.tables import contract_feeders

FARTHEST: Final = 15.0  # kilometres from a shared position to the middle of its commune

# What stands for its commune: people of a whole commune go to its souk.
_CENTRES: Final = frozenset({"commune", "souk", "agency"})


@dataclass(frozen=True, slots=True)
class Spot:
    """Where it is dark for a customer: a commune, perhaps a place in it, perhaps feeders.

    `is_vague`: the place says no more than its commune.
    """

    commune_id: str
    place_id: str | None = None
    is_vague: bool = True
    feeders: tuple[str, ...] = ()

    @classmethod
    def of(cls, place: Place, feeders: tuple[str, ...] = ()) -> Spot:
        place_id = None if place.id == place.commune_id else place.id
        return cls(place.commune_id, place_id, place.kind in _CENTRES, feeders)


@dataclass(frozen=True, slots=True)
class Covered:
    """An outage near a spot. `surely`: it is the spot's; else it is in some `quarters` of its commune."""

    outage: Outage
    surely: bool
    quarters: tuple[Area, ...] = ()


async def outages_at(
    connection: AsyncConnection, service: Service, spot: Spot, now: datetime
) -> list[Covered]:
    """Return the outages that touch a spot now or within a week: sure ones first, then by beginning."""
    near = await outages_near(connection, service, [spot.commune_id], spot.feeders, now)
    found = [covered for outage in near if (covered := covers(outage, spot)) is not None]
    return sorted(found, key=lambda covered: not covered.surely)


def covers(outage: Outage, spot: Spot) -> Covered | None:
    """Tell how an outage touches a spot; None: not at all.

    A feeder counts for contracts alone: nobody knows the feeder of his street by name.
    """
    quarters = []
    for area in outage.areas:
        if area.kind is AreaKind.FEEDER:
            if area.value in spot.feeders:
                return Covered(outage, surely=True)
        elif area.kind is AreaKind.COMMUNE:
            if area.value == spot.commune_id:
                return Covered(outage, surely=True)
        elif area.value == spot.place_id:
            return Covered(outage, surely=True)
        elif area.commune_id == spot.commune_id and spot.is_vague:
            quarters.append(area)
    return Covered(outage, surely=False, quarters=tuple(quarters)) if quarters else None


async def feeders_of(connection: AsyncConnection, contract_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Return the feeder of each contract that has one."""
    query = select(contract_feeders).where(contract_feeders.c.contract_id.in_(contract_ids))
    return {row.contract_id: row.feeder for row in await connection.execute(query)}


async def commune_at(connection: AsyncConnection, latitude: float, longitude: float) -> Place | None:
    """Return the commune whose middle is nearest to a position in degrees; None when that is too far away."""
    ids = (await connection.execute(select(places.c.id).where(places.c.kind == "commune"))).scalars()
    located = [
        (distance_km(latitude, longitude, place.latitude, place.longitude), place)
        for place in await stored_places(connection, list(ids))
        if place.latitude is not None and place.longitude is not None
    ]
    distance, place = min(located, key=lambda pair: pair[0], default=(FARTHEST, None))
    return place if distance < FARTHEST else None
