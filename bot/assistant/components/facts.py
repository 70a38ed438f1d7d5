"""Everything a message names besides places: amounts, days, numbers, services. Pure, standard library only.

A number is one thing: "12/11/2026" is a day and no reference, "500 dh" an amount and no reference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from bot.assistant.components.amounts import amounts
from bot.assistant.components.dates import dates
from bot.assistant.components.found import Found
from bot.assistant.components.references import meter_indexes, numbers, phones
from bot.assistant.components.service_words import services

_SEPARATORS = {"٫": ".", "٬": ",", "\u00a0": " ", "\u202f": " "}


def facts(text: str, places: Iterable[tuple[int, int]] = (), language: str | None = None) -> list[Found]:
    """Return what `text` names, in its order. `places` are the (start, end) of names of places in it."""
    plain = plain_digits(text)
    named = list(places)
    found: list[Found] = []
    for finder in (phones, lambda left: dates(left, named), amounts, meter_indexes, numbers):
        left = _blank(plain, found)
        found += [each for each in finder(left) if not any(each.overlaps(other) for other in found)]
    found += services(text, language)
    return sorted(found, key=lambda each: (each.start, each.end))


def plain_digits(text: str) -> str:
    """Return `text`, as long as before, with digits of every script as 0–9 and plain separators."""
    return "".join(
        str(unicodedata.decimal(character))
        if unicodedata.category(character) == "Nd"
        else _SEPARATORS.get(character, character)
        for character in text
    )


def _blank(text: str, found: Sequence[Found]) -> str:
    """Take out what is something already, so that nothing is read across it."""
    characters = list(text)
    for each in found:
        characters[each.start : each.end] = "\u2022" * (each.end - each.start)
    return "".join(characters)
