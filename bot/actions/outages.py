"""No light, no water: what the records know of it, before anyone is asked to fill in anything.

To tell a customer of an outage that is not his is worse than to tell him of none: what is not surely his is
asked about, and what is unknown becomes a ticket.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import Answer, Heard
from bot.actions.menu import human
from bot.actions.outage_place import found_place, places_of
from bot.actions.outage_talk import (
    BACK,
    CUT,
    FOLLOW,
    FORMS,
    GONE,
    INTENTS,
    OTHER,
    PLACE,
    TOPIC,
    WHEN,
    WHICH,
    Talk,
)
from bot.actions.outage_turn import Turn
from bot.actions.outage_words import OutageWords
from bot.actions.people import hand_over_to_people
from bot.actions.places import name_of
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.contract import HandoverReason, Language, ReplyChoice
from bot.forms.engine import start
from bot.forms.matching import mentions
from bot.texts import say
from knowledge_base.network.places import Place
from knowledge_base.outages.coverage import Covered, Spot, outages_at
from knowledge_base.outages.followers import Follower, follow, follower_of
from knowledge_base.outages.incidents import Outage, Phase, Service, outage_by_id
from knowledge_base.outages.reports import Report, record_report
from knowledge_base.text import words

_MOST_TIMES_ASKED = 2  # for the place
_MOST_QUARTERS = 9  # choices: a list has ten rows, and one is "elsewhere"
_MOST_WORKS = 3  # told in one answer
_WORDS_OF_A_PLACE = 4  # "douar oulad sidi messaoud"
_NEVER_A_PLACE = frozenset({"human_agent", "street_danger", *INTENTS})
# What goes to people for "still out", by service: a category of the desk.
_CATEGORIES = {Service.ELECTRICITY: "E3", Service.WATER: "W3", Service.SANITATION: "S2"}
# Intents that a place, or words about what we have just told, may be mistaken for.
_UNSURE = frozenset({"inform", "nlu_fallback", "off_topic"})
_PLACE_INTENTS = frozenset({"inform", "nlu_fallback", "agency_location_hours", "off_topic"})
_NEWS_INTENTS = _PLACE_INTENTS | {
    *INTENTS,
    "affirm",
    "due_date",
    "mobile_agency_schedule",
    "reconnect_after_cutoff",
    "thanks",
    "ticket_status",
}


async def cut(heard: Heard, services: Services) -> Answer:
    """No light or no water, or a question about it."""
    return await _answer(Turn(heard, services, Talk.begun(heard, INTENTS[heard.intent or ""])))


def told_by_words(heard: Heard) -> Action | None:
    """Return the action for a place, a service and words of cuts that were taken for nothing else."""
    if heard.intent not in _UNSURE or not heard.places or len(_services(heard)) != 1:
        return None
    return _of_the_service if mentions(heard.text, CUT) else None


async def _of_the_service(heard: Heard, services: Services) -> Answer:
    """A cut of the service named."""
    return await _answer(Turn(heard, services, Talk.begun(heard, _services(heard)[0])))


async def _and_the_other(heard: Heard, services: Services) -> Answer:
    """Go on with the service named, in the same place: "and the water?" asks, and complains of nothing."""
    talk = Talk.begun(heard, _services(heard)[0])
    return await _answer(Turn(heard, services, replace(talk, asks=not mentions(heard.text, GONE))))


def _services(heard: Heard) -> list[Service]:
    """The services named that one can be without."""
    return [Service(name) for name in heard.values("service") if name in FORMS]


def takes(heard: Heard) -> Action | None:
    """A place answers our question; "when is it back?" and "tell me" go on with what we told."""
    talk = Talk.of(heard.state)
    if talk is None or heard.chosen is not None:
        return None
    if heard.state.question == WHICH and heard.intent in {"affirm", "deny"}:
        return _which_answered
    named = bool(heard.places) or heard.location is not None
    if talk.outage is not None and not named and heard.intent in _NEWS_INTENTS:
        going_on = _of_the_outage(heard)
        if going_on is not None:
            return going_on
    if heard.state.question in {PLACE, WHICH}:
        is_answer = heard.intent in _PLACE_INTENTS or (named and _is_bare(heard))
        return _place_given if is_answer else None
    if named:
        return _place_given if heard.intent == "inform" else None
    return _and_the_other if talk.place is not None and _asks_of_another(heard, talk) else None


def _asks_of_another(heard: Heard, talk: Talk) -> bool:
    """Whether a message is hardly more than a service and a question mark: "w lma?", "et l'électricité"."""
    named = _services(heard)
    if len(named) != 1 or len(words(heard.text)) > _WORDS_OF_A_PLACE:
        return False
    is_question = named[0] is not talk.service and heard.text.rstrip().endswith(("?", "؟"))
    return heard.intent in _UNSURE or (heard.intent in INTENTS and is_question)


def _is_bare(heard: Heard) -> bool:
    """Whether a message is hardly more than a place, whatever intent it was taken for: "fzemamra"."""
    return heard.intent not in _NEVER_A_PLACE and len(words(heard.text)) <= _WORDS_OF_A_PLACE


def _of_the_outage(heard: Heard) -> Action | None:
    offered = any(choice["id"].startswith("inform:outage_follow:") for choice in heard.state.offered)
    if mentions(heard.text, FOLLOW) or (offered and heard.intent == "affirm"):
        return followed
    if mentions(heard.text, OTHER):
        return different
    is_short = heard.intent in _PLACE_INTENTS or heard.intent in INTENTS
    return _news if mentions(heard.text, BACK) or (is_short and mentions(heard.text, WHEN)) else None


async def _place_given(heard: Heard, services: Services) -> Answer:
    turn = Turn.going_on(heard, services)
    if heard.places or heard.location is not None:
        return await _answer(turn.about(place=None, outage=None))
    if heard.state.question == WHICH:
        return await _form(turn)  # a quarter that we do not know is none of those named
    return await _answer(turn)


async def place_chosen(heard: Heard, services: Services) -> Answer:
    """A place was picked from our list: "electricity.zemamra"."""
    service, _, place = _value(heard).partition(".")
    turn = Turn.going_on(heard, services).about(place=place, outage=None)
    return await _answer(replace(turn, talk=replace(turn.talk, service=Service(service))))


async def _which_answered(heard: Heard, services: Services) -> Answer:
    """Yes or no to "is it one of these quarters?": yes is enough where one was named."""
    turn = Turn.going_on(heard, services)
    if heard.intent == "deny":
        return await _form(turn)
    prefix = "inform:outage_place:"
    quarters = [choice["id"] for choice in heard.state.offered if choice["id"].startswith(prefix)]
    if len(quarters) == 1:
        return await place_chosen(
            replace(heard, chosen=("outage_place", quarters[0].removeprefix(prefix))), services
        )
    return turn.ask_place(say(turn.language, "outage_ask_quarter"), question=WHICH)


async def _answer(turn: Turn) -> Answer:
    """Find where it is, then what is known of it."""
    async with turn.services.connection() as connection:
        found = await places_of(connection, turn.heard, turn.talk, turn.now)
        if len(found.places) == 1:
            return await _at(connection, turn, found.places[0], found.feeders)
    if found.places:
        choices = tuple(
            ReplyChoice(f"inform:outage_place:{turn.talk.service}.{place.id}", turn.name(place))
            for place in found.places
        )
        return turn.ask_place(say(turn.language, "which_place"), question=PLACE, choices=choices)
    if turn.talk.asked >= _MOST_TIMES_ASKED:
        return await _form(turn)
    return turn.ask_place(say(turn.language, "outage_ask_place"), question=PLACE)


async def _at(connection: AsyncConnection, turn: Turn, place: Place, feeders: tuple[str, ...]) -> Answer:
    turn = turn.about(place=place.id, outage=None)
    talk, now = turn.talk, turn.now
    spot = Spot.of(place, feeders)
    found = await outages_at(connection, talk.service, spot, now)
    if talk.ahead:
        return _ahead(turn, place, found)
    running = [covered for covered in found if covered.outage.phase(now) is not Phase.COMING]
    told = _explaining(running) or await _other_service(connection, turn, spot)
    if not talk.asks:
        await _report(connection, turn, spot, told)
    if told is not None:
        return await _told(connection, turn, told, place)
    if running:
        return _which_quarter(turn, place, running)
    return _none_known(turn, place, found) if talk.asks else await _form(turn)


async def _other_service(connection: AsyncConnection, turn: Turn, spot: Spot) -> Outage | None:
    """Of "no light and no water", what is known of the other."""
    for service in _services(turn.heard):
        if service is not turn.talk.service and not turn.talk.asks:
            found = await outages_at(connection, service, spot, turn.now)
            return _explaining([each for each in found if each.outage.phase(turn.now) is not Phase.COMING])
    return None


def _explaining(running: Sequence[Covered]) -> Outage | None:
    """The outage that surely is the customer's; of several the newest."""
    sure = [covered.outage for covered in running if covered.surely]
    return max(sure, key=lambda outage: outage.starts_at, default=None)


