"""Outages with the real Rasa, endpoint and records (config/sample/outages.yaml), in five ways of writing.

The electricity of all of Azemmour is out, the water of four quarters of Casablanca; works come to Settat.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.contract import Language
from bot.texts import say
from knowledge_base.outages.tables import outage_followers
from tests.bot.world import Customer, World, choices_of, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]

STYLES = {
    Language.ARY: {
        "cut": "السلام عليكم ما كاينش الضو فأزمور من البارح",
        "quarters": "الما مقطوع علينا فكازا",
        "elsewhere": "ما كاينش الضو فالوليدية",
        "back": "فوقاش غادي يرجع الضو",
        "place": "الوليدية",
        "no_place": "تقطع علينا الضو",
    },
    Language.ARY_LATN: {
        "cut": "salam makaynch do f azemmour mn lbare7",
        "quarters": "lma me9tou3 3lina f casa",
        "elsewhere": "makaynch do f oualidia",
        "back": "imta ghadi yrje3 do",
        "place": "oualidia",
        "no_place": "do me9tou3 3lina",
    },
    Language.AR: {
        "cut": "انقطعت الكهرباء في أزمور منذ أمس",
        "quarters": "الماء مقطوع في الدار البيضاء",
        "elsewhere": "لا توجد كهرباء في الوليدية",
        "back": "متى ستعود الكهرباء؟",
        "place": "الوليدية",
        "no_place": "انقطعت الكهرباء عن منزلنا منذ الصباح",
    },
    Language.FR: {
        "cut": "Bonjour, plus d'électricité à Azemmour depuis hier",
        "quarters": "Il n'y a plus d'eau à Casablanca",
        "elsewhere": "Panne d'électricité à Oualidia",
        "back": "Quand est-ce que le courant revient ?",
        "place": "Oualidia",
        "no_place": "Nous n'avons plus d'électricité",
    },
    Language.EN: {
        "cut": "Hello, we have no electricity in Azemmour since yesterday",
        "quarters": "There is no water in Casablanca",
        "elsewhere": "power outage in Oualidia",
        "back": "When will the power be back?",
        "place": "Oualidia",
        "no_place": "We have no electricity",
    },
}
every_style = pytest.mark.parametrize("style", STYLES)


@every_style
async def test_what_is_known_is_told_and_followed(customer: Customer, world: World, style: Language) -> None:
    reply = await customer.says(STYLES[style]["cut"])
    assert reply.intent == "power_cut"
    assert reply.handover is None
    assert len(reply.messages) == 1
    assert say(style, "cause_equipment") in texts_of(reply)
    follow = choices_of(reply)[say(style, "choice_outage_follow")]
    back = await customer.says(STYLES[style]["back"])
    assert say(style, "cause_equipment") in texts_of(back)
    noted = await customer.presses(follow, say(style, "choice_outage_follow"))
    assert texts_of(noted) == say(style, "outage_following")
    query = select(outage_followers.c.place_id).where(
        outage_followers.c.conversation_id == customer.conversation_id
    )
    async with world.engine.connect() as connection:
        assert (await connection.execute(query)).scalar_one() == "azemmour"


@every_style
async def test_a_city_is_asked_for_the_quarter(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["quarters"])
    assert reply.intent == "water_cut"
    titles = list(choices_of(reply))
    assert len(titles) == 5
    assert say(style, "outage_offer") not in texts_of(reply)
    told = await customer.says(titles[0])
    assert say(style, "outage_offer") in texts_of(told)


@every_style
async def test_nothing_known_becomes_a_request(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["elsewhere"])
    assert reply.handover is None
    assert reply.slots.get("topic") == "form"


@every_style
async def test_the_place_is_asked_for(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["no_place"])
    assert texts_of(reply) == say(style, "outage_ask_place")
    reply = await customer.says(STYLES[style]["place"])
    assert reply.slots.get("topic") == "form"


async def test_works_to_come(customer: Customer) -> None:
    reply = await customer.says("Y a-t-il des travaux prévus sur l'eau à Settat ?")
    assert "Settat" in texts_of(reply)
    assert "jeudi 26 novembre à 9:00" in texts_of(reply)
    assert reply.handover is None


async def test_words_taken_for_nothing_and_the_other_service(customer: Customer) -> None:
    reply = await customer.says("wach kayn chi mochkil dyal do f azemmour")
    assert say(Language.ARY_LATN, "cause_equipment") in texts_of(reply)
    reply = await customer.says("w lma?")
    assert "Azemmour" in texts_of(reply)
    assert "lma" in texts_of(reply)
