"""Danger words, before and beside any model: a fallen cable never waits for a language model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot import language as languages
from bot.contract import Danger, Language
from bot.texts import say
from knowledge_base.text import skeleton, spans, word_skeleton, words

_WORDS_FILE = Path(__file__).with_name("safety_words.yaml")
_LONGEST_TEXT = 4_000  # characters: what follows in a wall of text is not read
_PROCLITICS = ("وال", "فال", "بال", "كال", "لل", "ال", "و", "ف", "ب", "ل")
_SHORTEST_STEM = 2


@dataclass(frozen=True, slots=True)
class _Rule:
    """Fires when every group has a word within `within` words of the others."""

    kind: str
    groups: tuple[str, ...]
    within: int
    unless: tuple[str, ...]


@dataclass(slots=True)
class _Lexicon:
    """Which groups a word, a phrase, a beginning or a consonant skeleton belongs to."""

    single: dict[str, set[str]] = field(default_factory=dict)
    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=dict)  # by first word
    beginnings: list[tuple[str, str]] = field(default_factory=list)
    skeletons: dict[str, set[str]] = field(default_factory=dict)

    def add(self, group: str, entry: str) -> None:
        if entry.startswith("~"):
            self.skeletons.setdefault(skeleton(entry[1:]), set()).add(group)
        elif entry.endswith("*"):
            self.beginnings.extend((word, group) for word in words(entry))
        else:
            parts = tuple(words(entry))
            if len(parts) == 1:
                self.single.setdefault(parts[0], set()).add(group)
            else:
                self.phrases.setdefault(parts[0], []).append((parts, group))


def _load(path: Path) -> tuple[_Lexicon, tuple[_Rule, ...]]:
    content: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    lexicon = _Lexicon()
    for group, entries in content["groups"].items():
        for entry in entries.split(","):
            lexicon.add(group, entry.strip())
    rules = tuple(
        _Rule(rule["kind"], tuple(rule["all"]), rule["within"], tuple(rule.get("unless", ())))
        for rule in content["rules"]
    )
    unknown = {name for rule in rules for name in (*rule.groups, *rule.unless)} - set(content["groups"])
    if unknown:
        raise ValueError(f"The danger rules name groups that do not exist: {', '.join(sorted(unknown))}.")
    return lexicon, rules


_LEXICON, _RULES = _load(_WORDS_FILE)


def detect(text: str) -> Danger | None:
    """Return the danger that `text` tells of, or None.

    Pure; some ten microseconds for a harmless chat message. Reads Arabic and Latin script; the order of the
    words does not matter.
    """
    text = text[:_LONGEST_TEXT]
    if not _may_tell(frozenset().union(*map(_possible_groups, words(text)))):
        return None
    found = spans(text)
    places = _places([word.folded for word in found])
    for rule in _RULES:
        if any(group in places for group in rule.unless):
            continue
        matched = _closest(rule, places)
        if matched is not None:
            first, last = min(matched), max(matched)
            language = Language(languages.choose(text, None))
            key = "safety_medical" if rule.kind == "medical_dependency" else "safety_street"
            return Danger(
                kind=rule.kind,
                words=text[found[first].start : found[last].end],
                language=language,
                safety_text=say(language, key),
            )
    return None


@lru_cache(maxsize=4_096)
def _may_tell(groups: frozenset[str]) -> bool:
    """Whether words of these groups could make any rule fire."""
    return any(groups.issuperset(rule.groups) for rule in _RULES)


@lru_cache(maxsize=16_384)
def _possible_groups(word: str) -> frozenset[str]:
    """The groups a folded word belongs to or may open a phrase of, with and without what stands in front."""
    groups: set[str] = set()
    for stem in _stems(word):
        groups |= _groups_of(stem)
        groups.update(group for _, group in _LEXICON.phrases.get(stem, ()))
    return frozenset(groups)


def _places(folded: list[str]) -> dict[str, list[tuple[int, int]]]:
    """Return, for each group, the words it was found at as (first, last), in order."""
    places: dict[str, list[tuple[int, int]]] = {}
    for position, word in enumerate(folded):
        for stem in _stems(word):
            for group in _groups_of(stem):
                places.setdefault(group, []).append((position, position))
            for parts, group in _LEXICON.phrases.get(stem, ()):
                if tuple(folded[position + 1 : position + len(parts)]) == parts[1:]:
                    places.setdefault(group, []).append((position, position + len(parts) - 1))
    return places


def _stems(word: str) -> Iterable[str]:
    yield word
    if word.startswith(_PROCLITICS):
        for proclitic in _PROCLITICS:
            if word.startswith(proclitic) and len(word) - len(proclitic) >= _SHORTEST_STEM:
                yield word[len(proclitic) :]


def _groups_of(word: str) -> set[str]:
    groups = set(_LEXICON.single.get(word, ()))
    if not word.isdecimal():  # the skeleton of a number is the number
        groups |= _LEXICON.skeletons.get(word_skeleton(word), set())
    for beginning, group in _LEXICON.beginnings:
        if word.startswith(beginning):
            groups.add(group)
    return groups


def _closest(rule: _Rule, places: Mapping[str, list[tuple[int, int]]]) -> tuple[int, ...] | None:
    """Return the word positions where the rule's groups stand close enough, or None."""
    if not all(group in places for group in rule.groups):
        return None
    first, *others = (places[group] for group in rule.groups)
    for start, end in first:
        positions = [start, end]
        for candidates in others:
            near = min(candidates, key=lambda place: min(abs(place[0] - end), abs(place[1] - start)))
            positions.extend(near)
        if max(positions) - min(positions) <= rule.within:
            return tuple(positions)
    return None
