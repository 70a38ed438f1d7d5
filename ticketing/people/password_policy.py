"""Which passwords are refused, and why: too short or known to many (NIST SP 800-63B), not by composition."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Final

MINIMUM: Final = 12  # characters
MAXIMUM: Final = 256
_PERSONAL: Final = 4  # shorter parts of a name prove nothing
_DIFFERENT: Final = 5  # different characters a password needs
_RUN: Final = re.compile(r"(.)\1+")


def problem_of(password: str, *about: str) -> str | None:
    """`too_short`, `too_long`, `common`, `personal` (`about`: name, e-mail, company) or `repetitive`.

    None when it will do.
    """
    if len(password) < MINIMUM:
        return "too_short"
    if len(password) > MAXIMUM:
        return "too_long"
    folded = password.casefold()
    if _is_common(folded):
        return "common"
    if _leans_on(folded, about):
        return "personal"
    if len(set(folded)) < _DIFFERENT or len(_RUN.sub(r"\1", folded)) < MINIMUM // 2 or _is_a_row(folded):
        return "repetitive"
    return None


def _is_common(folded: str) -> bool:
    """Known words with figures or signs around them are known words; so is a known word said twice."""
    bare = re.sub(r"[\W\d_]+", "", folded)
    half = len(folded) // 2
    candidates = {folded, folded.rstrip("0123456789!?.*@#$"), folded.strip("0123456789!?.*@#$_- ")}
    if len(folded) % 2 == 0 and folded[:half] == folded[half:]:
        candidates.add(folded[:half])
    if len(bare) < MINIMUM:
        candidates.add(bare)
    return not candidates.isdisjoint(_common())


def _leans_on(folded: str, about: Iterable[str]) -> bool:
    """Whether little is left once names are taken out."""
    left = folded
    for words in about:
        for part in re.split(r"[\W_]+", words.casefold()):
            if len(part) >= _PERSONAL:
                left = left.replace(part, "")
    return left != folded and len(left) < MINIMUM // 2 + 2


def _is_a_row(folded: str) -> bool:
    """abcdefghijkl, 987654321098: each character follows the one before."""
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    return steps <= {1, -9} or steps <= {-1, 9}


@lru_cache(maxsize=1)
def _common() -> frozenset[str]:
    text = resources.files("ticketing.people").joinpath("common_passwords.txt").read_text("utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
