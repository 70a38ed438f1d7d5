"""Stems: what is left of a word when its endings are gone. Words come folded (`knowledge_base.text.fold`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import snowballstemmer

_FRENCH: Final = snowballstemmer.stemmer("french")
_ENGLISH: Final = snowballstemmer.stemmer("english")

_ARABIC_LETTER: Final = re.compile(r"[\u0621-\u064a]")
_SHORTEST_STEM: Final = 3  # letters

# The article with what may stand before it. A single و, ب or ل is left alone: it is too often the word's own.
_PREFIXES: Final = ("وبال", "فبال", "ولل", "وال", "فال", "بال", "لل", "ال")
_POSSESSIVES: Final = ("تهما", "تهم", "تها", "تكم", "تنا", "تي", "تك", "ته", "هما", "هم", "ها", "كم", "نا")
_PLURALS: Final = ("ات", "ين", "ون", "يه", "تين", "تان", "ان")
_LAST: Final = ("ه", "ي")


def is_arabic(word: str) -> bool:
    return bool(_ARABIC_LETTER.search(word))


def stem(word: str, language: str) -> str:
    """Return the stem of a folded word in an article of `language` ("ar", "fr", "en").

    The word's own script counts first: French words stand in Arabic articles too.
    """
    if is_arabic(word):
        return arabic_stem(word)
    return _latin_stem(word, "en" if language == "en" else "fr")


@lru_cache(maxsize=32_768)
def _latin_stem(word: str, language: str) -> str:
    stemmer = _ENGLISH if language == "en" else _FRENCH
    return str(stemmer.stemWord(word))


@lru_cache(maxsize=32_768)
def arabic_stem(word: str) -> str:
    """Strip the article and the common endings, so that وكالة, الوكالة and والوكالات meet.

    Broken plurals (فاتورة, فواتير) meet in the skeleton of their stems.
    """
    stemmed = _without(word, _PREFIXES, at_start=True)
    shorter = _without(stemmed, _POSSESSIVES)
    shorter = _without(shorter, _PLURALS)
    return _without(shorter, _LAST)


def _without(word: str, affixes: tuple[str, ...], *, at_start: bool = False) -> str:
    for affix in affixes:
        if len(word) - len(affix) < _SHORTEST_STEM:
            continue
        if at_start and word.startswith(affix):
            return word[len(affix) :]
        if not at_start and word.endswith(affix):
            return word[: -len(affix)]
    return word
