"""Greetings, thanks, insults, who is speaking, and what is not our business."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.menu import human, menu
from bot.actions.people import hand_over_to_people
from bot.actions.services import Services
from bot.actions.understanding import not_understood
from bot.contract import HandoverReason
from bot.forms import engine as forms
from bot.forms.filling import filling_of
from bot.forms.interruption import GO_ON
from bot.forms.matching import mentions
from bot.forms.wording import phrases
from bot.texts import say

_INSULTS = "insults"  # how many, in the state's memory
_PATIENCE = 1  # insults answered before a person takes over
_HOW_ARE_YOU: Final = phrases(
    """
    لاباس | لاباس عليك | كيداير | كي داير | كيف حالك | كيف الحال | labas | labass | ki dayr | kidayr |
    ca va | comment allez vous | comment vas tu | how are you | how is it going
    """
)


async def greet(heard: Heard, services: Services) -> Answer:
    text = say(heard.language, "greeting")
    if mentions(heard.text, _HOW_ARE_YOU):
        text = f"{say(heard.language, 'greeting_back')} {text}"
    return ask(heard, text, question=None, topic=None, choices=menu(heard.language))


async def about_me(heard: Heard, services: Services) -> Answer:
    """Say honestly that nobody sits here, and that somebody can."""
    return ask(
        heard, say(heard.language, "about_me"), question=None, topic=None, choices=menu(heard.language)
    )


async def thank(heard: Heard, services: Services) -> Answer:
    return Answer(state=heard.state.answered(), text=say(heard.language, "thanks"))


async def off_topic(heard: Heard, services: Services) -> Answer:
    """Refuse politely; while a question is open the words are rather a bad answer to it."""
    if heard.state.question is not None:
        return await not_understood(heard, services)
    return ask(
        heard, say(heard.language, "off_topic"), question=None, topic=None, choices=menu(heard.language)
    )


async def insult(heard: Heard, services: Services) -> Answer:
    """Stay calm and ask what is wrong, once; the next insult of the dialogue meets a person."""
    insults = int(heard.state.memory.get(_INSULTS, 0)) + 1
    if insults > _PATIENCE:
        return hand_over_to_people(heard, HandoverReason.NEEDS_PERSON, "hand_over_insult")
    answer = ask(
        heard, say(heard.language, "insult"), question=None, topic=None, choices=(human(heard.language),)
    )
    return replace(answer, state=answer.state.remembering(_INSULTS, insults))


async def affirm(heard: Heard, services: Services) -> Answer:
    """A bare "yes": to going on with an interrupted form, or a full stop after an answer."""
    if any(choice["id"] == GO_ON for choice in heard.state.offered):
        return forms.again(heard, say(heard.language, "acknowledged_going_on"))
    if heard.state.question is not None or heard.state.offered:
        return await not_understood(heard, services)
    return Answer(state=heard.state.answered(), text=say(heard.language, "acknowledged"))


async def deny(heard: Heard, services: Services) -> Answer:
    """A bare "no" drops what was asked."""
    if filling_of(heard.state) is not None and any(choice["id"] == GO_ON for choice in heard.state.offered):
        return forms.dropped(heard)
    if heard.state.question is None and not heard.state.offered:
        return Answer(state=heard.state.answered(), text=say(heard.language, "acknowledged"))
    return ask(
        heard,
        say(heard.language, "cancelled"),
        question=None,
        topic=None,
        choices=menu(heard.language),
        attempts=heard.state.attempts,
    )
