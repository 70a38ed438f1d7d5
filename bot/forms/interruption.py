"""A form that another request interrupted: once that is answered, the customer is asked whether to go on."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.actions.dialogue import Answer, Heard, as_offered
from bot.actions.subject import Action
from bot.contract import ReplyChoice
from bot.forms.engine import take
from bot.forms.filling import TOPIC, filling_of
from bot.forms.reading import read
from bot.texts import say

GO_ON: Final = "inform:answer:go_on"
_MOST_CHOICES = 10  # rows of a list on the narrowest channel


def answers_interrupted(heard: Heard) -> Action | None:
    """Return the form's action for words that answer its question, right after the offer to go on with it."""
    filling = filling_of(heard.state)
    is_offered = any(choice["id"] == GO_ON for choice in heard.state.offered)
    if filling is None or not is_offered or heard.intent not in ("nlu_fallback", "inform", "off_topic"):
        return None
    told = read(filling.form, heard, filling.asking).facts
    return take if not set(filling.asking).isdisjoint(told) else None


def offering_to_go_on(heard: Heard, answer: Answer) -> Answer:
    """Add the offer to an answer that leaves nothing open; it is made once for an interruption."""
    filling = filling_of(answer.state)
    is_busy = answer.handover is not None or answer.state.question is not None
    if filling is None or is_busy or answer.state.topic == TOPIC or answer.text is None:
        return answer
    if filling.go_on_offered or len(answer.choices) >= _MOST_CHOICES:
        return answer
    subject = say(heard.language, f"subject_{filling.name}")
    choice = ReplyChoice(GO_ON, say(heard.language, "choice_go_on"))
    state = replace(filling, go_on_offered=True).remembered(answer.state)
    offered = (*answer.state.offered, *as_offered([choice]))
    return replace(
        answer,
        text=f"{answer.text}\n\n{say(heard.language, 'form_go_on', subject=subject)}",
        choices=(*answer.choices, choice),
        state=replace(state, offered=offered),
    )
