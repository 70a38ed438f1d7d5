"""Greetings, thanks, insults, and what is not our business."""

from __future__ import annotations

from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.menu import human, menu
from bot.actions.services import Services
from bot.actions.understanding import not_understood
from bot.texts import say


async def greet(heard: Heard, services: Services) -> Answer:
    return ask(
        heard, say(heard.language, "greeting"), question=None, topic=None, choices=menu(heard.language)
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
    """Apologise and offer a person."""
    return ask(
        heard, say(heard.language, "insult"), question=None, topic=None, choices=(human(heard.language),)
    )


async def affirm(heard: Heard, services: Services) -> Answer:
    """A bare "yes": a full stop after an answer, no answer to a question of ours."""
    if heard.state.question is not None or heard.state.offered:
        return await not_understood(heard, services)
    return Answer(state=heard.state.answered(), text=say(heard.language, "acknowledged"))


async def deny(heard: Heard, services: Services) -> Answer:
    """A bare "no" drops what was asked."""
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
