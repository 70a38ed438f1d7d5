"""Words of every language and script meet in concepts."""

from __future__ import annotations

import pytest

from bot.assistant.components.concepts import CONCEPTS


@pytest.mark.parametrize(
    ("concept", "words"),
    [
        ("water", ("الما", "مياه", "lma", "eau", "water", "aman")),
        ("electricity", ("الضو", "الكهربا", "do", "courant", "electricite", "power")),
        ("bill", ("الفاتوره", "lfacture", "facture", "bill")),
        ("plan", ("تقسيط", "ta9sit", "echeancier", "instalments")),
    ],
)
def test_one_thing_in_every_language(concept: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert concept in CONCEPTS.of(word), word


def test_what_stands_in_front_is_taken_off() -> None:
    assert "bill" in CONCEPTS.of("والفاتوره")


def test_other_words_stand_for_nothing() -> None:
    assert CONCEPTS.of("xylophone") == ()
