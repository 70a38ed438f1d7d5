"""The part of a text in which something was found, cut into pieces: plain text, never markup. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from knowledge_base.text import Word, spans
from ticketing.reading.asked import Term

LENGTH: Final = 180  # characters of an excerpt
BEFORE: Final = 50  # of them before what was found
_MORE: Final = "…"


@dataclass(frozen=True, slots=True)
class Part:
    text: str
    hit: bool = False


def excerpt(text: str, terms: Sequence[Term]) -> list[Part]:
    """The surroundings of the first word that was looked for; every one of them within is a hit."""
    found = [word for word in spans(text) if any(term.fits(word.folded) for term in terms)]
    start, end = _window(text, found)
    parts: list[Part] = [Part(_MORE)] if start > 0 else []
    at = start
    for word in found:
        if word.start < at or word.end > end:
            continue
        if word.start > at:
            parts.append(Part(_flat(text[at : word.start])))
        parts.append(Part(text[word.start : word.end], hit=True))
        at = word.end
    if at < end:
        parts.append(Part(_flat(text[at:end])))
    if end < len(text):
        parts.append(Part(_MORE))
    return parts


def _window(text: str, found: Sequence[Word]) -> tuple[int, int]:
    """Where the excerpt begins and ends, between words."""
    if len(text) <= LENGTH:
        return 0, len(text)
    first = found[0].start if found else 0
    start = max(0, min(first - BEFORE, len(text) - LENGTH))
    if start > 0:
        blank = text.find(" ", start, first)
        start = blank + 1 if blank >= 0 else start
    end = min(len(text), start + LENGTH)
    if end < len(text):
        blank = text.rfind(" ", start + LENGTH // 2, end)
        end = blank if blank > (found[0].end if found else 0) else end
    return start, end


def _flat(text: str) -> str:
    """On one line."""
    return text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
