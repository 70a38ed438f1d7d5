"""The places in the database: the packaged gazetteer, and what staff have added to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.places import Place, load_places
from knowledge_base.network.tables import places

PLACE_COLUMNS = (
    places.c.id,
    places.c.kind,
    places.c.name_ar,
    places.c.name_fr,
    places.c.commune_id,
    places.c.province_fr,
    places.c.province_ar,
    places.c.latitude,
    places.c.longitude,
    places.c.aliases,
    places.c.everyday,
    places.c.weekday,
    places.c.is_demo,
)


async def seed_places(connection: AsyncConnection, *, with_demonstration: bool) -> None:
    """Write the packaged gazetteer into the database. Repeatable; places that staff added stay as they are.

    Places invented for the demonstration come only with `with_demonstration`.
    """
    rows = [
        asdict(place) | {"aliases": list(place.aliases), "everyday": list(place.everyday)}
        for place in load_places()
        if with_demonstration or not place.is_demo
    ]
    statement = insert(places)
    written = {
        column.name: statement.excluded[column.name] for column in PLACE_COLUMNS if column.name != "id"
    }
    await connection.execute(
        statement.values(source="gazetteer", is_approximate=True).on_conflict_do_update(
            index_elements=["id"], set_=written, where=places.c.source == "gazetteer"
        ),
        rows,
    )


async def stored_places(connection: AsyncConnection, ids: Iterable[str] | None = None) -> tuple[Place, ...]:
    """Return the places with these ids, or all of them, for `PlaceIndex` and for positions."""
    query = select(*PLACE_COLUMNS).order_by(places.c.id)
    if ids is not None:
        query = query.where(places.c.id.in_(sorted(ids)))
    return tuple(_place(row) for row in await connection.execute(query))


async def position_of(connection: AsyncConnection, place_id: str) -> tuple[float, float] | None:
    """Return latitude and longitude of a place: its own, else its commune's, else None."""
    commune = places.alias()
    query = (
        select(places.c.latitude, places.c.longitude, commune.c.latitude, commune.c.longitude)
        .join(commune, commune.c.id == places.c.commune_id)
        .where(places.c.id == place_id)
    )
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        return None
    latitude, longitude = (row[0], row[1]) if row[0] is not None else (row[2], row[3])
    return None if latitude is None else (latitude, longitude)


def _place(row: Row[*tuple[Any, ...]]) -> Place:
    values = dict(row._mapping)
    return Place(**values | {"aliases": tuple(values["aliases"]), "everyday": tuple(values["everyday"])})
