"""What counts as a score or a comment, and what does not."""

from __future__ import annotations

import pytest

from channels.envelope import Content, Kind
from ticketing.surveys.answers import comment_of, score_of


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5),
        (" ٤ ", 4),
        ("۳", 3),
        ("4/5", 4),
        ("٥/٥", 5),
        ("3 sur 5", 3),
        ("5 من 5", 5),
        ("2 !", 2),
        ("⭐⭐⭐⭐", 4),
        ("⭐️⭐️", 2),
        ("5 – Très bien", 5),
        ("1 – سيئ جدا", 1),
        ("0", None),
        ("6", None),
        ("55", None),
        ("5 jours sans eau", None),
        ("mon numéro 5", None),
        ("5 – pas de réponse depuis cinq jours", None),
        ("⭐⭐⭐⭐⭐⭐", None),
        ("", None),
    ],
)
def test_a_score_is_a_number_that_says_nothing_more(text: str, score: int | None) -> None:
    assert score_of(Content(text=text)) == score


def test_a_pressed_button_is_a_score_whatever_its_title() -> None:
    assert score_of(Content(kind=Kind.CHOICE, text="Mezyan", choice_id="rate:4")) == 4
    assert score_of(Content(kind=Kind.CHOICE, text="5", choice_id="other:1")) == 5
    assert score_of(Content(kind=Kind.CHOICE, text="Mezyan", choice_id="rate:9")) is None


@pytest.mark.parametrize("text", ["Merci pour tout", "الخدمة كانت بطيئة", "5 jours sans eau"])
def test_words_are_a_comment(text: str) -> None:
    assert comment_of(Content(text=text)) == text


@pytest.mark.parametrize("text", ["Et ma facture ?", "فين الفاتورة؟", "  "])
def test_what_asks_wants_an_answer(text: str) -> None:
    assert comment_of(Content(text=text)) is None
    assert comment_of(Content(kind=Kind.IMAGE, text="voilà")) is None
