"""Where is my complaint: from records, and the same words for what does not exist and what is another's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import Answer, Entity
from bot.actions.services import KnownTicket, Services
from bot.contract import HandoverReason, Language
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import NOW, World

Start = Callable[..., Dialogue]
OWN = [
    KnownTicket("100013", "open", "W2", NOW - timedelta(days=1), promised_at=NOW + timedelta(hours=5)),
    KnownTicket("100021", "new", None, NOW - timedelta(days=2), promised_at=NOW - timedelta(hours=1)),
    KnownTicket("100039", "closed", "B1", NOW - timedelta(days=9), NOW - timedelta(days=3)),
]


class Desk(World):
    """A desk that keeps tickets of one identity."""

    owner: UUID | None = None

    def services(self) -> Services:
        return replace(super().services(), find_tickets=self.find)

    async def find(
        self, connection: AsyncConnection, identity_id: UUID, number: str | None
    ) -> Sequence[KnownTicket]:
        own = OWN if identity_id == self.owner else []
        return [ticket for ticket in own if number is None or ticket.number == number]


@pytest.fixture
def world(world: World) -> World:
    return Desk(world.engine)


def owning(talk: Dialogue) -> Dialogue:
    assert isinstance(talk.world, Desk)
    talk.world.owner = talk.identity_id
    return talk


@pytest.mark.parametrize("language", Language)
async def test_a_number_tells_where_it_stands_and_what_is_next(dialogue: Start, language: Language) -> None:
    talk = owning(dialogue(language))
    answer = await talk.hears("ticket_status", "100013", number="100013")
    assert "100013" in (answer.text or "")
    assert "15:00" in (answer.text or "")
    assert answer.state.question is None


async def test_a_promise_that_passed_is_not_quoted_as_coming(dialogue: Start) -> None:
    answer = await owning(dialogue()).hears("ticket_status", "n° 100021", number="100021")
    assert "dépassé" in (answer.text or "")
    assert "10:00" not in (answer.text or "")
    assert "human_agent" in [choice.id for choice in answer.choices]


async def test_without_a_number_the_own_requests_are_listed(dialogue: Start) -> None:
    answer = await owning(dialogue()).hears("ticket_status", "où en est ma réclamation")
    lines = (answer.text or "").splitlines()
    assert len(lines) == 3
    assert "fuite d'eau" in lines[0]
    assert "clôturée" in lines[2]


async def test_the_entity_with_a_check_digit_counts_most(dialogue: Start) -> None:
    answer = await owning(dialogue()).hears(
        "ticket_status",
        "contrat 33070914 demande 100039",
        number="33070914",
        entities=(Entity("ticket_number", "100039", 25, 31),),
    )
    assert "100039" in (answer.text or "")


async def test_another_persons_number_sounds_like_none(dialogue: Start) -> None:
    stranger = dialogue()
    answers: list[Answer] = [
        await stranger.hears("ticket_status", number, number=number) for number in ("100013", "999999")
    ]
    first, second = (answer.text or "" for answer in answers)
    assert first.replace("100013", "") == second.replace("999999", "")
    assert answers[0].choices == answers[1].choices


async def test_nobody_knows_of_any(dialogue: Start) -> None:
    talk = owning(dialogue())
    stranger = dialogue()
    answer = await stranger.hears("ticket_status", "où en est ma réclamation")
    assert "inform:report:problem" in [choice.id for choice in answer.choices]
    talk.state = answer.state
    found = await talk.hears("inform", "100013", number="100013")
    assert "100013" in (found.text or "")


async def test_no_number_at_hand_gets_a_way_on(dialogue: Start) -> None:
    talk = dialogue(Language.ARY_LATN)
    await talk.hears("ticket_status", "fin wslat chikaya dyali")
    answer = await talk.hears("nlu_fallback", "ma3ndich")
    assert answer.handover is None
    assert [choice.id for choice in answer.choices] == ["inform:report:problem", "human_agent"]


async def test_two_answers_without_a_number_meet_a_person(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("ticket_status", "ma réclamation")
    assert (await talk.hears("nlu_fallback", "blabla")).handover is None
    answer = await talk.hears("nlu_fallback", "blabla")
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.NOT_UNDERSTOOD
