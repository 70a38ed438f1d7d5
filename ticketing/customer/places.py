"""What happens where a customer lives: open outages, and the next stop of a mobile agency."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.timetable import next_occurrences
from knowledge_base.outages.coverage import Covered, Spot, feeders_of, outages_at
from knowledge_base.outages.incidents import Phase, Service
from ticketing.customer.contact import of_person
from ticketing.customer.contracts import attested_phones, known_contracts
from ticketing.facts import place_of
from ticketing.texts import at_time, by_time, say

MOST_ZONES: Final = 3
Source = Literal["contract", "handover"]
Names = Mapping[str, str]  # by language: ar, fr

_COMMUNES: Final = text(
    "SELECT commune_id, array_agg(id) AS contracts FROM contracts WHERE id = ANY(CAST(:ids AS uuid[]))"
    " AND status <> 'closed' GROUP BY commune_id ORDER BY count(*) DESC, commune_id"
)
_TOLD: Final = of_person(
    "SELECT t.handover FROM tickets t JOIN person p ON p.id = t.contact_id"
    " WHERE t.handover IS NOT NULL ORDER BY t.handed_over_at DESC NULLS LAST, t.id DESC LIMIT 1"
).columns(handover=JSONB)


@dataclass(frozen=True, slots=True)
class Zone:
    """A place of the customer's, and what is known of it now. `next_stop`: None when none is planned."""

    place: Place
    source: Source
    outages: Sequence[Covered]
    next_stop: Occurrence | None


async def zones_of(
    connection: AsyncConnection, contact_id: UUID, channels: Collection[str], now: datetime, zone: tzinfo
) -> list[Zone]:
    """Communes of the customer's contracts, and the place told in the newest handover.

    `channels` are those that prove whose telephone it is.
    """
    spots = await _spots(connection, contact_id, channels)
    found = []
    for place, spot, source in spots[:MOST_ZONES]:
        outages = [one for service in Service for one in await outages_at(connection, service, spot, now)]
        stops = await next_occurrences(
            connection,
            commune_id=spot.commune_id,
            at=now,
            timezone=zone,
            limit=1,
            include_cancelled=False,
        )
        found.append(Zone(place, source, outages, stops[0] if stops else None))
    return found


async def _spots(
    connection: AsyncConnection, contact_id: UUID, channels: Collection[str]
) -> list[tuple[Place, Spot, Source]]:
    phones = await attested_phones(connection, contact_id, channels)
    ids = await known_contracts(connection, contact_id, phones)
    rows = (await connection.execute(_COMMUNES, {"ids": ids})).all() if ids else []
    feeders = await feeders_of(connection, ids) if ids else {}
    places = {place.id: place for place in await stored_places(connection, [row.commune_id for row in rows])}
    spots: list[tuple[Place, Spot, Source]] = []
    for row in rows:
        place = places.get(row.commune_id)
        if place is not None:
            own = tuple(sorted({feeders[one] for one in row.contracts if one in feeders}))
            spots.append((place, Spot.of(place, own), "contract"))
    handover = await connection.scalar(_TOLD, {"contact_id": contact_id})
    told = place_of((handover or {}).get("slots") or {})
    if told is not None and all(spot.commune_id != told.commune_id for _, spot, _ in spots):
        spots.insert(MOST_ZONES - 1, (told, Spot.of(told), "handover"))
    return spots


def names_of(zone: Zone, covered: Covered) -> Names:
    """Where it is dark: the whole place, or only some quarters."""
    if covered.surely or not covered.quarters:
        return {"ar": zone.place.name_ar, "fr": zone.place.name_fr}
    arabic = [area.name_ar for area in covered.quarters if area.name_ar]
    french = [area.name_fr for area in covered.quarters if area.name_fr]
    return {"ar": "، ".join(arabic), "fr": ", ".join(french)}


def outage_sentence(zone: Zone, covered: Covered, language: Language, now: datetime, company: tzinfo) -> str:
    """What an agent may tell the customer of an outage."""
    outage, phase = covered.outage, covered.outage.phase(now)
    words = {
        "service": say(language, f"outage_of_{outage.service}"),
        "place": _in(language, names_of(zone, covered)),
    }
    if phase is Phase.COMING:
        said = say(language, "outage_coming", at=at_time(language, outage.starts_at, now, company), **words)
    else:
        said = say(language, "outage_running", **words)
    if outage.estimated_at is None or phase is Phase.OVERDUE:
        return said if phase is Phase.COMING else f"{said} {say(language, 'outage_no_time')}"
    return f"{said} {say(language, 'outage_back', by=by_time(language, outage.estimated_at, now, company))}"


def stop_sentence(stop: Occurrence, language: Language, now: datetime, company: tzinfo) -> str:
    """What an agent may tell the customer of the mobile agency's next stop."""
    place = _in(language, {"ar": stop.place.name_ar, "fr": stop.place.name_fr})
    until = f"{stop.ends_at.astimezone(company):%H:%M}"
    if stop.starts_at <= now:
        return say(language, "stop_now", place=place, until=until)
    return say(
        language, "stop_next", place=place, at=at_time(language, stop.starts_at, now, company), until=until
    )


def is_moved(stop: Occurrence) -> bool:
    """Whether it is elsewhere or at other hours than usual."""
    return stop.status is OccurrenceStatus.MOVED


def _in(language: Language, names: Names) -> str:
    return names["ar" if language in {Language.AR, Language.ARY} else "fr"]
