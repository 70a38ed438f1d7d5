"""When and where the mobile agency comes: always from the timetable's records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import PLACE, SCHEDULE, Answer, Heard, ask
from bot.actions.moments import asked_day, day_words, hour_words
from bot.actions.places import name_of, place_by_id, places_of_province, province_of
from bot.actions.services import Services
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
_REASONS = ("holiday", "breakdown")


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
    return [place for place in places if place.id not in inside or place.id != place.commune_id]


def _which(heard: Heard, places: Sequence[Place]) -> Answer:
    choices = tuple(
        ReplyChoice(f"inform:place:{place.id}", name_of(place, heard.language)) for place in places
    )
    return ask(heard, say(heard.language, "which_place"), question=PLACE, topic=SCHEDULE, choices=choices)


async def _at(heard: Heard, services: Services, place: Place) -> Answer:
    today = heard.now.astimezone(services.timezone).date()
    day = asked_day(heard.text, heard.place_spans, today)
    since = heard.now if day is None else max(heard.now, _start_of(day, services))
    async with services.connection() as connection:
        coming = await _stops_at(connection, services, place, since)
        if not coming and day is not None:
            coming = await _stops_at(connection, services, place, heard.now)
        nearest = None if coming else await _nearest_to(connection, services, place, heard.now)
    lines = _coming_lines(heard, services, place, coming, day) if coming else []
    if nearest is not None:
        lines = [
            _nearest_line(heard, services, nearest, "stop_nearest", place=name_of(place, heard.language))
        ]
    text = "\n".join(lines) or say(heard.language, "stop_none", place=name_of(place, heard.language))
    return ask(heard, text, question=None, topic=SCHEDULE, place=place.id)


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


def _coming_lines(
    heard: Heard, services: Services, place: Place, coming: list[Occurrence], day: date | None
) -> list[str]:
    """Say the next stop; before it, what is cancelled, and a "no" to a day asked in vain."""
    lines = []
    first, key = coming[0], "stop_next"
    if day is not None and _day_of(first, services) != day:
        today = heard.now.astimezone(services.timezone).date()
        lines.append(
            say(
                heard.language,
                "stop_not_that_day",
                day=day_words(heard.language, day, today),
                place=name_of(place, heard.language),
            )
        )
        key = "stop_then"
    for stop in coming:
        if stop.status is not OccurrenceStatus.CANCELLED:
            lines.append(_line(heard, services, stop, key))
            if stop.status is OccurrenceStatus.MOVED:
                lines.append(say(heard.language, "stop_moved", reason=_reason(heard, stop)))
            break
        lines.append(_cancelled_line(heard, services, stop))
        key = "stop_then"
    return lines


def _line(heard: Heard, services: Services, stop: Occurrence, key: str) -> str:
    place = name_of(stop.place, heard.language)
    until = hour_words(stop.ends_at, services.timezone)
    if stop.is_running(heard.now):
        return say(heard.language, "stop_now", place=place, until=until)
    return say(heard.language, key, place=place, **_times(heard, services, stop))


def _cancelled_line(heard: Heard, services: Services, stop: Occurrence) -> str:
    return say(
        heard.language,
        "stop_cancelled",
        day=_times(heard, services, stop)["day"],
        place=name_of(stop.usual_place, heard.language),
        reason=_reason(heard, stop),
    )


def _nearest_line(heard: Heard, services: Services, stop: Occurrence, key: str, **values: object) -> str:
    distance = max(1, round(stop.distance_km or 0.0))
    return say(
        heard.language,
        key,
        stop=name_of(stop.place, heard.language),
        km=distance,
        **_times(heard, services, stop),
        **values,
    )


def _times(heard: Heard, services: Services, stop: Occurrence) -> dict[str, str]:
    today = heard.now.astimezone(services.timezone).date()
    return {
        "day": day_words(heard.language, _day_of(stop, services), today),
        "from": hour_words(stop.starts_at, services.timezone),
        "until": hour_words(stop.ends_at, services.timezone),
    }


def _day_of(stop: Occurrence, services: Services) -> date:
    return stop.starts_at.astimezone(services.timezone).date()


def _reason(heard: Heard, stop: Occurrence) -> str:
    key = stop.reason.key if stop.reason else "other"
    return say(heard.language, f"reason_{key if key in _REASONS else 'other'}")


async def _nearest_here(heard: Heard, services: Services, position: tuple[float, float]) -> Answer:
    latitude, longitude = position
    async with services.connection() as connection:
        stop = await nearest_occurrence(
            connection, latitude=latitude, longitude=longitude, at=heard.now, timezone=services.timezone
        )
    if stop is None:
        return ask(heard, say(heard.language, "stop_none_here"), question=None, topic=SCHEDULE)
    text = _nearest_line(heard, services, stop, "stop_nearest_here")
    return ask(heard, text, question=None, topic=SCHEDULE, place=stop.place.id)


async def _province(heard: Heard, services: Services, province: str) -> Answer:
    """List the coming stops of a province, the next visit of each place."""
    async with services.connection() as connection:
        coming = await next_occurrences(
            connection, at=heard.now, timezone=services.timezone, limit=_EVERY_STOP, include_cancelled=False
        )
    until = heard.now + _PROVINCE_DAYS
    there = [stop for stop in coming if stop.place.province_fr == province and stop.starts_at < until]
    name = province_of(places_of_province(province)[0], heard.language)
    lines = [say(heard.language, "province_stops" if there else "province_none", province=name)]
    lines += [
        say(
            heard.language,
            "province_line",
            place=name_of(stop.place, heard.language),
            **_times(heard, services, stop),
        )
        for stop in there[:_PROVINCE_LINES]
    ]
    return ask(heard, "\n".join(lines), question=None, topic=SCHEDULE)
