"""What the assistant knew when it handed over, in a form people read. No I/O but the register of places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.network.places import Place, load_places

Names = Mapping[str, str]  # by language: ar, fr, en

_FILE = Path(__file__).parent / "texts" / "facts.yaml"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words for facts that others than the desk keep: `labels` by the fact's name, `options` by (name,
    value) for facts that are one of a choice.
    """

    labels: Mapping[str, Names] = field(default_factory=dict)
    options: Mapping[tuple[str, str], Names] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the assistant was told, in the agents' languages."""

    name: str
    labels: Names
    values: Names


def readable(slots: Mapping[str, Any], vocabulary: Vocabulary) -> list[Fact]:
    """The facts of a handover as people read them; those nobody has a word for are left out."""
    found = []
    for name, value in told(slots).items():
        labels = vocabulary.labels.get(name) or _labels().get(name)
        if labels is not None:
            found.append(Fact(name, labels, _values(name, value, vocabulary)))
    return found


def _values(name: str, value: str, vocabulary: Vocabulary) -> Names:
    names = place_names(value) if name == "place" else vocabulary.options.get((name, value))
    if names is None and name == "amount" and value.isdecimal():
        centimes = int(value)
        amount = f"{centimes // 100},{centimes % 100:02d}"
        names = {"ar": f"{amount} درهم", "fr": f"{amount} DH", "en": f"{amount.replace(',', '.')} DH"}
    return names or dict.fromkeys(("ar", "fr", "en"), value)


@cache
def _labels() -> Mapping[str, Names]:
    labels: Mapping[str, Names] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return labels


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
