from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from bot.actions.moments import amount_words, asked_day, day_words, due_words, hour_words, period_words
from bot.contract import Language
from tests.bot.world import CASABLANCA

TUESDAY = date(2026, 11, 24)
WEDNESDAY = date(2026, 11, 25)
THURSDAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("language", "today", "tomorrow", "later"),
    [
        (Language.FR, "aujourd'hui mardi 24 novembre", "demain mercredi 25 novembre", "jeudi 26 novembre"),
        (Language.AR, "اليوم الثلاثاء 24 نونبر", "غدا الأربعاء 25 نونبر", "يوم الخميس 26 نونبر"),
        (Language.ARY, "اليوم الثلاثاء 24 نونبر", "غدا الأربعاء 25 نونبر", "الخميس 26 نونبر"),
        (Language.ARY_LATN, "lyoum tlat 24 nowanbir", "ghda larb3 25 nowanbir", "nhar lkhmis 26 nowanbir"),
        (
            Language.EN,
            "today, Tuesday 24 November",
            "tomorrow, Wednesday 25 November",
            "on Thursday 26 November",
        ),
    ],
)
def test_days_in_words(language: Language, today: str, tomorrow: str, later: str) -> None:
    assert day_words(language, TUESDAY, TUESDAY) == today
    assert day_words(language, WEDNESDAY, TUESDAY) == tomorrow
    assert day_words(language, THURSDAY, TUESDAY) == later


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("واش غدا كاينة", WEDNESDAY),
        ("وغدا؟", WEDNESDAY),
        ("wach ghda kayna", WEDNESDAY),
        ("demain ?", WEDNESDAY),
        ("après-demain", THURSDAY),
        ("من بعد غدا", THURSDAY),
        ("اليوم", TUESDAY),
        ("aujourd'hui", TUESDAY),
        ("aujourd’hui svp", TUESDAY),
        ("lyoum wach jaya", TUESDAY),
        ("nhar lkhmis", THURSDAY),
        ("نهار الخميس", THURSDAY),
        ("jeudi prochain", THURSDAY),
        ("on Thursday", THURSDAY),
        ("nhar l7ed", date(2026, 11, 29)),
        ("mardi", TUESDAY),
        ("imta jaya had simana", None),
        ("فوقاش كتجي", None),
        ("", None),
    ],
)
def test_the_day_a_question_is_about(text: str, day: date | None) -> None:
    assert asked_day(text, (), TUESDAY) == day


def test_a_weekday_inside_a_place_is_no_day() -> None:
    text = "imta katji l khemis zemamra"
    start = text.index("khemis")
    assert asked_day(text, [(start, len(text))], TUESDAY) is None
    assert asked_day(text, [], TUESDAY) == THURSDAY


def test_hours_are_those_of_the_company_and_its_zone_rules() -> None:
    assert hour_words(datetime(2026, 11, 26, 9, 0, tzinfo=UTC), CASABLANCA) == "9:00"
    assert hour_words(datetime(2026, 7, 2, 8, 5, tzinfo=UTC), CASABLANCA) == "9:05"


@pytest.mark.parametrize(
    ("language", "centimes", "words"),
    [
        (Language.FR, 23140, "231,40\u00a0DH"),
        (Language.AR, 23140, "231,40\u00a0درهم"),
        (Language.EN, 23140, "231.40\u00a0DH"),
        (Language.FR, 5, "0,05\u00a0DH"),
        (Language.FR, 123456789, "1\u202f234\u202f567,89\u00a0DH"),
    ],
)
def test_amounts(language: Language, centimes: int, words: str) -> None:
    assert amount_words(language, centimes) == words


def test_periods_and_due_days() -> None:
    assert period_words(Language.FR, date(2026, 10, 1)) == "octobre 2026"
    assert period_words(Language.AR, date(2026, 10, 1)) == "أكتوبر 2026"
    assert due_words(Language.FR, date(2026, 12, 5)) == "5 décembre 2026"
