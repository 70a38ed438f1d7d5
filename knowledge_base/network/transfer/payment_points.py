"""The file of payment points: a line a counter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.tables import payment_points
from knowledge_base.network.transfer.cells import Cells, Names, row_of
from knowledge_base.network.transfer.kinds import Counts, Kind, Record, doubled
from knowledge_base.network.transfer.table import Problem
from knowledge_base.network.transfer.upsert import write_by_key

COLUMNS = (
    *("key", "name", "network", "address_fr", "address_ar", "commune", "latitude", "longitude"),
    *("services", "verified"),
)


async def _communes(connection: AsyncConnection) -> Names:
    return Names([place for place in await stored_places(connection) if place.kind == "commune"])


def _read(cells: Cells, communes: Names) -> Record:
    commune = cells.place("commune", communes, "commune")
    latitude, longitude = cells.degrees("latitude", largest=90), cells.degrees("longitude", largest=180)
    for column, value in (("latitude", latitude), ("longitude", longitude)):
        if value is None and not cells.line.cells[column]:
            cells.wrong(column, "A payment point needs its position, in degrees.")
    return {
        "key": cells.text("key", longest=80),
        "name": cells.text("name"),
        "network": cells.maybe("network", longest=80),
        "address_fr": cells.maybe("address_fr"),
        "address_ar": cells.maybe("address_ar"),
        "commune_id": commune.id if commune is not None else "",
        "latitude": latitude,
        "longitude": longitude,
        "services": cells.services("services", default=("payment",)),
        "is_verified": cells.yes("verified", default=True),
    }


def _check(records: Sequence[tuple[int, Record]], communes: Names) -> list[Problem]:
    return doubled(records, "key")


async def _write(connection: AsyncConnection, records: Sequence[Record]) -> Counts:
    return await write_by_key(connection, payment_points, records, key="key", new={"is_demo": False})


async def _rows(connection: AsyncConnection) -> list[Mapping[str, str]]:
    rows = []
    for row in await connection.execute(select(payment_points).order_by(payment_points.c.key)):
        plain = {name: row._mapping[name] for name in COLUMNS if name in row._mapping}
        rows.append(row_of({**plain, "commune": row.commune_id, "verified": row.is_verified}))
    return list(rows)


PAYMENT_POINTS = Kind(
    "payment_points",
    COLUMNS,
    ("key", "name", "commune", "latitude", "longitude"),
    prepare=_communes,
    read=_read,
    check=_check,
    write=_write,
    rows=_rows,
)
