"""A message that was not understood: once, a helping question; twice in a row, a person."""

from __future__ import annotations

from dataclasses import replace

from bot.actions import guesses
from bot.actions.dialogue import CODE, CONTRACT, PLACE, REFERENCE, Answer, Heard, as_offered
from bot.actions.menu import menu
from bot.actions.people import hand_over_to_people
from bot.actions.services import Services
from bot.contract import HandoverReason, ReplyChoice
from bot.texts import say

_PATIENCE = 2  # consecutive messages
_AGAIN = {
    PLACE: "place_unknown",
    CONTRACT: "not_understood_again_contract",
    REFERENCE: "not_understood_again_reference",
    CODE: "not_understood_again_code",
}


async def not_understood(heard: Heard, services: Services) -> Answer:
    misunderstood = heard.state.misunderstood + 1
    if misunderstood >= _PATIENCE:
        return hand_over_to_people(heard, HandoverReason.NOT_UNDERSTOOD, "hand_over_not_understood")
    state = replace(heard.state, misunderstood=misunderstood)
    if heard.state.question is None:
        likely = guesses.offered(heard)
        choices = likely or menu(heard.language)
        text = say(heard.language, "guess" if likely else "not_understood")
        return Answer(replace(state, offered=as_offered(choices)), text, choices)
    again = tuple(ReplyChoice(choice["id"], choice["title"]) for choice in heard.state.offered)
    return Answer(state, say(heard.language, _AGAIN[heard.state.question]), again)
