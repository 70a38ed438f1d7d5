"""The two or three sentences of an article that answer a question best. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge_base.articles.markdown import paragraphs_of, sentences
from knowledge_base.articles.model import Wording
from knowledge_base.articles.terms import Slot, terms_of_text

_MOST_SENTENCES = 3


def extract(wording: Wording, slots: Sequence[Slot], language: str, *, longest: int = 420) -> str:
    """Return plain text of at most `longest` characters: neighbouring sentences with most of the words asked.

    Without a match the summary, else the beginning.
    """
    told = sentences(paragraphs_of(wording.body))
    if not told:
        return wording.summary
    worths = [_worth(sentence, slots, language) for sentence in told]
    if not any(worths):
        return wording.summary or cut(" ".join(told[:2]), longest)
    best = max(range(len(told)), key=lambda start: _worth_of_window(told, worths, start, longest))
    return cut(_join(_window(told, best, longest)), longest)


def cut(text: str, longest: int) -> str:
    """Return the text, or its beginning up to the last whole word and an ellipsis."""
    if len(text) <= longest:
        return text
    return text[: longest - 1].rpartition(" ")[0] + "…"


def _worth(sentence: str, slots: Sequence[Slot], language: str) -> float:
    terms = terms_of_text(sentence, language)
    found = 0.0
    for slot in slots:
        found += max((worth for term, worth in slot.terms.items() if term in terms), default=0.0)
    return found


def _window(told: Sequence[str], start: int, longest: int) -> list[str]:
    window = [told[start]]
    for sentence in told[start + 1 : start + _MOST_SENTENCES]:
        if sum(map(len, window)) + len(sentence) > longest:
            break
        window.append(sentence)
    return window


def _worth_of_window(told: Sequence[str], worths: Sequence[float], start: int, longest: int) -> float:
    """The first sentence must earn its place; what comes earlier in the article wins a tie."""
    size = len(_window(told, start, longest))
    return worths[start] + 0.6 * sum(worths[start + 1 : start + size]) - 0.001 * start


def _join(window: Sequence[str]) -> str:
    """A line for each list item, running text otherwise."""
    joined = window[0]
    for sentence in window[1:]:
        joined += (
            "\n" if sentence.startswith("•") or joined.rpartition("\n")[2].startswith("•") else " "
        ) + sentence
    return joined
