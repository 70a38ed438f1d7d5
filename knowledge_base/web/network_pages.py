"""Where the mobile agency stops and when, as pages and calendars; the fixed agencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from aiohttp import web

from knowledge_base.articles.slugs import slug_of
from knowledge_base.network.agencies import Agency, agencies_of
from knowledge_base.network.calendar_feed import calendar_feed
from knowledge_base.network.changes import REASONS
from knowledge_base.network.opening import Spans, state_at
from knowledge_base.network.places import Place, PlaceIndex
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.timetable import next_occurrences, occurrences_between
from knowledge_base.web.site import LIVE_AGE, SITE, Site, page, respond, words_of
from knowledge_base.web.words import Words, hour

PATH: Final = "mobile-agency"
_WEEK: Final = timedelta(days=7)
_NEXT: Final = 12  # visits of a commune
_LONGEST_QUERY: Final = 100  # characters


@dataclass(frozen=True, slots=True)
class Visit:
    """A stop as it is shown."""

    place: str
    commune: str
    commune_id: str
    starts: str
    ends: str
    status: str
    reason: str | None
    usual_place: str | None
    services: tuple[str, ...]
    datetime: str  # as machines read it


@dataclass(frozen=True, slots=True)
class Day:
    name: str
    visits: list[Visit]


async def schedule(request: web.Request) -> web.StreamResponse:
    """Today and tomorrow, and the way to every province and commune."""
    words, site = words_of(request), request.app[SITE]
    query = request.query.get("q", "").replace("\x00", "").strip()[:_LONGEST_QUERY]
    now = site.clock()
    async with site.reading() as connection:
        week = await occurrences_between(connection, now, now + _WEEK, site.settings.timezone)
        places = await stored_places(connection) if query else ()
    found = _communes_named(query, places)
    if len(found) == 1:
        raise web.HTTPSeeOther(f"/help/{words.language}/{PATH}/{found[0].id}")
    tomorrow = site.today() + timedelta(days=1)
    soon = [each for each in week if _day(each, site) <= tomorrow]
    return page(
        request,
        "schedule.html",
        path=PATH,
        title=words("schedule_title"),
        age=LIVE_AGE,
        query=query,
        found=[(each.id, _name(each, words)) for each in found],
        days=_days(soon, words, site),
        provinces=_provinces(week, words),
        checked=hour(now.astimezone(site.settings.timezone)),
    )


async def province(request: web.Request) -> web.Response:
    """Every stop of a province in the coming week."""
    words, site = words_of(request), request.app[SITE]
    slug, now = request.match_info["province"], site.clock()
    async with site.reading() as connection:
        week = await occurrences_between(connection, now, now + _WEEK, site.settings.timezone)
    here = [each for each in week if slug_of(each.commune.province_fr) == slug]
    if not here:
        raise web.HTTPNotFound
    name = _province(here[0].commune, words)
    return page(
        request,
        "province.html",
        path=f"{PATH}/province/{slug}",
        title=words("schedule_province", province=name),
        age=LIVE_AGE,
        days=_days(here, words, site),
        communes=_communes(here, words),
        checked=hour(now.astimezone(site.settings.timezone)),
    )


async def commune(request: web.Request) -> web.Response:
    """The next visits of a commune, with a calendar to follow."""
    words, site = words_of(request), request.app[SITE]
    place_id, now = request.match_info["place"], site.clock()
    async with site.reading() as connection:
        places = await stored_places(connection, [place_id])
        if not places:
            raise web.HTTPNotFound
        place = places[0]
        visits = await next_occurrences(
            connection,
            place_id=None if place.id == place.commune_id else place.id,
            commune_id=place.commune_id if place.id == place.commune_id else None,
            at=now,
            timezone=site.settings.timezone,
            limit=_NEXT,
        )
    return page(
        request,
        "commune.html",
        path=f"{PATH}/{place.id}",
        title=words("schedule_commune", place=_name(place, words)),
        age=LIVE_AGE,
        place_id=place.id,
        province=(slug_of(place.province_fr), _province(place, words)),
        days=_days(visits, words, site),
        checked=hour(now.astimezone(site.settings.timezone)),
    )


async def calendar(request: web.Request) -> web.Response:
    """The visits of a place or commune for a telephone's calendar."""
    words, site = words_of(request), request.app[SITE]
    language: Literal["ar", "fr"] = "ar" if words.language == "ar" else "fr"
    async with site.reading() as connection:
        body = await calendar_feed(
            connection,
            request.match_info["place"],
            language=language,
            at=site.clock(),
            timezone=site.settings.timezone,
        )
    if body is None:
        raise web.HTTPNotFound
    return respond(request, body, "text/calendar", age=timedelta(minutes=5))


async def agencies(request: web.Request) -> web.Response:
    words, site = words_of(request), request.app[SITE]
    now = site.clock()
    async with site.reading() as connection:
        found = await agencies_of(connection, None, since=now)
        ids = {each.commune_id for each in found}
        communes = {each.id: each for each in await stored_places(connection, ids)} if ids else {}
    groups: dict[str, list[Mapping[str, object]]] = {}
    for agency in found:
        place = communes[agency.commune_id]
        groups.setdefault(_province(place, words), []).append(_agency(agency, place, words, site))
    return page(
        request,
        "agencies.html",
        path="agencies",
        title=words("agencies_title"),
        age=timedelta(minutes=1),
        groups=dict(sorted(groups.items())),
    )


