"""What is cut now and what will be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.stored_places import stored_places
from knowledge_base.outages.incidents import AreaKind, Outage, Phase, current_outages
from knowledge_base.web.site import LIVE_AGE, SITE, Site, page, words_of
from knowledge_base.web.words import Words, hour


async def outages(request: web.Request) -> web.Response:
    words, site = words_of(request), request.app[SITE]
    now = site.clock()
    async with site.reading() as connection:
        found = await current_outages(connection, now)
        communes = await communes_of(connection, found, words)
    told = [told_of(each, communes, words, site) for each in found]
    return page(
        request,
        "outages.html",
        path="outages",
        title=words("outages_title"),
        age=LIVE_AGE,
        running=[each for each in told if each["phase"] != Phase.COMING],
        coming=[each for each in told if each["phase"] == Phase.COMING],
        checked=hour(now.astimezone(site.settings.timezone)),
    )


async def communes_of(connection: AsyncConnection, found: list[Outage], words: Words) -> Mapping[str, str]:
    """Return the names of the communes the outages touch, by id."""
    ids = {area.commune_id for each in found for area in each.areas if area.commune_id}
    places = await stored_places(connection, ids) if ids else ()
    return {place.id: place.name_ar if words.language == "ar" else place.name_fr for place in places}


def told_of(outage: Outage, communes: Mapping[str, str], words: Words, site: Site) -> Mapping[str, object]:
    """Return an outage as it is shown; estimates that have passed are not told as if they held."""
    now = site.clock()
    phase = outage.phase(now)
    arabic = words.language == "ar"
    cause = outage.cause_ar if arabic else outage.cause_fr
    note = outage.note_ar if arabic else outage.note_fr
    key = f"cause_{outage.cause}"
    is_told = outage.estimated_at is not None and phase is not Phase.OVERDUE
    return {
        "id": str(outage.id),
        "service": str(outage.service),
        "name": words(f"service_{outage.service}"),
        "phase": phase,
        "phase_name": words(f"phase_{phase}"),
        "is_planned": outage.is_planned,
        "areas": _areas(outage, communes, words),
        "since": _moment(outage.starts_at, words, site),
        "since_iso": outage.starts_at.isoformat(),
        "estimate": _moment(outage.estimated_at, words, site) if is_told and outage.estimated_at else None,
        "revisions": outage.revisions,
        "cause": cause or words(key if words.has(key) else "cause_unknown"),
        "note": note,
    }


def _areas(outage: Outage, communes: Mapping[str, str], words: Words) -> list[str]:
    """Return the areas in words: whole communes, places with their commune; wires have no name for us."""
    told: list[str] = []
    for area in outage.areas:
        if area.kind is AreaKind.FEEDER:
            continue
        name = (area.name_ar if words.language == "ar" else area.name_fr) or area.value
        commune = communes.get(area.commune_id or "")
        if area.kind is AreaKind.COMMUNE:
            told.append(f"{name} ({words('whole_commune')})")
        else:
            told.append(f"{name} ({commune})" if commune and commune != name else name)
    return told or [words("part_network")]


def _moment(at: datetime, words: Words, site: Site) -> str:
    return words.moment(at, site.settings.timezone, site.today())
