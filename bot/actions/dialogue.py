"""One turn of a dialogue as the actions see it, and what they give back. Values only, no I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from bot.contract import Handover, Language, ReplyChoice

SCHEDULE, BILL = "schedule", "bill"  # topics
PLACE, CONTRACT, REFERENCE, CODE = "place", "contract", "reference", "code"  # questions


@dataclass(frozen=True, slots=True)
class State:
    """What a dialogue remembers; each field is a slot of the same name in the assistant's domain.

    `offered` are the choices that went with the last message, as {"id", "title"}. `references` and
    `attempts` count contract references and wrong codes given since an amount was last told. `memory` is what
    a subject remembers beyond these, as JSON under its own name.
    """

    language: str | None = None
    topic: str | None = None
    question: str | None = None
    offered: Sequence[Mapping[str, str]] = ()
    place: str | None = None
    contract: str | None = None
    references: int = 0
    attempts: int = 0
    misunderstood: int = 0
    memory: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> State:
        known = {each.name: slots[each.name] for each in fields(cls) if slots.get(each.name) is not None}
        return cls(**known)

    def changes_from(self, before: State) -> dict[str, Any]:
        """Return the slots to set: those whose value differs."""
        return {
            each.name: getattr(self, each.name)
            for each in fields(self)
            if getattr(self, each.name) != getattr(before, each.name)
        }

    def remembering(self, subject: str, value: Any) -> State:
        """Return the state with what a subject remembers set, or forgotten for None."""
        others = {name: kept for name, kept in self.memory.items() if name != subject}
        return replace(self, memory=others if value is None else {**others, subject: value})

    def answered(self) -> State:
        """Nothing is open any more: the customer was understood and got an answer."""
        return replace(self, question=None, offered=(), misunderstood=0)


@dataclass(frozen=True, slots=True)
class Entity:
    """Something named in `text[start:end]`. `value` is in the form its name promises (docs/assistant.md)."""

    name: str
    value: str
    start: int
    end: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Heard:
    """What the customer wrote in this turn and what was understood.

    `places` are ids, best first and equally good ones together; `number` has ASCII digits only.
    `location` is (latitude, longitude) in degrees. `attested_phone` is E.164, proven by the channel.
    `chosen` is the (entity, value) of a button of ours that was pressed. `kinds` are the envelope's kinds of
    what was sent ("image" …), in order. `requests` are what the message wants where it wants more than one
    thing: each with its own text, intent and entities, and no requests of its own. `ranking` are intents with
    their likelihood, best first, as far as they were told.
    """

    text: str
    intent: str | None
    language: Language
    state: State
    conversation_id: UUID
    identity_id: UUID
    now: datetime
    places: tuple[str, ...] = ()
    place_spans: tuple[tuple[int, int], ...] = ()
    province: str | None = None
    number: str | None = None
    chosen: tuple[str, str] | None = None
    location: tuple[float, float] | None = None
    attested_phone: str | None = None
    channel: str = ""
    kinds: tuple[str, ...] = ()
    entities: tuple[Entity, ...] = ()
    requests: tuple[Heard, ...] = ()
    ranking: tuple[tuple[str, float], ...] = ()

    def values(self, entity: str) -> tuple[str, ...]:
        """Return the distinct values of an entity, in the order of the text."""
        return tuple(dict.fromkeys(each.value for each in self.entities if each.name == entity))


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say, and the state the dialogue is in afterwards."""

    state: State
    text: str | None = None
    choices: tuple[ReplyChoice, ...] = field(default=())
    handover: Handover | None = None


def as_offered(choices: Iterable[ReplyChoice]) -> tuple[Mapping[str, str], ...]:
    """Return choices in the form `State.offered` remembers them in."""
    return tuple({"id": choice.id, "title": choice.title} for choice in choices)


def ask(
    heard: Heard,
    text: str,
    *,
    question: str | None,
    topic: str | None,
    choices: tuple[ReplyChoice, ...] = (),
    **state: Any,
) -> Answer:
    """Say `text` and remember what was asked and offered; the message before it was understood."""
    asked = replace(
        heard.state.answered(),
        **{"question": question, "topic": topic, "offered": as_offered(choices), **state},
    )
    return Answer(state=asked, text=text, choices=choices)
