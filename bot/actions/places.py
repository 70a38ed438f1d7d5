"""Places by id, and their names in the customer's script."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from bot.contract import Language
from knowledge_base.network.places import Place, load_places


def place_by_id(place_id: str) -> Place | None:
    return _places().get(place_id)


def name_of(place: Place, language: Language) -> str:
    return place.name_ar if language in (Language.AR, Language.ARY) else place.name_fr


def province_of(place: Place, language: Language) -> str:
    return place.province_ar if language in (Language.AR, Language.ARY) else place.province_fr


def places_of_province(province_fr: str) -> list[Place]:
    return [place for place in _places().values() if place.province_fr == province_fr]


@cache
def _places() -> Mapping[str, Place]:
    return {place.id: place for place in load_places()}
