"""Which action answers: the subject talked about takes it, a button of ours says it, or the intent does."""

from __future__ import annotations

from dataclasses import replace

from bot.actions.by_words import told_by_words
from bot.actions.dialogue import PLACE, Answer, Heard
from bot.actions.requests import and_what_waits, answer_each
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.actions.subjects import BY_CHOICE, BY_INTENT, BY_NAME
from bot.forms.interruption import offering_to_go_on
from bot.forms.subject import takes_whole
from knowledge_base.text import fold, words

ACTION = "action_answer"  # the one action of the assistant's domain

_ORDINALS: tuple[frozenset[str], ...] = tuple(
    frozenset(words(spellings))
    for spellings in (
        "1 الاول الاولى اول lowel lewel lowla premier premiere first",
        "2 الثاني الثانيه التاني تاني tani tanya lthani deuxieme second seconde",
        "3 الثالث الثالثه التالت talet tlata troisieme third",
    )
)
_FILLERS = frozenset(words("et le la les the one and w و رقم ra9m numero n no"))


async def act(name: str, heard: Heard, services: Services) -> Answer:
    """Answer a message; raises KeyError for an action that does not exist."""
    if name != ACTION:
        raise KeyError(f"There is no action {name}.")
    if len(heard.requests) > 1 and _picked(heard) is None and not takes_whole(heard):
        return await answer_each(heard, services, _answer)
    return await and_what_waits(heard, services, await _answer(heard, services), _answer)


async def _answer(heard: Heard, services: Services) -> Answer:
    picked = _picked(heard)
    if picked is not None:
        action, heard = picked
        return offering_to_go_on(heard, await action(heard, services))
    action = (
        _of_the_subject(heard)
        or _of_our_choice(heard)
        or told_by_words(heard)
        or BY_INTENT[heard.intent or "nlu_fallback"]
    )
    return offering_to_go_on(heard, await action(heard, services))


def _of_our_choice(heard: Heard) -> Action | None:
    """Return what a pressed button stands for beyond an intent."""
    return None if heard.chosen is None else BY_CHOICE.get(heard.chosen[0])


def _of_the_subject(heard: Heard) -> Action | None:
    subject = BY_NAME.get(heard.state.topic or "")
    return None if subject is None else subject.takes(heard)


def _picked(heard: Heard) -> tuple[Action, Heard] | None:
    """Read "2", "le premier" or the words of a button as the choice it stands for."""
    offered = heard.state.offered
    if not offered or heard.chosen is not None:
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
    intent, _, rest = choice.partition(":")
    entity, _, value = rest.partition(":")
    heard = replace(
        heard,
        intent=intent,
        places=(value,) if entity == PLACE else (),
        chosen=(entity, value) if entity else None,
        number=None,
        entities=(),
    )
    return (BY_CHOICE[entity] if entity else BY_INTENT[intent]), heard
