"""Which action answers a message: the one Rasa predicts, unless the message answers our own question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from bot.actions import bill, people, schedule, small_talk, understanding, verification
from bot.actions.dialogue import BILL, CODE, CONTRACT, PLACE, REFERENCE, SCHEDULE, Answer, Heard
from bot.actions.moments import asked_day
from bot.actions.services import Services
from knowledge_base.text import fold, words

Action = Callable[[Heard, Services], Awaitable[Answer]]

_ORDINALS: tuple[frozenset[str], ...] = tuple(
    frozenset(words(spellings))
    for spellings in (
        "1 الاول الاولى اول lowel lewel lowla premier premiere first",
        "2 الثاني الثانيه التاني تاني tani tanya lthani deuxieme second seconde",
        "3 الثالث الثالثه التالت talet tlata troisieme third",
    )
)
_FILLERS = frozenset(words("et le la les the one and w و رقم ra9m numero n no"))
_SMALL_TALK = frozenset({"affirm", "deny", "greeting", "thanks"})  # "ok, and Zemamra?"
# Intents that a number or a place alone may be mistaken for, while we wait for one.
_NUMBER_INTENTS = frozenset(
    {
        "inform",
        "nlu_fallback",
        "meter_reading",
        "ticket_status",
        "bill_amount",
        "due_date",
        "off_topic",
        "affirm",
    }
)
_PLACE_INTENTS = frozenset({"inform", "nlu_fallback", "agency_location_hours", "off_topic"})


async def inform(heard: Heard, services: Services) -> Answer:
    """A bare place, number, position or choice: it answers what was asked, or goes on with the topic."""
    if heard.chosen_contract is not None:
        return await bill.chosen_contract(heard, services)
    if heard.location is not None or heard.places:
        return await schedule.schedule(heard, services)
    if heard.number is not None and heard.state.topic == BILL and heard.state.question is None:
        return await verification.reference_given(heard, services)
    return await understanding.not_understood(heard, services)


ACTIONS: Mapping[str, Action] = {
    "action_greet": small_talk.greet,
    "action_thanks": small_talk.thank,
    "action_off_topic": small_talk.off_topic,
    "action_insult": small_talk.insult,
    "action_affirm": small_talk.affirm,
    "action_deny": small_talk.deny,
    "action_human_agent": people.human_agent,
    "action_hand_over": people.needs_person,
    "action_danger": people.danger,
    "action_schedule": schedule.schedule,
    "action_bill": bill.bill,
    "action_inform": inform,
    "action_not_understood": understanding.not_understood,
}
_OF_CHOICES: Mapping[str, Action] = {
    "inform": inform,
    "mobile_agency_schedule": schedule.schedule,
    "bill_amount": bill.bill,
    "human_agent": people.human_agent,
}


async def act(name: str, heard: Heard, services: Services) -> Answer:
    """Answer a message; raises KeyError for an action that does not exist."""
    predicted = ACTIONS[name]
    picked = _picked(heard)
    if picked is not None:
        action, heard = picked
        return await action(heard, services)
    action = _answering_our_question(heard) or predicted
    return await action(heard, services)


def _answering_our_question(heard: Heard) -> Action | None:
    question = heard.state.question
    if heard.number is not None and heard.intent in _NUMBER_INTENTS:
        if question == REFERENCE:
            return verification.reference_given
        if question == CODE:
            return verification.code_given
    if heard.intent in _PLACE_INTENTS or (heard.places and heard.intent in _SMALL_TALK):
        goes_on = heard.state.topic == SCHEDULE and (heard.places or _names_a_day(heard))
        if question == PLACE or (question is None and goes_on):
            return schedule.schedule
    return None


def _names_a_day(heard: Heard) -> bool:
    return asked_day(heard.text, heard.place_spans, heard.now.date()) is not None


def _picked(heard: Heard) -> tuple[Action, Heard] | None:
    """Read "2", "le premier" or the words of a button as the choice it stands for."""
    offered = heard.state.offered
    if not offered:
        return None
    said = [word for word in words(heard.text) if word not in _FILLERS]
    chosen: str | None = None
    for index, choice in enumerate(offered):
        is_title = fold(choice["title"]) == fold(heard.text)
        is_number = said == [str(index + 1)]
        is_ordinal = index < len(_ORDINALS) and bool(said) and set(said) <= _ORDINALS[index]
        if is_title or is_number or is_ordinal:
            chosen = choice["id"]
    if heard.intent == "affirm" and len(offered) == 1:
        chosen = offered[0]["id"]
    return None if chosen is None else _as_choice(heard, chosen)


def _as_choice(heard: Heard, choice: str) -> tuple[Action, Heard]:
    intent, _, entity = choice.partition(":")
    name, _, value = entity.partition(":")
    heard = replace(
        heard,
        intent=intent,
        places=(value,) if name == PLACE else (),
        chosen_contract=value if name == CONTRACT else None,
        number=None,
    )
    return _OF_CHOICES[intent], heard
