"""Several requests in one message: one answer, one open question, nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from bot.actions.dialogue import CODE, PLACE, REFERENCE, Answer, Entity, Heard, State
from bot.actions.people import hand_over_to_people
from bot.actions.request import heard_from, saying
from bot.actions.requests import WAITING, answer_each
from bot.actions.routing import ACTION, act
from bot.actions.services import Services
from bot.actions.subjects import BY_INTENT
from bot.contract import HandoverReason, Language
from bot.texts import say
from tests.bot.world import CASABLANCA, NOW, World

PHONE = "+212661000002"
Said = tuple[str, str] | tuple[str, str, tuple[Entity, ...]]
ZEMAMRA = (Entity("place", "zemamra", 0, 7),)


class Talk:
    """One customer in French; a turn is a list of (intent, text, entities)."""

    def __init__(self, world: World, attested_phone: str | None) -> None:
        self.world = world
        self.heard = Heard(
            "", None, Language.FR, State(), uuid4(), uuid4(), NOW, attested_phone=attested_phone
        )

    async def hears(self, *requests: Said, intent: str | None = None) -> Answer:
        parts = tuple(saying(self.heard, text, name, *(rest or [()])) for name, text, *rest in requests)
        whole = "\n".join(part.text for part in parts)
        heard = replace(self.heard, text=whole, intent=intent or parts[0].intent, requests=parts)
        if len(parts) == 1:
            heard = parts[0]
        answer = await act(ACTION, heard, self.world.services())
        self.heard = replace(self.heard, state=answer.state)
        return answer


@pytest.fixture
def talk(world: World) -> Callable[..., Talk]:
    return lambda attested_phone=None: Talk(world, attested_phone)


async def test_two_answers_in_one_bubble(talk: Callable[..., Talk]) -> None:
    answer = await talk(PHONE).hears(
        ("bill_amount", "combien je dois"), ("mobile_agency_schedule", "quand passe l'agence", ZEMAMRA)
    )
    bill, schedule = str(answer.text).split("\n\n")
    assert "143,76" in bill
    assert "jeudi 26 novembre" in schedule
    assert answer.state.question is None
    assert answer.state.place == "zemamra"
    assert answer.state.contract is not None


async def test_a_question_comes_last_and_stays_open(talk: Callable[..., Talk]) -> None:
    customer = talk()
    answer = await customer.hears(
        ("bill_amount", "combien je dois"), ("mobile_agency_schedule", "quand passe l'agence", ZEMAMRA)
    )
    schedule, question = str(answer.text).split("\n\n")
    assert "jeudi 26 novembre" in schedule
    assert "numéro de contrat" in question
    assert (answer.state.topic, answer.state.question) == ("bill", REFERENCE)
    answer = await customer.hears(("inform", "99999999", (Entity("number", "99999999", 0, 8),)))
    assert answer.state.question == CODE


async def test_a_second_question_waits_until_the_first_is_answered(talk: Callable[..., Talk]) -> None:
    customer = talk()
    answer = await customer.hears(
        ("mobile_agency_schedule", "quand passe l'agence"), ("bill_amount", "combien je dois")
    )
    assert answer.state.question == PLACE
    assert "numéro de contrat" not in str(answer.text)
    assert [request["intent"] for request in answer.state.memory[WAITING]] == ["bill_amount"]
    answer = await customer.hears(("inform", "Zemamra", ZEMAMRA))
    schedule, question = str(answer.text).split("\n\n")
    assert "jeudi 26 novembre" in schedule
    assert "numéro de contrat" in question
    assert answer.state.question == REFERENCE
    assert WAITING not in answer.state.memory


async def test_who_is_not_understood_is_asked_again_before_anything_else(talk: Callable[..., Talk]) -> None:
    customer = talk()
    await customer.hears(
        ("mobile_agency_schedule", "quand passe l'agence"), ("bill_amount", "combien je dois")
    )
    answer = await customer.hears(("nlu_fallback", "blabla"))
    assert answer.state.question == PLACE
    assert WAITING in answer.state.memory


async def test_a_no_to_the_first_leads_to_the_second(talk: Callable[..., Talk]) -> None:
    customer = talk()
    await customer.hears(
        ("mobile_agency_schedule", "quand passe l'agence"), ("bill_amount", "combien je dois")
    )
    answer = await customer.hears(("deny", "non"))
    assert answer.state.question == REFERENCE


async def test_people_get_everything_and_the_rest_is_answered_before(talk: Callable[..., Talk]) -> None:
    async def answer_one(heard: Heard, services: Services) -> Answer:
        if heard.intent == "contract_transfer":
            return hand_over_to_people(heard, HandoverReason.NEEDS_PERSON, "hand_over_asked", priority=4)
        return await BY_INTENT[heard.intent or ""](heard, services)

    customer = talk()
    heard = replace(
        customer.heard,
        requests=(
            saying(customer.heard, "le contrat à mon nom", "contract_transfer", ()),
            saying(customer.heard, "quand passe l'agence", "mobile_agency_schedule", ZEMAMRA),
            saying(customer.heard, "combien je dois", "bill_amount", ()),
        ),
    )
    answer = await answer_each(heard, customer.world.services(), answer_one)
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.NEEDS_PERSON
    schedule, farewell = str(answer.text).split("\n\n")
    assert "jeudi 26 novembre" in schedule
    assert farewell == say(Language.FR, "hand_over_asked")
    summary = str(answer.handover.summary)
    assert "à mon nom" in summary
    assert "combien je dois" in summary
    assert "quand passe" not in summary
    assert (answer.state.question, answer.choices) == (None, ())


async def test_of_two_handovers_the_more_urgent_counts_and_both_are_told(talk: Callable[..., Talk]) -> None:
    async def answer_one(heard: Heard, services: Services) -> Answer:
        priority = 2 if heard.intent == "power_cut" else 4
        answer = hand_over_to_people(heard, HandoverReason.NEEDS_PERSON, "hand_over_asked", priority=priority)
        assert answer.handover is not None
        return replace(
            answer, handover=replace(answer.handover, category=str(priority), summary_fr=f"[{heard.text}]")
        )

    customer = talk()
    parts = tuple(saying(customer.heard, name, name, ()) for name in ("contract_transfer", "power_cut"))
    answer = await answer_each(replace(customer.heard, requests=parts), customer.world.services(), answer_one)
    assert answer.handover is not None
    assert (answer.handover.priority, answer.handover.category) == (2, "2")
    assert answer.handover.summary == "contract_transfer\npower_cut"
    assert answer.handover.summary_fr == "[contract_transfer]\n[power_cut]"
    assert answer.text == say(Language.FR, "hand_over_asked")


async def test_people_are_told_what_waited(talk: Callable[..., Talk]) -> None:
    customer = talk()
    await customer.hears(
        ("mobile_agency_schedule", "quand passe l'agence"), ("bill_amount", "combien je dois")
    )
    answer = await customer.hears(("human_agent", "un conseiller"))
    assert answer.handover is not None
    assert "combien je dois" in str(answer.handover.summary)
    assert WAITING not in answer.state.memory


@pytest.mark.parametrize(
    ("urgent", "reason"), [("street_danger", HandoverReason.DANGER), ("human_agent", HandoverReason.ASKED)]
)
async def test_danger_and_a_person_win_wherever_they_stand(
    talk: Callable[..., Talk], urgent: str, reason: HandoverReason
) -> None:
    for requests in (
        [("bill_amount", "combien je dois"), (urgent, "…")],
        [(urgent, "…"), ("mobile_agency_schedule", "quand passe l'agence", ZEMAMRA)],
    ):
        answer = await talk(PHONE).hears(*requests, intent="bill_amount")
        assert answer.handover is not None
        assert answer.handover.reason is reason
        assert "\n\n" not in str(answer.text)


def tracker(**message: Any) -> dict[str, Any]:
    metadata = {"conversation_id": str(uuid4()), "identity_id": str(uuid4()), "now": NOW.isoformat()}
    return {"slots": {}, "latest_message": {"text": "…", "metadata": metadata, "language": "fr", **message}}


def entity(name: str, value: str) -> dict[str, Any]:
    return {"entity": name, "value": value, "start": 0, "end": 1, "confidence_entity": 0.6}


def test_requests_are_read_with_their_own_entities() -> None:
    heard = heard_from(
        tracker(
            intent={"name": "bill_amount"},
            entities=[entity("place", "zemamra"), entity("number", "20583316")],
            requests=[
                {"text": "combien", "intent": "bill_amount", "entities": [entity("number", "20583316")]},
                {"text": "quand", "intent": "due_date", "entities": [entity("place", "zemamra")]},
            ],
        ),
        NOW,
        CASABLANCA,
    )
    assert (heard.number, heard.places) == ("20583316", ("zemamra",))
    one, other = heard.requests
    assert (one.text, one.intent, one.number, one.places) == ("combien", "bill_amount", "20583316", ())
    assert (other.number, other.places, other.identity_id) == (None, ("zemamra",), heard.identity_id)


def test_days_become_dates_of_the_company_and_those_there_are_not_are_left_out() -> None:
    said = [entity("date", "-P1D"), entity("date", "--02-30"), entity("amount", "5000")]
    heard = heard_from(tracker(entities=said), NOW, CASABLANCA)
    assert heard.values("date") == ("2026-11-23",)
    assert [(each.value, each.confidence) for each in heard.entities if each.name == "amount"] == [
        ("5000", 0.6)
    ]
