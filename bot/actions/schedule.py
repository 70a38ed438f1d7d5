"""When and where the mobile agency comes: always from the timetable's records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import PLACE, SCHEDULE, Answer, Heard, ask
from bot.actions.missed_stop import missed
from bot.actions.periods import Period, asked_period, asks_for_programme
from bot.actions.places import name_of, place_by_id, places_of_province, province_of
from bot.actions.reminders import (
    REMIND,
    offered_reminder,
    place_to_remind_of,
    remind,
    stop_reminding,
    took_the_offer,
)
from bot.actions.services import Services
from bot.actions.stop_words import StopWords
from bot.actions.subject import Action
from bot.actions.understanding import not_understood
from bot.actions.wishes import (
    asked_services,
    means_a_province,
    means_there,
    says_it_did_not_come,
    wants_no_reminder,
    wants_reminder,
)
from bot.contract import ReplyChoice
from bot.texts import say
from knowledge_base.network.interests import note_interest
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.timetable import nearest_occurrence, next_occurrences

MOST_CHOICES = 10  # rows of a list on the narrowest channel
_PROVINCE_LINES = 8
_PROVINCE_DAYS = timedelta(days=7)
_LINES = 12  # of one place's week
_LONGEST_QUESTION = 300  # characters kept of it while a place is asked for
_EVERY_STOP = 1_000
_SMALL_TALK = frozenset({"affirm", "deny", "greeting", "thanks"})  # "ok, and Zemamra?"
# Intents that a place or a day alone may be mistaken for, while we wait for one.
_PLACE_INTENTS = frozenset({"inform", "nlu_fallback", "agency_location_hours", "off_topic"})
# "Can I pay there?", asked about the agency just talked about.
_SERVICE_INTENTS = frozenset({"payment_channels", "meter_recharge", "new_subscription"})


async def schedule(heard: Heard, services: Services) -> Answer:
    """Answer for the place named, shared or talked about before; ask which where that is open."""
    if says_it_did_not_come(heard.text):
        return await missed(heard, services)
    if wants_no_reminder(heard.text):
        return await stop_reminding(heard, services)
    if heard.location is not None:
        return await _nearest_here(heard, services, heard.location)
    province = heard.province or _named_province(heard)
    if province is not None:
        return await _province(heard, services, province)
    named = _distinct([place for place in map(place_by_id, heard.places) if place is not None])
    if len(named) > 1:
        return _which(heard, named[:MOST_CHOICES])
    return await (_at(heard, services, named[0]) if named else _unnamed(heard, services))


def _named_province(heard: Heard) -> str | None:
    """Read "Benslimane province": the town that a province is called after, beside the word."""
    places = [place for place in map(place_by_id, heard.places) if place is not None]
    if len(places) == 1 and places[0].name_fr == places[0].province_fr and means_a_province(heard.text):
        return places[0].province_fr
    return None


def takes(heard: Heard) -> Action | None:
    """A place answers our question; a place, a day, a reminder or a service goes on with the schedule."""
    if heard.chosen is not None and heard.chosen[0] != PLACE:
        return None
    if took_the_offer(heard):
        return remind
    return _about_visits(heard) or _goes_on(heard)


def _about_visits(heard: Heard) -> Action | None:
    """A reminder begun or ended, or a visit that was waited for in vain.

    "Rappelez-moi" alone asks for a person's call: then the words must say more.
    """
    if heard.state.question is not None:
        return None
    wants_a_person = heard.intent == "human_agent"
    if wants_no_reminder(heard.text, plainly=wants_a_person):
        return stop_reminding
    if wants_reminder(heard.text, plainly=wants_a_person):
        return schedule
    return missed if says_it_did_not_come(heard.text) and heard.intent in _PLACE_INTENTS else None


def _goes_on(heard: Heard) -> Action | None:
    if heard.intent in _SERVICE_INTENTS:
        about_it = heard.state.question is None and heard.state.place is not None and not heard.places
        return schedule if about_it and means_there(heard.text) else None
    if heard.intent in _PLACE_INTENTS or (heard.places and heard.intent in _SMALL_TALK):
        goes_on = bool(heard.places) or heard.location is not None or _names_a_day(heard)
        if heard.state.question == PLACE or (heard.state.question is None and goes_on):
            return schedule
    return None


def _names_a_day(heard: Heard) -> bool:
    return asked_period(heard.text, heard.place_spans, heard.now.date()) is not None


async def _unnamed(heard: Heard, services: Services) -> Answer:
    """No place in the message: the one just talked about, else ask."""
    if heard.state.question == PLACE and heard.intent != "mobile_agency_schedule":
        return await not_understood(heard, services)
    before = place_by_id(heard.state.place) if heard.state.place else None
    if before is not None and heard.state.topic == SCHEDULE:
        return await _at(heard, services, before)
    return ask(_keeping_words(heard), say(heard.language, "ask_place"), question=PLACE, topic=SCHEDULE)


def _keeping_words(heard: Heard) -> Heard:
    """Keep a question whose place is asked for, without the names in it: its day is not asked again."""
    kept = "".join(
        " " if any(start <= index < end for start, end in heard.place_spans) else letter
        for index, letter in enumerate(heard.text[:_LONGEST_QUESTION])
    )
    return replace(heard, state=heard.state.remembering(SCHEDULE, {"text": kept}))


def _distinct(places: list[Place]) -> list[Place]:
    """Drop a commune named together with a place in it: "souk Khemis, Zemamra" is one place."""
    inside = {place.commune_id for place in places if place.id != place.commune_id}
    return [place for place in places if place.id not in inside]


def _which(heard: Heard, places: Sequence[Place]) -> Answer:
    choices = tuple(
        ReplyChoice(f"inform:place:{place.id}", name_of(place, heard.language)) for place in places
    )
    text = say(heard.language, "which_place")
    return ask(_keeping_words(heard), text, question=PLACE, topic=SCHEDULE, choices=choices)


def _asked(heard: Heard) -> str:
    """Return the words of the question: of this message, or of the one we asked the place for."""
    earlier = heard.state.memory.get(SCHEDULE)
    if heard.state.question == PLACE and isinstance(earlier, dict) and earlier.get("text"):
        return f"{heard.text}\n{earlier['text']}" if heard.chosen is None else str(earlier["text"])
    return heard.text


async def _at(heard: Heard, services: Services, place: Place) -> Answer:
    words = _asked(heard)
    today = _local(heard.now, services)
    period = asked_period(words, heard.place_spans, today)
    if period is None and asks_for_programme(words):
        period = Period(today, today + timedelta(days=6))
    async with services.connection() as connection:
        if period is not None and not period.is_one_day:
            text, told = await _period_at(connection, heard, services, place, period)
        else:
            day = None if period is None else period.first
            text, told = await _day_at(connection, heard, services, place, day)
        text += _service_lines(heard, words, told)
        await note_interest(
            connection, heard.conversation_id, [stop.stop_id for stop in told], services.clock()
        )
        visited = place_to_remind_of(place, told)
        choices, memory = await offered_reminder(connection, heard, visited)
    if wants_reminder(words) and visited is not None:
        return await remind(replace(heard, chosen=(REMIND, visited.id)), services, said=text)
    answer = ask(
        replace(heard, state=heard.state.remembering(SCHEDULE, memory)),
        text,
        question=None,
        topic=SCHEDULE,
        place=place.id,
    )
    return replace(answer, choices=choices)


async def _day_at(
    connection: AsyncConnection, heard: Heard, services: Services, place: Place, day: date | None
) -> tuple[str, list[Occurrence]]:
    """Say the next visit, from a day on where one is named; returns the words and the visits told."""
    today = _local(heard.now, services)
    since = heard.now if day is None else max(heard.now, _start_of(day, services))
    words = _words(heard, services)
    coming = await _stops_at(connection, services, place, since)
    if not coming and day is not None:
        coming = await _stops_at(connection, services, place, heard.now)
    if coming:
        was_there = day == today and await _was_there(connection, services, place, heard.now)
        return words.coming(place, coming, day, was_there=was_there), words.told(coming)
    nearest = await _nearest_to(connection, services, place, heard.now)
    if nearest is not None:
        return words.nearest(nearest, instead_of=place), [nearest]
    return words.none_at(place), []


async def _period_at(
    connection: AsyncConnection, heard: Heard, services: Services, place: Place, period: Period
) -> tuple[str, list[Occurrence]]:
    """Say every visit of a week; where there is none, the next one after it."""
    words = _words(heard, services)
    since = max(heard.now, _start_of(period.first, services))
    coming = await _stops_at(connection, services, place, since, limit=_LINES)
    there = [stop for stop in coming if words.day_of(stop) in period]
    if there:
        return words.list_at(place, period.first, period.last, there), there
    if coming:
        return words.not_in(place, period.first, period.last, coming), words.told(coming)
    return await _day_at(connection, heard, services, place, None)


def _service_lines(heard: Heard, words: str, told: Iterable[Occurrence]) -> str:
    """Answer "can I pay there?" from what the stop offers."""
    visits = [stop for stop in told if stop.status is not OccurrenceStatus.CANCELLED]
    if not visits:
        return ""
    lines = (
        say(heard.language, f"{'can' if wish in visits[-1].services else 'cannot'}_{wish}_there")
        for wish in asked_services(words)
    )
    return "".join(f"\n{line}" for line in lines)


def _words(heard: Heard, services: Services) -> StopWords:
    return StopWords(heard.language, heard.now, services.timezone)


def _local(moment: datetime, services: Services) -> date:
    return moment.astimezone(services.timezone).date()


def _start_of(day: date, services: Services) -> datetime:
    return datetime.combine(day, time(), services.timezone)


async def _stops_at(
    connection: AsyncConnection, services: Services, place: Place, since: datetime, *, limit: int = 3
) -> list[Occurrence]:
    """Return the next stops at the place; where the place itself has none, those of its commune."""
    if place.id != place.commune_id:
        found = await next_occurrences(
            connection, place_id=place.id, at=since, timezone=services.timezone, limit=limit
        )
        if found:
            return found
    return await next_occurrences(
        connection, commune_id=place.commune_id, at=since, timezone=services.timezone, limit=limit
    )


async def _was_there(connection: AsyncConnection, services: Services, place: Place, at: datetime) -> bool:
    """Tell whether the agency has been at the place today and left."""
    morning = _start_of(_local(at, services), services)
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
        await note_interest(connection, heard.conversation_id, [stop.stop_id], services.clock())
        choices, memory = await offered_reminder(connection, heard, place_to_remind_of(None, [stop]))
    text = _words(heard, services).nearest(stop, instead_of=None)
    heard = replace(heard, state=heard.state.remembering(SCHEDULE, memory))
    answer = ask(heard, text, question=None, topic=SCHEDULE, place=stop.place.id)
    return replace(answer, choices=choices)


async def _province(heard: Heard, services: Services, province: str) -> Answer:
    """List the coming stops of a province: of the day or the week asked about, else of the coming week."""
    today = _local(heard.now, services)
    period = asked_period(heard.text, heard.place_spans, today)
    since = heard.now if period is None else max(heard.now, _start_of(period.first, services))
    until = since + _PROVINCE_DAYS
    if period is not None:
        until = _start_of(period.last + timedelta(days=1), services)
    async with services.connection() as connection:
        coming = await next_occurrences(
            connection, at=since, timezone=services.timezone, limit=_EVERY_STOP, include_cancelled=False
        )
        there = [stop for stop in coming if stop.place.province_fr == province and stop.starts_at < until]
        told = there[:_PROVINCE_LINES]
        await note_interest(
            connection, heard.conversation_id, [stop.stop_id for stop in told], services.clock()
        )
    name = province_of(places_of_province(province)[0], heard.language)
    words = _words(heard, services)
    if period is None or there:
        lines = [say(heard.language, "province_stops" if there else "province_none", province=name)]
    else:
        lines = [words.none_in_province(name, period.first, period.last)]
    lines += [words.in_list(stop) for stop in told]
    if len(there) > len(told):
        lines.append(say(heard.language, "and_more", count=len(there) - len(told)))
    return ask(heard, "\n".join(lines), question=None, topic=SCHEDULE)
