"""Which action answers: our own question first, else what was understood; and small talk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest
import yaml

from bot.actions.dialogue import CODE, REFERENCE, State
from bot.actions.routing import ACTION
from bot.actions.subjects import BY_INTENT
from bot.contract import HandoverReason, Language
from bot.intents import INTENTS, REQUESTS
from bot.texts import say
from tests.bot.actions.conftest import Dialogue
from tests.bot.conftest import PROJECT

Start = Callable[..., Dialogue]


def test_every_action_of_the_domain_exists_and_no_other() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    assert domain["actions"] == [ACTION]


def test_every_intent_of_the_domain_has_one_subject() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    intents = {next(iter(intent)) for intent in domain["intents"]}
    rules = yaml.safe_load((PROJECT / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    assert intents == set(BY_INTENT) == INTENTS
    assert intents == {rule["steps"][0]["intent"] for rule in rules}


def test_the_state_of_a_dialogue_is_the_slots_of_the_domain() -> None:
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    assert set(domain["slots"]) == {field.name for field in fields(State)}


async def test_a_greeting_offers_what_can_be_done(dialogue: Start) -> None:
    answer = await dialogue(Language.ARY).hears("greeting", "السلام")
    offered = [choice.id for choice in answer.choices]
    assert offered[:2] == ["mobile_agency_schedule", "bill_amount"]
    assert offered[-1] == "human_agent"
    assert {"payment_channels", "agency_location_hours", "inform:report:problem", "ticket_status"} <= {
        *offered
    }
    assert len(offered) <= 10


async def test_a_number_or_the_words_of_a_button_pick_it(dialogue: Start) -> None:
    for spoken in ("8", "٨", "Un conseiller"):
        talk = dialogue()
        await talk.hears("greeting", "bonjour")
        answer = await talk.hears("nlu_fallback", spoken)
        assert answer.handover is not None, spoken
        assert answer.handover.reason is HandoverReason.ASKED


async def test_a_number_without_an_offer_picks_nothing(dialogue: Start) -> None:
    answer = await dialogue().hears("nlu_fallback", "3")
    assert answer.handover is None


async def test_the_first_misunderstanding_asks_and_the_second_hands_over(dialogue: Start) -> None:
    talk = dialogue()
    first = await talk.hears("nlu_fallback", "blabla")
    assert (first.handover, len(first.choices)) == (None, 8)
    second = await talk.hears("nlu_fallback", "blabla")
    assert second.handover is not None
    assert second.handover.reason is HandoverReason.NOT_UNDERSTOOD
    assert second.handover.summary == "blabla"


async def test_understanding_in_between_starts_the_count_anew(dialogue: Start) -> None:
    talk = dialogue()
    for _ in range(3):
        answer = await talk.hears("nlu_fallback", "blabla")
        assert answer.handover is None
        await talk.hears("thanks", "merci")


async def test_a_request_for_a_person_interrupts_anything(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("bill_amount")
    answer = await talk.hears("human_agent", "un conseiller svp")
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.ASKED


async def test_another_request_interrupts_a_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", "agence mobile")
    answer = await talk.hears("bill_amount", "ma facture")
    assert answer.state.question == REFERENCE


async def test_a_number_taken_for_a_meter_reading_still_answers_our_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("bill_amount")
    answer = await talk.hears("meter_reading", "ra9m 99999999", number="99999999")
    assert answer.state.question == CODE


async def test_a_no_drops_the_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("bill_amount")
    answer = await talk.hears("deny", "non merci")
    assert answer.state.question is None
    assert answer.choices


async def test_a_yes_takes_the_only_thing_offered(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("insult", "voleurs")
    answer = await talk.hears("affirm", "oui")
    assert answer.handover is not None


@pytest.mark.parametrize("spoken", ["ok", "d'accord"])
async def test_a_yes_to_nothing_is_the_end_of_a_talk(dialogue: Start, spoken: str) -> None:
    answer = await dialogue().hears("affirm", spoken)
    assert (answer.handover, answer.state.misunderstood) == (None, 0)


async def test_danger_is_the_most_urgent_and_says_what_to_do(dialogue: Start) -> None:
    answer = await dialogue(Language.FR).hears("street_danger", "le poteau brûle")
    assert answer.handover is not None
    assert (answer.handover.reason, answer.handover.priority) == (HandoverReason.DANGER, 1)
    assert answer.text is not None
    assert answer.text.startswith("Éloignez-vous")


async def test_an_unclear_message_is_asked_back_by_what_it_may_mean(dialogue: Start) -> None:
    talk = dialogue()
    ranking = (("nlu_fallback", 0.5), ("water_cut", 0.4), ("insult", 0.3), ("leak", 0.2), ("due_date", 0.01))
    answer = await talk.hears("nlu_fallback", "plus d'eau au robinet", ranking=ranking)
    assert [choice.id for choice in answer.choices] == ["water_cut", "leak", "human_agent"]
    picked = await talk.hears("inform", "1")
    assert picked.state.topic in {"outage", "form"}


async def test_what_may_be_an_outage_is_not_explained_by_an_article(dialogue: Start) -> None:
    question = "coupure d'eau que faire pression faible"
    assert (await dialogue().hears("nlu_fallback", question)).state.topic == "articles"
    unsure = await dialogue().hears("nlu_fallback", question, ranking=(("water_cut", 0.4),))
    assert unsure.state.topic != "articles"


@pytest.mark.parametrize("language", Language)
def test_every_guess_has_a_title_that_fits_a_button(language: Language) -> None:
    assert all(len(say(language, f"guess_{intent}")) <= 20 for intent in REQUESTS)
