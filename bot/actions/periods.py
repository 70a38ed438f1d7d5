"""The days a question is about: "tomorrow", "nhar lkhmis", "had simana", "le 26 novembre". Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from bot.actions.moments import asked_day
from bot.contract import Language
from bot.texts import texts
from knowledge_base.text import fold, words

_NOW = frozenset(words("دابا daba dab maintenant now الان الآن حاليا actuellement"))
_PARTS_OF_TODAY = re.compile(
    r"\b(ce (matin|soir|midi)|cet apres.midi|this (morning|afternoon|evening)|tonight"
    r"|had (sbah|l3chia|l3chiya)|هاد (الصباح|العشيه|النهار)|هذا (الصباح|المساء|اليوم))"
)
_WEEK = frozenset(
    words(
        "semaine semaines hebdomadaire simana smana semana siman lousbou3 ousbou3 week weekly"
        " سيمانة السيمانة سيمانه سمانة السمانة الاسبوع اسبوع أسبوع"
    )
)
_PROGRAMME = frozenset(words("programme program برنامج البرنامج lbarnamaj barnamaj planning لبرنامج"))
_NEXT = frozenset(
    words(
        "prochaine prochain suivante next jaya ljaya jay الجاية جاية الجايا القادم المقبل القادمة المقبلة"
        " الماجية lmajya majya لجاية"
    )
)
_WEEKEND = re.compile(r"week.?end|\bwikend|ويكاند|نهاية الاسبوع|نهايه الاسبوع")
_DIGITS = re.compile(r"(?<!\d)([0-3]?\d)\s?[/.-]\s?([01]?\d)(?:\s?[/.-]\s?(?:20)?\d\d)?(?!\d)")
_DAY_AND_WORD = re.compile(r"(?<!\d)([0-3]?\d)(?:er)?\s+([^\W\d]+)")
# Months that customers spell otherwise than we do.
_MONTH_SPELLINGS = {
    1: "janv jan كانون",
    2: "fev fevr feb",
    3: "march مارس mars",
    4: "avr apr ابريل abril",
    7: "juil jul يوليو",
    8: "aout aug اغسطس ghoucht",
    9: "sept sep سبتمبر",
    10: "oct octobr اكتوبر",
    11: "nov novembr نوفمبر nouanbir nuwanbir novanbir",
    12: "dec ديسمبر dojanbir",
}


@dataclass(frozen=True, slots=True)
class Period:
    """Local days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def is_one_day(self) -> bool:
        return self.first == self.last

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def asked_period(text: str, place_spans: Iterable[tuple[int, int]], today: date) -> Period | None:
    """Return the day or the week a question is about, or None where it names neither.

    A week runs from Monday to Sunday, this one from today. A weekday in the name of a place is no day.
    """
    ranges = list(place_spans)
    outside = "".join(" " if _inside(index, ranges) else letter for index, letter in enumerate(text))
    folded, found = fold(outside), words(outside)
    if _WEEKEND.search(folded):
        saturday = today + timedelta(days=(6 - today.isoweekday()) % 7) if today.isoweekday() != 7 else today
        return Period(saturday, saturday + timedelta(days=7 - saturday.isoweekday()))
    day = _date(folded, today) or asked_day(text, ranges, today)
    if day is not None:
        return Period(day, day)
    if not _WEEK.isdisjoint(found):
        sunday = today + timedelta(days=7 - today.isoweekday())
        if not _NEXT.isdisjoint(found):
            return Period(sunday + timedelta(days=1), sunday + timedelta(days=7))
        return Period(today, sunday)
    if _PARTS_OF_TODAY.search(folded) or not _NOW.isdisjoint(found):
        return Period(today, today)
    return None


def asks_for_programme(text: str) -> bool:
    """Tell whether the whole round is wanted, not the next visit alone."""
    return not (_PROGRAMME | _WEEK).isdisjoint(words(text))


def _inside(index: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= index < end for start, end in ranges)


def _date(folded: str, today: date) -> date | None:
    """Return a day written with its month, in the year that makes it the nearest to come."""
    for match in _DIGITS.finditer(folded):
        day = _coming(int(match[1]), int(match[2]), today)
        if day is not None:
            return day
    for match in _DAY_AND_WORD.finditer(folded):
        month = _months().get(match[2])
        if month is not None and (day := _coming(int(match[1]), month, today)) is not None:
            return day
    return None


def _coming(day: int, month: int, today: date) -> date | None:
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today - timedelta(days=60):
            return found
    return None


@cache
def _months() -> dict[str, int]:
    return dict(_spelled_months())


def _spelled_months() -> Iterator[tuple[str, int]]:
    for language in Language:
        for number, name in enumerate(texts(language)["months"], start=1):
            yield fold(name), number
    for number, spellings in _MONTH_SPELLINGS.items():
        for name in spellings.split():
            yield fold(name), number
