"""Where agencies are, when they are open and what they do: always from their records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.agency_words import AgencyWords
from bot.actions.dialogue import PLACE, Answer, Heard, ask
from bot.actions.periods import asked_period
from bot.actions.places import name_of, place_by_id
from bot.actions.services import Services
from bot.actions.stop_words import StopWords
from bot.actions.subject import Action
from bot.actions.understanding import not_understood
from bot.actions.wishes import asked_services, asks_what_is_offered, means_that_place, means_there
from bot.contract import Language, ReplyChoice
from bot.texts import say
from knowledge_base.network.agencies import Agency, agencies_of, nearest_agencies
from knowledge_base.network.interests import note_interest
from knowledge_base.network.payment_points import PaymentPoint, nearest_payment_points
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence
from knowledge_base.network.timetable import nearest_occurrence
from knowledge_base.text import words

AGENCIES = "agencies"  # the topic
CHOSEN = "agency_place"  # what a button of ours brings

_MOST = 3  # agencies of one answer
_MOST_CHOICES = 10
_PLACE_INTENTS = frozenset({"inform", "nlu_fallback", "off_topic", "mobile_agency_schedule"})
_SERVICE_INTENTS = frozenset({"payment_channels", "meter_recharge", "new_subscription"})
_SMALL_TALK = frozenset({"affirm", "deny", "greeting", "thanks"})
_MOBILE = frozenset(
    words("mobile متنقلة المتنقلة motana9ila متحركة المتحركة camion lcamion camionnette الكاميو van")
)


@dataclass(frozen=True, slots=True)
class Near:
    """What is nearest to a position, of each kind."""

    agency: Agency | None
    stop: Occurrence | None
    point: PaymentPoint | None


async def agencies(heard: Heard, services: Services) -> Answer:
    """Answer for the place named, shared or talked about before; ask which where that is open."""
    if heard.location is not None:
        return await _around(heard, services, heard.location, place=None)
    wanted = (heard.chosen[1],) if heard.chosen is not None and heard.chosen[0] == CHOSEN else heard.places
    named = _distinct([place for place in map(place_by_id, wanted) if place is not None])
    if len({place.commune_id for place in named}) > 1:
        return _which(heard, named[:_MOST_CHOICES])
    if named:
        return await _in(heard, services, named[0])
    before = place_by_id(heard.state.place) if heard.state.place else None
    goes_on = heard.state.topic == AGENCIES or means_that_place(heard.text)
    if before is not None and goes_on and heard.state.question is None:
        return await _in(heard, services, before)
    if heard.state.topic == AGENCIES and heard.state.question == PLACE:
        return await not_understood(heard, services)
    return ask(_keeping(heard), say(heard.language, "ask_agency_place"), question=PLACE, topic=AGENCIES)


def takes(heard: Heard) -> Action | None:
    """A place answers our question; a place, a day or a service goes on with the agency."""
    if heard.chosen is not None and heard.chosen[0] != PLACE:
        return None
    about_it = heard.state.question is None and heard.state.place is not None and not heard.places
    if heard.intent in _SERVICE_INTENTS:
        return agencies if about_it and means_there(heard.text) else None
    if heard.intent == "mobile_agency_schedule" and not _MOBILE.isdisjoint(words(heard.text)):
        return None
    if heard.intent in _PLACE_INTENTS or ((heard.places or heard.location) and heard.intent in _SMALL_TALK):
        named = bool(heard.places) or heard.location is not None
        day = asked_period(heard.text, heard.place_spans, heard.now.date()) is not None
        offered = asks_what_is_offered(heard.text) or bool(asked_services(heard.text))
        if heard.state.question == PLACE or named or (about_it and (day or offered)):
            return agencies
    return None


def _distinct(places: list[Place]) -> list[Place]:
    """Drop a commune named together with a place in it."""
    inside = {place.commune_id for place in places if place.id != place.commune_id}
    return [place for place in places if place.id not in inside]


def _keeping(heard: Heard) -> Heard:
    return replace(heard, state=heard.state.remembering(AGENCIES, {"text": heard.text[:300]}))


def _which(heard: Heard, places: Sequence[Place]) -> Answer:
    choices = tuple(
        ReplyChoice(f"inform:{CHOSEN}:{place.id}", name_of(place, heard.language)) for place in places
    )
    text = say(heard.language, "which_place")
    return ask(_keeping(heard), text, question=PLACE, topic=AGENCIES, choices=choices)


def _question(heard: Heard) -> str:
    """Return the words of this message, and of the question we asked the place for."""
    earlier = heard.state.memory.get(AGENCIES)
    if heard.state.question == PLACE and isinstance(earlier, dict):
        return f"{heard.text}\n{earlier['text']}"
    return heard.text


async def _in(heard: Heard, services: Services, place: Place) -> Answer:
    """Tell the agencies of the place's commune, the nearest first; without one, what is nearest instead."""
    async with services.connection() as connection:
        known = await agencies_of(connection, None, since=heard.now)
    position = position_of(place)
    here = [agency for agency in known if agency.commune_id == place.commune_id]
    today = heard.now.astimezone(services.timezone).date()
    if not any(not agency.is_planned(today) for agency in here):
        return await _around(heard, services, position, place=place, planned=here)
    if place.kind == "quarter" and len(here) > 1:
        named = [agency for agency in here if place.name_fr in agency.name_fr]
        here = named or here
    here = here[:_MOST]
    question = _question(heard)
    period = asked_period(question, heard.place_spans, today)
    wanted = asked_services(question)
    told = AgencyWords(heard.language, heard.now, services.timezone)
    lines: list[str] = []
    for agency in here:
        lines += told.agency(agency, period.first if period is not None and period.is_one_day else None)
        if not agency.is_planned(today) and (wanted or asks_what_is_offered(question) or len(here) == 1):
            lines += told.services(agency, wanted)
    return _answer(heard, "\n".join(lines), place)


