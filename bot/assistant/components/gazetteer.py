"""Finds what a message names: places, amounts, days, numbers, services."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.assistant.components.facts import facts
from bot.assistant.components.language_detector import LANGUAGE
from knowledge_base.network.places import PlaceIndex, PlaceMatch, load_places
from knowledge_base.text import words

_PROVINCE_WORDS = frozenset(
    words("إقليم اقليم عمالة عماله province prefecture préfecture provinces lprovince i9lim iqlim 3amala")
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class Gazetteer(GraphComponent):
    """Adds `place` entities (value: the place's id), `province`, and what `facts` finds (docs/assistant.md).

    Several places that fit the same words equally well are all added: the dialogue asks which one.
    """

    def __init__(self, places: PlaceIndex) -> None:
        self._places = places

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Gazetteer:
        return cls(PlaceIndex(load_places()))

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT)
            if text:
                found = [*message.get(ENTITIES, []), *self.extract(text, message.get(LANGUAGE))]
                message.set(ENTITIES, found, add_to_output=True)
        return messages

    def extract(self, text: str, language: str | None = None) -> list[dict[str, Any]]:
        matches = self._places.find(text)
        found = [_place_entity(match, text) for match in matches]
        if matches and _names_province(text, matches[0]):
            match = matches[0]
            found.append(_entity("province", match.place.province_fr, match.start, match.end, 1.0))
        named = facts(text, [(each.start, each.end) for each in matches], language)
        found += [_entity(each.name, each.value, each.start, each.end, each.confidence) for each in named]
        return found


def _names_province(text: str, match: PlaceMatch) -> bool:
    """Tell "إقليم سطات" and "province de Settat" from the town of the same name."""
    before = words(text[: match.start])[-3:]
    return any(word in _PROVINCE_WORDS or word[1:] in _PROVINCE_WORDS for word in before)


def _place_entity(match: PlaceMatch, text: str) -> dict[str, Any]:
    entity = _entity("place", match.place.id, match.start, match.end, match.score)
    entity["text"] = text[match.start : match.end]
    return entity


def _entity(name: str, value: str, start: int, end: int, confidence: float) -> dict[str, Any]:
    return {
        "entity": name,
        "value": value,
        "start": start,
        "end": end,
        "confidence_entity": confidence,
        "extractor": "Gazetteer",
    }
