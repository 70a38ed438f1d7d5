"""When and where the mobile agency comes: always from the timetable's records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import PLACE, SCHEDULE, Answer, Heard, ask
from bot.actions.moments import asked_day
from bot.actions.places import name_of, place_by_id, places_of_province, province_of
from bot.actions.services import Services
from bot.actions.stop_words import StopWords
from bot.actions.subject import Action
from bot.actions.understanding import not_understood
from bot.contract import ReplyChoice
from bot.texts import say
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.timetable import nearest_occurrence, next_occurrences

_MOST_CHOICES = 10  # rows of a list on the narrowest channel
_PROVINCE_LINES = 5
_PROVINCE_DAYS = timedelta(days=7)
_EVERY_STOP = 1_000
_SMALL_TALK = frozenset({"affirm", "deny", "greeting", "thanks"})  # "ok, and Zemamra?"
# Intents that a place or a day alone may be mistaken for, while we wait for one.
_PLACE_INTENTS = frozenset({"inform", "nlu_fallback", "agency_location_hours", "off_topic"})


async def schedule(heard: Heard, services: Services) -> Answer:
    """Answer for the place named, shared or talked about before; ask which where that is open."""
    if heard.location is not None:
        return await _nearest_here(heard, services, heard.location)
    if heard.province is not None:
        return await _province(heard, services, heard.province)
    named = _distinct([place for place in map(place_by_id, heard.places) if place is not None])
    if len(named) > 1:
        return _which(heard, named[:_MOST_CHOICES])
    return await (_at(heard, services, named[0]) if named else _unnamed(heard, services))


def takes(heard: Heard) -> Action | None:
    """A place answers our question; a place or a day goes on with the schedule: "and on Friday?"."""
    if heard.intent in _PLACE_INTENTS or (heard.places and heard.intent in _SMALL_TALK):
        goes_on = bool(heard.places) or _names_a_day(heard)
        if heard.state.question == PLACE or (heard.state.question is None and goes_on):
            return schedule
    return None


def _names_a_day(heard: Heard) -> bool:
    return asked_day(heard.text, heard.place_spans, heard.now.date()) is not None


async def _unnamed(heard: Heard, services: Services) -> Answer:
    """No place in the message: the one just talked about, else ask."""
    if heard.state.question == PLACE:
        return await not_understood(heard, services)
    before = place_by_id(heard.state.place) if heard.state.place else None
    if before is not None and heard.state.topic == SCHEDULE:
        return await _at(heard, services, before)
    return ask(heard, say(heard.language, "ask_place"), question=PLACE, topic=SCHEDULE)


def _distinct(places: list[Place]) -> list[Place]:
    """Drop a commune named together with a place in it: "souk Khemis, Zemamra" is one place."""
    inside = {place.commune_id for place in places if place.id != place.commune_id}
    return [place for place in places if place.id not in inside]


def _which(heard: Heard, places: Sequence[Place]) -> Answer:
    choices = tuple(
        ReplyChoice(f"inform:place:{place.id}", name_of(place, heard.language)) for place in places
    )
    return ask(heard, say(heard.language, "which_place"), question=PLACE, topic=SCHEDULE, choices=choices)


async def _at(heard: Heard, services: Services, place: Place) -> Answer:
    today = heard.now.astimezone(services.timezone).date()
    day = asked_day(heard.text, heard.place_spans, today)
    since = heard.now if day is None else max(heard.now, _start_of(day, services))
    words = _words(heard, services)
    async with services.connection() as connection:
        coming = await _stops_at(connection, services, place, since)
        if not coming and day is not None:
            coming = await _stops_at(connection, services, place, heard.now)
        was_there = day == today and await _was_there(connection, services, place, heard.now)
        nearest = None if coming else await _nearest_to(connection, services, place, heard.now)
    if coming:
        text = words.coming(place, coming, day, was_there=was_there)
    elif nearest is not None:
        text = words.nearest(nearest, instead_of=place)
    else:
        text = words.none_at(place)
    return ask(heard, text, question=None, topic=SCHEDULE, place=place.id)


def _words(heard: Heard, services: Services) -> StopWords:
    return StopWords(heard.language, heard.now, services.timezone)


def _start_of(day: date, services: Services) -> datetime:
    return datetime.combine(day, time(), services.timezone)


async def _stops_at(
    connection: AsyncConnection, services: Services, place: Place, since: datetime
) -> list[Occurrence]:
    """Return the next stops at the place; where the place itself has none, those of its commune."""
    if place.id != place.commune_id:
        found = await next_occurrences(connection, place_id=place.id, at=since, timezone=services.timezone)
        if found:
            return found
    return await next_occurrences(
        connection, commune_id=place.commune_id, at=since, timezone=services.timezone
    )


async def _was_there(connection: AsyncConnection, services: Services, place: Place, at: datetime) -> bool:
    """Tell whether the agency has been at the place today and left."""
    morning = _start_of(at.astimezone(services.timezone).date(), services)
    stops = await _stops_at(connection, services, place, morning)
    return any(stop.ends_at <= at and stop.status is not OccurrenceStatus.CANCELLED for stop in stops)


async def _nearest_to(
    connection: AsyncConnection, services: Services, place: Place, at: datetime
) -> Occurrence | None:
    position = place if place.latitude is not None else place_by_id(place.commune_id)
    if position is None or position.latitude is None or position.longitude is None:
        return None
    return await nearest_occurrence(
        connection,
        latitude=position.latitude,
        longitude=position.longitude,
        at=at,
        timezone=services.timezone,
    )


async def _nearest_here(heard: Heard, services: Services, position: tuple[float, float]) -> Answer:
    latitude, longitude = position
    async with services.connection() as connection:
        stop = await nearest_occurrence(
            connection, latitude=latitude, longitude=longitude, at=heard.now, timezone=services.timezone
        )
    if stop is None:
        return ask(heard, say(heard.language, "stop_none_here"), question=None, topic=SCHEDULE)
    text = _words(heard, services).nearest(stop, instead_of=None)
    return ask(heard, text, question=None, topic=SCHEDULE, place=stop.place.id)


async def _province(heard: Heard, services: Services, province: str) -> Answer:
    """List the coming stops of a province."""
    async with services.connection() as connection:
        coming = await next_occurrences(
            connection, at=heard.now, timezone=services.timezone, limit=_EVERY_STOP, include_cancelled=False
        )
    until = heard.now + _PROVINCE_DAYS
    there = [stop for stop in coming if stop.place.province_fr == province and stop.starts_at < until]
    name = province_of(places_of_province(province)[0], heard.language)
    words = _words(heard, services)
    lines = [say(heard.language, "province_stops" if there else "province_none", province=name)]
    lines += [words.in_list(stop) for stop in there[:_PROVINCE_LINES]]
    return ask(heard, "\n".join(lines), question=None, topic=SCHEDULE)
