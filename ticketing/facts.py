"""What the assistant knew when it handed over, in a form people read. No I/O but the register of places."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from knowledge_base.network.places import Place, load_places


def told(slots: Mapping[str, Any]) -> dict[str, str]:
    """The facts by name, as the assistant's forms and questions keep them, in their order."""
    found: dict[str, str] = {}
    memory = slots.get("memory")
    subjects = memory.values() if isinstance(memory, Mapping) else ()
    for part in (*subjects, slots):
        facts = part.get("facts") if isinstance(part, Mapping) else None
        if isinstance(facts, Mapping):
            found |= {str(name): str(value) for name, value in facts.items() if value not in (None, "")}
    for name in ("place", "contract"):
        value = slots.get(name)
        if isinstance(value, str) and value:
            found.setdefault(name, value)
    return found


def province_of(slots: Mapping[str, Any]) -> str | None:
    """The French name of the province of the place talked about, if one is known."""
    place = _places().get(told(slots).get("place", ""))
    return None if place is None else place.province_fr


def place_names(place_id: str) -> Mapping[str, str] | None:
    """A place's name by language; None for one that is not in the register."""
    place = _places().get(place_id)
    return None if place is None else {"ar": place.name_ar, "fr": place.name_fr, "en": place.name_fr}


@cache
def _places() -> Mapping[str, Place]:
    return {place.id: place for place in load_places()}