def _answer(heard: Heard, text: str, place: Place | None) -> Answer:
    heard = replace(heard, state=heard.state.remembering(AGENCIES, None))
    known = heard.state.place if place is None else place.id
    return ask(heard, text, question=None, topic=AGENCIES, place=known)


async def _around(
    heard: Heard,
    services: Services,
    position: tuple[float, float] | None,
    *,
    place: Place | None,
    planned: Sequence[Agency] = (),
) -> Answer:
    """Tell the nearest agency, the nearest next stop and the nearest payment point."""
    told = AgencyWords(heard.language, heard.now, services.timezone)
    lines = [told.planned(agency) for agency in planned]
    if place is not None and not planned:
        lines.append(say(heard.language, "no_agency_at", place=name_of(place, heard.language)))
    if position is not None:
        async with services.connection() as connection:
            near = await nearest_to(connection, services, heard, position)
        lines += near_lines(near, told, heard.language)
    if not lines:
        lines.append(say(heard.language, "ask_agency_place"))
    return _answer(heard, "\n".join(lines), place)


async def nearest_to(
    connection: AsyncConnection, services: Services, heard: Heard, position: tuple[float, float]
) -> Near:
    """Find the nearest agency, next stop and payment point; the conversation has asked for that stop."""
    today = heard.now.astimezone(services.timezone).date()
    known = await agencies_of(connection, None, since=heard.now)
    found = nearest_agencies(known, position, on=today)
    stop = await nearest_occurrence(
        connection,
        latitude=position[0],
        longitude=position[1],
        at=heard.now,
        timezone=services.timezone,
    )
    points = await nearest_payment_points(connection, position, limit=1)
    if stop is not None:
        await note_interest(connection, heard.conversation_id, [stop.stop_id], services.clock())
    return Near(found[0] if found else None, stop, points[0] if points else None)


def near_lines(near: Near, told: AgencyWords, language: Language) -> list[str]:
    lines = []
    if near.agency is not None:
        lines.append(told.nearest(near.agency))
    if near.stop is not None:
        stop_words = StopWords(language, told.now, told.timezone)
        lines.append(say(language, "nearest_stop", stop=stop_words.with_distance(near.stop)))
    if near.point is not None:
        lines.append(say(language, "nearest_point", point=told.point(near.point).removeprefix("• ")))
    return lines


def position_of(place: Place) -> tuple[float, float] | None:
    """Return where a place is: its own position, else its commune's."""
    for known in (place, place_by_id(place.commune_id)):
        if known is not None and known.latitude is not None and known.longitude is not None:
            return known.latitude, known.longitude
    return None
