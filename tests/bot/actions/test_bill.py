"""Bills: told to who is verified, to no one else, and every telling recorded."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.actions.dialogue import CODE, CONTRACT, REFERENCE, Answer
from bot.contract import HandoverReason, Language
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import World

Start = Callable[..., Dialogue]

THREE_CONTRACTS = "+212661000001"
ONE_CONTRACT = "+212661000002"
REFERENCE_OF_ONE = "20583316"
UNKNOWN_REFERENCE = "99999999"


async def ask_with(talk: Dialogue, reference: str) -> Answer:
    await talk.hears("bill_amount", "combien je dois")
    return await talk.hears("inform", reference, number=reference)


async def give(talk: Dialogue, code: str) -> Answer:
    return await talk.hears("inform", code, number=code)


def kinds(world: World) -> list[str]:
    return [kind for kind, _, _ in world.events]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            Language.FR,
            (
                "Facture électricité, octobre 2026 : 143,76\u00a0DH, non payée, "
                "à régler avant le 25 novembre 2026."
            ),
        ),
        (
            Language.AR,
            "فاتورة الكهرباء لشهر أكتوبر 2026: 143,76\u00a0درهم، غير مؤداة، آخر أجل 25 نونبر 2026.",
        ),
        (Language.ARY, "فاتورة الضو ديال أكتوبر 2026: 143,76\u00a0درهم، ما مخلصاش، آخر أجل 25 نونبر 2026."),
        (
            Language.ARY_LATN,
            "Facture do dyal oktobr 2026: 143,76\u00a0DH, ma mkhellsach, akhir ajal 25 nowanbir 2026.",
        ),
        (Language.EN, "Electricity bill of October 2026: 143.76\u00a0DH, not paid, due by 25 November 2026."),
    ],
)
async def test_the_registered_telephone_hears_its_bill_at_once(
    dialogue: Start, world: World, language: Language, text: str
) -> None:
    talk = dialogue(language, ONE_CONTRACT)
    answer = await talk.hears("bill_amount", "combien je dois")
    assert answer.text == text
    told = {"contract": REFERENCE_OF_ONE, "what": "amount"}
    assert world.events == [("bill.disclosed", talk.conversation_id, told)]
    assert world.codes == []


async def test_after_the_due_day_the_bill_is_told_as_overdue(dialogue: Start, world: World) -> None:
    world.now += timedelta(days=2)
    answer = await dialogue(Language.FR, ONE_CONTRACT).hears("bill_amount")
    assert answer.text is not None
    assert "échue le 25 novembre 2026" in answer.text


async def test_several_contracts_are_chosen_from(dialogue: Start, world: World) -> None:
    talk = dialogue(Language.FR, THREE_CONTRACTS)
    answer = await talk.hears("bill_amount")
    assert answer.state.question == CONTRACT
    assert [choice.title for choice in answer.choices] == [
        "électricité …417731",
        "eau …417748",
        "électricité …960052",
    ]
    assert world.events == []
    water = answer.choices[1].id.removeprefix("inform:contract:")
    answer = await talk.hears("inform", chosen=("contract", water))
    assert answer.text is not None
    assert answer.text.startswith("Vous ne devez rien (eau). Dernière facture (octobre 2026)")
    answer = await talk.hears("inform", "et la troisième ?")
    assert answer.text is not None
    assert answer.text.startswith("Vous avez 2 factures électricité non payées, total ")
    assert len(answer.text.split("\n")) == 3
    assert kinds(world) == ["bill.disclosed", "bill.disclosed"]


async def test_a_stranger_is_asked_for_the_contract_then_for_the_code(dialogue: Start, world: World) -> None:
    talk = dialogue()
    answer = await talk.hears("bill_amount")
    assert answer.state.question == REFERENCE
    answer = await talk.hears("inform", "2058 33-16", number=REFERENCE_OF_ONE)
    assert answer.state.question == CODE
    ((phone, code),) = world.codes
    assert phone == ONE_CONTRACT
    answer = await give(talk, code)
    assert answer.text is not None
    assert "143,76\u00a0DH" in answer.text
    assert kinds(world) == ["verification.sent", "verification.passed", "bill.disclosed"]
    again = await talk.hears("bill_amount")
    assert again.text == answer.text


async def test_an_attested_telephone_of_another_contract_opens_nothing(dialogue: Start, world: World) -> None:
    talk = dialogue(Language.FR, ONE_CONTRACT)
    contract_of_others = await _contract_id(dialogue(Language.FR, THREE_CONTRACTS))
    answer = await talk.hears("inform", chosen=("contract", contract_of_others))
    assert answer.state.question == REFERENCE
    assert world.events == []


@pytest.mark.parametrize("forged", ["", "1", "not-an-id", "00000000-0000-0000-0000-000000000000"])
async def test_a_forged_choice_opens_nothing(dialogue: Start, world: World, forged: str) -> None:
    answer = await dialogue().hears("inform", chosen=("contract", forged))
    assert answer.state.question == REFERENCE
    assert world.events == []


async def _contract_id(talk: Dialogue) -> str:
    answer = await talk.hears("bill_amount")
    return answer.choices[0].id.removeprefix("inform:contract:")


async def test_an_unknown_reference_sounds_like_a_known_one(dialogue: Start, world: World) -> None:
    known, unknown = dialogue(), dialogue()
    assert (await ask_with(known, REFERENCE_OF_ONE)).text == (await ask_with(unknown, UNKNOWN_REFERENCE)).text
    sounds = []
    for talk in (known, unknown):
        answers = [await give(talk, "000000") for _ in range(3)]
        sounds.append([(answer.text, answer.handover) for answer in answers])
    assert sounds[0] == sounds[1]
    assert len(world.codes) == 1


async def test_an_unknown_reference_takes_as_long_as_a_known_one(
    dialogue: Start, even_duration: float
) -> None:
    for reference in (REFERENCE_OF_ONE, UNKNOWN_REFERENCE):
        talk = dialogue()
        await talk.hears("bill_amount")
        began = time.monotonic()
        await talk.hears("inform", reference, number=reference)
        assert time.monotonic() - began >= even_duration - 0.01  # a loop may wake a little early


async def test_what_is_said_before_verification_has_no_digit_of_the_telephone(dialogue: Start) -> None:
    answer = await ask_with(dialogue(), REFERENCE_OF_ONE)
    assert answer.text is not None
    assert "6610" not in answer.text
    assert "02" not in answer.text


async def test_three_wrong_codes_end_with_a_person(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await ask_with(talk, "25118890")
    ((_, code),) = world.codes
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(2):
        answer = await give(talk, wrong)
        assert answer.handover is None
        assert answer.state.question == CODE
    answer = await give(talk, wrong)
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.VERIFICATION_FAILED
    assert answer.handover.summary is None
    assert "bill.disclosed" not in kinds(world)
    assert kinds(world).count("verification.failed") == 3
    talk.state = type(talk.state)()
    assert (await ask_with(talk, "25118890")).state.question == CODE
    assert (await give(talk, code)).handover is None, "the right code after the lock is like a wrong one"
    assert "bill.disclosed" not in kinds(world)


async def test_an_expired_code_is_like_a_wrong_one(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await ask_with(talk, "33070914")
    ((_, code),) = world.codes
    world.now += timedelta(minutes=11)
    answer = await give(talk, code)
    assert answer.state.question == CODE
    assert "bill.disclosed" not in kinds(world)


async def test_a_corrected_reference_gets_a_code_but_not_for_ever(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await ask_with(talk, UNKNOWN_REFERENCE)
    answer = await give(talk, "20664205")  # eight digits: no code, the reference corrected
    assert answer.state.question == CODE
    assert [phone for phone, _ in world.codes] == ["+212661000004"]
    await give(talk, "99999998")
    answer = await give(talk, "20664205")
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.VERIFICATION_FAILED


async def test_starting_over_brings_no_new_references(dialogue: Start, world: World) -> None:
    talk = dialogue()
    for reference in ("99999991", "99999992", "99999993"):
        assert (await ask_with(talk, reference)).handover is None
    assert (await ask_with(talk, REFERENCE_OF_ONE)).handover is not None
    assert world.codes == []


async def test_a_former_operators_reference_is_found_with_its_letters(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await talk.hears("bill_amount")
    await talk.hears("inform", "c'est P-118890", number="118890")
    assert [phone for phone, _ in world.codes] == ["+212661000005"]


async def test_a_contract_without_a_telephone_sends_and_says_nothing(dialogue: Start, world: World) -> None:
    answer = await ask_with(dialogue(), "27402263")
    assert answer.state.question == CODE
    assert world.codes == []


async def test_codes_given_at_once_are_counted_one_by_one(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await ask_with(talk, "20664205")
    ((_, code),) = world.codes
    guesses = [f"{number:06d}" for number in range(20) if f"{number:06d}" != code]
    state = talk.state

    async def guess(wrong: str) -> None:
        twin = Dialogue(world, Language.FR, None)
        twin.conversation_id, twin.identity_id, twin.state = talk.conversation_id, talk.identity_id, state
        await give(twin, wrong)

    await asyncio.gather(*(guess(wrong) for wrong in guesses[:8]))
    talk.state = state
    await give(talk, code)
    assert "bill.disclosed" not in kinds(world)


async def test_an_apology_for_a_number_that_means_nothing(dialogue: Start) -> None:
    answer = await dialogue().hears("inform", "12345678", number="12345678")
    assert answer.state.misunderstood == 1
