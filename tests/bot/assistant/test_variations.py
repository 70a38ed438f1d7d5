from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.components.reading import NUMBER_MARK, PLACE_MARK
from bot.assistant.components.variations import variations
from bot.contract import Language

LANGUAGES = st.sampled_from(sorted(Language))


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("بغيت نعرف شحال عليا فالفاتورة ديال الضو", "ary-Arab"),
        ("bghit n3ref ch7al 3liya f lfacture", "ary-Latn"),
        ("combien je dois pour la facture d electricite", "fr"),
    ],
)
def test_a_training_repeats_and_varies(text: str, language: str) -> None:
    def written(seed: int) -> list[list[str]]:
        return list(variations(text.split(), language, Random(seed), in_context=True))

    assert written(1) == written(1)
    assert len({tuple(found) for seed in range(20) for found in written(seed)}) > 20


def test_the_words_stand_within_what_is_said_around_them() -> None:
    (around, _) = variations(["wach", "lma", "me9tou3"], "ary-Latn", Random(3), in_context=True)
    assert len(around) > 3
    assert "wach lma me9tou3" in " ".join(around)


@given(LANGUAGES, st.integers())
def test_marks_are_never_misspelt(language: str, seed: int) -> None:
    found = ["facture", PLACE_MARK, NUMBER_MARK, "الفاتورة"]
    for words in variations(found, language, Random(seed), in_context=True):
        assert words.count(PLACE_MARK) == words.count(NUMBER_MARK) == 1


@given(st.lists(st.text("ابتجفلdeh39chou", min_size=1), max_size=6), LANGUAGES, st.integers(), st.booleans())
def test_no_word_vanishes(found: list[str], language: str, seed: int, in_context: bool) -> None:
    for words in variations(found, language, Random(seed), in_context=in_context):
        assert all(words)
