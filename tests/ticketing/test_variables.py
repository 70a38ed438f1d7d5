"""What canned answers leave open: checked, filled, and never sent unfilled."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.contract import Language
from ticketing.canned.variables import fill, first_gap, greeting, known, nearest, unknown_in


def test_unknown_names_are_told_once_each() -> None:
    assert unknown_in("{contact.first_name} {contact.nom} {x} {x}") == ["contact.nom", "x"]
    assert unknown_in("Bonjour { contact.first_name }") == []


def test_what_is_not_known_is_a_gap_in_the_readers_language() -> None:
    filled = fill("Bonjour {contact.first_name}, n° {ticket.number}.", Language.FR, {"ticket.number": "25"})
    assert filled.text == "Bonjour ⟦prénom du client⟧, n° 25."
    assert [gap.name for gap in filled.gaps] == ["contact.first_name"]
    assert first_gap(filled.text) == "prénom du client"
    assert fill("{contact.name}", Language.ARY, {}).text == "⟦اسم الزبون⟧"


def test_a_hostile_name_is_no_variable_and_no_gap() -> None:
    filled = fill("Bonjour {contact.name}", Language.FR, {"contact.name": "{agent.name} ⟦x⟧"})
    assert first_gap(filled.text) is None
    assert filled.text == "Bonjour (agent.name) [x]"


@pytest.mark.parametrize(
    ("words", "gap"),
    [
        ("Bonjour", None),
        ("a {b} c", None),  # a customer may be sent braces that mean nothing
        ("Bonjour {contact.first_name}", "contact.first_name"),
        ("⟦x⟧", "x"),
        ("⟦\n⟧", None),
    ],
)
def test_gaps_are_found(words: str, gap: str | None) -> None:
    assert first_gap(words) == gap


@pytest.mark.parametrize(
    ("there", "wanted", "chosen"),
    [
        ({"fr", "ar"}, Language.ARY, "ar"),
        ({"fr", "ary-Arab"}, Language.ARY_LATN, "ary-Arab"),
        ({"en", "ar"}, Language.FR, "en"),
        ({"ary-Latn"}, Language.EN, "ary-Latn"),
    ],
)
def test_the_nearest_language_serves(there: set[str], wanted: Language, chosen: str) -> None:
    assert nearest(dict.fromkeys(there, "x"), wanted).value == chosen


@pytest.mark.parametrize(
    ("hour", "language", "words"),
    [
        (4, Language.FR, "Bonsoir"),
        (5, Language.FR, "Bonjour"),
        (17, Language.FR, "Bonjour"),
        (18, Language.FR, "Bonsoir"),
        (11, Language.AR, "صباح الخير"),
        (12, Language.AR, "مساء الخير"),
        (13, Language.EN, "Good afternoon"),
    ],
)
def test_the_hour_has_its_greeting(hour: int, language: Language, words: str) -> None:
    assert greeting(language, datetime(2026, 11, 24, hour)) == words  # noqa: DTZ001 - a wall clock


def test_every_variable_has_its_names() -> None:
    for names in known().values():
        assert set(names) == {"ar", "fr", "en"}
