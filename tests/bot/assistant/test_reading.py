from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.components.reading import NUMBER_MARK, PLACE_MARK, meaning_without_words, read


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("السلام عليكم شحال عليا فالضو", "شحال عليا فالضو"),
        ("salam khouya lah yr7em lwalidin ch7al 3liya f do", "ch7al 3liya f do"),
        ("Bonjour, quel est le montant de ma facture svp merci", "quel est le montant de ma facture"),
        ("hello please how much is my bill", "how much is my bill"),
    ],
)
def test_politeness_around_a_request_does_not_count(text: str, rest: str) -> None:
    assert read(text, []).folded == rest


@pytest.mark.parametrize(
    "text", ["السلام عليكم", "salam khouya", "merci beaucoup", "thank you", "bonjour", "شكرا"]
)
def test_politeness_alone_is_the_message(text: str) -> None:
    assert read(text, []).folded


def test_places_and_numbers_become_marks() -> None:
    text = "agence mobile Khemis Zemamra contrat 20583316"
    start = text.index("Khemis")
    reading = read(text, [(start, start + len("Khemis Zemamra"))])
    assert reading.folded == f"agence mobile {PLACE_MARK} contrat {NUMBER_MARK}"


@pytest.mark.parametrize(
    ("text", "place"),
    [("Zemamra", "Zemamra"), ("f zemamra", "zemamra"), ("أنا ساكن فالزمامرة", "فالزمامرة"), ("123456", None)],
)
def test_a_bare_answer_is_recognised(text: str, place: str | None) -> None:
    spans = [] if place is None else [(text.index(place), text.index(place) + len(place))]
    assert read(text, spans).is_bare_answer


@pytest.mark.parametrize("text", ["", "ok", "شحال", "le code ne marche pas 123456", "salam 123456 khlest"])
def test_other_words_make_it_more_than_an_answer(text: str) -> None:
    assert not read(text, []).is_bare_answer


@given(st.text(max_size=200))
def test_never_fails(text: str) -> None:
    read(text, [(0, 3)])


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("🙏🏻", "thanks"),
        ("👍", "affirm"),
        ("❤️", "thanks"),
        ("…", "nlu_fallback"),
        ("42 + 7", "nlu_fallback"),
        ("ok 👍", None),
    ],
)
def test_a_message_without_letters(text: str, intent: str | None) -> None:
    assert meaning_without_words(text) == intent


def test_a_conjunction_around_a_place_leaves_it_bare() -> None:
    assert read("et à Zemamra ?", [(5, 12)]).is_bare_answer
