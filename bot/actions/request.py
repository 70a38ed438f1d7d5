"""Reads what Rasa sends to an action, and writes what it expects back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date, datetime, tzinfo
from typing import Any
from uuid import UUID

from bot.actions.days import date_of
from bot.actions.dialogue import PLACE, Answer, Entity, Heard, State
from bot.contract import Handover, Language, ReplyChoice
from bot.language import choose


def heard_from(tracker: Mapping[str, Any], now: datetime, timezone: tzinfo) -> Heard:
    """Read a tracker. `now` counts where the turn does not bring its own moment.

    `timezone` is the company's: days are dates in it.

    Raises:
        KeyError, ValueError: the metadata lacks the conversation's or the identity's id.
    """
    message: Mapping[str, Any] = tracker["latest_message"]
    metadata: Mapping[str, Any] = message.get("metadata") or {}
    state = State.from_slots(tracker.get("slots") or {})
    text = message.get("text") or ""
    language = message.get("language") or choose(text, metadata.get("language") or state.language)
    at = datetime.fromisoformat(metadata["now"]) if metadata.get("now") else now
    today = at.astimezone(timezone).date()
    heard = Heard(
        text=text,
        intent=(message.get("intent") or {}).get("name"),
        language=Language(language),
        state=state,
        conversation_id=UUID(metadata["conversation_id"]),
        identity_id=UUID(metadata["identity_id"]),
        now=at,
        chosen=_chosen(message.get("entities") or []),
        location=_position(metadata.get("location")),
        attested_phone=metadata.get("attested_phone"),
        channel=metadata.get("channel") or "",
        kinds=tuple(metadata.get("kinds") or ()),
        ranking=_ranking(message.get("intent_ranking") or ()),
    )
    requests = tuple(
        saying(heard, request["text"], request["intent"], _entities(request, today))
        for request in message.get("requests") or ()
    )
    return replace(saying(heard, text, heard.intent, _entities(message, today)), requests=requests)


def saying(heard: Heard, text: str, intent: str | None, entities: Sequence[Entity]) -> Heard:
    """Return what was heard with other words in it, and what these name."""
    places = [entity for entity in entities if entity.name == PLACE]
    best = max((place.confidence for place in places), default=0.0)
    return replace(
        heard,
        text=text,
        intent=intent,
        places=tuple(dict.fromkeys(place.value for place in places if place.confidence == best)),
        place_spans=tuple((place.start, place.end) for place in places),
        province=_first(entities, "province"),
        number=_first(entities, "number"),
        entities=tuple(entities),
        requests=(),
    )


def _entities(message: Mapping[str, Any], today: date) -> tuple[Entity, ...]:
    """Read the entities of a message; days become dates, and a day there is not is left out."""
    found: list[Entity] = []
    for entity in message.get("entities") or ():
        value = str(entity.get("value") or "")
        if entity["entity"] == "date":
            try:
                value = date_of(value, today).isoformat()
            except ValueError:
                continue
        if value:
            found.append(Entity(entity["entity"], value, entity["start"], entity["end"], _score(entity)))
    return tuple(found)


def _chosen(entities: Iterable[Mapping[str, Any]]) -> tuple[str, str] | None:
    """Return what a pressed button says beyond its intent."""
    for entity in entities:
        if entity.get("extractor") == "choice" and entity.get("value"):
            return entity["entity"], str(entity["value"])
    return None


def _ranking(ranked: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, float], ...]:
    return tuple((str(each["name"]), float(each["confidence"])) for each in ranked if each.get("name"))


def _score(entity: Mapping[str, Any]) -> float:
    return float(entity.get("confidence_entity") or 0.0)


def _first(entities: Iterable[Entity], name: str) -> str | None:
    return next((entity.value for entity in entities if entity.name == name), None)


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