async def _report(connection: AsyncConnection, turn: Turn, spot: Spot, outage: Outage | None) -> None:
    heard = turn.heard
    service, outage_id = (outage.service, outage.id) if outage else (turn.talk.service, None)
    report = Report(service, spot, heard.identity_id, heard.conversation_id, outage_id)
    await record_report(connection, report, turn.now)


async def _told(connection: AsyncConnection, turn: Turn, outage: Outage, place: Place) -> Answer:
    """The outage is the customer's: what is known, and what he may want."""
    follows = await follower_of(connection, outage.id, turn.heard.conversation_id) is not None
    offer = turn.choice("outage_follow", outage.id, "choice_outage_follow")
    other = turn.choice("outage_other", outage.id, "choice_outage_other")
    choices = (*(() if follows else (offer,)), other, human(turn.language))
    text = turn.words.told(outage, place, follows=follows)
    talk = replace(turn.talk, service=outage.service, place=place.id, outage=outage.id)
    return replace(turn, talk=talk).say(text, choices=choices)


def _which_quarter(turn: Turn, place: Place, running: Sequence[Covered]) -> Answer:
    """Some quarters of the customer's commune are concerned: is it one of them?"""
    quarters = list(dict.fromkeys(area for covered in running for area in covered.quarters))
    text = turn.words.partly(turn.talk.service, turn.name(place), quarters)
    choices = tuple(
        ReplyChoice(f"inform:outage_place:{turn.talk.service}.{area.value}", turn.words.name(area))
        for area in quarters[:_MOST_QUARTERS]
    )
    elsewhere = turn.choice("outage_other", running[0].outage.id, "choice_outage_elsewhere")
    return turn.say(text, question=WHICH, choices=(*choices, elsewhere))


