"""The file of rounds: a line a stop of a van in the week.

For every van it names, the file is the whole timetable: stops that are not in it are taken out. Vans that it
does not name stay as they are. Lines with the same dates are one round.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.tables import rounds, stops, vans
from knowledge_base.network.transfer.cells import Cells, Names, row_of
from knowledge_base.network.transfer.kinds import Counts, Kind, Record
from knowledge_base.network.transfer.table import Problem

COLUMNS = (
    *("van", "van_name_fr", "van_name_ar", "weekday", "starts", "ends", "place"),
    *("services", "valid_from", "valid_to"),
)
_FIRST_DAY = date(2026, 1, 1)  # of a round whose file does not say since when

# What makes two lines the same stop; whatever else differs is a change of it.
_Identity = tuple[str, date, "date | None", int, str]


async def _places(connection: AsyncConnection) -> Names:
    return Names(await stored_places(connection))


def _read(cells: Cells, places: Names) -> Record:
    place = cells.place("place", places, "place")
    starts, ends = cells.hour("starts"), cells.hour("ends")
    if ends <= starts and not any(each.column in {"starts", "ends"} for each in cells.problems):
        cells.wrong("ends", f"{ends:%H:%M} is not after {starts:%H:%M}.")
    valid_from, valid_to = cells.day("valid_from") or _FIRST_DAY, cells.day("valid_to")
    if valid_to is not None and valid_to < valid_from:
        cells.wrong("valid_to", f"{valid_to} is before {valid_from}.")
    van = cells.text("van", longest=40)
    return {
        "van": van,
        "van_name_fr": cells.maybe("van_name_fr") or van,
        "van_name_ar": cells.maybe("van_name_ar") or van,
        "weekday": cells.weekday("weekday"),
        "starts": starts,
        "ends": ends,
        "place_id": place.id if place is not None else "",
        "commune_id": place.commune_id if place is not None else "",
        "services": cells.services("services"),
        "valid_from": valid_from,
        "valid_to": valid_to,
    }


def _check(records: Sequence[tuple[int, Record]], places: Names) -> list[Problem]:
    problems = []
    by_day: dict[tuple[str, int], list[tuple[int, Record]]] = {}
    names: dict[str, tuple[int, str, str]] = {}
    for line, record in records:
        by_day.setdefault((record["van"], record["weekday"]), []).append((line, record))
        first = names.setdefault(record["van"], (line, record["van_name_fr"], record["van_name_ar"]))
        if first[1:] != (record["van_name_fr"], record["van_name_ar"]):
            problems.append(
                Problem(line, "van_name_fr", f"{record['van']} has another name in line {first[0]}.")
            )
    for stops_of_day in by_day.values():
        for (first_line, one), (line, other) in combinations(stops_of_day, 2):
            if _overlap(one, other):
                message = (
                    f"{other['van']} is at {one['place_id']} that day already, from {one['starts']:%H:%M}"
                    f" to {one['ends']:%H:%M} (line {first_line})."
                )
                problems.append(Problem(line, "starts", message))
    return problems


def _overlap(one: Record, other: Record) -> bool:
    until, other_until = one["valid_to"] or date.max, other["valid_to"] or date.max
    same_weeks = one["valid_from"] <= other_until and other["valid_from"] <= until
    return bool(same_weeks and one["starts"] < other["ends"] and other["starts"] < one["ends"])


async def _write(connection: AsyncConnection, records: Sequence[Record]) -> Counts:
    counts = Counts()
    van_ids = await _write_vans(connection, records)
    rounds_of = await _write_rounds(connection, records, van_ids)
    kept = await _known_stops(connection, list(van_ids))
    for record in records:
        round_id = rounds_of[record["van"], record["valid_from"], record["valid_to"]]
        values = {
            name: record[name] for name in ("weekday", "starts", "ends", "place_id", "commune_id", "services")
        }
        same = kept.get(_identity(record), [])
        row = same.pop(0) if same else None
        if row is None:
            await connection.execute(insert(stops).values(round_id=round_id, is_demo=False, **values))
            counts.added += 1
        elif all(row._mapping[name] == value for name, value in values.items()):
            counts.unchanged += 1
        else:
            await connection.execute(update(stops).where(stops.c.id == row.id).values(**values))
            counts.changed += 1
    gone = [row.id for rows in kept.values() for row in rows]
    if gone:
        await connection.execute(delete(stops).where(stops.c.id.in_(gone)))
    counts.removed = len(gone)
    empty = select(stops.c.id).where(stops.c.round_id == rounds.c.id).exists()
    await connection.execute(delete(rounds).where(rounds.c.van_id.in_(list(van_ids.values())), ~empty))
    return counts


async def _write_vans(connection: AsyncConnection, records: Sequence[Record]) -> dict[str, UUID]:
    ids: dict[str, UUID] = {}
    for record in {record["van"]: record for record in records}.values():
        names = {"name_fr": record["van_name_fr"], "name_ar": record["van_name_ar"]}
        changed = update(vans).where(vans.c.code == record["van"]).values(**names).returning(vans.c.id)
        known = (await connection.execute(changed)).scalar_one_or_none()
        if known is None:
            new = insert(vans).values(code=record["van"], status="active", is_demo=False, **names)
            known = (await connection.execute(new.returning(vans.c.id))).scalar_one()
        ids[record["van"]] = known
    return ids


async def _write_rounds(
    connection: AsyncConnection, records: Sequence[Record], van_ids: Mapping[str, UUID]
) -> dict[tuple[str, date, date | None], UUID]:
    codes = {van_id: code for code, van_id in van_ids.items()}
    rows = await connection.execute(
        select(rounds).where(rounds.c.van_id.in_(list(codes))).order_by(rounds.c.id)
    )
    known = {(codes[row.van_id], row.effective_from, row.effective_to): row.id for row in rows}
    for record in records:
        dates = (record["van"], record["valid_from"], record["valid_to"])
        if dates not in known:
            new = insert(rounds).values(
                van_id=van_ids[record["van"]],
                effective_from=record["valid_from"],
                effective_to=record["valid_to"],
                is_demo=False,
            )
            known[dates] = (await connection.execute(new.returning(rounds.c.id))).scalar_one()
    return known


async def _known_stops(connection: AsyncConnection, codes: Sequence[str]) -> dict[_Identity, list[Row[Any]]]:
    found: dict[_Identity, list[Row[Any]]] = {}
    query = _all_stops().where(vans.c.code.in_(codes)).order_by(stops.c.starts, stops.c.id)
    for row in await connection.execute(query):
        found.setdefault(_identity(row._mapping), []).append(row)
    return found


def _identity(record: Mapping[Any, Any]) -> _Identity:
    return (
        record["van"],
        record["valid_from"],
        record["valid_to"],
        record["weekday"],
        record["place_id"],
    )


def _all_stops() -> Any:
    return (
        select(
            stops,
            vans.c.code.label("van"),
            vans.c.name_fr.label("van_name_fr"),
            vans.c.name_ar.label("van_name_ar"),
            rounds.c.effective_from.label("valid_from"),
            rounds.c.effective_to.label("valid_to"),
        )
        .join(rounds, rounds.c.id == stops.c.round_id)
        .join(vans, vans.c.id == rounds.c.van_id)
    )


async def _rows(connection: AsyncConnection) -> list[Mapping[str, str]]:
    query = _all_stops().order_by(vans.c.code, rounds.c.effective_from, stops.c.weekday, stops.c.starts)
    rows = []
    for row in await connection.execute(query):
        plain = {name: row._mapping[name] for name in COLUMNS if name in row._mapping}
        rows.append(row_of({**plain, "place": row.place_id}))
    return list(rows)


TIMETABLE = Kind(
    "timetable",
    COLUMNS,
    ("van", "weekday", "starts", "ends", "place"),
    prepare=_places,
    read=_read,
    check=_check,
    write=_write,
    rows=_rows,
)
