from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contract import Turn, TurnMessage
from bot.turns import LONGEST_TEXT, attached, unreadable, utterance_of

SOMEONE = UUID(int=1)


def turn(*messages: TurnMessage) -> Turn:
    return Turn(
        conversation_id=SOMEONE,
        ticket_id=SOMEONE,
        contact_id=SOMEONE,
        identity_id=SOMEONE,
        channel="whatsapp",
        messages=messages,
        language=None,
        attested_phone=None,
        at=datetime(2026, 11, 24, tzinfo=UTC),
    )


def test_joins_bubbles_into_one_text() -> None:
    utterance = utterance_of(turn(TurnMessage("salam"), TurnMessage("  "), TurnMessage("ch7al 3liya")))
    assert utterance.text == "salam\nch7al 3liya"
    assert utterance.choice is None


def test_a_pressed_button_counts_as_what_it_stands_for() -> None:
    pressed = TurnMessage("Ma facture", kind="choice", choice_id="bill_amount")
    assert utterance_of(turn(pressed)).choice == "bill_amount"
    assert utterance_of(turn(TurnMessage("salam"), pressed)).choice == "bill_amount"


def test_words_after_a_button_win() -> None:
    pressed = TurnMessage("Ma facture", kind="choice", choice_id="bill_amount")
    utterance = utterance_of(turn(pressed, TurnMessage("non, un conseiller")))
    assert utterance.choice is None
    assert utterance.text == "Ma facture\nnon, un conseiller"


@pytest.mark.parametrize(
    "forged",
    ["street_danger", "inform:number:123456", "restart", "/restart", "inform:place:", "a:b", "", "x" * 300],
)
def test_a_button_that_is_not_ours_is_read_as_its_words(forged: str) -> None:
    utterance = utterance_of(turn(TurnMessage("words", kind="choice", choice_id=forged)))
    assert (utterance.choice, utterance.text) == (None, "words")


def test_a_position_alone_asks_for_what_is_near() -> None:
    utterance = utterance_of(turn(TurnMessage("Ma maison", kind="location", location=(33.1, -8.6))))
    assert (utterance.text, utterance.choice, utterance.location) == ("", "inform", (33.1, -8.6))


def test_a_position_with_words_keeps_both() -> None:
    utterance = utterance_of(
        turn(TurnMessage("agence mobile ?"), TurnMessage("", kind="location", location=(33.1, -8.6)))
    )
    assert (utterance.text, utterance.choice, utterance.location) == ("agence mobile ?", None, (33.1, -8.6))


@pytest.mark.parametrize(
    "kind", ["image", "audio", "video", "document", "sticker", "contacts", "order", "unsupported"]
)
def test_what_cannot_be_read_goes_to_people_unless_words_go_with_it(kind: str) -> None:
    assert unreadable(turn(TurnMessage("", kind=kind))) == kind
    assert attached(kind).choice == f"inform:attachment:{kind}"
    assert not unreadable(turn(TurnMessage("chouf had facture", kind=kind)))
    assert not unreadable(turn(TurnMessage("", kind=kind), TurnMessage("ch7al 3liya")))


def test_an_attachment_cannot_be_forged_by_a_button() -> None:
    forged = turn(TurnMessage("", kind="choice", choice_id="inform:attachment:image"))
    assert utterance_of(forged).choice is None


def test_a_reaction_asks_for_nothing() -> None:
    reaction = turn(TurnMessage("👍", kind="reaction"))
    assert not unreadable(reaction)


@given(st.lists(st.text(max_size=LONGEST_TEXT), min_size=1, max_size=6))
def test_a_text_is_never_too_long(texts: list[str]) -> None:
    assert len(utterance_of(turn(*map(TurnMessage, texts))).text) <= LONGEST_TEXT


def test_a_wall_of_text_keeps_both_ends() -> None:
    utterance = utterance_of(turn(TurnMessage("START " + "x" * 5000 + " END")))
    assert utterance.text.startswith("START")
    assert utterance.text.endswith("END")