def _ahead(turn: Turn, place: Place, found: Sequence[Covered]) -> Answer:
    """Works to come, the nearest first; what runs already is told too."""
    lines = [_line(turn, covered, place) for covered in found[:_MOST_WORKS]]
    none = say(turn.language, "outage_none_planned", kind=turn.kind, area=turn.name(place))
    return turn.say("\n".join(lines or [none]))


def _line(turn: Turn, covered: Covered, place: Place) -> str:
    area = turn.name(place)
    if not covered.surely:
        area = f"{area} ({turn.words.names(covered.quarters)})"
    if covered.outage.phase(turn.now) is Phase.COMING:
        return turn.words.coming(covered.outage, area)
    return turn.words.what(covered.outage, area)


def _none_known(turn: Turn, place: Place, found: Sequence[Covered]) -> Answer:
    """Someone asks, and nothing is known now: what comes, and a way on for who is cut off."""
    none = say(turn.language, "outage_none_now", kind=turn.kind, area=turn.name(place))
    lines = [none, *(_line(turn, covered, place) for covered in found[:1])]
    cut_off = turn.choice("outage_cut", f"{turn.talk.service}.{place.id}", "choice_outage_cut")
    return turn.say("\n".join(lines), choices=(cut_off, human(turn.language)))


async def followed(heard: Heard, services: Services) -> Answer:
    """Take down that the customer wants to be told when it is back."""
    async with services.connection() as connection:
        outage = await _outage_meant(connection, heard)
        turn = Turn.going_on(heard, services, outage)
        if outage is None:
            return turn.ask_place(say(turn.language, "outage_ask_place"), question=PLACE)
        if outage.ended_at is not None:
            return await _over(connection, turn, outage)
        follower = Follower(heard.conversation_id, str(heard.language), turn.talk.place)
        await follow(connection, outage.id, follower, turn.now)
    return turn.say(say(turn.language, "outage_following"))


