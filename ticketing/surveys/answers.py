"""What a customer's message says to a survey: a score, a comment, or something else. Values only, no I/O."""

from __future__ import annotations

import re
from typing import Final

from channels.envelope import Content, Kind

CHOICE: Final = "rate:"  # what the buttons send back, with the score behind it
COMMENT_LENGTH: Final = 2_000

_DIGITS: Final = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
# A bare number, perhaps out of five, perhaps with the word of the button behind it.
_SCORE: Final = re.compile(r"([1-5])\s*(?:[/\\]\s*5|(?:sur|من|على|out of)\s*5)?\s*[.!…]*")
_TITLE: Final = re.compile(r"([1-5])\s*[–-]\s*\D{1,20}")
_STARS: Final = re.compile(r"(?:[⭐★🌟]\ufe0f?\s*){1,5}")
_QUESTION: Final = re.compile(r"[?؟]")


def score_of(content: Content) -> int | None:
    """1 to 5, from a pressed button or a bare number in any digits; None for anything that says more."""
    chosen = content.choice_id or ""
    if chosen.startswith(CHOICE) and chosen[len(CHOICE) :] in set("12345"):
        return int(chosen[len(CHOICE) :])
    if content.kind not in {Kind.TEXT, Kind.CHOICE}:
        return None
    text = content.text.strip().translate(_DIGITS)
    if _STARS.fullmatch(text):
        return sum(character in "⭐★🌟" for character in text)
    found = _SCORE.fullmatch(text.casefold()) or _TITLE.fullmatch(text)
    return int(found.group(1)) if found else None


def comment_of(content: Content) -> str | None:
    """The words of a comment; None for what asks something and so wants an answer."""
    text = content.text.strip()
    if content.kind is not Kind.TEXT or not text or _QUESTION.search(text):
        return None
    return text[:COMMENT_LENGTH]
