"""A talk about bills over several turns: purposes that survive the proof, contracts that never mix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.actions.dialogue import CODE, CONTRACT, REFERENCE, Answer
from bot.contract import HandoverReason, Language
from knowledge_base.billing.bills import Bill, Payment
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingUnavailable, TableSource
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import World

Start = Callable[..., Dialogue]

THREE_CONTRACTS = "+212661000001"
JUMPED = "+212661000005"
ALL_PAID = "+212661000003"
LONGEST_WITH_BUTTONS = 1024  # characters, on the narrowest channel


@pytest.fixture
def world(engine_of_its_own: AsyncEngine) -> World:
    return World(engine_of_its_own)


async def prove(talk: Dialogue, world: World, reference: str) -> Answer:
    await talk.hears("inform", reference, number=reference)
    return await talk.hears("inform", world.codes[-1][1], number=world.codes[-1][1])


def buttons(answer: Answer) -> list[str]:
    return [choice.id for choice in answer.choices]


async def test_the_step_that_explains_most_complaints(dialogue: Start) -> None:
    answer = await dialogue(Language.FR, JUMPED).hears("high_bill_complaint", "ma facture est trop élevée")
    assert answer.text is not None
    assert answer.text.replace("\u00a0", " ").split("\n")[2:] == [
        "18,29 DH de plus que la facture précédente (septembre 2026, 143,76 DH) :",
        "• Consommation : 151 kWh au lieu de 150 : +18,29 DH",
        (
            "• Palier : au-delà de 150 kWh, toute la consommation est au prix de 1,0732 DH. "
            "À 150 kWh, elle aurait coûté 143,76 DH ; le dépassement (1 kWh) coûte 18,29 DH."
        ),
        "Il y a un an (octobre 2025) : 148 kWh, 141,61 DH.",
    ]
    assert buttons(answer) == ["inform:bill:dispute", "inform:bill:breakdown", "human_agent"]


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("phone", [f"+21266100000{number}" for number in range(2, 9)])
async def test_every_answer_fits_one_message(dialogue: Start, phone: str, language: Language) -> None:
    talk = dialogue(language, phone)
    for purpose in ("amount", "breakdown", "explanation", "payments"):
        answer = await talk.hears("inform", chosen=("bill", purpose))
        assert answer.text is not None
        assert len(answer.text) <= LONGEST_WITH_BUTTONS
        assert len(answer.choices) <= 3
        assert all(len(choice.title) <= 20 for choice in answer.choices)


async def test_nothing_is_explained_before_the_proof_and_all_of_it_after(
    dialogue: Start, world: World
) -> None:
    talk = dialogue()
    answer = await talk.hears("high_bill_complaint", "pourquoi ma facture est si chère")
    assert answer.state.question == REFERENCE
    assert buttons(answer) == ["inform:bill:dispute", "human_agent"]
    answer = await prove(talk, world, "25118890")
    assert answer.text is not None
    assert "Palier : au-delà de 150" in answer.text
    assert world.events[-1][2] == {"contract": "25118890", "what": "explanation"}


async def test_payments_are_asked_for_in_words_and_survive_the_proof(dialogue: Start, world: World) -> None:
    talk = dialogue(Language.ARY_LATN)
    await talk.hears("bill_amount", "ch7al khlest chhar li fat")
    answer = await prove(talk, world, "33070914")
    assert answer.text is not None
    assert answer.text.startswith("Akhir mrrat khellesto (do):")
    assert len(answer.text.split("\n")) == 5


async def test_a_month_named_gets_the_bill_of_that_month(dialogue: Start) -> None:
    answer = await dialogue(Language.FR, JUMPED).hears("bill_amount", "la facture de juillet svp")
    assert answer.text is not None
    assert answer.text.startswith("Facture électricité, juillet 2026 : 139,47\u00a0DH")


async def test_a_bill_with_its_lines(dialogue: Start) -> None:
    answer = await dialogue(Language.FR, "+212661000008").hears("bill_amount", "détail de ma facture")
    assert answer.text is not None
    assert "• 6 m³ à 2,99\u00a0DH : 17,94\u00a0DH" in answer.text
    assert "• Régularisation : −12,40\u00a0DH" in answer.text


async def test_arrears_are_told_and_not_counted_twice(dialogue: Start) -> None:
    answer = await dialogue(Language.FR, "+212661000007").hears("bill_amount")
    assert answer.text is not None
    first, second = answer.text.split("\n")
    assert "258,89\u00a0DH, non payée" in first
    assert second == "Ce montant comprend 123,54\u00a0DH d'arriérés."


async def test_an_estimate_that_was_caught_up_on(dialogue: Start) -> None:
    answer = await dialogue(Language.EN, "+212661000006").hears("high_bill_complaint", "bill too high")
    assert answer.text is not None
    assert "Read after 2 estimated months (180 kWh in all)" in answer.text
    assert "Average: 171 kWh a month over 3 months." in answer.text


async def test_who_disagrees_files_a_complaint_with_his_contract(dialogue: Start) -> None:
    talk = dialogue(Language.FR, JUMPED)
    await talk.hears("high_bill_complaint", "ma facture est trop élevée")
    answer = await talk.hears("inform", "Je conteste", chosen=("bill", "dispute"))
    assert answer.handover is None or answer.handover.category == "B1"
    assert "25118890" in str(answer.state.memory) + str(answer.handover)


async def test_a_complaint_needs_no_proof(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await talk.hears("high_bill_complaint", "facture trop chère")
    answer = await talk.hears("inform", "Je conteste", chosen=("bill", "dispute"))
    assert answer.text
    assert world.events == []


async def test_a_payment_that_has_arrived_is_said_to_have(dialogue: Start) -> None:
    answer = await dialogue(Language.FR, ALL_PAID).hears(
        "payment_not_registered", "j'ai payé, pas enregistré"
    )
    assert answer.text is not None
    assert answer.text.startswith("Bonne nouvelle : votre paiement est enregistré, vous ne devez rien")
    assert answer.handover is None


async def test_a_payment_that_has_not_is_taken_up_with_what_was_said(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await talk.hears("payment_not_registered", "j'ai payé hier chez wafacash, toujours pas enregistré")
    answer = await prove(talk, world, "20583316")
    assert answer.text is not None
    assert answer.text.startswith("Ce paiement n'est pas encore enregistré.")
    assert "143,76\u00a0DH" in answer.text
    assert "20583316" in str(answer.state.memory)
    assert "wafacash" in str(answer.state.memory)


async def test_one_service_among_three_contracts(dialogue: Start) -> None:
    talk = dialogue(Language.FR, THREE_CONTRACTS)
    answer = await talk.hears("bill_amount", "combien je dois pour l'eau")
    assert answer.text is not None
    assert answer.text.startswith("Vous ne devez rien (eau)")
    answer = await talk.hears("nlu_fallback", "et l'électricité ?")
    assert answer.state.question == CONTRACT
    assert [choice.title for choice in answer.choices] == ["électricité …417731", "électricité …960052"]
    answer = await talk.hears("inform", "la deuxième")
    assert answer.text is not None
    assert answer.text.startswith("Vous avez 2 factures électricité non payées")
    answer = await talk.hears("inform", "et l'eau")
    assert answer.text is not None
    assert answer.text.startswith("Vous ne devez rien (eau)")


async def test_the_digits_of_the_list_typed_choose_from_it(dialogue: Start, world: World) -> None:
    talk = dialogue(Language.FR, THREE_CONTRACTS)
    await talk.hears("bill_amount", "combien je dois")
    answer = await talk.hears("inform", "417748", number="417748")
    assert str(answer.text).startswith("Vous ne devez rien (eau)")
    assert world.codes == []


async def test_the_other_one_of_two(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await talk.hears("bill_amount", "combien je dois")
    assert "143,76" in str((await prove(talk, world, "20583316")).text)
    assert "Vous ne devez rien" in str((await prove(talk, world, "33070914")).text)
    assert "143,76" in str((await talk.hears("nlu_fallback", "et l'autre ?")).text)
    assert "Vous ne devez rien" in str((await talk.hears("nlu_fallback", "et l'autre ?")).text)


async def test_why_is_of_the_contract_just_told(dialogue: Start) -> None:
    talk = dialogue(Language.FR, THREE_CONTRACTS)
    await talk.hears("bill_amount", "l'eau")
    answer = await talk.hears("nlu_fallback", "pourquoi ?")
    assert answer.text is not None
    assert answer.text.startswith("Facture eau, octobre 2026")
    answer = await talk.hears("bill_amount", "combien je dois")
    assert answer.state.question == CONTRACT


async def test_a_service_the_customer_does_not_have_is_asked_for_by_its_reference(dialogue: Start) -> None:
    answer = await dialogue(Language.FR, JUMPED).hears("bill_amount", "combien pour l'eau")
    assert answer.state.question == REFERENCE


async def test_a_reference_in_the_question_is_the_contract_meant(dialogue: Start, world: World) -> None:
    talk = dialogue(Language.FR, JUMPED)
    answer = await talk.hears("bill_amount", "combien pour le contrat 20583316", number="20583316")
    assert answer.state.question == CODE
    assert world.codes[-1][0] == "+212661000002"
    assert "bill.disclosed" not in [kind for kind, _, _ in world.events]


async def test_changing_the_contract_half_way_sends_a_code_for_the_new_one(
    dialogue: Start, world: World
) -> None:
    talk = dialogue()
    await talk.hears("bill_amount", "combien je dois")
    await talk.hears("inform", "20664205", number="20664205")
    await talk.hears("inform", "non, 33070914", number="33070914")
    (_, first), (_, second) = world.codes
    answer = await talk.hears("inform", first, number=first)
    assert answer.state.question == CODE, "the code of another contract opens nothing"
    answer = await talk.hears("inform", second, number=second)
    assert "Vous ne devez rien" in str(answer.text)


async def test_another_question_while_a_code_is_awaited_tells_nothing(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await talk.hears("bill_amount", "combien je dois")
    await talk.hears("inform", "25118890", number="25118890")
    answer = await talk.hears("high_bill_complaint", "pourquoi si cher")
    assert answer.state.question == CODE
    answer = await talk.hears("inform", world.codes[-1][1], number=world.codes[-1][1])
    assert "Palier" in str(answer.text)


async def test_how_much_do_i_owe_speaks_of_no_electricity(dialogue: Start) -> None:
    answer = await dialogue(Language.EN, THREE_CONTRACTS).hears("bill_amount", "How much do I owe?")
    assert len(answer.choices) == 3


async def test_a_bill_that_contradicts_the_tariff_is_for_people(dialogue: Start, world: World) -> None:
    talk = dialogue(Language.FR, "+212661000004")
    async with world.engine.begin() as connection:
        changed = await connection.execute(
            text(
                "UPDATE bills SET amount_centimes = amount_centimes + 1, lines ="
                " jsonb_set(lines, '{0,amount_centimes}', to_jsonb((lines->0->>'amount_centimes')::int + 1))"
                " WHERE contract_id IN (SELECT id FROM contracts WHERE registered_phone = '+212661000004')"
                " AND period = '2026-10-01' RETURNING id"
            )
        )
        assert len(changed.all()) == 1
    try:
        answer = await talk.hears("high_bill_complaint", "trop cher")
    finally:
        async with world.engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE bills SET amount_centimes = amount_centimes - 1, lines = jsonb_set(lines,"
                    " '{0,amount_centimes}', to_jsonb((lines->0->>'amount_centimes')::int - 1))"
                    " WHERE contract_id IN (SELECT id FROM contracts"
                    " WHERE registered_phone = '+212661000004') AND period = '2026-10-01'"
                )
            )
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.NEEDS_PERSON


@dataclass
class FailingSource:
    """The tables, until they are switched off: a billing system that stops in the middle of a talk."""

    tables: TableSource
    off: frozenset[str] = field(default=frozenset())
    slowest_answer = 0.0

    def _check(self, name: str) -> None:
        if name in self.off:
            raise BillingUnavailable(f"{name}: off")

    async def contracts_of_phone(self, phone: str) -> Sequence[Contract]:
        self._check("contracts_of_phone")
        return await self.tables.contracts_of_phone(phone)

    async def contract_by_reference(self, reference: str) -> Contract | None:
        self._check("contract_by_reference")
        return await self.tables.contract_by_reference(reference)

    async def contract_by_id(self, contract_id: UUID) -> Contract | None:
        self._check("contract_by_id")
        return await self.tables.contract_by_id(contract_id)

    async def bills(self, contract: Contract, *, limit: int) -> Sequence[Bill]:
        self._check("bills")
        return await self.tables.bills(contract, limit=limit)

    async def payments(self, contract: Contract, *, limit: int) -> Sequence[Payment]:
        self._check("payments")
        return await self.tables.payments(contract, limit=limit)

    async def probe(self) -> str:
        return "a test"


@pytest.mark.parametrize("off", ["contracts_of_phone", "bills", "payments"])
@pytest.mark.parametrize("language", Language)
async def test_an_unavailable_billing_system_is_said_to_be(
    dialogue: Start, world: World, off: str, language: Language
) -> None:
    talk = dialogue(language, JUMPED)
    told = await talk.hears("inform", chosen=("bill", "payments"))
    world.billing = FailingSource(world.tables(), frozenset({off}))
    answer = await talk.hears("inform", chosen=("bill", "payments" if off == "payments" else "amount"))
    assert answer.text != told.text
    assert buttons(answer)[0].startswith("inform:bill:")
    assert buttons(answer)[1] == "human_agent"
    assert "162" not in str(answer.text)
    assert [data["what"] for _, _, data in world.events] == ["payments"], "nothing more was disclosed"
    world.billing = None
    again = await talk.hears("inform", chosen=("bill", buttons(answer)[0].rpartition(":")[2]))
    assert "2026" in str(again.text)


@pytest.mark.parametrize("off", ["contract_by_reference", "contract_by_id"])
async def test_it_may_fail_while_the_customer_proves_himself(dialogue: Start, world: World, off: str) -> None:
    talk = dialogue()
    world.billing = FailingSource(world.tables(), frozenset({off}))
    await talk.hears("bill_amount", "combien")
    answer = await talk.hears("inform", "25118890", number="25118890")
    if off == "contract_by_id":
        answer = await talk.hears("inform", world.codes[-1][1], number=world.codes[-1][1])
    assert "pas consultables" in str(answer.text)
    assert "bill.disclosed" not in [kind for kind, _, _ in world.events]


async def test_a_verification_that_ran_out_is_asked_for_again(dialogue: Start, world: World) -> None:
    talk = dialogue()
    await talk.hears("bill_amount", "combien je dois")
    assert "Vous ne devez rien" in str((await prove(talk, world, "33070914")).text)
    world.now += timedelta(hours=1, minutes=1)
    answer = await talk.hears("bill_amount", "combien je dois")
    assert answer.state.question == REFERENCE
