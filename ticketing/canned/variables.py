"""What a canned answer leaves open: `{contact.first_name}`. Pure but for reading the names' file.

What cannot be filled stands as a gap, `⟦prénom du client⟧`, which the desk refuses to send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from bot.contract import Language

_TEXTS = Path(__file__).parent.parent / "texts"
_VARIABLE: Final = re.compile(r"\{([^{}\n]{1,60})\}")
_GAP: Final = re.compile(r"⟦([^⟦⟧\n]{0,80})⟧")

# Which text serves a reader whose own is missing: the script one reads comes before the country's other
# languages.
_NEAREST: Final[Mapping[Language, tuple[Language, ...]]] = {
    Language.AR: (Language.AR, Language.ARY, Language.FR, Language.EN, Language.ARY_LATN),
    Language.ARY: (Language.ARY, Language.AR, Language.ARY_LATN, Language.FR, Language.EN),
    Language.ARY_LATN: (Language.ARY_LATN, Language.ARY, Language.AR, Language.FR, Language.EN),
    Language.FR: (Language.FR, Language.EN, Language.AR, Language.ARY, Language.ARY_LATN),
    Language.EN: (Language.EN, Language.FR, Language.AR, Language.ARY, Language.ARY_LATN),
}


@dataclass(frozen=True, slots=True)
class Gap:
    """`name` is the variable's, `label` what stands between the brackets."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Filled:
    text: str
    language: Language
    gaps: tuple[Gap, ...]


def known() -> Mapping[str, Mapping[str, str]]:
    """Every variable and what it is called in ar, fr and en, in the order to offer them."""
    return _labels()


def unknown_in(text: str) -> list[str]:
    """The names in braces that are no variables, in order and once each."""
    found = dict.fromkeys(name.strip() for name in _VARIABLE.findall(text))
    return [name for name in found if name not in _labels()]


def first_gap(text: str) -> str | None:
    """What an outgoing text still leaves open: a gap's label, or a variable nobody filled. None: nothing."""
    gap = _GAP.search(text)
    if gap is not None:
        return gap.group(1)
    for name in _VARIABLE.findall(text):
        if name.strip() in _labels():
            return str(name.strip())
    return None


def nearest(languages: Mapping[str, str], wanted: Language) -> Language:
    """The language of `languages` (which holds at least one) that serves a reader of `wanted` best."""
    return next(language for language in _NEAREST[wanted] if languages.get(language.value))


def fill(text: str, language: Language, values: Mapping[str, str | None]) -> Filled:
    """Every variable replaced by its value, and by a gap where there is none."""
    gaps: list[Gap] = []

    def value_of(match: re.Match[str]) -> str:
        name = match.group(1).strip()
        if name not in _labels():
            return match.group(0)
        value = (values.get(name) or "").strip()
        if value:
            # A customer's name is data: braces or brackets in it must not become variables or gaps.
            return value.translate(_HARMLESS)
        gap = Gap(name, label(name, language))
        gaps.append(gap)
        return f"⟦{gap.label}⟧"

    filled = _VARIABLE.sub(value_of, text)
    return Filled(filled, language, tuple(dict.fromkeys(gaps)))


_HARMLESS: Final = str.maketrans({"{": "(", "}": ")", "⟦": "[", "⟧": "]"})


def label(name: str, language: Language) -> str:
    """What a variable is called for a reader of this language."""
    interface = {Language.FR: "fr", Language.EN: "en", Language.ARY_LATN: "fr"}.get(language, "ar")
    return _labels()[name][interface]


def greeting(language: Language, local: datetime) -> str:
    """What one says at this hour; `local` is on the company's clock."""
    hours = _greetings()[language.value]
    return [words for since, words in hours if since <= local.hour][-1]


@cache
def _labels() -> Mapping[str, Mapping[str, str]]:
    labels: Mapping[str, Mapping[str, str]] = yaml.safe_load(
        (_TEXTS / "variables.yaml").read_text(encoding="utf-8")
    )
    return labels


@cache
def _greetings() -> Mapping[str, list[tuple[int, str]]]:
    greetings: Mapping[str, list[tuple[int, str]]] = yaml.safe_load(
        (_TEXTS / "greetings.yaml").read_text(encoding="utf-8")
    )
    return greetings
