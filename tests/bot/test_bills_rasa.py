"""Questions about bills as customers write them, through the real Rasa, actions and records."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contract import Language, Reply
from tests.bot.world import Customer, World, choices_of, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]

JUMPED = "+212661000005"  # 151 kWh after 150: 162.05 MAD instead of 143.76
WHY = {
    Language.ARY: "علاش الفاتورة ديال الضو طالعة بزاف هاد الشهر",
    Language.ARY_LATN: "3lach lfacture dyal do tal3a bezzaf had chhar",
    Language.AR: "لماذا فاتورة الكهرباء مرتفعة جدا هذا الشهر؟",
    Language.FR: "Pourquoi ma facture d'électricité est-elle si élevée ce mois-ci ?",
    Language.EN: "Why is my electricity bill so high this month?",
}


@pytest.fixture
def world(engine_of_its_own: AsyncEngine) -> World:
    return World(engine_of_its_own)


def said(reply: Reply) -> str:
    return texts_of(reply).replace("\u00a0", " ").replace(".", ",")


@pytest.mark.parametrize("style", WHY)
async def test_why_so_high(customer: Customer, style: Language) -> None:
    customer.attested_phone = JUMPED
    reply = await customer.says(WHY[style])
    assert reply.intent == "high_bill_complaint"
    assert reply.language is style
    assert reply.handover is None
    assert len(reply.messages) == 1
    for part in ("162,05", "143,76", "18,29", "1,0732", "141,61"):
        assert part in said(reply), part
    assert next(iter(choices_of(reply).values())) == "inform:bill:dispute"


@pytest.mark.parametrize("style", WHY)
async def test_why_so_high_survives_the_proof(customer: Customer, world: World, style: Language) -> None:
    reply = await customer.says(WHY[style])
    assert "162" not in said(reply)
    reply = await customer.says("25118890")
    assert "162" not in said(reply)
    reply = await customer.says(world.codes[-1][1])
    assert "18,29" in said(reply)
    assert reply.language is style
    assert world.events[-1][2]["what"] == "explanation"


async def test_who_disagrees_files_a_complaint(customer: Customer) -> None:
    customer.attested_phone = JUMPED
    reply = await customer.says(WHY[Language.FR])
    reply = await customer.presses("inform:bill:dispute", "Je conteste")
    assert texts_of(reply)
    assert reply.handover is None or reply.handover.category == "B1"


async def test_one_contract_of_three_and_then_another(customer: Customer) -> None:
    customer.attested_phone = "+212661000001"
    reply = await customer.says("combien je dois payer pour l'eau")
    assert said(reply).startswith("Vous ne devez rien (eau)")
    reply = await customer.says("et l'électricité ?")
    assert len(choices_of(reply)) == 2
    reply = await customer.says("la première")
    assert "115,86" in said(reply)
    reply = await customer.says("et l'eau ?")
    assert said(reply).startswith("Vous ne devez rien (eau)")


async def test_a_payment_that_arrived(customer: Customer) -> None:
    customer.attested_phone = "+212661000003"
    reply = await customer.says("khlsst lbare7 w l facture mazala ma tsejlatch")
    assert reply.intent == "payment_not_registered"
    assert said(reply).startswith("Khbar mezyana: lkhlas dyalkom tsejjel")


async def test_last_payments_and_details_by_button(customer: Customer) -> None:
    customer.attested_phone = JUMPED
    offered = choices_of(await customer.says("شحال عليا فالضو"))
    reply = await customer.presses(offered["شنو خلصت"], "شنو خلصت")
    assert "17 أكتوبر 2026: 143,76 درهم" in said(reply)
    reply = await customer.presses(offered["تفاصيل الفاتورة"], "تفاصيل الفاتورة")
    assert "151 كيلوواط ب 1,0732 درهم: 162,05 درهم" in said(reply)
