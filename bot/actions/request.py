"""Reads what Rasa sends to an action, and writes what it expects back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from bot.actions.dialogue import Answer, Entity, Heard, State
from bot.contract import Handover, Language, ReplyChoice
from bot.language import choose


def heard_from(tracker: Mapping[str, Any], now: datetime) -> Heard:
    """Read a tracker. `now` counts where the turn does not bring its own moment.

    Raises:
        KeyError, ValueError: the metadata lacks the conversation's or the identity's id.
    """
    message: Mapping[str, Any] = tracker["latest_message"]
    metadata: Mapping[str, Any] = message.get("metadata") or {}
    state = State.from_slots(tracker.get("slots") or {})
    text = message.get("text") or ""
    entities = [entity for entity in message.get("entities") or [] if entity.get("value")]
    language = message.get("language") or choose(text, metadata.get("language") or state.language)
    places = list(_best_places(entities))
    return Heard(
        text=text,
        intent=(message.get("intent") or {}).get("name"),
        language=Language(language),
        state=state,
        conversation_id=UUID(metadata["conversation_id"]),
        identity_id=UUID(metadata["identity_id"]),
        now=datetime.fromisoformat(metadata["now"]) if metadata.get("now") else now,
        places=tuple(dict.fromkeys(entity["value"] for entity in places)),
        place_spans=tuple(
            (entity["start"], entity["end"]) for entity in entities if entity["entity"] == "place"
        ),
        province=_first(entities, "province"),
        number=_first(entities, "number"),
        chosen=_chosen(entities),
        location=_position(metadata.get("location")),
        attested_phone=metadata.get("attested_phone"),
        channel=metadata.get("channel") or "",
        kinds=tuple(metadata.get("kinds") or ()),
        entities=tuple(
            Entity(entity["entity"], str(entity["value"]), entity["start"], entity["end"], _score(entity))
            for entity in entities
        ),
    )


def _chosen(entities: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Return what a pressed button says beyond its intent."""
    for entity in entities:
        if entity.get("extractor") == "choice":
            return entity["entity"], str(entity["value"])
    return None


def _best_places(entities: Iterable[Mapping[str, Any]]) -> Iterable[Mapping[str, Any]]:
    places = [entity for entity in entities if entity["entity"] == "place"]
    best = max((_score(entity) for entity in places), default=0.0)
    return (entity for entity in places if _score(entity) == best)


def _score(entity: Mapping[str, Any]) -> float:
    return float(entity.get("confidence_entity") or 0.0)


def _first(entities: Iterable[Mapping[str, Any]], name: str) -> str | None:
    return next((str(entity["value"]) for entity in entities if entity["entity"] == name), None)


def _position(pair: Any) -> tuple[float, float] | None:
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return None
    return float(pair[0]), float(pair[1])


def result_of(answer: Answer, before: State) -> dict[str, Any]:
    """Return the body for Rasa: slots to set and one custom response that our channel unpacks.

    A handover also pauses the conversation in Rasa: belt and braces, the desk has stopped asking by then.
    """
    events: list[dict[str, Any]] = [
        {"event": "slot", "name": name, "value": list(value) if isinstance(value, tuple) else value}
        for name, value in answer.state.changes_from(before).items()
    ]
    if answer.handover is not None:
        events.append({"event": "pause"})
    messages = [] if answer.text is None else [message_body(answer.text, answer.choices)]
    custom = {"messages": messages, "handover": handover_body(answer.handover)}
    return {"events": events, "responses": [{"custom": custom}]}


def message_body(text: str, choices: Iterable[ReplyChoice] = ()) -> dict[str, Any]:
    return {"text": text, "choices": [asdict(choice) for choice in choices]}


def handover_body(handover: Handover | None) -> dict[str, Any] | None:
    return None if handover is None else {**asdict(handover), "reason": str(handover.reason)}
