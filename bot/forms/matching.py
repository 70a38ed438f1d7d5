"""Finds listed words and phrases in a text, through folding, articles and joined particles. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from knowledge_base.text import Word, spans, words

_PROCLITICS = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ll", "l", "f", "b", "d", "w")
_SHORTEST_STEM = 3  # letters that must remain
ONLY_ASKED = "="  # before an entry that counts only as the answer to its own question


def mentioned(text: str, entries: Iterable[str], *, asked: bool = True) -> tuple[int, str] | None:
    """Return how many words the longest entry found has, and the customer's own words for it, or None."""
    found = spans(text)
    best: tuple[int, str] | None = None
    for entry in entries:
        if entry.startswith(ONLY_ASKED) and not asked:
            continue
        phrase = _phrase(entry.lstrip(ONLY_ASKED))
        if best is not None and len(phrase) <= best[0]:
            continue
        at = _position(found, phrase)
        if at is not None:
            best = len(phrase), text[found[at].start : found[at + len(phrase) - 1].end]
    return best


def mentions(text: str, entries: Iterable[str]) -> bool:
    return mentioned(text, entries) is not None


def _position(found: list[Word], phrase: tuple[tuple[str, bool], ...]) -> int | None:
    for start in range(len(found) - len(phrase) + 1):
        if all(
            _fits(found[start + offset].folded, *part, first=offset == 0)
            for offset, part in enumerate(phrase)
        ):
            return start
    return None


def _fits(word: str, wanted: str, is_beginning: bool, *, first: bool) -> bool:
    """Compare a word, and without what is written together with it where an entry begins."""
    for stem in _stems(word) if first else (word,):
        if stem == wanted or (is_beginning and stem.startswith(wanted)):
            return True
    return False


def _stems(word: str) -> Iterable[str]:
    yield word
    for proclitic in _PROCLITICS:
        if word.startswith(proclitic) and len(word) - len(proclitic) >= _SHORTEST_STEM:
            yield word[len(proclitic) :]


@lru_cache(maxsize=4_096)
def _phrase(entry: str) -> tuple[tuple[str, bool], ...]:
    parts = words(entry)
    return tuple((part, entry.endswith("*") and part == parts[-1]) for part in parts)
