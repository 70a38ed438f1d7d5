"""What a message names besides places: amounts, days, numbers and services."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.days import date_of
from bot.assistant.components.amounts import ASK_BACK, SURE
from bot.assistant.components.facts import facts, plain_digits
from bot.assistant.components.number_words import value_of
from ticketing.numbers import ticket_number

EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
NUMBERS = {"amount", "date", "phone", "meter_index", "ticket_number", "number"}


def named(text: str, name: str, language: str | None = None) -> list[str]:
    return [fact.value for fact in facts(text, (), language) if fact.name == name]


def said(text: str, name: str) -> list[str]:
    return [text[fact.start : fact.end] for fact in facts(text) if fact.name == name]


@pytest.mark.parametrize(
    ("text", "centimes"),
    [
        ("خلصت 500 درهم", 50_000),
        ("خلصت ٥٠٠ درهم", 50_000),
        ("200dh", 20_000),
        ("MAD 500", 50_000),
        ("1.250,50 DH", 125_050),
        ("1 250 dhs", 125_000),
        ("12.5 dh", 1_250),
        ("1,250.75 MAD", 125_075),
        ("خمسميات درهم", 50_000),
        ("ألف وخمسميات درهم", 150_000),
        ("مية وعشرين درهم", 12_000),
        ("ميتين و خمسين درهم", 25_000),
        ("miyat dirham", 10_000),
        ("khemsmya d dirham", 50_000),
        ("deux cents dirhams et 50 centimes", 20_050),
        ("quatre-vingt-dix dirhams", 9_000),
        ("mille deux cents dirhams", 120_000),
        ("five hundred dirhams", 50_000),
        ("one thousand two hundred dirhams", 120_000),
        ("50 centimes", 50),
    ],
)
def test_amounts_of_dirhams_are_sure(text: str, centimes: int) -> None:
    (amount,) = [fact for fact in facts(text) if fact.name == "amount"]
    assert (amount.value, amount.confidence) == (str(centimes), SURE)


@pytest.mark.parametrize(
    ("text", "centimes"),
    [
        ("ألف ريال", 5_000),
        ("عليا 20 ألف ريال", 100_000),
        ("عشرين ألف ريال", 100_000),
        ("20 alf ryal", 100_000),
        ("200 ريال", 1_000),
        ("مليون", 1_000_000),
        ("جوج مليون", 2_000_000),
        ("3 d mlayen", 3_000_000),
        ("مليون ونص", 1_500_000),
        ("نص مليون", 500_000),
        ("2,5 millions", 2_500_000),
    ],
)
def test_rial_and_the_everyday_million_are_to_be_asked_back(text: str, centimes: int) -> None:
    (amount,) = [fact for fact in facts(text) if fact.name == "amount"]
    assert (amount.value, amount.confidence) == (str(centimes), ASK_BACK)


def test_an_amount_tells_how_it_was_said() -> None:
    assert said("والله عليا عشرين ألف ريال كاملة", "amount") == ["عشرين ألف ريال"]
    assert said("j'ai payé 1 250,00 DH hier", "amount") == ["1 250,00 DH"]


@pytest.mark.parametrize(
    "text", ["3lach", "عندي جوج ديال الكونتورات", "h24", "cent fois merci", "500", "ألف شكر"]
)
def test_a_number_without_money_is_no_amount(text: str) -> None:
    assert named(text, "amount") == []


@pytest.mark.parametrize("digits", ["20583316", "123456", "450"])
@pytest.mark.parametrize("text", ["{}", "contrat {}", "رقم العقد {}", "code : {}"])
def test_a_reference_is_a_number_and_nothing_else(text: str, digits: str) -> None:
    for written in (text.format(digits), text.format(digits.translate(EASTERN))):
        assert [(fact.name, fact.value) for fact in facts(written)] == [("number", digits)]


def test_a_reference_written_in_groups() -> None:
    assert named("contrat 2058-33.16", "number") == ["20583316"]
    assert named("رقم العقد ٢٠٥٨ ٣٣١٦", "number") == ["20583316"]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("0661 23 45 67", "+212661234567"),
        ("06.61.23.45.67", "+212661234567"),
        ("+212 661-234567", "+212661234567"),
        ("00212522312020", "+212522312020"),
        ("نمرتي ٠٦٦١٢٣٤٥٦٧", "+212661234567"),
    ],
)
def test_telephones(text: str, phone: str) -> None:
    assert [(fact.name, fact.value) for fact in facts(text)] == [("phone", phone)]


@given(
    st.integers(10_001, 10_000_000),
    st.sampled_from(["ticket {}", "شكاية رقم {}", "réclamation n° {}", "chikaya {}"]),
)
def test_a_ticket_is_known_by_its_word_and_check_digit(serial: int, text: str) -> None:
    number = ticket_number(serial)
    dashed = f"{number[:3]}-{number[3:]}"
    assert named(text.format(number), "ticket_number") == [number]
    assert named(text.format(dashed), "ticket_number") == [number]
    assert named(text.format(number), "number") == []
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)
    assert named(text.format(wrong), "ticket_number") == []
    assert named(text.format(wrong), "number") == [wrong]


def test_a_code_that_happens_to_have_a_check_digit_stays_a_number() -> None:
    code = ticket_number(12_345)
    assert named(code, "number") == [code]
    assert named(f"le code {code}", "number") == [code]


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("index 2210", "2210"),
        ("index dyali howa 5541", "5541"),
        ("lindex 02210 kwh", "2210"),
        ("هاك القراية ديال الكونتور 1290", "1290"),
        ("قراءة العداد: ٧٧٨٨", "7788"),
        ("l9raya hiya 45", "45"),
        ("l'index du 12 novembre est 5541 kwh", "5541"),
        ("compteur affiche 5541", "5541"),
        ("submit meter reading 4410", "4410"),
        ("index 1290,5", "1290"),
    ],
)
def test_readings_of_meters(text: str, index: str) -> None:
    assert named(text, "meter_index") == [index]
    assert named(text, "number") == []


@pytest.mark.parametrize("text", ["compteur 123456 en panne", "index ? contrat 20583316", "3lach 9raya 7ram"])
def test_what_is_no_reading(text: str) -> None:
    assert named(text, "meter_index") == []


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("12/11/2026", "2026-11-12"),
        ("١٢/١١/٢٠٢٦", "2026-11-12"),
        ("12-11-26", "2026-11-12"),
        ("2026-11-12", "2026-11-12"),
        ("le 12 novembre 2025", "2025-11-12"),
        ("12 نونبر", "--11-12"),
        ("3 غشت", "--08-03"),
        ("12 nowanbir", "--11-12"),
        ("le 1er mars", "--03-01"),
        ("on November 12", "--11-12"),
        ("12/11", "--11-12"),
        ("خلصت نهار 12", "---12"),
        ("payé le 12", "---12"),
        ("the 5th", "---05"),
        ("nhar lkhmis", "-W-4"),
        ("يوم الجمعة", "-W-5"),
        ("jeudi dernier", "-W-4-P1W"),
        ("الخميس اللي فات", "-W-4-P1W"),
        ("last monday", "-W-1-P1W"),
        ("vendredi prochain", "-W-5"),
        ("اليوم", "P0D"),
        ("aujourd'hui", "P0D"),
        ("غدا", "P1D"),
        ("بعد غدا", "P2D"),
        ("après-demain", "P2D"),
        ("البارح", "-P1D"),
        ("avant-hier", "-P2D"),
        ("il y a 3 jours", "-P3D"),
        ("هادي يومين", "-P2D"),
        ("3 days ago", "-P3D"),
        ("dans une semaine", "P7D"),
    ],
)
def test_days(text: str, day: str) -> None:
    assert named(text, "date") == [day]
    assert abs(date_of(day, date(2026, 11, 24)) - date(2026, 11, 24)) < timedelta(days=400)


@pytest.mark.parametrize(
    "text",
    ["31/02/2026", "had lfacture", "tlata d nas", "12h", "le 12 dh", "version 2.5", "ربع ساعة", "nhar kaml"],
)
def test_what_is_no_day(text: str) -> None:
    assert named(text, "date") == []


def test_a_weekday_in_the_name_of_a_place_is_no_day() -> None:
    text = "khemis zemamra nhar larb3a"
    assert [fact.value for fact in facts(text, [(0, 14)]) if fact.name == "date"] == ["-W-3"]
    text = "سوق الخميس الزمامرة"
    assert facts(text, [(0, len(text))]) == []


@pytest.mark.parametrize(
    ("text", "language", "services"),
    [
        ("مقطوع الضو والما", "ary-Arab", ["electricity", "water"]),
        ("do w lma", "ary-Latn", ["electricity", "water"]),
        ("do you have it", "en", []),
        ("pas d'eau ni d'électricité", "fr", ["water", "electricity"]),
        ("eaux usées", "fr", ["sanitation"]),
        ("الواد الحار فايض", "ary-Arab", ["sanitation"]),
        ("لا يوجد ماء", "ar", ["water"]),
        ("ما خلصتش", "ary-Arab", []),
        ("ur illi waman", "ary-Latn", ["water"]),
    ],
)
def test_services(text: str, language: str, services: list[str]) -> None:
    assert named(text, "service", language) == services


@pytest.mark.parametrize(
    ("said", "today", "day"),
    [
        ("---12", date(2026, 11, 24), date(2026, 11, 12)),
        ("---02", date(2026, 11, 24), date(2026, 12, 2)),
        ("---31", date(2026, 11, 20), date(2026, 10, 31)),
        ("---30", date(2027, 1, 2), date(2026, 12, 30)),
        ("--12-30", date(2027, 1, 2), date(2026, 12, 30)),
        ("--01-03", date(2026, 12, 28), date(2027, 1, 3)),
        ("-W-2", date(2026, 11, 24), date(2026, 11, 24)),
        ("-W-4", date(2026, 11, 24), date(2026, 11, 26)),
        ("-W-4-P1W", date(2026, 11, 24), date(2026, 11, 19)),
        ("-W-2-P1W", date(2026, 11, 24), date(2026, 11, 17)),
        ("-P3D", date(2026, 3, 1), date(2026, 2, 26)),
    ],
)
def test_a_day_as_it_was_said_becomes_a_date(said: str, today: date, day: date) -> None:
    assert date_of(said, today) == day


@pytest.mark.parametrize("said", ["", "--02-30", "---32", "tomorrow", "P1M", "2026-13-01"])
def test_what_names_no_day_is_refused(said: str) -> None:
    with pytest.raises(ValueError, match=r"day|isoformat|month"):
        date_of(said, date(2026, 11, 24))


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 7))
def test_a_weekday_is_within_a_week(today: date, weekday: int) -> None:
    coming, past = date_of(f"-W-{weekday}", today), date_of(f"-W-{weekday}-P1W", today)
    assert coming.isoweekday() == past.isoweekday() == weekday
    assert timedelta(0) <= coming - today < timedelta(7)
    assert coming - past == timedelta(7)


@given(st.dates(date(1995, 1, 1), date(2095, 12, 31)))
def test_every_date_is_read_as_it_is_written(day: date) -> None:
    for written in (f"{day:%d/%m/%Y}", f"{day.isoformat()}", f"{day:%d-%m-%Y}".translate(EASTERN)):
        assert named(f"khlest {written} f wafacash", "date") == [day.isoformat()]


@given(
    st.integers(1, 9_999_999), st.sampled_from(["{} درهم", "{} dh", "{} DH", "{}dhs", "MAD {}", "{} dirhams"])
)
def test_every_amount_is_read_as_it_is_written(centimes: int, unit: str) -> None:
    whole, rest = divmod(centimes, 100)
    grouped = f"{whole:,}".replace(",", " ")
    for written in (f"{whole}.{rest:02}", f"{whole},{rest:02}", f"{grouped},{rest:02}"):
        assert named(unit.format(written), "amount") == [str(centimes)]
        assert named(unit.format(written), "number") == []


WORDS = (
    "خلصت lfacture الضو البارح 12/11/2026 500 درهم ألف ريال contrat 20583316 0661234567 nhar lkhmis le 12"
    " index 5541 et و"
)


@given(st.lists(st.sampled_from(WORDS.split()), max_size=12).map(" ".join) | st.text(max_size=80))
def test_a_number_is_one_thing_and_every_value_has_its_form(text: str) -> None:
    forms = {
        "amount": r"\d+",
        "date": r"\d{4}-\d\d-\d\d|--\d\d-\d\d|---\d\d|-W-[1-7](-P1W)?|-?P\d{1,3}D",
        "phone": r"\+212\d{9}",
        "meter_index": r"\d{1,7}",
        "ticket_number": r"\d{6,}",
        "number": r"\d{3,}",
        "service": r"water|electricity|sanitation",
    }
    found = facts(text)
    for fact in found:
        assert 0 <= fact.start < fact.end <= len(text)
        assert re.fullmatch(forms[fact.name], fact.value, re.ASCII)
        assert 0 < fact.confidence <= 1
    numbers = [fact for fact in found if fact.name in NUMBERS]
    for one, other in pairwise(numbers):
        assert one.end <= other.start


@given(st.text(max_size=60))
def test_plain_digits_keep_every_position(text: str) -> None:
    assert len(plain_digits(text)) == len(text)


def test_words_that_say_no_number() -> None:
    assert value_of([]) is None
