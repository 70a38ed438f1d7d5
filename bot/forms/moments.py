"""Days and times a customer names when he tells what happened: always in the past. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import date, timedelta
from typing import Final

from knowledge_base.text import fold, spans, words

_NUMERIC = re.compile(r"\b(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:\s*[/.\-]\s*(\d{2}|\d{4}))?\b")
_DAY_OF_MONTH = re.compile(r"\b(?:le|nhar|نهار|يوم)\s+(\d{1,2})\b(?!\s*[/.\-:h])")
_TODAY: Final = frozenset(words("اليوم ليوم today lyoum lyouma aujourdhui had_nhar"))
_YESTERDAY: Final = frozenset(words("البارح لبارح أمس lbare7 lbareh lbar7 elbare7 hier yesterday"))
_SINCE: Final = frozenset(words("من منذ mn men mnd depuis since ce cette hadi هادي fait"))
_TIMES: Final = frozenset(
    words(
        """
        الصباح صباح الليل ليلة العشية المغرب الظهر الفجر البارح اليوم أمس ساعة ساعتين سوايع ساعات يوم
        يومين يومان أيام ايام سيمانة أسبوع أسبوعين شهر شهرين نهار نهارين دقيقة الجمعة السبت الحد الاثنين
        الثلاثاء الأربعاء الخميس sba7 sbah lil lil 3chiya maghrib lbare7 lbareh lyoum sa3a sa3tin swaye3
        swaya3 yamat yom youm simana chhar chehar nhar matin soir nuit midi hier aujourd heure heures jour
        jours semaine semaines mois minutes lundi mardi mercredi jeudi vendredi samedi dimanche morning
        evening night noon yesterday today hour hours day days week weeks month monday tuesday wednesday
        thursday friday saturday sunday
        """
    )
)
_REACH = 4  # words after "since" in which the time stands


def days_named(text: str, today: date) -> list[date]:
    """Return the days named as 12/11, "le 12", "hier", "البارح": the latest that is not after `today`."""
    folded = fold(text)
    found = [day for match in _NUMERIC.finditer(folded) if (day := _numeric(match, today)) is not None]
    found += [
        day
        for match in _DAY_OF_MONTH.finditer(folded)
        if (day := _latest(int(match.group(1)), today)) is not None
    ]
    said = set(words(text))
    if said & _TODAY or re.search(r"aujourd.?hui", text.casefold()):
        found.append(today)
    if said & _YESTERDAY:
        found.append(today - timedelta(days=1))
    return found


def _numeric(match: re.Match[str], today: date) -> date | None:
    day, month, year = match.groups()
    with suppress(ValueError):
        if year is not None:
            return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
        this_year = date(today.year, int(month), int(day))
        return this_year if this_year <= today else date(today.year - 1, int(month), int(day))
    return None


def _latest(day: int, today: date) -> date | None:
    """The latest day of a month with this number, not after today."""
    first = today.replace(day=1)
    for _ in range(2):
        with suppress(ValueError):
            candidate = first.replace(day=day)
            if candidate <= today:
                return candidate
        first = (first - timedelta(days=1)).replace(day=1)
    return None


def since_words(text: str) -> str | None:
    """Return "depuis hier soir", "من الصباح": the customer's words for a beginning, or None."""
    found = spans(text)
    for position, word in enumerate(found):
        if word.folded not in _SINCE:
            continue
        following = found[position + 1 : position + 1 + _REACH]
        times = [index for index, each in enumerate(following) if _names_a_time(each.folded)]
        if times and (times[0] <= 1 or word.folded in ("depuis", "since", "منذ")):
            return text[word.start : following[times[-1]].end]
    return None


def _names_a_time(word: str) -> bool:
    return word in _TIMES or (word[:1] in "لlف" and word[1:] in _TIMES)
