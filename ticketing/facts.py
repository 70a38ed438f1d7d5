"""What the assistant knew when it handed over, in a form people read. No I/O but the register of places.

The assistant's forms keep facts by name under any of its subjects' memory: as plain values, or as
{"value", "label_ar", "label_fr", "ar", "fr"} where they say themselves how agents read them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.network.places import Place, load_places

Names = Mapping[str, str]  # by language: ar, fr, en

_FILE = Path(__file__).parent / "texts" / "facts.yaml"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the assistant was told, in the agents' languages."""

    name: str
    labels: Names
    values: Names


def readable(slots: Mapping[str, Any]) -> list[Fact]:
    """The facts of a handover as people read them, in the order to show; without those that have no label."""
    facts = [fact for name, kept in _kept(slots).items() if (fact := _fact(name, kept)) is not None]
    order = {name: place for place, name in enumerate(_labels())}
    return sorted(facts, key=lambda fact: (order.get(fact.name, len(order)), fact.name))


def place_of(slots: Mapping[str, Any]) -> Place | None:
    """The place talked about, if one is known."""
    kept = _kept(slots).get("place")
    place_id = kept.get("value") if isinstance(kept, Mapping) else kept
    return _places().get(str(place_id))


def province_of(slots: Mapping[str, Any]) -> str | None:
    """The French name of the province of the place talked about, if one is known."""
    place = place_of(slots)
    return None if place is None else place.province_fr


@cache
def provinces() -> frozenset[str]:
    """The French names of the provinces of the register of places."""
    return frozenset(place.province_fr for place in _places().values() if place.province_fr)


def _kept(slots: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept, by name; those of a form count before what a dialogue remembers."""
    found: dict[str, Any] = {}
    for facts in _parts(slots):
        found |= {str(name): kept for name, kept in facts.items() if kept not in (None, "")}
    for name in ("place", "contract"):
        if isinstance(slots.get(name), str) and slots[name]:
            found.setdefault(name, slots[name])
    return found


def _parts(slots: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    memory = slots.get("memory")
    for subject in memory.values() if isinstance(memory, Mapping) else ():
        facts = subject.get("facts") if isinstance(subject, Mapping) else None
        if isinstance(facts, Mapping):
            yield facts


def _fact(name: str, kept: Any) -> Fact | None:
    told = kept if isinstance(kept, Mapping) else {"value": kept}
    value = str(told.get("value", ""))
    known = _labels().get(name, {})
    labels = {language: known.get(language) or told.get(f"label_{language}") for language in ("ar", "fr")}
    labels["en"] = known.get("en") or labels["fr"]
    if not all(labels.values()):
        return None
    values = _values(name, value)
    if told.get("fr"):
        # Who reads English at the desk reads French rather than a code.
        values = {"ar": str(told.get("ar") or told["fr"]), "fr": str(told["fr"]), "en": str(told["fr"])}
    return Fact(name, {key: str(label) for key, label in labels.items()}, values)


def _values(name: str, value: str) -> dict[str, str]:
    place = _places().get(value) if name == "place" else None
    if place is not None:
        return {"ar": place.name_ar, "fr": place.name_fr, "en": place.name_fr}
    if name == "amount" and value.isdecimal():
        whole, centimes = divmod(int(value), 100)
        amount = f"{whole},{centimes:02d}"
        return {"ar": f"{amount} درهم", "fr": f"{amount} DH", "en": f"{amount.replace(',', '.')} DH"}
    return dict.fromkeys(("ar", "fr", "en"), value)


@cache
def _labels() -> Mapping[str, Names]:
    labels: Mapping[str, Names] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return labels


@cache
def _places() -> Mapping[str, Place]:
    return {place.id: place for place in load_places()}
