"""The file of places that staff add to the gazetteer: souks, douars, quarters, with their other spellings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.places import Place
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.tables import places
from knowledge_base.network.transfer.cells import Cells, Names, row_of
from knowledge_base.network.transfer.kinds import Counts, Kind, Record, doubled
from knowledge_base.network.transfer.table import Problem
from knowledge_base.network.transfer.upsert import write_by_key
from knowledge_base.text import words

COLUMNS = ("id", "kind", "name_fr", "name_ar", "commune", "latitude", "longitude", "aliases", "weekday")
KINDS = ("souk", "douar", "quarter")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class _Known:
    communes: Names
    provinces: Mapping[str, Place]  # communes by id
    ours: frozenset[str]  # ids of the packaged gazetteer
    others: tuple[Place, ...]


async def _prepare(connection: AsyncConnection) -> _Known:
    known = await stored_places(connection)
    packaged = select(places.c.id).where(places.c.source == "gazetteer")
    return _Known(
        communes=Names([place for place in known if place.kind == "commune"]),
        provinces={place.id: place for place in known if place.kind == "commune"},
        ours=frozenset((await connection.execute(packaged)).scalars()),
        others=known,
    )


def _read(cells: Cells, known: _Known) -> Record:
    commune = cells.place("commune", known.communes, "commune")
    latitude, longitude = cells.degrees("latitude", largest=90), cells.degrees("longitude", largest=180)
    if (latitude is None) != (longitude is None):
        cells.wrong("latitude", "Write both latitude and longitude, or neither.")
    place_id = cells.text("id", longest=80)
    if place_id and not _ID.fullmatch(place_id):
        cells.wrong(
            "id", f"{place_id!r} is no id: small letters a–z, digits and dashes (souk-khemis-zemamra)."
        )
    if place_id in known.ours:
        cells.wrong("id", f"{place_id!r} is a place of the gazetteer, which a file does not change.")
    aliases = [spelling.strip() for spelling in cells.line.cells["aliases"].split("|") if spelling.strip()]
    return {
        "id": place_id,
        "kind": cells.one_of("kind", KINDS),
        "name_fr": cells.text("name_fr"),
        "name_ar": cells.text("name_ar"),
        "commune_id": commune.id if commune is not None else "",
        "province_fr": commune.province_fr if commune is not None else "",
        "province_ar": commune.province_ar if commune is not None else "",
        "latitude": latitude,
        "longitude": longitude,
        "aliases": aliases,
        "weekday": cells.weekday("weekday") if cells.line.cells["weekday"] else None,
    }


def _check(records: Sequence[tuple[int, Record]], known: _Known) -> list[Problem]:
    """A spelling must lead to one place: a second one would make the assistant ask every time."""
    problems = doubled(records, "id")
    written = {record["id"] for _, record in records}
    taken: dict[str, tuple[str, str]] = {}
    for place in known.others:
        if place.id not in written:
            for name in (place.name_fr, place.name_ar, *place.aliases):
                taken.setdefault(_key(name), (place.id, place.kind))
    for line, record in records:
        own = set()
        for column, name in _spellings(record):
            key = _key(name)
            if key in own:
                if column == "aliases":
                    problems.append(Problem(line, column, f"{name!r} stands in this line twice."))
                continue
            own.add(key)
            other = taken.get(key)
            # A souk may be called like its commune; the text around it tells which is meant.
            if other is not None and (other[1] != "commune" or other[0] != record["commune_id"]):
                problems.append(Problem(line, column, f"{name!r} is a spelling of {other[0]} already."))
        for key in own:
            taken.setdefault(key, (record["id"], record["kind"]))
    return problems


def _spellings(record: Record) -> Iterator[tuple[str, str]]:
    yield "name_fr", record["name_fr"]
    yield "name_ar", record["name_ar"]
    for alias in record["aliases"]:
        yield "aliases", alias


def _key(name: str) -> str:
    return "".join(words(name))


async def _write(connection: AsyncConnection, records: Sequence[Record]) -> Counts:
    new = {"source": "staff", "is_demo": False, "is_approximate": False, "everyday": []}
    return await write_by_key(connection, places, records, key="id", new=new)


async def _rows(connection: AsyncConnection) -> list[Mapping[str, str]]:
    query = select(places).where(places.c.source == "staff").order_by(places.c.id)
    rows = []
    for row in await connection.execute(query):
        plain = {name: row._mapping[name] for name in COLUMNS if name in row._mapping}
        rows.append(row_of({**plain, "commune": row.commune_id, "aliases": "|".join(row.aliases)}))
    return list(rows)


PLACES = Kind(
    "places",
    COLUMNS,
    ("id", "kind", "name_fr", "name_ar", "commune"),
    prepare=_prepare,
    read=_read,
    check=_check,
    write=_write,
    rows=_rows,
)