async def _news(heard: Heard, services: Services) -> Answer:
    """Tell what the records say now of the outage talked about."""
    async with services.connection() as connection:
        outage = await _outage_meant(connection, heard)
        turn = Turn.going_on(heard, services, outage)
        if outage is not None and outage.ended_at is not None:
            return await _over(connection, turn, outage)
        place = await found_place(connection, turn.talk.place) if turn.talk.place else None
        if outage is not None and place is not None:
            return await _told(connection, turn, outage, place)
    return await _answer(turn)


async def _over(connection: AsyncConnection, turn: Turn, outage: Outage) -> Answer:
    place = await found_place(connection, turn.talk.place) if turn.talk.place else None
    area = turn.name(place) if place else turn.words.names(outage.areas)
    still = turn.choice("outage_still", outage.id, "choice_still_out")
    return turn.say(turn.words.over(outage, area), choices=(still,))


async def different(heard: Heard, services: Services) -> Answer:
    """The customer's problem is another, or he lives elsewhere: a ticket of his own."""
    async with services.connection() as connection:
        outage = await _outage_meant(connection, heard)
    return await _form(Turn.going_on(heard, services, outage))


async def cut_after_all(heard: Heard, services: Services) -> Answer:
    """Who only asked is cut off, and nothing is known of it: people must know."""
    service, _, place_id = _value(heard).partition(".")
    turn = Turn.going_on(heard, services).about(place=place_id, outage=None)
    turn = replace(turn, talk=replace(turn.talk, service=Service(service)))
    async with services.connection() as connection:
        place = await found_place(connection, place_id)
        if place is not None:
            await _report(connection, turn, Spot.of(place), None)
    return await _form(turn)


async def still_out(heard: Heard, services: Services) -> Answer:
    """Out although it is said to be over: an individual ticket, without another question."""
    async with services.connection() as connection:
        outage = await _outage_meant(connection, heard)
        turn = Turn.going_on(heard, services, outage)
        if outage is None:
            return turn.ask_place(say(turn.language, "outage_ask_place"), question=PLACE)
        follower = await follower_of(connection, outage.id, heard.conversation_id)
        place_id = follower.place_id if follower and follower.place_id else turn.talk.place
        place = await found_place(connection, place_id) if place_id else None
    return hand_over_to_people(
        heard,
        HandoverReason.NEEDS_PERSON,
        "outage_still",
        priority=2,
        team="technical",
        category=_CATEGORIES[outage.service],
        summary_ar=_still_summary(Language.AR, turn, outage, place),
        summary_fr=_still_summary(Language.FR, turn, outage, place),
    )


def _still_summary(language: Language, turn: Turn, outage: Outage, place: Place | None) -> str:
    spoken = OutageWords(language, turn.now, turn.services.timezone)
    area = name_of(place, language) if place else spoken.names(outage.areas)
    return say(language, "outage_still_summary", kind=spoken.kind(outage.service), area=area)


async def _form(turn: Turn) -> Answer:
    """The form of this cut, with the words that began the talk and the place it has come to."""
    talk = turn.talk
    intent = FORMS[talk.service]
    begun = replace(
        turn.heard,
        text=talk.words or turn.heard.text,
        intent=intent,
        places=(),
        place_spans=(),
        number=None,
        chosen=None,
        location=None,
        entities=(),
        state=turn.heard.state.remembering(TOPIC, None),
    )
    return await start(intent, begun, turn.services, known={"place": talk.place} if talk.place else None)


async def _outage_meant(connection: AsyncConnection, heard: Heard) -> Outage | None:
    """Return the outage of the button pressed, else the one talked about; or what it was merged into."""
    talk = Talk.of(heard.state)
    outage_id = talk.outage if talk else None
    if heard.chosen is not None:
        try:
            outage_id = UUID(_value(heard))
        except ValueError:
            return None
    outage = await outage_by_id(connection, outage_id) if outage_id else None
    if outage is not None and outage.merged_into is not None:
        return await outage_by_id(connection, outage.merged_into)
    return outage


def _value(heard: Heard) -> str:
    return heard.chosen[1] if heard.chosen else ""
