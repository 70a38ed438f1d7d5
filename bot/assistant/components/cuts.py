"""Where one message may be cut into two requests. Pure, standard library only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from knowledge_base.text import Word, spans, words

_MOST_CUTS = 8  # a part costs a classification
_FEWEST_WORDS = 2  # on either side: a lone word is no request of its own

_SENTENCE_END = re.compile(r"\n+|[.!?؟؛;…]+(?=\s)|\s[-–+&]\s")
_COMMA = re.compile(r"[,،]+(?=\s)")
_CONJUNCTIONS = frozenset(
    words(
        "و w et and ou u o زيد zid puis ensuite aussi also then but mais ولكن walakin wlakin ثم"
        " وكذلك كذلك أيضا وأيضا"
    )
)
_AND_BEFORE = re.compile(
    r"و(?=\w{3,})|w(?=(?:fin|ch7al|chhal|fo9|imta|kif|bgh|wach|3lach|ach|chno|mnin|3and))"
)
# Words of their own that begin with the letter of "and".
_NO_AND = re.compile(
    "وا?حد|وكال|وا?صل|وقت|ورق|وراق|والد|والي|والو|ولد|ولا|وسط|وا?د|وضع|وا?جد|وا?قع|وا?قف|وثا?[يءئ]|وكيل|وزير|وزا"
    "ن"
)


@dataclass(frozen=True, slots=True)
class Cut:
    """The message's first part is `text[:end]`, its second `text[start:]`."""

    end: int
    start: int


def cuts(text: str) -> list[Cut]:
    """Return where `text` may be cut: ends of lines and sentences first, then commas and conjunctions."""
    found = spans(text)
    if len(found) < 2 * _FEWEST_WORDS:
        return []
    possible = [
        *(Cut(match.start(), match.end()) for match in _SENTENCE_END.finditer(text)),
        *(Cut(match.start(), match.end()) for match in _COMMA.finditer(text)),
        *_at_conjunctions(text, found),
    ]
    kept: dict[tuple[int, int], Cut] = {}
    for cut in possible:
        before = sum(word.end <= cut.end for word in found)
        after = sum(word.end > cut.start for word in found)
        if before >= _FEWEST_WORDS and after >= _FEWEST_WORDS:
            kept.setdefault((before, after), cut)
    return sorted(list(kept.values())[:_MOST_CUTS], key=lambda cut: cut.end)


def _at_conjunctions(text: str, found: list[Word]) -> list[Cut]:
    cut_at: list[Cut] = []
    for word in found[1:]:
        opening = _AND_BEFORE.match(text, word.start, word.end)
        hyphened = "-" in text[word.start - 1 : word.end + 1]  # "puis-je"
        if word.folded in _CONJUNCTIONS and not hyphened:
            cut_at.append(Cut(word.start, word.end))
        elif opening is not None and not _NO_AND.match(word.folded):
            cut_at.append(Cut(word.start, opening.end()))
    return cut_at
