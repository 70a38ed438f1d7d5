"""Where a message may be cut, and which halves tell one story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.assistant.components.cuts import cuts
from bot.assistant.components.stories import _PAIRS, NO_REQUESTS, are_one_story
from bot.intents import INTENTS


def halves(text: str) -> list[tuple[str, str]]:
    return [(text[: cut.end].strip(), text[cut.start :].strip()) for cut in cuts(text)]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("شحال عليا و فوقاش كتجي لاكاميونة", "شحال عليا", "فوقاش كتجي لاكاميونة"),
        ("شحال عليا وفوقاش كتجي لاكاميونة", "شحال عليا", "فوقاش كتجي لاكاميونة"),
        ("ch7al 3liya w fo9ach tji", "ch7al 3liya", "fo9ach tji"),
        ("ch7al 3liya wfo9ach tji", "ch7al 3liya", "fo9ach tji"),
        ("pas d'eau et facture trop élevée", "pas d'eau", "facture trop élevée"),
        ("my bill please\nno water here", "my bill please", "no water here"),
        ("No water here. How much is it?", "No water here", "How much is it?"),
        ("لا ماء عندنا، كم الفاتورة", "لا ماء عندنا", "كم الفاتورة"),
    ],
)
def test_a_message_is_cut_between_its_parts(text: str, first: str, second: str) -> None:
    assert (first, second) in halves(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bonjour",
        "puis-je payer demain ici",
        "ما جا حتى واحد لعندنا",
        "كالات المتنقلة والوكالات فين",
        "wa7ed lkhit ta7 hna",
        "eau et courant",
    ],
)
def test_words_that_belong_together_are_not_cut(text: str) -> None:
    assert halves(text) == []


@given(
    st.text(max_size=120)
    | st.lists(st.sampled_from(["و", "w", "شحال", "et", "facture", ".", "\n"])).map(" ".join)
)
def test_cuts_lie_in_the_text_in_order_and_leave_words_on_both_sides(text: str) -> None:
    found = cuts(text)
    assert len(found) <= 8
    assert found == sorted(found, key=lambda cut: cut.end)
    for cut in found:
        assert 0 < cut.end <= cut.start < len(text)
        assert text[: cut.end].strip()
        assert text[cut.start :].strip()


def test_stories_are_told_of_intents_that_exist() -> None:
    assert {intent for pair in _PAIRS for intent in pair} | NO_REQUESTS <= INTENTS


def test_the_same_request_twice_is_one() -> None:
    assert are_one_story("leak", "leak")
    assert are_one_story("power_cut", "reconnect_after_cutoff")
    assert are_one_story("reconnect_after_cutoff", "power_cut")
    assert not are_one_story("water_cut", "high_bill_complaint")
    assert not are_one_story("bill_amount", "mobile_agency_schedule")
