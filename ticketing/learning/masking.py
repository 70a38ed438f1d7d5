"""Words without what points to a person: long numbers, addresses, names. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge_base.text import fold, spans

MASK = "••••••"  # for a long number
GAP = "…"  # for whatever an agent fills in himself

# Six digits and more, as people write telephones and contracts: with blanks, points or hyphens between.
_LONG_NUMBER = re.compile(r"\+?\d(?:[ .\-/\u00a0\u202f]?\d){5,}")
_ANY_NUMBER = re.compile(r"\+?\d(?:[ .,:\-/\u00a0\u202f]?\d)+")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK_WITH_DATA = re.compile(r"(https?://[^\s?#]+)[?#]\S*")
# What stands before a name in a greeting.
_TITLES = frozenset(
    fold(title)
    for title in (
        "M", "Mr", "Mme", "Mlle", "Monsieur", "Madame", "Mademoiselle", "Mrs", "Ms", "Miss", "Sir",
        "السيد", "السيدة", "الآنسة", "سيدي", "لالة", "للا", "السي", "سي", "أستاذ", "الأستاذ", "مولاي",
        "si", "lalla", "moulay",
    )
)  # fmt: skip
_NAMES_AFTER_TITLE = 2  # words
_SHORTEST_NAME = 3  # letters: shorter parts of names are everyday words too


def mask_long_numbers(text: str) -> str:
    """Telephones, contract and card numbers, e-mail addresses become marks; amounts and dates stay words."""
    return _LONG_NUMBER.sub(MASK, _ADDRESS.sub(GAP, text))


def mask_person(text: str, names: Iterable[str]) -> str:
    """Every number of two digits and more, address, known name and name after a title becomes a gap."""
    text = _LINK_WITH_DATA.sub(r"\1", text)
    kept_links = re.split(r"(https?://\S+)", text)
    parts = [
        part if number % 2 else _without_names(_ANY_NUMBER.sub(GAP, _ADDRESS.sub(GAP, part)), names)
        for number, part in enumerate(kept_links)
    ]
    return re.sub(rf"{GAP}(?:\s*{GAP})+", GAP, "".join(parts))


def _without_names(text: str, names: Iterable[str]) -> str:
    known = {word.folded for name in names for word in spans(name) if len(word.folded) >= _SHORTEST_NAME}
    hidden = []
    chances, end = 0, 0  # words that may still be a name after a title, and where the last word ended
    for word in spans(text):
        if chances and text[end : word.start].strip(" .\u00a0"):
            chances = 0  # a comma ends a name
        after_title = chances > 0 and _may_be_name(text[word.start : word.end])
        if word.folded in known or after_title:
            hidden.append(word)
        chances = _NAMES_AFTER_TITLE if word.folded in _TITLES else chances - 1 if after_title else 0
        end = word.end
    for word in reversed(hidden):
        text = text[: word.start] + GAP + text[word.end :]
    return text


def _may_be_name(word: str) -> bool:
    """In Latin letters a name begins with a capital; Arabic has none to tell by."""
    return word[:1].isupper() or not word[:1].isascii()
