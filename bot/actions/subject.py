"""A subject of conversation: what it answers, and what it takes as the answer to its own question."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from bot.actions.dialogue import Answer, Heard
from bot.actions.services import Services

Action = Callable[[Heard, Services], Awaitable[Answer]]
Taking = Callable[[Heard], Action | None]


def takes_nothing(heard: Heard) -> Action | None:
    return None


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing customers talk about. `name` is what `State.topic` holds while the talk is about it.

    `intents` are the intents it answers. `chosen` are the buttons it offers beyond intents: a choice
    "inform:<entity>:<value>" goes to the action named by its entity, which reads `Heard.chosen`.
    `takes` is asked while the talk is about this subject: it returns the action for a message that answers
    the open question or goes on with the subject, None for a message that is something else.
    """

    name: str
    intents: Mapping[str, Action] = field(default_factory=dict)
    chosen: Mapping[str, Action] = field(default_factory=dict)
    takes: Taking = takes_nothing
