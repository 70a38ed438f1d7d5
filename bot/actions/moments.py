"""Days, hours and money in the customer's words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.contract import Language
from bot.texts import say, texts
from knowledge_base.network.spellings import DAY_WORDS, weekday_of
from knowledge_base.text import spans

_TODAY = frozenset(["اليوم", "ليوم", "lyoum", "lyouma", "lyoma", "lyum", "ajourdhui", "today"])
_TOMORROW = frozenset(["غدا", "غدوا", "غدوه", "ghda", "ghedda", "gheda", "ghdda", "demain", "tomorrow"])
_AFTER = frozenset(["بعد", "من", "apres", "after", "b3d", "ba3d", "men"])
_TODAY_PHRASES = re.compile(r"aujourd.?hui")
_AMBIGUOUS_DAYS = frozenset(["had", "hed", "حد", "جامع"])  # "this", "mosque": a day only after "nhar", "يوم"


def asked_day(text: str, place_spans: Iterable[tuple[int, int]], today: date) -> date | None:
    """Return the day a question is about ("غدا", "nhar lkhmis", "jeudi"), or None.

    A weekday inside the name of a place ("khemis zemamra") is no day.
    """
    ranges = list(place_spans)
    found = [
        word.folded for word in spans(text) if not any(start <= word.start < end for start, end in ranges)
    ]
    if _TODAY_PHRASES.search(text.casefold()) or not _TODAY.isdisjoint(found):
        return today
    for before, word in zip(["", *found], found, strict=False):
        if _bare(word) in _TOMORROW:
            return today + timedelta(days=2 if before in _AFTER else 1)
        weekday = weekday_of(word)
        if weekday is not None and (word not in _AMBIGUOUS_DAYS or before in DAY_WORDS):
            return today + timedelta(days=(weekday - today.isoweekday()) % 7)
    return None


def _bare(word: str) -> str:
    return word[1:] if word[:1] in "وف" and word[1:] in _TOMORROW else word


def day_words(language: Language, day: date, today: date) -> str:
    """Return "demain mercredi 25 novembre", "غدا الأربعاء 25 نونبر"."""
    words = {**_date_words(language, day)}
    if day == today:
        return say(language, "near_date", near=say(language, "today"), **words)
    if day == today + timedelta(days=1):
        return say(language, "near_date", near=say(language, "tomorrow"), **words)
    return say(language, "date", **words)


def due_words(language: Language, day: date) -> str:
    return say(language, "due_date", **_date_words(language, day))


def period_words(language: Language, day: date) -> str:
    return say(language, "period", **_date_words(language, day))


def hour_words(moment: datetime, timezone: ZoneInfo) -> str:
    """Return "9:00" in the company's time zone."""
    local = moment.astimezone(timezone)
    return f"{local.hour}:{local.minute:02d}"


def amount_words(language: Language, centimes: int) -> str:
    """Return "231,40 DH", in Arabic letters "231,40 درهم", in English "231.40 DH".

    Thousands are apart by a narrow space; no space of it breaks a line.
    """
    whole, rest = divmod(centimes, 100)
    point = "." if language is Language.EN else ","
    unit = "درهم" if language in {Language.AR, Language.ARY} else "DH"
    return f"{whole:,}".replace(",", "\u202f") + f"{point}{rest:02d}\u00a0{unit}"


def _date_words(language: Language, day: date) -> dict[str, object]:
    content = texts(language)
    return {
        "weekday": content["weekdays"][day.weekday()],
        "day": day.day,
        "month": content["months"][day.month - 1],
        "year": day.year,
    }
