"""Partners that take payments, by the thousand: the nearest ones of a position."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, any_, func, literal, select, text, true
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.schedule import distance_km
from knowledge_base.network.tables import payment_points

# The index counts degrees on a plane; of so many of its nearest, the truly nearest are taken.
_CANDIDATES_EACH = 5
_BY_INDEX = text("point(longitude * 0.84, latitude) <-> point(:longitude * 0.84, :latitude)")


@dataclass(frozen=True, slots=True)
class PaymentPoint:
    """One partner's counter. `name` is as on its sign; positions in degrees."""

    id: UUID
    key: str
    name: str
    network: str | None
    address_ar: str | None
    address_fr: str | None
    commune_id: str
    latitude: float
    longitude: float
    services: tuple[str, ...]
    is_verified: bool
    distance_km: float | None = None


async def nearest_payment_points(
    connection: AsyncConnection,
    position: tuple[float, float],
    *,
    limit: int = 3,
    network: str | None = None,
    service: str = "payment",
) -> list[PaymentPoint]:
    """Return the nearest points that offer a service, of one network where it is named, with distances."""
    latitude, longitude = position
    query = (
        select(payment_points)
        .where(literal(service) == any_(payment_points.c.services))
        .where(true() if network is None else func.lower(payment_points.c.network) == network.lower())
        .order_by(_BY_INDEX)
        .limit(limit * _CANDIDATES_EACH)
    )
    rows = await connection.execute(query, {"latitude": latitude, "longitude": longitude})
    found = [
        replace(point, distance_km=distance_km(latitude, longitude, point.latitude, point.longitude))
        for point in map(payment_point, rows)
    ]
    return sorted(found, key=lambda point: (point.distance_km, point.key))[:limit]


async def networks(connection: AsyncConnection) -> list[str]:
    """Return the names of the networks that have points."""
    query = (
        select(payment_points.c.network)
        .where(payment_points.c.network.is_not(None))
        .distinct()
        .order_by(payment_points.c.network)
    )
    return list((await connection.execute(query)).scalars())


def payment_point(row: Row[Any]) -> PaymentPoint:
    return PaymentPoint(
        id=row.id,
        key=row.key,
        name=row.name,
        network=row.network,
        address_ar=row.address_ar,
        address_fr=row.address_fr,
        commune_id=row.commune_id,
        latitude=row.latitude,
        longitude=row.longitude,
        services=tuple(row.services),
        is_verified=row.is_verified,
    )
