"""What a text is found by: stems, consonant skeletons and concepts, for articles and for questions alike.

A term names its kind: ``s:`` a stem, ``k:`` the skeleton of a stem (broken plurals, Arabizi, vowels written
another way), ``c:`` a concept that words of all languages stand for (data/concepts.yml). Terms are stored:
after a change here or in the data, `index.index_all` writes them again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import yaml

from knowledge_base.articles.markdown import plain
from knowledge_base.articles.model import Wording
from knowledge_base.articles.stems import is_arabic, stem
from knowledge_base.text import fold, word_skeleton, words

DATA_FOLDER: Final = Path(__file__).parent / "data"

# BM25F: how often a word of a field counts, how fast repetition saturates, how much length matters.
_FIELD_COUNTS: Final = {"title": 4.5, "summary": 2.0, "body": 1.0}
_SATURATION, _LENGTH_SHARE, _USUAL_LENGTH = 1.2, 0.6, 160.0
# How much a match of each kind is worth.
# An Arabic skeleton is a plural or another spelling; that of an Arabizi word leaves more room for chance.
_STEM, _ARABIC_SKELETON, _SKELETON, CONCEPT_WORTH, _BARE = 1.0, 0.95, 0.8, 0.7, 0.6
_SHORTEST_SKELETON: Final = 3  # consonants: two of them are shared by too many words

_ARABIC_CLITICS: Final = "وفبلك"
_LATIN_CLITICS: Final = ("wl", "fl", "bl", "dl", "l", "w", "f", "b", "d")


def _listed_stop_words() -> frozenset[str]:
    lines = (DATA_FOLDER / "stop_words.txt").read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in words(line))


STOP_WORDS: Final = _listed_stop_words()


def _listed_concepts() -> tuple[Mapping[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    data: Mapping[str, str] = yaml.safe_load((DATA_FOLDER / "concepts.yml").read_text("utf-8"))
    exact: dict[str, tuple[str, ...]] = {}
    beginnings: list[tuple[str, str]] = []
    for concept, listed in data.items():
        for spelling in str(listed).split(","):
            spelled = fold(spelling)
            if spelled.endswith("*"):
                beginnings.append((spelled[:-1], concept))
            elif concept not in exact.get(spelled, ()):
                exact[spelled] = (*exact.get(spelled, ()), concept)
    return exact, tuple(beginnings)


_EXACT, _BEGINNINGS = _listed_concepts()


@dataclass(frozen=True, slots=True)
class Slot:
    """One word of a question: every term it may be found by, with what a match is worth."""

    word: str
    terms: Mapping[str, float]


def index_terms(wording: Wording, language: str) -> dict[str, float]:
    """Return the terms of a translation with their weight (BM25 without rarity)."""
    counts: dict[str, float] = {}
    length = 0.0
    fields = {"title": wording.title, "summary": wording.summary, "body": plain(wording.body)}
    for field, text in fields.items():
        for word in content_words(text):
            length += 1
            for term in _terms_of(word, language):
                counts[term] = counts.get(term, 0.0) + _FIELD_COUNTS[field]
    norm = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length / _USUAL_LENGTH)
    return {term: count * (_SATURATION + 1) / (count + norm) for term, count in counts.items()}


def terms_of_text(text: str, language: str) -> frozenset[str]:
    return frozenset(term for word in content_words(text) for term in _terms_of(word, language))


def content_words(text: str) -> Iterator[str]:
    """Folded words that may tell what a text is about."""
    return (word for word in words(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdigit()))


def question(text: str, language: str) -> list[Slot]:
    """Return the slots of a question asked of the articles of `language`; no word counts twice."""
    slots: dict[str, Slot] = {}
    for word in content_words(text):
        terms = query_terms(word, language)
        slots.setdefault(next(iter(terms)), Slot(word, terms))
    return list(slots.values())


def query_terms(word: str, language: str) -> dict[str, float]:
    """Return the terms a folded word of a question is found by, the closest first."""
    terms = {f"s:{stem(word, language)}": _STEM}
    for skeleton in _skeletons(word, language):
        terms.setdefault(f"k:{skeleton}", _ARABIC_SKELETON if is_arabic(word) else _SKELETON)
    for concept in concepts(word):
        terms.setdefault(f"c:{concept}", CONCEPT_WORTH)
    for bare in _without_clitics(word):
        terms.setdefault(f"s:{stem(bare, language)}", _BARE)
        for skeleton in _skeletons(bare, language):
            terms.setdefault(f"k:{skeleton}", _BARE)
        for concept in concepts(bare):
            terms.setdefault(f"c:{concept}", _BARE)
    return terms


@lru_cache(maxsize=32_768)
def concepts(word: str) -> tuple[str, ...]:
    """Return what a folded word stands for."""
    found = dict.fromkeys(_EXACT.get(word, ()))
    for beginning, concept in _BEGINNINGS:
        if word.startswith(beginning):
            found.setdefault(concept)
    if not found and word.startswith("ال") and len(word) > 4:
        return concepts(word[2:])
    return tuple(found)


@lru_cache(maxsize=32_768)
def _terms_of(word: str, language: str) -> tuple[str, ...]:
    return (
        f"s:{stem(word, language)}",
        *(f"k:{skeleton}" for skeleton in _skeletons(word, language)),
        *(f"c:{concept}" for concept in concepts(word)),
    )


def _skeletons(word: str, language: str) -> Iterable[str]:
    """Return the skeletons by which a word meets Arabic ones; French and English articles need none."""
    if language != "ar" or word.isdigit():
        return ()
    bones = word_skeleton(stem(word, "ar") if is_arabic(word) else word)
    return (bones,) if len(bones) >= _SHORTEST_SKELETON else ()


def _without_clitics(word: str) -> Iterable[str]:
    """Return the word without one-letter words written onto it (and, in, with, the)."""
    if is_arabic(word):
        return (word[1:],) if word[0] in _ARABIC_CLITICS and len(word) > 4 else ()
    return tuple(
        word[len(clitic) :]
        for clitic in _LATIN_CLITICS
        if word.startswith(clitic) and len(word) - len(clitic) >= 3
    )
