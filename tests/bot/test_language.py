from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contract import Language
from bot.language import choose, detect


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("متى تأتي الوكالة المتنقلة إلى مركزنا؟", "ar"),
        ("أريد معرفة مبلغ فاتورة الكهرباء", "ar"),
        ("واش الكاميونة جاية غدا", "ary-Arab"),
        ("ما كاينش الضو عندنا", "ary-Arab"),
        ("شحال عليا فالما", "ary-Arab"),
        ("wach lcamion jay ghda", "ary-Latn"),
        ("bghit nchouf la facture dyali svp", "ary-Latn"),
        ("transfo kaydekhen", "ary-Latn"),
        ("ch7al", "ary-Latn"),
        ("Quand passe l'agence mobile ?", "fr"),
        ("je dois combien", "fr"),
        ("How much do I owe?", "en"),
        ("the agency", "en"),
    ],
)
def test_detects_language_and_script(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "123456", "👍", "Zemamra", "?!", "30 kwh"])
def test_says_nothing_of_what_tells_nothing(text: str) -> None:
    assert detect(text) is None


def test_a_word_without_language_keeps_the_previous_one() -> None:
    assert choose("Zemamra", "ary-Latn") == "ary-Latn"
    assert choose("123456", "ar") == "ar"


def test_another_script_ends_the_previous_language() -> None:
    assert choose("زمامرة", "fr") == "ary-Arab"
    assert choose("Zemamra", "ar") == "fr"


@given(st.text(max_size=200), st.sampled_from([None, *Language]))
def test_always_chooses_a_language_of_the_contract(text: str, previous: Language | None) -> None:
    assert Language(choose(text, previous)) in Language


@pytest.mark.parametrize("word", ["la", "oui", "non", "ok"])
def test_a_short_word_alone_does_not_change_the_language_of_the_talk(word: str) -> None:
    assert choose(word, "ary-Latn") == "ary-Latn"
    assert choose(f"{word} je ne veux pas payer", "ary-Latn") == "fr"
