"""The facts of a form in words: for agents in Arabic and French, and a short echo for the customer."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

from bot.actions.moments import amount_words, due_words
from bot.actions.places import name_of, place_by_id, province_of
from bot.contract import Language
from bot.forms.definitions import Field, field
from bot.forms.filling import Filling
from bot.forms.nearest import nearest_commune
from bot.forms.reading import SENT
from bot.texts import say

_LONGEST_WORDS = 300  # characters of the customer's own words
_NOT_ECHOED = frozenset({"contract", "phone", "meter_number", "photo", "holder", "what", "matter"})
_POSITION_DIGITS = 5


def summary(filling: Filling, language: Language) -> str:
    """Return what an agent should know, in `language` (`Language.AR` or `Language.FR`)."""
    parts = [say(language, f"subject_{filling.name}")]
    for name in filling.form.field_names():
        if name in filling.facts:
            each = field(name)
            parts.append(f"{_label(each, language)} : {value_words(each, filling.facts[name], language)}")
    own_words = filling.opening.replace("\n", " ").strip()
    if any(map(str.isalpha, own_words)) and own_words not in filling.facts.values():
        parts.append(f"« {own_words[:_LONGEST_WORDS]} »")
    if filling.earlier:
        parts.append(f"+ {filling.earlier[str(language)]}")
    separator = "؛ " if language is Language.AR else " ; "
    return separator.join(parts)


def echo(filling: Filling, language: Language) -> str:
    """Return the customer's main answers in a line, so that a mistake can be seen; empty without any."""
    told = [
        value_words(field(name), filling.facts[name], language, with_province=False)
        for name in filling.form.field_names()
        if name in filling.facts and name not in _NOT_ECHOED and filling.facts[name] not in ("yes", "no")
    ]
    return ("، " if language in (Language.AR, Language.ARY) else ", ").join(told)


def value_words(each: Field, value: str, language: Language, *, with_province: bool = True) -> str:
    """Return a fact in words: a place's name, an option's title, an amount; free words stay as told."""
    if each.kind == "place":
        return _place_words(value, language, with_province=with_province)
    if each.kind == "choice":
        return say(language, f"option_{each.name}_{value}")
    if each.kind == "amount":
        return amount_words(language, int(value))
    if each.kind == "when":
        with suppress(ValueError):
            return due_words(language, date.fromisoformat(value))
    return say(language, "fact_sent") if value == SENT else value


def facts_of(filling: Filling) -> dict[str, dict[str, str]]:
    """Return the facts as the desk shows them: by field, the value, its label and its words by language."""
    facts: dict[str, dict[str, str]] = {}
    for name, value in filling.facts.items():
        each = field(name)
        facts[name] = {
            "value": value,
            "label_ar": each.label_ar,
            "label_fr": each.label_fr,
            "label_en": each.label_en,
            "ar": value_words(each, value, Language.AR),
            "fr": value_words(each, value, Language.FR),
            "en": value_words(each, value, Language.EN),
        }
    return facts


def _label(each: Field, language: Language) -> str:
    return each.label_ar if language is Language.AR else each.label_fr


def _place_words(value: str, language: Language, *, with_province: bool) -> str:
    """Return "Zemamra (Sidi Bennour)"; for a position its degrees and the commune nearest to it."""
    place = place_by_id(value)
    if place is not None:
        name = name_of(place, language)
        return f"{name} ({province_of(place, language)})" if with_province else name
    latitude, longitude = position_of(value)
    near = nearest_commune(latitude, longitude)
    degrees = f"{latitude:.{_POSITION_DIGITS}f}, {longitude:.{_POSITION_DIGITS}f}"
    return degrees if near is None else f"{name_of(near, language)} ({degrees})"


def position_of(value: str) -> tuple[float, float]:
    """Read the (latitude, longitude) in degrees of a shared position; raises ValueError for another fact."""
    latitude, _, longitude = value.partition(",")
    return float(latitude), float(longitude)
