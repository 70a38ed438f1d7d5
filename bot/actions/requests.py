"""Several requests in one message: each is answered, in one answer.

What can be told is told first; a question of ours comes last, and only one at a time: a second request that
needs a question too waits in the state until the first is done. People win: they get the conversation with
everything that was asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, replace
from typing import Any, Final

from bot.actions.dialogue import Answer, Entity, Heard, State
from bot.actions.request import saying
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.contract import Handover

WAITING: Final = "waiting"  # what the state remembers the requests under that were not answered yet
_MOST_WAITING = 3
# What is done at once and alone, whatever else the message says; the first of these wins.
_URGENT = ("street_danger", "human_agent")


async def answer_each(heard: Heard, services: Services, answer_one: Action) -> Answer:
    """Answer a message of several requests."""
    urgent = next((name for name in _URGENT if name in {request.intent for request in heard.requests}), None)
    if urgent is not None:
        return await answer_one(replace(heard, intent=urgent, requests=()), services)
    return await _all_in_one(heard.state, heard.requests, services, answer_one)


async def and_what_waits(heard: Heard, services: Services, answer: Answer, answer_one: Action) -> Answer:
    """Go on with the requests of an earlier message, once nothing is open any more.

    People who take over are told of them instead.
    """
    waiting = [_restored(heard, request) for request in answer.state.memory.get(WAITING) or ()]
    if not waiting:
        return answer
    if answer.handover is not None:
        return _to_people([], [(heard, answer)], waiting, answer.state)
    if answer.state.question is not None or answer.state.misunderstood:
        return answer
    state = answer.state.remembering(WAITING, None)
    return await _all_in_one(state, waiting, services, answer_one, before=replace(answer, state=state))


async def _all_in_one(
    state: State,
    requests: Iterable[Heard],
    services: Services,
    answer_one: Action,
    *,
    before: Answer | None = None,
) -> Answer:
    told = [] if before is None else [before]
    asked: Answer | None = None
    handed: list[tuple[Heard, Answer]] = []
    unanswered: list[Heard] = []
    waiting: list[Heard] = []
    for request in requests:
        # Only the first may be the answer to a question of ours.
        is_first = not (told or asked or handed)
        now = state if is_first else _without_question(state)
        answer = await answer_one(replace(request, state=now), services)
        if answer.handover is not None:
            handed.append((request, answer))
        elif answer.state.question is None:
            told.append(answer)
        elif asked is None:
            asked = answer
            unanswered.append(request)
        else:
            waiting.append(request)
            continue  # its question is put later: what it would remember of it is not wanted now
        state = answer.state
    if handed:
        return _to_people(told, handed, [*unanswered, *waiting], state)
    return _to_customer(told, asked, waiting, state)


def _without_question(state: State) -> State:
    return replace(state, topic=None, question=None, offered=())


def _to_customer(
    told: Sequence[Answer], asked: Answer | None, waiting: Sequence[Heard], state: State
) -> Answer:
    """Join the answers; open is the question that was asked, else the last choices offered."""
    answers = [*told, *([] if asked is None else [asked])]
    opened = asked or next((answer for answer in reversed(told) if answer.choices), answers[-1])
    state = replace(
        state, topic=opened.state.topic, question=opened.state.question, offered=opened.state.offered
    )
    if waiting:
        state = state.remembering(WAITING, [_kept(request) for request in waiting[:_MOST_WAITING]])
    return Answer(state, _joined(answer.text for answer in answers), opened.choices)


def _to_people(
    told: Sequence[Answer],
    handed: Sequence[tuple[Heard, Answer]],
    unanswered: Sequence[Heard],
    state: State,
) -> Answer:
    """Hand over once, the most urgent way, with every request in the summary."""
    handovers = [answer.handover for _, answer in handed if answer.handover is not None]
    first = min(handovers, key=lambda handover: handover.priority)
    texts = [*(answer.text for answer in told), *(answer.text for _, answer in handed)]
    summaries = [handover.summary for handover in handovers] + [request.text for request in unanswered]
    return Answer(
        state.remembering(WAITING, None).answered(),
        _joined(texts),
        handover=replace(
            first,
            summary=_joined(summaries, "\n"),
            summary_ar=_of_all(handovers, "summary_ar"),
            summary_fr=_of_all(handovers, "summary_fr"),
        ),
    )


def _of_all(handovers: Iterable[Handover], name: str) -> str | None:
    return _joined((getattr(handover, name) for handover in handovers), "\n")


def _joined(texts: Iterable[str | None], between: str = "\n\n") -> str | None:
    """Join what there is, each text once."""
    return between.join(dict.fromkeys(text for text in texts if text)) or None


def _kept(request: Heard) -> dict[str, Any]:
    """Return a request as JSON, for the state."""
    return {
        "text": request.text,
        "intent": request.intent,
        "entities": [list(astuple(entity)) for entity in request.entities],
    }


def _restored(heard: Heard, kept: Mapping[str, Any]) -> Heard:
    entities = [Entity(*entity) for entity in kept["entities"]]
    alone = replace(heard, chosen=None, location=None, kinds=())
    return saying(alone, kept["text"], kept["intent"], entities)
