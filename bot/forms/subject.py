"""The form as a subject of conversation: which messages belong to it, and its buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.actions import menu, people
from bot.actions.by_words import asks_who
from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.contract import HandoverReason
from bot.forms import engine
from bot.forms.definitions import definitions, field
from bot.forms.filling import TOPIC, Filling, filling_of
from bot.forms.matching import mentions
from bot.forms.reading import PICTURES, read
from bot.forms.wording import ADDRESS_WORDS, UNKNOWN
from bot.texts import say
from knowledge_base.text import words

# Intents a bare answer is taken for, whatever was asked.
_ANSWERS: Final = frozenset({"inform", "nlu_fallback", "affirm", "deny", "off_topic", "greeting", "thanks"})
_QUESTION_WORDS: Final = frozenset(
    words(
        """
        واش فوقاش فوقتاش إمتى شحال فين كيفاش علاش شنو متى كم أين كيف لماذا هل
        wach wash fo9ach fouqach imta ch7al chhal fin kifach 3lach chno chnou
        quand combien comment pourquoi quel quelle quels when how why what where
        """
    )
)

_WORDS_OF_AN_UNKNOWN: Final = 6
_WORDS_OF_AN_ANSWER: Final = 8  # a longer message that looks like another request is one


def takes(heard: Heard) -> Action | None:
    """A message that may answer the open question, corrects an answer or gives the form up.

    Another request interrupts; danger is never an answer.
    """
    filling = filling_of(heard.state)
    if filling is None or not filling.asking or heard.intent == "street_danger":
        return None
    if heard.chosen is not None or asks_who(heard):
        return None
    if heard.intent == "human_agent":
        return person
    if mentions(heard.text, UNKNOWN) and len(words(heard.text)) <= _WORDS_OF_AN_UNKNOWN:
        return engine.take
    if heard.intent in _ANSWERS or heard.intent in filling.form.intents or _answers(heard, filling):
        return engine.take
    return None


def takes_whole(heard: Heard) -> bool:
    """Whether the message answers the open question of a form, and is not to be cut into two requests."""
    filling = filling_of(heard.state)
    if filling is None or heard.state.topic != TOPIC or _asks(heard):
        return False
    told = read(filling.form, replace(heard, requests=()), filling.asking)
    return not set(filling.asking).isdisjoint(told.facts) and takes(heard) is not None


def _asks(heard: Heard) -> bool:
    said = words(heard.text)
    return "?" in heard.text or "؟" in heard.text or not _QUESTION_WORDS.isdisjoint(said)


def _answers(heard: Heard, filling: Filling) -> bool:
    """Whether what looks like another request is rather an answer: "wafacash" to "where did you pay?"."""
    said = [word for word in words(heard.text) if not word.isdecimal()]
    if _asks(heard) or len(said) > _WORDS_OF_AN_ANSWER:
        return False
    told = read(filling.form, heard, filling.asking)
    if heard.intent == "insult":
        return any(_is_plain(name, value) for name, value in told.facts.items())
    return told.leads_to is not None or any(heard.intent in field(name).mistaken_for for name in told.facts)


def _is_plain(name: str, value: str) -> bool:
    """Whether the words say this and nothing else: "rue des fleurs", and not whatever was written."""
    if field(name).kind == "landmark":
        return not ADDRESS_WORDS.isdisjoint(words(value)[:1])
    return field(name).kind not in ("words", "when")


async def person(heard: Heard, services: Services) -> Answer:
    """A person is asked for in the middle of a form: what is known goes along."""
    filling = filling_of(heard.state)
    if filling is None:
        return await people.human_agent(heard, services)
    return engine.with_people(heard, filling, HandoverReason.ASKED, "hand_over_asked")


async def chosen_answer(heard: Heard, services: Services) -> Answer:
    """One of our buttons: an option, or going on with an interrupted form."""
    if filling_of(heard.state) is None:
        text = say(heard.language, "form_over")
        return ask(heard, text, question=None, topic=None, choices=menu.menu(heard.language))
    if heard.chosen == ("answer", "go_on"):
        return engine.again(heard, say(heard.language, "acknowledged_going_on"))
    return await engine.take(heard, services)


async def attachment(heard: Heard, services: Services) -> Answer:
    """A picture is taken by the form talked about; anything else goes to people, with the form."""
    filling = filling_of(heard.state)
    if filling is None or heard.state.topic != TOPIC:
        return await people.attachment(heard, services)
    if PICTURES.isdisjoint(heard.kinds):
        return engine.with_people(heard, filling, HandoverReason.ATTACHMENT, "hand_over_attachment")
    return await engine.take(heard, services)


async def report(heard: Heard, services: Services) -> Answer:
    """A problem was picked that no intent names, or the list of problems was asked for."""
    picked = heard.chosen[1] if heard.chosen else ""
    if picked in definitions()[1]:
        return await engine.start(picked, heard, services)
    return await menu.problems(heard, services)
