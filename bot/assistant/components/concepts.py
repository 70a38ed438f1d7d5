"""What words of every language and script stand for: water, bill, cut, pay … Pure.

Examples in one language teach the others: "eau", "lma" and "ماء" are one thing to the classifier.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import yaml

from knowledge_base.text import word_skeleton, words

_FILE = Path(__file__).parents[1] / "concepts.yml"
_PROCLITICS = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل", "ك", "l", "f", "b", "w", "d")
_SHORTEST_STEM = 2


class Concepts:
    """A lexicon: concept → words, read once."""

    def __init__(self, entries: dict[str, str]) -> None:
        self._words: dict[str, set[str]] = {}
        self._skeletons: dict[str, set[str]] = {}
        self._beginnings: dict[str, set[str]] = {}
        for concept, listed in entries.items():
            for entry in listed.split(","):
                self._add(concept, entry.strip())
        self.of = lru_cache(maxsize=16_384)(self._of)

    def _add(self, concept: str, entry: str) -> None:
        for word in words(entry):
            if entry.startswith("~"):
                self._skeletons.setdefault(word_skeleton(word), set()).add(concept)
            elif entry.endswith("*"):
                self._beginnings.setdefault(word, set()).add(concept)
            else:
                self._words.setdefault(word, set()).add(concept)

    def _of(self, word: str) -> tuple[str, ...]:
        """Return the concepts that a folded word stands for, sorted."""
        found = set(self._skeletons.get(word_skeleton(word), ()))
        for stem in _stems(word):
            found |= self._words.get(stem, set())
            for length in range(1, len(stem) + 1):
                found |= self._beginnings.get(stem[:length], set())
        return tuple(sorted(found))


def _stems(word: str) -> Iterable[str]:
    yield word
    for proclitic in _PROCLITICS:
        if word.startswith(proclitic) and len(word) - len(proclitic) >= _SHORTEST_STEM:
            yield word[len(proclitic) :]


CONCEPTS = Concepts(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
