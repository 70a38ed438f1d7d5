"""Vans, their weekly rounds, exceptions of the coming days, and agencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from knowledge_base.network.places import load_places
from knowledge_base.network.stored_places import seed_places
from knowledge_base.network.tables import agencies, places, rounds, stop_exceptions, stops, vans

_IN_FORCE_SINCE = date(2026, 1, 1)
# The journey of the demonstration asks for this stop: nothing may happen to it.
_UNTOUCHED_PLACE = "souk-khemis-zemamra"

Row = dict[str, Any]


async def load_network(connection: AsyncConnection, today: date) -> None:
    """Write the network; exceptions are laid on the days after `today`."""
    data = read("network.yaml")
    await seed_places(connection, with_demonstration=True)
    await _upsert(connection, vans, [_van(van) for van in data["vans"]])
    await _upsert(connection, rounds, [_round(van) for van in data["vans"]])
    await _upsert(connection, stops, _stops(data))
    await _upsert(connection, stop_exceptions, _exceptions(data, today))
    await _upsert(connection, agencies, [_agency(agency, data["services"]) for agency in data["agencies"]])


async def remove_network(connection: AsyncConnection) -> None:
    """Delete the demonstration's rows; the gazetteer's real places stay."""
    for table in (stop_exceptions, stops, rounds, vans, agencies, places):
        await connection.execute(delete(table).where(table.c.is_demo))


async def _upsert(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """Write the rows in place, and delete those of the demonstration that are no longer in the data."""
    gone = table.c.id.not_in([row["id"] for row in rows])
    await connection.execute(delete(table).where(table.c.is_demo, gone))
    statement = insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    await connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed), list(rows))


def _van(van: Mapping[str, Any]) -> Row:
    return {
        "id": sample_id("van", van["code"]),
        "code": van["code"],
        "name_ar": van["name_ar"],
        "name_fr": van["name_fr"],
        "status": "active",
        "is_demo": True,
    }


def _round(van: Mapping[str, Any]) -> Row:
    return {
        "id": sample_id("round", van["code"]),
        "van_id": sample_id("van", van["code"]),
        "effective_from": _IN_FORCE_SINCE,
        "is_demo": True,
    }


def _stops(data: Mapping[str, Any]) -> list[Row]:
    commune_of = {place.id: place.commune_id for place in load_places()}
    rows = []
    for van in data["vans"]:
        for stop in van["stops"]:
            starts, ends = _hours(stop["hours"])
            rows.append(
                {
                    "id": sample_id("stop", f"{van['code']}/{stop['weekday']}"),
                    "round_id": sample_id("round", van["code"]),
                    "weekday": stop["weekday"],
                    "starts": starts,
                    "ends": ends,
                    "place_id": stop["place"],
                    "commune_id": commune_of[stop["place"]],
                    "services": data["services"],
                    "is_demo": True,
                }
            )
    return rows


def _exceptions(data: Mapping[str, Any], today: date) -> list[Row]:
    weekdays = {van["code"]: {stop["weekday"] for stop in van["stops"]} for van in data["vans"]}
    untouched = {
        stop["weekday"] for van in data["vans"] for stop in van["stops"] if stop["place"] == _UNTOUCHED_PLACE
    }
    rows = []
    for exception in data["exceptions"]:
        van = exception.get("van")
        allowed = weekdays[van] if van else set(range(1, 8)) - untouched
        new_starts, new_ends = _hours(exception["hours"]) if "hours" in exception else (None, None)
        rows.append(
            {
                "id": sample_id("exception", exception["key"]),
                "van_id": sample_id("van", van) if van else None,
                "on_date": _first_day(today + timedelta(days=exception["days_ahead"]), allowed),
                "kind": exception["kind"],
                "reason_key": exception["reason"],
                "reason_ar": exception["reason_ar"],
                "reason_fr": exception["reason_fr"],
                "new_starts": new_starts,
                "new_ends": new_ends,
                "is_demo": True,
            }
        )
    return rows


def _agency(agency: Mapping[str, Any], services: Sequence[str]) -> Row:
    return {
        "id": sample_id("agency", agency["key"]),
        "key": agency["key"],
        "kind": "fixed",
        "status": agency["status"],
        "name_ar": agency["name_ar"],
        "name_fr": agency["name_fr"],
        "address_ar": agency["address_ar"],
        "address_fr": agency["address_fr"],
        "commune_id": agency["commune"],
        "latitude": agency.get("latitude"),
        "longitude": agency.get("longitude"),
        "services": list(services),
        "hours": agency["hours"],
        "single_counter": agency.get("single_counter", False),
        "opens_on": agency.get("opens_on"),
        "is_demo": True,
    }


def _hours(text: str) -> tuple[time, time]:
    starts, ends = text.split("-")
    return time.fromisoformat(starts), time.fromisoformat(ends)


def _first_day(day: date, weekdays: set[int]) -> date:
    while day.isoweekday() not in weekdays:
        day += timedelta(days=1)
    return day
