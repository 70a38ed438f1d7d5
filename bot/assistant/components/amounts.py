"""Amounts of money in a message. Pure, standard library only.

One dirham is 100 centimes and 20 rial; a million alone is a million centimes: 10 000 dirham.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from bot.assistant.components.found import Found
from bot.assistant.components.number_words import ANDS, MILLION, SCALES, is_number_word, value_of, without_and
from knowledge_base.text import spans, words

SURE = 1.0
ASK_BACK = 0.6
"""For rial and the million of everyday speech: ask before acting on such an amount."""

_DIRHAM, _RIAL, _CENTIME = Fraction(100), Fraction(5), Fraction(1)
_UNITS = {
    **dict.fromkeys(
        words("درهم دراهم الدرهم درهما دراهيم درهام dh dhs dirham dirhams drhm derhem drahm drahem dhm mad"),
        _DIRHAM,
    ),
    **dict.fromkeys(words("ريال ريالات الريال رياله ryal ryals rial rials riyal riyals"), _RIAL),
    **dict.fromkeys(
        words("سنتيم سنتيمات فرنك centime centimes santim santimat frank franc francs"), _CENTIME
    ),
}
_BEFORE_FIGURES = frozenset({"mad", "dh", "dhs"})
_OF = frozenset(words("د ديال d dyal de of"))
_MOST_WORDS = 8
_LARGEST = 10**12  # centimes
_FIGURES = re.compile(
    r"(?<![^\W_])(?<![\d][.,])(?:\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+(?!\d)|\d+)(?:[.,]\d{1,2})?(?!\d)"
)
_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u202f.,]\d{3})+$")
_GAP = re.compile(r"[\s\-’'_:]*")


@dataclass(frozen=True, slots=True)
class _Token:
    """A figure, or a folded word, at `text[start:end]`."""

    said: Fraction | str
    start: int
    end: int

    @property
    def is_number(self) -> bool:
        return isinstance(self.said, Fraction) or is_number_word(self.said)


def amounts(text: str) -> list[Found]:
    """Return the amounts of `text` in its order; `value` is centimes in decimal digits.

    `text` has digits of 0–9 only (see `facts.plain_digits`).
    """
    tokens = _tokens(text)
    found: list[Found] = []
    position = 0
    while position < len(tokens):
        amount, position = _amount_at(text, tokens, position)
        if amount is not None:
            found.append(amount)
    return found


def _tokens(text: str) -> list[_Token]:
    figures = [
        _Token(_figure(match.group()), match.start(), match.end()) for match in _FIGURES.finditer(text)
    ]
    tokens = list(figures)
    for word in spans(text):
        inside = [figure for figure in figures if figure.start < word.end and word.start < figure.end]
        start = max((figure.end for figure in inside), default=word.start)
        rest = words(text[start : word.end])
        if rest and start < word.end:
            tokens.append(_Token(word.folded if not inside else "".join(rest), start, word.end))
    return sorted(tokens, key=lambda token: token.start)


def _figure(said: str) -> Fraction:
    """Read "1.250,50", "1 250", "12.5": a last point or comma before one or two digits parts the whole."""
    whole, point, rest = said, "", ""
    parted = re.fullmatch(r"(.*)[.,](\d{1,2})", said)
    if parted and not _GROUPED.fullmatch(said):
        whole, point, rest = parted[1], ".", parted[2]
    return Fraction(re.sub(r"\D", "", whole) + point + rest)


def _amount_at(text: str, tokens: Sequence[_Token], first: int) -> tuple[Found | None, int]:
    """Return the amount that begins at token `first`, and the token to go on with."""
    unit_before = tokens[first].said in _BEFORE_FIGURES
    start = first + 1 if unit_before else first
    last = _end_of_number(text, tokens, start)
    if last == start:
        return None, first + 1
    value = value_of([token.said for token in tokens[start:last]])
    if value is None:
        return None, first + 1
    unit, after = _unit(text, tokens, last)
    confidence = SURE if unit in (_DIRHAM, _CENTIME) else ASK_BACK
    if unit is None and unit_before and _touch(text, tokens[first], tokens[start]):
        unit, confidence = _DIRHAM, SURE
    elif unit is None and _says_million(tokens[start:last]):
        unit = _CENTIME
    if unit is None:
        return None, last
    begin = tokens[first] if unit_before and after == last else tokens[start]
    centimes = value * unit
    if unit == _DIRHAM:
        more, after = _centimes_after(text, tokens, after)
        centimes += more
    if centimes > _LARGEST:
        return None, after
    said = Found("amount", str(round(centimes)), begin.start, tokens[after - 1].end, confidence)
    return said, after


def _end_of_number(text: str, tokens: Sequence[_Token], first: int) -> int:
    """Return the token behind the figures and number words that begin at `first` (`first` for none)."""
    last = first
    position = first
    while position < min(len(tokens), first + _MOST_WORDS):
        if position > first and not _touch(text, tokens[position - 1], tokens[position]):
            break
        token = tokens[position]
        if token.is_number:
            if position > first and isinstance(token.said, Fraction) and position == last:
                break  # two figures side by side
            last = position + 1
        elif position == first or not (token.said in ANDS or token.said in _OF):
            break
        position += 1
    return last


def _unit(text: str, tokens: Sequence[_Token], position: int) -> tuple[Fraction | None, int]:
    """Return the unit that stands at `position`, perhaps behind an "of", and the token behind it."""
    for offset in (0, 1):
        at = position + offset
        if at >= len(tokens) or not _touch(text, tokens[at - 1], tokens[at]):
            break
        said = tokens[at].said
        if isinstance(said, str) and said in _UNITS:
            return _UNITS[said], at + 1
        if said not in _OF:
            break
    return None, position


def _centimes_after(text: str, tokens: Sequence[_Token], position: int) -> tuple[Fraction, int]:
    """Read the "and 50 centimes" behind an amount of dirhams."""
    start = position
    if start < len(tokens) and tokens[start].said in ANDS:
        start += 1
    last = _end_of_number(text, tokens, start)
    if last > start and _touch(text, tokens[position - 1], tokens[position]):
        unit, after = _unit(text, tokens, last)
        value = value_of([token.said for token in tokens[start:last]])
        if unit == _CENTIME and value is not None and value < 100:
            return value, after
    return Fraction(0), position


def _says_million(tokens: Sequence[_Token]) -> bool:
    return any(
        isinstance(token.said, str) and SCALES.get(without_and(token.said)) == MILLION for token in tokens
    )


def _touch(text: str, before: _Token, after: _Token) -> bool:
    return _GAP.fullmatch(text, before.end, after.start) is not None
