"""Days named in a message. Pure, standard library only.

The assistant has no clock of the company's own zone. So a day is told as it was said, in the truncated forms
of ISO 8601 and its durations, and the desk makes a date of it (`bot.actions.days`):

| value | said |
|---|---|
| `2026-11-12` | 12/11/2026 |
| `--11-12` | 12 novembre |
| `---12` | le 12, نهار 12 |
| `-W-4` | jeudi |
| `-W-4-P1W` | jeudi dernier, الخميس اللي فات |
| `P0D` `P1D` `-P1D` `-P3D` | today, tomorrow, yesterday, three days ago |
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from bot.assistant.components.found import Found
from bot.assistant.components.number_words import VALUES
from knowledge_base.network.spellings import DAY_WORDS, weekday_of
from knowledge_base.text import Word, spans, words

SURE, LIKELY, DOUBTFUL = 1.0, 0.8, 0.6

_MONTHS = {
    1: "يناير ينايير جانفي janvier janv january jan yanayer",
    2: "فبراير فيفري fevrier fevr fev february feb febrayer fbrayer",
    3: "مارس mars march mar mares",
    4: "ابريل افريل avril avr april apr abril",
    5: "ماي مايو mai may may",
    6: "يونيو يونيه جوان juin june jun younyou yunyu",
    7: "يوليوز يوليو جويليه juillet juil july jul youlyouz yulyuz",
    8: "غشت اغسطس اوت aout august aug ghoucht ghocht ghusht",
    9: "شتنبر سبتمبر septembre sept september sep chotanbir chtanbir choutanbir",
    10: "اكتوبر octobre oct october oktobar oktober octobar",
    11: "نونبر نوفمبر novembre nov november nowanbir nouanbir nuwanbir",
    12: "دجنبر ديسمبر decembre dec december dojanbir doujanbir djanbir",
}
_MONTH_OF = {word: month for month, spellings in _MONTHS.items() for word in words(spellings)}
_TODAY = frozenset(words("اليوم ليوم ليوما lyoum lyouma lyoma lyum ajourdhui aujourdhui today"))
_TOMORROW = frozenset(words("غدا غدوا غدوه غدى الغد ghda ghedda gheda ghdda ghadda demain tomorrow"))
_YESTERDAY = frozenset(words("البارح لبارح امس البارحه lbare7 lbarh lbareh lbar7 elbare7 hier yesterday"))
_DAY_AFTER = frozenset(words("بعد apres after b3d ba3d"))
_DAY_BEFORE = frozenset(words("قبل اول ول avant before wel wl awel"))
_PAST = frozenset(
    words(
        "الماضي فات فايت داز دازت دايز المنصرم الفايت dernier passe passee derniere last fat fayt daz lifat"
    )
)
_NEXT = frozenset(words("الجاي جاي ماجي القادم المقبل prochain prochaine next jay lmaji"))
_THAT = frozenset(words("اللي لي الي li lli ly ila"))
_DAYS = frozenset(words("ايام يام يوم jours jour days day iyam yam ayam nhar nharat يوما"))
_TWO_DAYS = frozenset(words("يومين يوماين نهارين yawmayn youmayn yomayn nharayn"))
_WEEKS = frozenset(words("سيمانه سيمانات اسبوع اسابيع simana simanat semaine semaines week weeks"))
_TWO_WEEKS = frozenset(words("سيمانتين اسبوعين simantayn"))
_AGO_BEFORE = frozenset(words("هادي هذي منذ قبل hadi hadih mnd mond depuis"))
_IN_BEFORE = frozenset(words("dans in خلال mor moura مورا"))
_AN = frozenset(words("un une one wa7d a"))
_THE = frozenset(words("le the on nhar nhr نهار يوم"))
# Also "this", "three", "two", "a quarter", "a mosque": a day of the week only behind the word day.
_DOUBTFUL_DAYS = frozenset(
    words(
        "had hed حد جامع tlata tleta tlat tlt ttlat ttlata تلات تلاتا ثلاثا ثلاثاء تلت ثلاث تلاته اثنين اتنين"
        " tnin tnine rb3 ربع لربع لاربع اربعا arba arba3 arb3a احد"
    )
)
_NUMERIC = re.compile(r"(?<![\d/.\-])(\d{1,4})([/.\-])(\d{1,2})(?:\2(\d{2,4}))?(?![\d/\-]|\.\d)")
_ORDINAL = re.compile(r"(\d{1,2})(?:er|st|nd|rd|th|eme|e)?")
_YEARS = range(1990, 2100)
_MOST_DAYS = 366

_ONE_WORD = (
    (_TODAY, "P0D"),
    (_TOMORROW, "P1D"),
    (_YESTERDAY, "-P1D"),
    (frozenset({"wlbare7", "wlbar7", "welbare7"}), "-P2D"),
)
_TWO_WORDS = (
    (_DAY_AFTER, _TOMORROW, "P2D"),
    (_DAY_BEFORE, _YESTERDAY, "-P2D"),
    (frozenset({"aujourd"}), frozenset({"hui"}), "P0D"),
    (frozenset({"had"}), frozenset({"nhar", "lyoum", "lyouma"}), "P0D"),
)

_Reading = Callable[[Sequence[Word], int], "tuple[str, int, float] | None"]


def dates(text: str, taken: Iterable[tuple[int, int]] = ()) -> list[Found]:
    """Return the days named in `text` outside the ranges `taken` (names of places), in its order.

    `text` has digits of 0–9 only (see `facts.plain_digits`).
    """
    ranges = list(taken)
    found = [day for match in _NUMERIC.finditer(text) if (day := _numeric(match)) is not None]
    ranges += [(day.start, day.end) for day in found]
    kept = [
        word
        for word in spans(text)
        if not any(start < word.end and word.start < end for start, end in ranges)
    ]
    position = 0
    while position < len(kept):
        day, position = _day_at(kept, position)
        if day is not None:
            found.append(day)
    return sorted(found, key=lambda day: day.start)


def _numeric(match: re.Match[str]) -> Found | None:
    """Read 12/11/2026, 2026-11-12, 12-11-26 and 12/11; the day comes before the month."""
    first, separator, second, third = match.groups()
    if len(first) == 4:
        year, month, day = int(first), int(second), int(third or 0)
    elif third is None:
        # "2.5" and "10-12" are quantities and ranges; "12/11" is a day.
        return _without_year(int(first), int(second), match) if separator == "/" else None
    else:
        day, month = int(first), int(second)
        year = int(third) + 2000 if len(third) == 2 else int(third)
    if year not in _YEARS or not _exists(year, month, day):
        return None
    return Found("date", date(year, month, day).isoformat(), match.start(), match.end(), SURE)


def _without_year(day: int, month: int, match: re.Match[str]) -> Found | None:
    if not _exists(2024, month, day):
        return None
    return Found("date", f"--{month:02}-{day:02}", match.start(), match.end(), LIKELY)


def _exists(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _day_at(found: Sequence[Word], position: int) -> tuple[Found | None, int]:
    for reading in _READINGS:
        said = reading(found, position)
        if said is not None:
            value, last, confidence = said
            return Found("date", value, found[position].start, found[last - 1].end, confidence), last
    return None, position + 1


def _folded(found: Sequence[Word], position: int) -> str:
    return found[position].folded if 0 <= position < len(found) else ""


def _bare(word: str) -> str:
    """Return a word without a proclitic "and", "in" or "until" in Arabic letters."""
    return word[1:] if word[:1] in ("و", "ف", "ل", "د") and len(word) > 3 else word


def _is(word: str, listed: frozenset[str]) -> bool:
    return word in listed or _bare(word) in listed


def _day_of_month(found: Sequence[Word], position: int) -> tuple[str, int, float] | None:
    """Read "12 novembre 2026", "12 نونبر", "November 12", "le 12", "نهار 12"."""
    word = _folded(found, position)
    start, introduced = position, word in _THE or word == "l"
    if introduced:
        start += 1
        if weekday_of(_folded(found, start)) is not None:
            start += 1  # "le jeudi 12", "يوم الخميس 12 نونبر"
    elif weekday_of(word) is not None and _ordinal(_folded(found, position + 1)):
        start += 1
    day = _ordinal(_folded(found, start))
    after = start + 1
    if day is None and word in _MONTH_OF and (day := _ordinal(_folded(found, position + 1))):
        return _with_year(found, position + 2, _MONTH_OF[word], day)
    if day is None:
        return None
    if _folded(found, after) in ("شهر", "mois", "of", "de", "chhar"):
        after += 1
    month = _MONTH_OF.get(_folded(found, after)) or _MONTH_OF.get(_bare(_folded(found, after)))
    if month is not None:
        return _with_year(found, after + 1, month, day)
    is_counted = _folded(found, start + 1) in _UNITS_OF_TIME
    if (introduced or start > position) and not is_counted:
        return f"---{day:02}", start + 1, LIKELY
    return None


_UNITS_OF_TIME = (
    frozenset(
        words(
            "h heure heures saa ساعه الساعه دقيقه min minutes minute dh dhs درهم ريال kwh m3 % fois"
            " مرات personnes"
        )
    )
    | _DAYS
    | _WEEKS
)


def _ordinal(word: str) -> int | None:
    match = _ORDINAL.fullmatch(word)
    return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None


def _with_year(found: Sequence[Word], position: int, month: int, day: int) -> tuple[str, int, float] | None:
    word = _folded(found, position)
    if len(word) == 4 and word.isdecimal() and int(word) in _YEARS and _exists(int(word), month, day):
        return date(int(word), month, day).isoformat(), position + 1, SURE
    return (f"--{month:02}-{day:02}", position, LIKELY) if _exists(2024, month, day) else None


def _near(found: Sequence[Word], position: int) -> tuple[str, int, float] | None:
    """Read today, tomorrow, yesterday and the days beside them."""
    word, following = _folded(found, position), _folded(found, position + 1)
    if word == "من" and following in _DAY_AFTER:
        beyond = _near(found, position + 1)
        return beyond if beyond is not None and beyond[1] > position + 2 else None
    for openings, followers, value in _TWO_WORDS:
        if word in openings and _is(following, followers):
            return value, position + 2, SURE
    return next(((value, position + 1, SURE) for listed, value in _ONE_WORD if _is(word, listed)), None)


def _counted(found: Sequence[Word], position: int) -> tuple[str, int, float] | None:
    """Read "il y a 3 jours", "هادي يومين", "3 days ago", "dans une semaine"."""
    word = _folded(found, position)
    start, sign = position, ""
    if (word, _folded(found, position + 1), _folded(found, position + 2)) == ("il", "y", "a"):
        start, sign = position + 3, "-"
    elif word in _AGO_BEFORE:
        start, sign = position + 1, "-"
    elif word in _IN_BEFORE:
        start, sign = position + 1, "+"
    counted = _duration(found, start)
    if counted is None:
        return None
    days, last = counted
    if not sign and _folded(found, last) == "ago":
        sign, last = "-", last + 1
    if not sign or not 0 < days <= _MOST_DAYS:
        return None
    return f"{sign.rstrip('+')}P{days}D", last, LIKELY if days < 7 else DOUBTFUL


def _duration(found: Sequence[Word], position: int) -> tuple[int, int] | None:
    """Return how many days are counted at `position`, and the word behind."""
    word = _folded(found, position)
    for listed, days in ((_TWO_DAYS, 2), (_TWO_WEEKS, 14), (_WEEKS, 7)):
        if word in listed:
            return days, position + 1
    count = int(word) if word.isdecimal() and len(word) <= 3 else VALUES.get(word)
    if word in _AN:
        count = 1
    unit = position + 1
    if count is not None and _folded(found, unit) in ("d", "de", "ديال", "dyal", "د"):
        unit += 1
    if count is not None and _folded(found, unit) in _DAYS:
        return count, unit + 1
    if count is not None and _folded(found, unit) in _WEEKS:
        return count * 7, unit + 1
    return None


def _weekday(found: Sequence[Word], position: int) -> tuple[str, int, float] | None:
    word = _folded(found, position)
    day = weekday_of(word) or weekday_of(_bare(word))
    before = _folded(found, position - 1)
    if day is None or (word in _DOUBTFUL_DAYS and before not in DAY_WORDS):
        return None
    last = position + 1
    passed = last + 1 if _folded(found, last) in _THAT else last
    if _folded(found, passed) in _PAST or (before == "last"):
        return f"-W-{day}-P1W", passed + 1 if _folded(found, passed) in _PAST else last, SURE
    if _folded(found, passed) in _NEXT or before == "next":
        return f"-W-{day}", passed + 1 if _folded(found, passed) in _NEXT else last, SURE
    return f"-W-{day}", last, DOUBTFUL


_READINGS: tuple[_Reading, ...] = (_day_of_month, _near, _counted, _weekday)
