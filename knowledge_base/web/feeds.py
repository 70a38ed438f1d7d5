"""Feeds and lists for programs: Atom for outages and changed stops, the sitemap, robots."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from xml.etree import ElementTree as ET

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.addresses import HELP, path_of
from knowledge_base.articles.model import LANGUAGES, Article
from knowledge_base.articles.reading import published
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.tables import stop_exceptions
from knowledge_base.network.timetable import occurrences_between
from knowledge_base.outages.incidents import current_outages
from knowledge_base.web.network_pages import PATH, reason_of
from knowledge_base.web.outage_pages import communes_of, told_of
from knowledge_base.web.site import LIVE_AGE, SITE, Site, address, respond, words_of
from knowledge_base.web.words import Words, hour

_ATOM: Final = "http://www.w3.org/2005/Atom"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_SITEMAP: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_XHTML: Final = "http://www.w3.org/1999/xhtml"
_AHEAD: Final = timedelta(days=14)  # changed stops are told two weeks ahead
_SITEMAP_AGE: Final = timedelta(minutes=10)

for _prefix, _namespace in (("", _ATOM), ("xhtml", _XHTML)):
    ET.register_namespace(_prefix, _namespace)

Changes = dict[tuple[UUID | None, date], datetime]  # of a stop, of a van, or (None) of every stop


@dataclass(frozen=True, slots=True)
class Entry:
    id: str
    title: str
    text: str
    updated: datetime
    link: str


async def outages_feed(request: web.Request) -> web.Response:
    words, site = words_of(request), request.app[SITE]
    async with site.reading() as connection:
        found = await current_outages(connection, site.clock())
        communes = await communes_of(connection, found, words)
    link = site.settings.public_url + address(words.language, "outages")
    comma = words("comma")
    entries = []
    for outage in found:
        told: Any = told_of(outage, communes, words, site)
        estimate = told["estimate"] or words("no_estimate")
        entries.append(
            Entry(
                f"urn:uuid:{outage.id}",
                f"{told['name']} ({told['phase_name']}): {comma.join(told['areas'])}",
                f"{words('since')}: {told['since']}. {words('expected')}: {estimate}."
                f" {words('cause')}: {told['cause']}.",
                outage.updated_at,
                f"{link}#{outage.id}",
            )
        )
    return _feed(request, words, "outages", words("outages_title"), entries)


async def stops_feed(request: web.Request) -> web.Response:
    """Stops of the coming two weeks that are not as usual."""
    words, site = words_of(request), request.app[SITE]
    now = site.clock()
    async with site.reading() as connection:
        stops = await occurrences_between(connection, now, now + _AHEAD, site.settings.timezone)
        changed = [each for each in stops if each.status is not OccurrenceStatus.PLANNED]
        since = await _changed_at(connection, now)
    entries = [_stop_entry(each, since, words, site) for each in changed]
    return _feed(request, words, PATH, words("schedule_title"), entries)


def _stop_entry(each: Occurrence, since: Changes, words: Words, site: Site) -> Entry:
    zone = site.settings.timezone
    starts, ends = each.starts_at.astimezone(zone), each.ends_at.astimezone(zone)
    arabic = words.language == "ar"
    place = each.usual_place.name_ar if arabic else each.usual_place.name_fr
    now_at = each.place.name_ar if arabic else each.place.name_fr
    is_cancelled = each.status is OccurrenceStatus.CANCELLED
    comma = words("comma")
    text = (
        f"{words.day(starts.date())}, {hour(starts)}–{hour(ends)}, {now_at}. {reason_of(each, words) or ''}"
    )
    keys = [(which, starts.date()) for which in (each.stop_id, each.van.id, None)]
    changed = max((since[key] for key in keys if key in since), default=each.starts_at - _AHEAD)
    return Entry(
        f"tag:wasl,{starts.date().isoformat()}:{each.stop_id}:{each.status}",
        f"{words('cancelled' if is_cancelled else 'moved')}: {place}{comma}{words.day(starts.date())}",
        text.strip(),
        changed,
        site.settings.public_url + address(words.language, f"{PATH}/{each.commune.id}"),
    )


async def sitemap(request: web.Request) -> web.Response:
    site = request.app[SITE]
    root = ET.Element(f"{{{_SITEMAP}}}urlset")
    async with site.reading() as connection:
        everything: dict[UUID, Article] = {}
        for language in LANGUAGES:
            everything |= {each.id: each for each in await published(connection, language)}
    pages: list[dict[str, str]] = [
        {language: address(language, path) for language in LANGUAGES}
        for path in ("", PATH, "outages", "agencies")
    ]
    pages += [
        {
            language: path_of(language, translation.wording.slug)
            for language, translation in each.translations.items()
            if each.is_public(language)
        }
        for each in everything.values()
    ]
    for alternates in pages:
        for where in alternates.values():
            url = ET.SubElement(root, f"{{{_SITEMAP}}}url")
            ET.SubElement(url, f"{{{_SITEMAP}}}loc").text = site.settings.public_url + where
            for language, other in alternates.items():
                ET.SubElement(
                    url,
                    f"{{{_XHTML}}}link",
                    rel="alternate",
                    hreflang=language,
                    href=site.settings.public_url + other,
                )
    return respond(request, _bytes(root), "application/xml", age=_SITEMAP_AGE)


def robots(public_url: str) -> str:
    """Return what robots may read: the help centre, not the desk and not customers' threads."""
    return f"User-agent: *\nAllow: {HELP}\nDisallow: /\n\nSitemap: {public_url}{HELP}/sitemap.xml\n"


async def _changed_at(connection: AsyncConnection, now: datetime) -> Changes:
    """Return when each change was made, by what it is of and its day: ids begin with their time."""
    columns = stop_exceptions.c
    rows = await connection.execute(
        select(columns.id, columns.stop_id, columns.van_id, columns.on_date).where(
            columns.on_date.between(now.date() - timedelta(days=1), (now + _AHEAD).date() + timedelta(days=1))
        )
    )
    return {
        (row.stop_id or row.van_id, row.on_date): datetime.fromtimestamp((row.id.int >> 80) / 1000, UTC)
        for row in rows
    }


def _feed(
    request: web.Request, words: Words, path: str, title: str, entries: Iterable[Entry]
) -> web.Response:
    site = request.app[SITE]
    here = site.settings.public_url + address(words.language, path)
    told = list(entries)
    feed = ET.Element(f"{{{_ATOM}}}feed", {f"{{{_XML}}}lang": words.language})
    _add(feed, "id", here)
    _add(feed, "title", f"{title} · {site.settings.brand_short_name}")
    # A feed without entries has not changed since the company began.
    newest = max((each.updated for each in told), default=datetime(2024, 10, 1, tzinfo=UTC))
    _add(feed, "updated", newest.isoformat())
    _add(feed, "link", rel="self", href=f"{here}.atom")
    _add(feed, "link", rel="alternate", type="text/html", href=here)
    author = ET.SubElement(feed, f"{{{_ATOM}}}author")
    _add(author, "name", site.settings.brand_name)
    for each in told:
        entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
        _add(entry, "id", each.id)
        _add(entry, "title", each.title)
        _add(entry, "updated", each.updated.isoformat())
        _add(entry, "link", rel="alternate", type="text/html", href=each.link)
        _add(entry, "summary", each.text)
    return respond(request, _bytes(feed), "application/atom+xml", age=LIVE_AGE)


def _add(parent: ET.Element, name: str, text: str | None = None, **attributes: str) -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}{name}", attributes).text = text


def _bytes(root: ET.Element) -> bytes:
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
