"""Vans, their weekly rounds, exceptions of the coming days, and agencies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time, timedelta
from math import cos, radians, sin
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from knowledge_base.network.places import load_places
from knowledge_base.network.stored_places import seed_places
from knowledge_base.network.tables import (
    agencies,
    agency_closures,
    agency_seasons,
    payment_points,
    places,
    rounds,
    stop_exceptions,
    stops,
    vans,
)

_IN_FORCE_SINCE = date(2026, 1, 1)
# The journey of the demonstration asks for this stop: nothing may happen to it.
_UNTOUCHED_PLACE = "souk-khemis-zemamra"

_KILOMETRES_A_DEGREE = 111.0
_SPOTS = (
    ("قرب المسجد", "Près de la mosquée"),
    ("قرب السوق", "Près du souk"),
    ("قرب محطة الطاكسيات", "Près de la station de taxis"),
    ("الشارع الرئيسي", "Avenue principale"),
)

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
    await _upsert(connection, agency_seasons, [_season(season) for season in data["seasons"]])
    await _upsert(connection, agency_closures, [_closure(closure, today) for closure in data["closures"]])
    await _upsert(connection, payment_points, list(_payment_points(data["payment_points"])))


async def remove_network(connection: AsyncConnection) -> None:
    """Delete the demonstration's rows; the gazetteer's real places stay."""
    for table in (
        *(stop_exceptions, stops, rounds, vans),
        *(agency_closures, agency_seasons, agencies, payment_points, places),
    ):
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
        "is_verified": agency["status"] == "open",
        "is_demo": True,
    }


def _season(season: Mapping[str, Any]) -> Row:
    return {
        "id": sample_id("season", season["key"]),
        "agency_id": None,
        "name_ar": season["name_ar"],
        "name_fr": season["name_fr"],
        "starts_on": season["starts_on"],
        "ends_on": season["ends_on"],
        "hours": season["hours"],
        "is_demo": True,
    }


def _closure(closure: Mapping[str, Any], today: date) -> Row:
    day = today + timedelta(days=closure["days_ahead"])
    return {
        "id": sample_id("closure", closure["key"]),
        "agency_id": sample_id("agency", closure["agency"]),
        "starts_on": day,
        "ends_on": day,
        "reason_key": closure["reason"],
        "reason_ar": closure["reason_ar"],
        "reason_fr": closure["reason_fr"],
        "is_demo": True,
    }


def _payment_points(data: Mapping[str, Any]) -> Iterator[Row]:
    """Lay counters in a ring around every commune, the same ones at every loading."""
    communes = [place for place in load_places() if place.kind == "commune" and place.latitude is not None]
    for index, commune in enumerate(communes):
        for number in range(1, data["each_commune"] + 1):
            count = index * data["each_commune"] + number
            network = data["networks"][count % len(data["networks"])]
            angle = radians(360 * number / data["each_commune"] + 17 * index)
            away = data["spread_km"] * number / data["each_commune"] / _KILOMETRES_A_DEGREE
            assert commune.latitude is not None and commune.longitude is not None
            yield {
                "id": sample_id("payment point", f"{commune.id}/{number}"),
                "key": f"{commune.id}-{number}",
                "name": f"{network or 'Point de paiement'} {commune.name_fr} {number}",
                "network": network,
                "address_ar": _SPOTS[number % len(_SPOTS)][0],
                "address_fr": _SPOTS[number % len(_SPOTS)][1],
                "commune_id": commune.id,
                "latitude": round(commune.latitude + away * cos(angle), 6),
                "longitude": round(commune.longitude + away * sin(angle), 6),
                "services": ["payment", "recharge"] if number == 1 else ["payment"],
                "is_verified": count % data["not_verified_each"] != 0,
                "is_demo": True,
            }


def _hours(text: str) -> tuple[time, time]:
    starts, ends = text.split("-")
    return time.fromisoformat(starts), time.fromisoformat(ends)


def _first_day(day: date, weekdays: set[int]) -> date:
    while day.isoweekday() not in weekdays:
        day += timedelta(days=1)
    return day
