"""The intent of a message, and of each request in it where it holds several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.assistant.components.cuts import Cut, cuts
from bot.assistant.components.intent_classifier import MoroccanIntentClassifier
from bot.assistant.components.stories import NO_REQUESTS, are_one_story

REQUESTS = "requests"
_MOST_REQUESTS = 3
# Often a half of something else ("nobody answered me"): only where it is certain.
_CERTAIN = {"human_agent": 0.9, "ticket_status": 0.9}


@dataclass(frozen=True)
class _Split:
    """A message cut in two; `confidence` is that of its less certain half."""

    confidence: float
    first: Message
    second: Message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RequestClassifier(MoroccanIntentClassifier):
    """Adds `requests` to a message that wants two or three different things: for each its `text`, `intent`,
    `confidence` and the `entities` in it, places counted from its own beginning.

    A message is cut only where both halves are requests that are not two halves of one story (`stories`), and
    the less that either is certain, the more must the whole message bear traces of both: `evidence` is a list
    of (confidence of the less certain half, the least confidence of either intent in the whole message); for
    halves that a new line parts, as between two bubbles, `line_evidence`.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {
            **MoroccanIntentClassifier.get_default_config(),
            "evidence": [[0.95, 0.0], [0.85, 0.005], [0.7, 0.05]],
            "line_evidence": [[0.95, 0.0], [0.7, 0.005]],
        }

    def process(self, messages: list[Message]) -> list[Message]:
        super().process(messages)
        for message in messages:
            if message.get(TEXT):
                requests = self._requests(message)
                if len(requests) > 1:
                    message.set(REQUESTS, [_told(request) for request in requests], add_to_output=True)
        return messages

    def process_training_data(self, training_data: Any) -> Any:
        super().process(training_data.training_examples)  # nothing learns from several requests
        return training_data

    def _requests(self, message: Message) -> list[Message]:
        """Return the parts of a message that each want something else, the message itself for one."""
        parts = [message]
        while len(parts) < _MOST_REQUESTS:
            splits = [(part, split) for part in parts if (split := self._best_split(part)) is not None]
            if not splits:
                break
            part, split = max(splits, key=lambda each: each[1].confidence)
            position = parts.index(part)
            parts[position : position + 1] = [split.first, split.second]
        return parts

    def _best_split(self, message: Message) -> _Split | None:
        possible = cuts(message.get(TEXT))
        splits = [split for cut in possible if (split := self._split(message, cut)) is not None]
        return max(splits, key=lambda split: split.confidence, default=None)

    def _split(self, message: Message, cut: Cut) -> _Split | None:
        text = message.get(TEXT)
        halves = first, second = _part(message, 0, cut.end), _part(message, cut.start, len(text))
        super().process([*halves])
        intents = {half.get(INTENT)["name"]: half.get(INTENT)["confidence"] for half in halves}
        if len(intents) == 1 or intents.keys() & NO_REQUESTS or are_one_story(*intents):
            return None
        if any(confidence < _CERTAIN.get(intent, 0.0) for intent, confidence in intents.items()):
            return None
        whole = {each["name"]: each["confidence"] for each in message.get(INTENT_RANKING_KEY)}
        trace = min(whole.get(intent, 0.0) for intent in intents)
        confidence = min(intents.values())
        evidence = self._config["line_evidence" if "\n" in text[cut.end : cut.start] else "evidence"]
        if not any(confidence >= certain and trace >= least for certain, least in evidence):
            return None
        return _Split(confidence, first, second)


def _part(message: Message, start: int, end: int) -> Message:
    """Return `text[start:end]` as a message, with the entities that lie within."""
    text = message.get(TEXT)[start:end].rstrip()
    start += len(text) - len(text.lstrip())
    text = text.lstrip()
    within = [
        {**entity, "start": entity["start"] - start, "end": entity["end"] - start}
        for entity in message.get(ENTITIES, [])
        if start <= entity["start"] and entity["end"] <= end
    ]
    return Message(data={TEXT: text, ENTITIES: within})


def _told(request: Message) -> dict[str, Any]:
    intent = request.get(INTENT)
    return {
        "text": request.get(TEXT),
        "intent": intent["name"],
        "confidence": intent["confidence"],
        "entities": request.get(ENTITIES),
    }
