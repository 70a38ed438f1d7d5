"""The stops of a place as an iCalendar feed (RFC 5545) that a telephone's calendar subscribes to."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from icalendar import Calendar, Event
from icalendar.prop import vGeo
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus, position_of_stop
from knowledge_base.network.stored_places import stored_places
from knowledge_base.network.timetable import next_occurrences

FeedLanguage = Literal["ar", "fr"]

# A calendar shows last week's visits too; what is older, it forgets.
SINCE = timedelta(days=7)
_EVERY = 1_000
_PRODUCT = "-//Wasl//Mobile agencies//{language}"
_WORDS = {
    "ar": {
        "title": "الوكالة المتنقلة: {place}",
        "cancelled": "ملغى: الوكالة المتنقلة، {place}",
        "calendar": "الوكالة المتنقلة: {place}",
        "moved": "تغير الموعد هذه المرة",
    },
    "fr": {
        "title": "Agence mobile : {place}",
        "cancelled": "Annulé : agence mobile, {place}",
        "calendar": "Agence mobile : {place}",
        "moved": "Horaire ou lieu modifié cette fois-ci",
    },
}


async def calendar_feed(
    connection: AsyncConnection, place_id: str, *, language: FeedLanguage, at: datetime, timezone: tzinfo
) -> bytes | None:
    """Return the feed of a place or of a whole commune as UTF-8 (text/calendar); None for no such place.

    It holds the last week and the six weeks after `at` (aware), cancelled visits too.
    """
    found = await stored_places(connection, [place_id])
    if not found:
        return None
    place = found[0]
    visits = await next_occurrences(
        connection,
        place_id=None if place.id == place.commune_id else place.id,
        commune_id=place.commune_id if place.id == place.commune_id else None,
        at=at - SINCE,
        timezone=timezone,
        limit=_EVERY,
    )
    return calendar_of(visits, title=place, language=language, at=at, timezone=timezone)


def calendar_of(
    visits: Iterable[Occurrence],
    *,
    title: Place,
    language: FeedLanguage,
    at: datetime,
    timezone: tzinfo,
) -> bytes:
    """Return visits as an iCalendar feed named after the place `title`; pure.

    Times are UTC moments, so that a telephone with old time-zone data shows the right hour. A visit keeps its
    UID when it is cancelled or moved (stop and day name it): calendars change the one they have.
    """
    words = _WORDS[language]
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT.format(language=language.upper()))
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    name = words["calendar"].format(place=_name(title, language))
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT1H")
    for visit in visits:
        calendar.add_component(_event(visit, language, at, timezone))
    data: bytes = calendar.to_ical()
    return data


def _event(visit: Occurrence, language: FeedLanguage, at: datetime, timezone: tzinfo) -> Event:
    words = _WORDS[language]
    cancelled = visit.status is OccurrenceStatus.CANCELLED
    event = Event()
    day = visit.starts_at.astimezone(timezone).date()
    event.add("uid", f"{visit.stop_id}-{day:%Y%m%d}@mobile-agencies.wasl")
    event.add("dtstamp", at)
    event.add("dtstart", visit.starts_at)
    event.add("dtend", visit.ends_at)
    place = visit.usual_place if cancelled else visit.place
    event.add("summary", words["cancelled" if cancelled else "title"].format(place=_name(place, language)))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("location", f"{_name(place, language)}, {_name(visit.commune, language)}")
    position = position_of_stop(visit)
    if position is not None and not cancelled:
        event.add("geo", vGeo(position))
    event.add("description", "\n".join(_lines(visit, language)))
    return event


def _lines(visit: Occurrence, language: FeedLanguage) -> list[str]:
    words = _WORDS[language]
    lines = [visit.van.name_ar if language == "ar" else visit.van.name_fr]
    if visit.status is OccurrenceStatus.MOVED:
        lines.append(words["moved"])
    if visit.reason is not None:
        reason = visit.reason.text_ar if language == "ar" else visit.reason.text_fr
        lines += [reason] if reason else []
    return lines


def _name(place: Place, language: FeedLanguage) -> str:
    return place.name_ar if language == "ar" else place.name_fr
