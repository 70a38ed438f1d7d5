"""Finds places and numbers in a text as the assistant's own extractor does, for tests without Rasa."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from bot.actions.dialogue import Entity
from knowledge_base.network.places import PlaceIndex, load_places
from knowledge_base.text import fold

_NUMBER = re.compile(r"\d(?:[\s./\-\u00a0]?\d){2,}")


def named_in(text: str) -> dict[str, Any]:
    """Return the fields of `Heard` that come from the words: places, their spans, number, entities."""
    matches = _index().find(text)
    best = max((match.score for match in matches), default=0.0)
    numbers = [
        Entity("number", "".join(filter(str.isdecimal, fold(found.group()))), found.start(), found.end())
        for found in _NUMBER.finditer(text)
    ]
    return {
        "places": tuple(dict.fromkeys(match.place.id for match in matches if match.score == best)),
        "place_spans": tuple((match.start, match.end) for match in matches),
        "number": numbers[0].value if numbers else None,
        "entities": (
            *(Entity("place", match.place.id, match.start, match.end, match.score) for match in matches),
            *numbers,
        ),
    }


@cache
def _index() -> PlaceIndex:
    return PlaceIndex(load_places())
