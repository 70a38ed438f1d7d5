"""The file of fixed agencies: a line an agency, its hours a column a day ("08:30-12:00 14:00-16:30")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.opening import read_week, write_spans, write_week
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.tables import agencies
from knowledge_base.network.transfer.cells import WEEKDAYS, Cells, Names, row_of
from knowledge_base.network.transfer.kinds import Counts, Kind, Record, doubled
from knowledge_base.network.transfer.table import Problem
from knowledge_base.network.transfer.upsert import write_by_key

COLUMNS = (
    *("key", "status", "name_fr", "name_ar", "address_fr", "address_ar", "commune", "latitude", "longitude"),
    *("services", "single_counter", "opens_on", "verified"),
    *WEEKDAYS,
)
STATUSES = ("open", "planned", "closed")


async def _communes(connection: AsyncConnection) -> Names:
    return Names([place for place in await stored_places(connection) if place.kind == "commune"])


def _read(cells: Cells, communes: Names) -> Record:
    commune = cells.place("commune", communes, "commune")
    latitude, longitude = cells.degrees("latitude", largest=90), cells.degrees("longitude", largest=180)
    if (latitude is None) != (longitude is None):
        cells.wrong("latitude", "Write both latitude and longitude, or neither.")
    week = {day: cells.spans(name) for day, name in enumerate(WEEKDAYS, start=1)}
    return {
        "key": cells.text("key", longest=80),
        "kind": "fixed",
        "status": cells.one_of("status", STATUSES, default="open"),
        "name_fr": cells.text("name_fr"),
        "name_ar": cells.text("name_ar"),
        "address_fr": cells.maybe("address_fr"),
        "address_ar": cells.maybe("address_ar"),
        "commune_id": commune.id if commune is not None else "",
        "latitude": latitude,
        "longitude": longitude,
        "services": cells.services("services"),
        "single_counter": cells.yes("single_counter", default=False),
        "opens_on": cells.day("opens_on"),
        "is_verified": cells.yes("verified", default=True),
        "hours": write_week({day: spans for day, spans in week.items() if spans}),
    }


def _check(records: Sequence[tuple[int, Record]], communes: Names) -> list[Problem]:
    return doubled(records, "key")


async def _write(connection: AsyncConnection, records: Sequence[Record]) -> Counts:
    return await write_by_key(connection, agencies, records, key="key", new={"is_demo": False})


async def _rows(connection: AsyncConnection) -> list[Mapping[str, str]]:
    query = select(agencies).where(agencies.c.kind == "fixed").order_by(agencies.c.key)
    rows = []
    for row in await connection.execute(query):
        week = read_week(row.hours)
        hours = {name: write_spans(week.get(day, ())) for day, name in enumerate(WEEKDAYS, start=1)}
        plain = {name: row._mapping[name] for name in COLUMNS if name in row._mapping}
        rows.append(row_of({**plain, "commune": row.commune_id, "verified": row.is_verified, **hours}))
    return list(rows)


AGENCIES = Kind(
    "agencies",
    COLUMNS,
    ("key", "name_fr", "name_ar", "commune"),
    prepare=_communes,
    read=_read,
    check=_check,
    write=_write,
    rows=_rows,
)
