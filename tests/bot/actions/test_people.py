"""What people are told when a conversation is handed over, and how the assistant bears itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.actions.people import CATEGORIES
from bot.contract import HandoverReason, Language
from bot.intents import INTENTS
from tests.bot.actions.conftest import Dialogue
from tests.bot.named import named_in

Start = Callable[..., Dialogue]


def test_categories_are_of_intents_that_exist() -> None:
    assert set(CATEGORIES) <= INTENTS


async def test_the_summary_is_short_and_names_the_place(dialogue: Start) -> None:
    text = "panne à Zemamra " + "x" * 1000
    answer = await dialogue().hears("human_agent", text, **named_in(text))
    assert answer.handover is not None
    assert answer.handover.summary is not None
    assert answer.handover.summary.endswith("… (Zemamra)")
    assert len(answer.handover.summary) < 330
    assert len(answer.handover.summary_fr or "") < 400


async def test_agents_read_why_where_and_what_was_answered(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await talk.hears("mobile_agency_schedule", "فوقاش كتجي الوكالة لزمامرة", places=("zemamra",))
    answer = await talk.hears("human_agent", "بغيت موظف فزمامرة", places=("zemamra",))
    assert answer.handover is not None
    assert answer.handover.summary_ar is not None
    assert answer.handover.summary_fr is not None
    assert answer.handover.summary_fr.startswith("Le client demande un conseiller")
    assert "Zemamra (Sidi Bennour)" in answer.handover.summary_fr
    assert "Déjà répondu : passages de l'agence mobile" in answer.handover.summary_fr
    assert "سبق الجواب عن : مواعيد الوكالة المتنقلة" in answer.handover.summary_ar


async def test_codes_that_were_tried_are_told_to_nobody(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("bill_amount")
    await talk.hears("inform", "99999999", number="99999999")
    for code in ("123456", "123457", "123458"):
        answer = await talk.hears("inform", code, number=code)
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.VERIFICATION_FAILED
    for summary in (answer.handover.summary, answer.handover.summary_ar, answer.handover.summary_fr):
        assert "12345" not in (summary or "")


@pytest.mark.parametrize("language", Language)
async def test_two_insults_end_with_a_person(dialogue: Start, language: Language) -> None:
    talk = dialogue(language)
    first = await talk.hears("insult", "voleurs")
    assert first.handover is None
    assert [choice.id for choice in first.choices] == ["human_agent"]
    await talk.hears("thanks", "merci")
    second = await talk.hears("insult", "voleurs")
    assert second.handover is not None
    assert second.handover.reason is HandoverReason.NEEDS_PERSON


@pytest.mark.parametrize(
    ("intent", "text"),
    [
        ("off_topic", "شكون نتا"),
        ("human_agent", "wach nta robot wla bnadem?"),
        ("nlu_fallback", "tu es un robot ?"),
        ("greeting", "hello, are you a bot?"),
        ("off_topic", "هل أنت روبوت؟"),
    ],
)
async def test_it_says_honestly_that_it_is_a_machine(dialogue: Start, intent: str, text: str) -> None:
    answer = await dialogue(Language.FR).hears(intent, text)
    assert answer.handover is None
    assert "assistant automatique" in (answer.text or "")
    assert answer.choices[-1].id == "human_agent"


async def test_who_wants_a_person_and_no_robot_gets_one(dialogue: Start) -> None:
    answer = await dialogue(Language.FR).hears(
        "human_agent", "je ne veux pas parler à un robot, un conseiller"
    )
    assert answer.handover is not None


async def test_how_are_you_is_answered_before_the_greeting(dialogue: Start) -> None:
    answer = await dialogue(Language.ARY).hears("greeting", "سلام لاباس عليك")
    assert (answer.text or "").startswith("لاباس الحمد لله")


async def test_the_problems_are_a_list(dialogue: Start) -> None:
    answer = await dialogue().hears("inform", "", chosen=("report", "problem"))
    offered = [choice.id for choice in answer.choices]
    assert {"power_cut", "leak", "high_bill_complaint", "inform:report:compliance"} <= {*offered}
    assert len(offered) <= 10
