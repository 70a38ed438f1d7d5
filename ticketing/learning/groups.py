"""Questions that are alike, put together: the same consonants, or most of the same three-letter pieces. Pure.

Deterministic: the same questions make the same groups in whatever order they come. Each group has a leader,
its most frequent wording; a wording joins the leader it is most like. Shared pieces are looked up in an index
over the rarest pieces of each leader (prefix filtering, Chaudhuri et al. 2006), so that wordings that cannot
be alike are never compared.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil
from typing import Final

# Shared pieces of all pieces (Jaccard) from which two wordings are alike: docs/learning.md tells how it was
# chosen.
ALIKE: Final = 0.35
SAMPLES: Final = 8

FALLBACK, NOT_UNDERSTOOD, AFTER_ANSWER = "fallback", "not_understood", "after_answer"


@dataclass(frozen=True, slots=True)
class Question:
    """One that was not answered well. `likeness`: consonants of its words. `kind`: one of the three above."""

    text: str
    likeness: str
    language: str
    kind: str
    intent: str | None
    at: datetime


@dataclass(slots=True)
class Group:
    """`text` is a wording of the leader; `samples` begin with it and differ from each other."""

    language: str
    likeness: str
    text: str
    kinds: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    samples: list[str] = field(default_factory=list)
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def count(self) -> int:
        return self.kinds.total()

    def add(self, question: Question) -> None:
        self.kinds[question.kind] += 1
        if question.intent is not None:
            self.intents[question.intent] += 1
        if question.text not in self.samples and len(self.samples) < SAMPLES:
            self.samples.append(question.text)
        self.first_at = question.at if self.first_at is None else min(self.first_at, question.at)
        self.last_at = question.at if self.last_at is None else max(self.last_at, question.at)


def grouped(questions: Iterable[Question], decided: Mapping[str, Iterable[str]]) -> list[Group]:
    """Groups, largest first. Questions like a likeness that was decided, by language, are left out."""
    by_language: dict[str, dict[str, list[Question]]] = defaultdict(lambda: defaultdict(list))
    for question in questions:
        if question.likeness.strip():
            by_language[question.language][question.likeness].append(question)
    groups = [
        group
        for language, wordings in by_language.items()
        for group in _groups_of(language, wordings, decided.get(language, ()))
    ]
    return sorted(groups, key=lambda group: (-group.count, group.language, group.likeness))


def _groups_of(
    language: str, wordings: Mapping[str, list[Question]], decided: Iterable[str]
) -> Iterable[Group]:
    settled = sorted(set(decided))
    order = sorted(wordings, key=lambda likeness: (-len(wordings[likeness]), likeness))
    pieces = {likeness: trigrams(likeness) for likeness in {*settled, *order}}
    leaders = _Leaders(pieces)
    for likeness in settled:
        leaders.add(likeness)
    led: dict[str, list[str]] = {}
    for likeness in order:
        leader = leaders.nearest(likeness)
        if leader is None:
            leaders.add(likeness)
            led[likeness] = [likeness]
        elif leader in led:
            led[leader].append(likeness)
    for leader, members in led.items():
        yield _group(language, leader, [question for member in members for question in wordings[member]])


def _group(language: str, leader: str, questions: list[Question]) -> Group:
    mine = sorted(question.text for question in questions if question.likeness == leader)
    text = min(mine, key=lambda wording: (-mine.count(wording), wording))
    group = Group(language, leader, text, samples=[text])
    for question in sorted(questions, key=lambda one: (one.at, one.text), reverse=True):
        group.add(question)
    return group


def trigrams(likeness: str) -> frozenset[str]:
    """The pieces of three letters, of each word with two blanks before it and one behind."""
    return frozenset(
        padded[start : start + 3]
        for word in likeness.split()
        for padded in (f"  {word} ",)
        for start in range(len(padded) - 2)
    )


class _Leaders:
    """Finds the leader a wording is most like."""

    def __init__(self, pieces: Mapping[str, frozenset[str]]) -> None:
        self._pieces = pieces
        self._frequency = Counter(piece for each in pieces.values() for piece in each)
        self._by_piece: dict[str, list[str]] = defaultdict(list)
        self._rank: dict[str, int] = {}

    def _rarest(self, likeness: str) -> list[str]:
        """Two wordings alike share at least one of these."""
        pieces = sorted(self._pieces[likeness], key=lambda piece: (self._frequency[piece], piece))
        return pieces[: len(pieces) - ceil(ALIKE * len(pieces)) + 1]

    def add(self, likeness: str) -> None:
        self._rank[likeness] = len(self._rank)
        for piece in self._rarest(likeness):
            self._by_piece[piece].append(likeness)

    def nearest(self, likeness: str) -> str | None:
        if likeness in self._rank:
            return likeness
        mine = self._pieces[likeness]
        candidates = {leader for piece in self._rarest(likeness) for leader in self._by_piece.get(piece, ())}
        shortest, longest = ALIKE * len(mine), len(mine) / ALIKE
        best: str | None = None
        best_score = (0.0, 0)
        for leader in candidates:
            theirs = self._pieces[leader]
            if not shortest <= len(theirs) <= longest:
                continue
            shared = len(mine & theirs)
            alike = shared / (len(mine) + len(theirs) - shared)
            score = (alike, -self._rank[leader])  # of two that are as like, the earlier
            if alike >= ALIKE and score > best_score:
                best, best_score = leader, score
        return best