def _agency(agency: Agency, place: Place, words: Words, site: Site) -> Mapping[str, object]:
    arabic = words.language == "ar"
    now, today = site.clock(), site.today()
    state = state_at(agency.opening, now, site.settings.timezone)
    told = ""
    if agency.is_planned(today):
        state_key = "planned"
        told = words("agency_opens", date=words.full_date(agency.opens_on)) if agency.opens_on else ""
    elif state.is_open and state.closes_at:
        state_key = "open"
        told = words("agency_until", time=hour(state.closes_at.astimezone(site.settings.timezone)))
    else:
        state_key = "closed"
        if state.opens_at:
            local = state.opens_at.astimezone(site.settings.timezone)
            day = words("schedule_today").lower() if local.date() == today else words.day(local.date())
            told = words("agency_opens_at", day=day, time=hour(local))
    return {
        "name": agency.name_ar if arabic else agency.name_fr,
        "address": agency.address_ar if arabic else agency.address_fr,
        "commune": _name(place, words),
        "state": state_key,
        "told": told,
        "hours": _hours(agency.opening.week, words),
        "services": tuple(_offers(agency.services, words)),
        "single_counter": agency.single_counter,
        "is_verified": agency.is_verified,
    }


def _hours(week: Mapping[int, Spans], words: Words) -> list[tuple[str, str]]:
    """Return the opening hours, days with the same hours together: ("Monday to Friday", "08:30–16:30")."""
    told = [
        " · ".join(f"{start:%H:%M}–{end:%H:%M}" for start, end in week.get(day, ())) for day in range(1, 8)
    ]
    lines: list[tuple[str, str]] = []
    first = 0
    for last in range(7):
        if last < 6 and told[last + 1] == told[first]:
            continue
        name = words.weekday(first + 1)
        if last > first:
            name = words("all_days", **{"from": name, "to": words.weekday(last + 1)})
        lines.append((name, told[first] or words("agency_closed_day")))
        first = last + 1
    return lines


def _communes_named(query: str, places: Iterable[Place]) -> list[Place]:
    """Return the communes and places a visitor may mean, in any spelling."""
    if not query:
        return []
    index = PlaceIndex(places)
    matches = index.find(query)
    best = [each.place for each in matches if each.score == matches[0].score]
    return list({each.id: each for each in best}.values())


def _days(visits: Sequence[Occurrence], words: Words, site: Site) -> list[Day]:
    days: dict[date, list[Visit]] = {}
    for each in visits:
        days.setdefault(_day(each, site), []).append(_visit(each, words, site))
    return [Day(_day_name(day, words, site), found) for day, found in days.items()]


def _day_name(day: date, words: Words, site: Site) -> str:
    named = {
        site.today(): words("schedule_today"),
        site.today() + timedelta(days=1): words("schedule_tomorrow"),
    }
    return words("comma").join((named[day], words.day(day))) if day in named else words.day(day)


def _visit(each: Occurrence, words: Words, site: Site) -> Visit:
    zone = site.settings.timezone
    starts, ends = each.starts_at.astimezone(zone), each.ends_at.astimezone(zone)
    is_elsewhere = each.usual_place.id != each.place.id
    return Visit(
        place=_name(each.place, words),
        commune=_name(each.commune, words),
        commune_id=each.commune.id,
        starts=hour(starts),
        ends=hour(ends),
        status=each.status,
        reason=reason_of(each, words),
        usual_place=_name(each.usual_place, words) if is_elsewhere else None,
        services=tuple(_offers(each.services, words)),
        datetime=each.starts_at.isoformat(),
    )


def reason_of(each: Occurrence, words: Words) -> str | None:
    """Return the staff's own words, else the word for the kind of reason; None for a stop as usual."""
    if each.status is OccurrenceStatus.PLANNED or each.reason is None:
        return None
    arabic, french = REASONS.get(each.reason.key, REASONS["other"])
    if words.language == "ar":
        return each.reason.text_ar or arabic
    return each.reason.text_fr or french


def _offers(services: Iterable[str], words: Words) -> list[str]:
    return [words(f"offer_{service}") for service in services if words.has(f"offer_{service}")]


def _provinces(week: Sequence[Occurrence], words: Words) -> list[tuple[str, str, int]]:
    """Return each province with stops this week: slug, name, how many communes."""
    found: dict[str, tuple[str, set[str]]] = {}
    for each in week:
        slug = slug_of(each.commune.province_fr)
        found.setdefault(slug, (_province(each.commune, words), set()))[1].add(each.commune.id)
    return sorted(((slug, name, len(ids)) for slug, (name, ids) in found.items()), key=lambda row: row[1])


def _communes(week: Sequence[Occurrence], words: Words) -> list[tuple[str, str]]:
    found = {each.commune.id: _name(each.commune, words) for each in week}
    return sorted(found.items(), key=lambda row: row[1])


def _day(each: Occurrence, site: Site) -> date:
    return each.starts_at.astimezone(site.settings.timezone).date()


def _name(place: Place, words: Words) -> str:
    return place.name_ar if words.language == "ar" else place.name_fr


def _province(place: Place, words: Words) -> str:
    return place.province_ar if words.language == "ar" else place.province_fr
