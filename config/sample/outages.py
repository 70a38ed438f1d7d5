"""Incidents and planned works around the day the demonstration is loaded for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from knowledge_base.billing.tables import contracts
from knowledge_base.network.places import load_places
from knowledge_base.network.tables import places
from knowledge_base.outages.tables import (
    contract_feeders,
    outage_areas,
    outage_followers,
    outage_reports,
    outage_revisions,
    outages,
)
from knowledge_base.time_zones import pinned_zone

_ZONE = pinned_zone("Africa/Casablanca")

Row = dict[str, Any]


async def load_outages(connection: AsyncConnection, today: date) -> None:
    """Write the outages; each day they begin anew, whatever was done to them."""
    data = read("outages.yaml")
    rows = [_outage(entry, today) for entry in data["outages"]]
    theirs = outages.c.id.in_([row["id"] for row in rows])
    await connection.execute(delete(outages).where(outages.c.is_demo, ~theirs))
    statement = insert(outages)
    changed = {name: statement.excluded[name] for name in rows[0] if name != "id"}
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={**changed, "updated_at": func.now()}),
        rows,
    )
    ids = [row["id"] for row in rows]
    for table in (outage_areas, outage_revisions):
        await connection.execute(delete(table).where(table.c.outage_id.in_(ids)))
    await connection.execute(insert(outage_areas), [row for e in data["outages"] for row in _areas(e)])
    await connection.execute(
        insert(outage_revisions),
        [_revision(entry, today) for entry in data["outages"] if "revised_from" in entry],
    )
    await _load_feeders(connection, data["feeders"])


async def remove_outages(connection: AsyncConnection) -> None:
    """Delete the demonstration's outages, and what names its invented places."""
    await connection.execute(delete(outages).where(outages.c.is_demo))
    invented = select(places.c.id).where(places.c.is_demo)
    await connection.execute(
        delete(outage_reports).where(
            or_(outage_reports.c.place_id.in_(invented), outage_reports.c.commune_id.in_(invented))
        )
    )
    await connection.execute(delete(outage_followers).where(outage_followers.c.place_id.in_(invented)))


async def _load_feeders(connection: AsyncConnection, feeders: Mapping[str, str]) -> None:
    found = select(contracts.c.id, contracts.c.reference).where(contracts.c.reference.in_(list(feeders)))
    rows = [
        {"contract_id": row.id, "feeder": feeders[row.reference]} for row in await connection.execute(found)
    ]
    await connection.execute(insert(contract_feeders).on_conflict_do_nothing(), rows)


def _outage(entry: Mapping[str, Any], today: date) -> Row:
    words = ("cause_ar", "cause_fr", "note_ar", "note_fr")
    return {
        "id": sample_id("outage", entry["key"]),
        "service": entry["service"],
        "is_planned": entry.get("is_planned", False),
        "status": entry["status"],
        "cause": entry.get("cause", "unknown"),
        **{name: entry.get(name) for name in words},
        "starts_at": _moment(entry["starts"], today),
        "estimated_at": _moment(entry["estimate"], today) if "estimate" in entry else None,
        "ended_at": _moment(entry["ended"], today) if "ended" in entry else None,
        "merged_into": None,
        "version": 1,
        "is_demo": True,
    }


def _areas(entry: Mapping[str, Any]) -> list[Row]:
    kinds = {place.id: place.kind for place in load_places()}
    outage_id = sample_id("outage", entry["key"])
    named = [
        {"kind": "commune" if kinds[place] == "commune" else "place", "value": place, "place_id": place}
        for place in entry.get("areas", ())
    ]
    feeders = [{"kind": "feeder", "value": feeder, "place_id": None} for feeder in entry.get("feeders", ())]
    return [{**row, "outage_id": outage_id} for row in (*named, *feeders)]


def _revision(entry: Mapping[str, Any], today: date) -> Row:
    return {
        "id": sample_id("outage_revision", entry["key"]),
        "outage_id": sample_id("outage", entry["key"]),
        "revised_at": _moment(entry["starts"], today) + timedelta(hours=1),
        "estimated_before": _moment(entry["revised_from"], today),
        "estimated_at": _moment(entry["estimate"], today),
        "agent_id": None,
    }


def _moment(when: Mapping[str, Any], today: date) -> datetime:
    return datetime.combine(today + timedelta(days=when["day"]), time.fromisoformat(when["at"]), _ZONE)
