"""Reminders the evening before a visit: offered, taken, ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions import small_talk
from bot.actions.dialogue import SCHEDULE, Answer, Heard, ask
from bot.actions.places import name_of, place_by_id
from bot.actions.services import Services
from bot.contract import Language, ReplyChoice
from bot.texts import say
from knowledge_base.network.interests import subscribe, subscriptions_of, unsubscribe
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence
from knowledge_base.text import fold

REMIND, FORGET = "remind", "forget_stop"  # what buttons of ours bring
ALL = "all"


def place_to_remind_of(place: Place | None, told: Sequence[Occurrence]) -> Place | None:
    """Return whose visits a reminder is about: the place asked for where the agency comes to it, else its
    commune, else the stop told instead. None where no visit was told.
    """
    if not told:
        return None
    visit = told[-1]
    if place is not None and place.id in {visit.usual_place.id, visit.commune.id}:
        return place
    if place is not None and place.commune_id == visit.commune.id:
        return visit.commune
    # A place that staff added is known here by its commune alone.
    return place_by_id(visit.usual_place.id) or visit.commune


async def offered_reminder(
    connection: AsyncConnection, heard: Heard, place: Place | None
) -> tuple[tuple[ReplyChoice, ...], Mapping[str, Any] | None]:
    """Return the button that goes with an answer about a place, and what to remember of it.

    Nothing for a place without visits, nor for one the conversation is reminded of already.
    """
    if place is None or place.id in await subscriptions_of(connection, heard.conversation_id):
        return (), None
    choice = ReplyChoice(f"inform:{REMIND}:{place.id}", say(heard.language, "choice_remind"))
    return (choice,), {"reminder": place.id}


def took_the_offer(heard: Heard) -> bool:
    """Tell whether "1" or the words of the button answer an offer, where a channel has no buttons."""
    offer = heard.state.memory.get(SCHEDULE)
    if heard.chosen is not None or not isinstance(offer, Mapping) or "reminder" not in offer:
        return False
    said = fold(heard.text).strip(" .)")
    return said in {"1", *(fold(say(language, "choice_remind")) for language in Language)}


async def remind(heard: Heard, services: Services, *, said: str | None = None) -> Answer:
    """Subscribe to the place of the button or of the talk; `said` is an answer that goes before."""
    place = _place_of(heard)
    if place is None:
        return ask(heard, say(heard.language, "ask_place"), question="place", topic=SCHEDULE)
    async with services.connection() as connection:
        done = await subscribe(connection, heard.conversation_id, place.id, services.clock())
    key = "reminder_set" if done else "reminder_too_many"
    text = say(heard.language, key, place=name_of(place, heard.language))
    heard = replace(heard, state=heard.state.remembering(SCHEDULE, None))
    return ask(
        heard,
        text if said is None else f"{said}\n{text}",
        question=None,
        topic=SCHEDULE,
        place=place.id,
    )


def _place_of(heard: Heard) -> Place | None:
    offer = heard.state.memory.get(SCHEDULE)
    offered = offer.get("reminder") if isinstance(offer, Mapping) else None
    chosen = heard.chosen[1] if heard.chosen is not None and heard.chosen[0] == REMIND else None
    named = heard.places[0] if len(heard.places) == 1 else None
    known = chosen or named or offered or heard.state.place
    return place_by_id(known) if known else None


async def stop_reminding(heard: Heard, services: Services) -> Answer:
    """End the reminders of the place named, or all of them."""
    named = heard.places[0] if len(heard.places) == 1 else None
    async with services.connection() as connection:
        gone = await unsubscribe(connection, heard.conversation_id, named)
    places = [place for place in map(place_by_id, gone) if place is not None]
    key = "reminder_ended" if places else "reminder_none"
    separator = say(heard.language, "list_comma")
    names = separator.join(name_of(place, heard.language) for place in places)
    return ask(heard, say(heard.language, key, places=names), question=None, topic=SCHEDULE)


async def stop_word(heard: Heard, services: Services) -> Answer:
    """A bare "stop" ends the reminders of whoever has some; to others it is a "no"."""
    async with services.connection() as connection:
        known = await subscriptions_of(connection, heard.conversation_id)
    return await (stop_reminding if known else small_talk.deny)(heard, services)
