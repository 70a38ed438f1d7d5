"""Which action answers: our own question first, else what was understood; and small talk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import yaml

from bot.actions.dialogue import CODE, REFERENCE
from bot.actions.routing import ACTIONS
from bot.contract import HandoverReason, Language
from tests.bot.actions.conftest import Dialogue
from tests.bot.conftest import PROJECT

Start = Callable[..., Dialogue]


def test_every_action_of_the_domain_exists_and_no_other() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["actions"]) == set(ACTIONS)


async def test_a_greeting_offers_what_can_be_done(dialogue: Start) -> None:
    answer = await dialogue(Language.ARY).hears("action_greet", "السلام", intent="greeting")
    assert [choice.id for choice in answer.choices] == [
        "mobile_agency_schedule",
        "bill_amount",
        "human_agent",
    ]


async def test_a_number_or_the_words_of_a_button_pick_it(dialogue: Start) -> None:
    for spoken in ("3", "٣", "Un conseiller", "le troisième"):
        talk = dialogue()
        await talk.hears("action_greet", "bonjour", intent="greeting")
        answer = await talk.hears("action_not_understood", spoken, intent="nlu_fallback")
        assert answer.handover is not None, spoken
        assert answer.handover.reason is HandoverReason.ASKED


async def test_a_number_without_an_offer_picks_nothing(dialogue: Start) -> None:
    answer = await dialogue().hears("action_not_understood", "3", intent="nlu_fallback")
    assert answer.handover is None


async def test_the_first_misunderstanding_asks_and_the_second_hands_over(dialogue: Start) -> None:
    talk = dialogue()
    first = await talk.hears("action_not_understood", "blabla", intent="nlu_fallback")
    assert (first.handover, len(first.choices)) == (None, 3)
    second = await talk.hears("action_not_understood", "blabla", intent="nlu_fallback")
    assert second.handover is not None
    assert second.handover.reason is HandoverReason.NOT_UNDERSTOOD
    assert second.handover.summary == "blabla"


async def test_understanding_in_between_starts_the_count_anew(dialogue: Start) -> None:
    talk = dialogue()
    for _ in range(3):
        answer = await talk.hears("action_not_understood", "blabla", intent="nlu_fallback")
        assert answer.handover is None
        await talk.hears("action_thanks", "merci", intent="thanks")


async def test_a_request_for_a_person_interrupts_anything(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("action_bill", intent="bill_amount")
    answer = await talk.hears("action_human_agent", "un conseiller svp", intent="human_agent")
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.ASKED


async def test_another_request_interrupts_a_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("action_schedule", "agence mobile", intent="mobile_agency_schedule")
    answer = await talk.hears("action_bill", "ma facture", intent="bill_amount")
    assert answer.state.question == REFERENCE


async def test_a_number_taken_for_a_meter_reading_still_answers_our_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("action_bill", intent="bill_amount")
    answer = await talk.hears("action_hand_over", "ra9m 99999999", intent="meter_reading", number="99999999")
    assert answer.state.question == CODE


async def test_a_no_drops_the_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("action_bill", intent="bill_amount")
    answer = await talk.hears("action_deny", "non merci", intent="deny")
    assert answer.state.question is None
    assert len(answer.choices) == 3


async def test_a_yes_takes_the_only_thing_offered(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("action_insult", "voleurs", intent="insult")
    answer = await talk.hears("action_affirm", "oui", intent="affirm")
    assert answer.handover is not None


@pytest.mark.parametrize("spoken", ["ok", "d'accord"])
async def test_a_yes_to_nothing_is_the_end_of_a_talk(dialogue: Start, spoken: str) -> None:
    answer = await dialogue().hears("action_affirm", spoken, intent="affirm")
    assert (answer.handover, answer.state.misunderstood) == (None, 0)


@pytest.mark.parametrize("language", Language)
async def test_every_other_request_goes_to_people_with_its_name(dialogue: Start, language: Language) -> None:
    rules = yaml.safe_load((PROJECT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    others = [
        rule["steps"][0]["intent"] for rule in rules if rule["steps"][1]["action"] == "action_hand_over"
    ]
    assert len(others) == 17
    for intent in others:
        answer = await dialogue(language).hears("action_hand_over", "…", intent=intent)
        assert answer.handover is not None
        assert answer.handover.reason is HandoverReason.NEEDS_PERSON
        assert answer.text


async def test_danger_is_the_most_urgent_and_says_what_to_do(dialogue: Start) -> None:
    answer = await dialogue(Language.FR).hears("action_danger", "le poteau brûle", intent="street_danger")
    assert answer.handover is not None
    assert (answer.handover.reason, answer.handover.priority) == (HandoverReason.DANGER, 1)
    assert answer.text is not None
    assert answer.text.startswith("Éloignez-vous")


async def test_the_summary_is_short_and_names_the_place(dialogue: Start) -> None:
    answer = await dialogue().hears(
        "action_hand_over", "panne " + "x" * 1000, intent="power_cut", places=("zemamra",)
    )
    assert answer.handover is not None
    assert answer.handover.summary is not None
    assert answer.handover.summary.endswith("… (Zemamra)")
    assert len(answer.handover.summary) < 330
