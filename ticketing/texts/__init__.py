"""The few sentences the desk itself says to customers: a content file a language, the same keys in all."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.contract import Language

_FOLDER = Path(__file__).parent
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufeff]")
_LATIN = re.compile("[A-Za-zÀ-ÿ]")


@cache
def content(language: Language) -> Mapping[str, Any]:
    """Every text of a language, and the lists `weekdays` (Monday first) and `months`."""
    path = _FOLDER / f"{language.value}.yaml"
    texts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return texts


def say(language: Language, key: str, **values: object) -> str:
    """A text with its placeholders filled. KeyError for an unknown key or a missing value."""
    text: str = content(language)[key]
    return text.format(**values)


def handed_over(language: Language, number: str) -> str:
    """A person will answer, and under which number."""
    return say(language, "handed_over", number=number)


def your_number(language: Language, number: str) -> str:
    return say(language, "your_number", number=number)


def full_day(language: Language, day: date) -> str:
    """Return "23 novembre 2026"."""
    return say(language, "full_day", day=day.day, month=_month(language, day), year=day.year)


def on_day(language: Language, day: date, today: date) -> str:
    """Return "demain mardi 24 novembre", "aujourd'hui", "le jeudi 26 novembre"."""
    words = {
        "weekday": content(language)["weekdays"][day.weekday()],
        "day": day.day,
        "month": _month(language, day),
    }
    if day == today:
        return say(language, "today")
    if day == today + timedelta(days=1):
        return say(language, "tomorrow", **words)
    return say(language, "on_day", **words)


def by_time(language: Language, moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Return "avant 16:30 aujourd'hui"."""
    local = moment.astimezone(zone)
    day = on_day(language, local.date(), now.astimezone(zone).date())
    return say(language, "by_time", hour=f"{local:%H:%M}", day=day)


def at_time(language: Language, moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Return "demain mardi 24 novembre à 08:30"."""
    local = moment.astimezone(zone)
    day = on_day(language, local.date(), now.astimezone(zone).date())
    return say(language, "at_time", hour=f"{local:%H:%M}", day=day)


def by_day(language: Language, moment: datetime, now: datetime, zone: tzinfo) -> str:
    """Return "au plus tard le jeudi 26 novembre": the day that ends with this moment, if it is midnight."""
    day = (moment - timedelta(microseconds=1)).astimezone(zone).date()
    return say(language, "by_day", day=on_day(language, day, now.astimezone(zone).date()))


def _month(language: Language, day: date) -> str:
    return str(content(language)["months"][day.month - 1])


def language_of(text: str, known: str | None) -> Language:
    """The language to speak when no assistant has told it: the last known one, else by the script written.

    The known language loses only to a script it cannot be written in: somebody else holds the telephone.
    """
    arabic, latin = len(_ARABIC.findall(text)), len(_LATIN.findall(text))
    by_script = Language.AR if arabic > latin else Language.FR
    if known is None or known not in set(Language):
        return by_script
    language = Language(known)
    writes_arabic = language in {Language.AR, Language.ARY}
    if arabic == latin or writes_arabic == (arabic > latin):
        return language
    return by_script
