"""What customers live through, in five ways of writing, with the real Rasa, endpoint and records.

`NOW` is Tuesday 24 November 2026, 10:00 in Casablanca; Zemamra's souk is on Thursday.
"""

from __future__ import annotations

import pytest
from aiohttp import ClientSession

from bot.contract import HandoverReason, Language, Reply, TurnMessage
from bot.rasa import RasaAssistant
from tests.bot.world import SECRET, Customer, World, choices_of, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]

STYLES = {
    Language.ARY: {
        "schedule": "السلام عليكم خويا فوقاش غادي تجي الوكالة المتنقلة لزمامرة",
        "answer": "الخميس 26 نونبر من 9:00 حتى ل 13:00 فسوق خميس الزمامرة",
        "bill": "عفاك شحال عليا فالضو هاد الشهر",
        "human": "بغيت نهضر مع شي واحد",
        "danger": "عتقو كاين خيط ديال الضو طايح حدا المدرسة",
        "off_topic": "شكون ربح الماتش ديال الرجاء",
    },
    Language.ARY_LATN: {
        "schedule": "salam khouya fo9ach ghatji lwikala lmotana9ila l zemamra",
        "answer": "nhar lkhmis 26 nowanbir mn 9:00 7ta l 13:00 f Souk Khemis Zemamra",
        "bill": "3afak ch7al 3liya f do had chhar",
        "human": "bghit nhder m3a chi wa7ed",
        "danger": "3t9o kayn khit dyal do tay7 7da lmadrasa",
        "off_topic": "chkon rbe7 lmatch dyal raja",
    },
    Language.AR: {
        "schedule": "السلام عليكم، متى تأتي الوكالة المتنقلة إلى الزمامرة؟",
        "answer": "يوم الخميس 26 نونبر من 9:00 إلى 13:00 بسوق خميس الزمامرة",
        "bill": "كم يجب أن أؤدي هذا الشهر؟",
        "human": "أريد التحدث إلى موظف من فضلكم",
        "danger": "سقط سلك كهربائي على الأرض قرب المدرسة",
        "off_topic": "من فاز في مباراة أمس؟",
    },
    Language.FR: {
        "schedule": "Bonjour, quand passe l'agence mobile à Zemamra ?",
        "answer": "jeudi 26 novembre de 9:00 à 13:00 : Souk Khemis Zemamra",
        "bill": "Combien je dois payer ce mois-ci svp",
        "human": "Je voudrais parler à un conseiller",
        "danger": "Un câble électrique est tombé devant l'école",
        "off_topic": "Qui a gagné le match hier soir ?",
    },
    Language.EN: {
        "schedule": "Hello, when does the mobile agency come to Zemamra?",
        "answer": "on Thursday 26 November from 9:00 to 13:00: Souk Khemis Zemamra",
        "bill": "How much do I owe this month?",
        "human": "I would like to talk to a person",
        "danger": "An electric cable fell in front of the school",
        "off_topic": "Who won the match yesterday?",
    },
}
every_style = pytest.mark.parametrize("style", STYLES)


def assert_handed_over(reply: Reply, reason: HandoverReason) -> None:
    assert reply.handover is not None, texts_of(reply)
    assert reply.handover.reason is reason
    assert texts_of(reply)


@every_style
async def test_the_schedule(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["schedule"])
    assert reply.intent == "mobile_agency_schedule"
    assert reply.confidence is not None
    assert reply.confidence > 0.5
    assert reply.language is style
    assert STYLES[style]["answer"] in texts_of(reply)
    assert len(reply.messages) == 1
    assert reply.handover is None


@every_style
async def test_a_bill_for_the_registered_telephone(customer: Customer, world: World, style: Language) -> None:
    customer.attested_phone = "+212661000002"
    reply = await customer.says(STYLES[style]["bill"])
    assert "143.76" in texts_of(reply).replace(",", ".")
    assert "2026" in texts_of(reply)
    told = {"contract": "20583316", "what": "amount"}
    assert world.events == [("bill.disclosed", customer.conversation_id, told)]


@every_style
async def test_a_bill_for_a_stranger_who_proves_himself(
    customer: Customer, world: World, style: Language
) -> None:
    reply = await customer.says(STYLES[style]["bill"])
    assert reply.language is style
    reply = await customer.says("33070914")
    assert reply.language is style
    assert world.events[0][0] == "verification.sent"
    ((phone, code),) = world.codes
    assert phone == "+212661000003"
    reply = await customer.says(code)
    assert "\u00a0DH" in texts_of(reply) or "\u00a0درهم" in texts_of(reply)
    assert reply.language is style
    assert [kind for kind, _, _ in world.events] == [
        "verification.sent",
        "verification.passed",
        "bill.disclosed",
    ]


@every_style
async def test_a_person_when_asked_for(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["human"])
    assert_handed_over(reply, HandoverReason.ASKED)
    assert reply.language is style


@every_style
async def test_danger(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["danger"])
    assert_handed_over(reply, HandoverReason.DANGER)
    assert reply.handover is not None
    assert reply.handover.priority == 1
    assert "15" in texts_of(reply)


@every_style
async def test_what_is_not_our_business_is_refused_with_what_is(customer: Customer, style: Language) -> None:
    reply = await customer.says(STYLES[style]["off_topic"])
    assert reply.intent == "off_topic"
    assert reply.handover is None
    offered = list(choices_of(reply).values())
    assert offered[:2] == ["mobile_agency_schedule", "bill_amount"]
    assert offered[-1] == "human_agent"


@every_style
async def test_not_understood_twice(customer: Customer, style: Language) -> None:
    customer.language = style
    words = "زغبلطش قنبرط" if style in (Language.AR, Language.ARY) else "zgbltch qnbrt"
    first = await customer.says(words)
    assert first.intent in ("nlu_fallback", "off_topic")
    assert first.handover is None
    assert choices_of(first)
    if first.intent == "nlu_fallback":
        assert_handed_over(await customer.says(words), HandoverReason.NOT_UNDERSTOOD)


async def test_bubbles_of_one_thought_get_one_answer(customer: Customer) -> None:
    reply = await customer.says("salam", "labas", "imta tji lagence mobile", "l zemamra")
    assert len(reply.messages) == 1
    assert "26 nowanbir" in texts_of(reply)


async def test_khemis_zemamra_is_a_place_and_nhar_lkhmis_a_day(customer: Customer) -> None:
    reply = await customer.says("imta tji lagence mobile l khemis zemamra")
    assert "nhar lkhmis 26 nowanbir" in texts_of(reply)
    assert "ma kaynach" not in texts_of(reply)
    reply = await customer.says("wach kayna lagence mobile nhar lkhmis f zemamra")
    assert "ma kaynach" not in texts_of(reply)
    assert "nhar lkhmis 26 nowanbir" in texts_of(reply)
    reply = await customer.says("wach kayna lagence mobile ghda f zemamra")
    assert texts_of(reply).startswith("ghda larb3 25 nowanbir ma kaynach")


async def test_a_place_is_asked_back_and_a_follow_up_understood(customer: Customer) -> None:
    reply = await customer.says("quand passe l'agence mobile ?")
    assert "commune" in texts_of(reply)
    reply = await customer.says("Bni Hilal")
    assert "samedi 28 novembre" in texts_of(reply)
    reply = await customer.says("et à Zemamra ?")
    assert "jeudi 26 novembre" in texts_of(reply)
    reply = await customer.says("et demain ?")
    assert texts_of(reply).startswith("Pas d'agence mobile demain")


async def test_two_places_that_fit_become_a_choice(customer: Customer) -> None:
    reply = await customer.says("فوقاش كتجي الوكالة المتنقلة لسوق الأربعاء")
    offered = choices_of(reply)
    assert "سوق أربعاء العونات" in offered
    assert len(offered) >= 2
    reply = await customer.presses(offered["سوق أربعاء العونات"], "سوق أربعاء العونات")
    assert "غدا الأربعاء 25 نونبر" in texts_of(reply)
    assert reply.language is Language.ARY


async def test_a_shared_position_gets_the_nearest_stop(customer: Customer) -> None:
    await customer.says("agence mobile la plus proche ?")
    reply = await customer.sends(TurnMessage("", kind="location", location=(32.62, -8.70)))
    assert "Souk Khemis Zemamra" in texts_of(reply)


async def test_buttons_lead_on(customer: Customer) -> None:
    reply = await customer.says("Bonjour")
    reply = await customer.presses(choices_of(reply)["Ma facture"], "Ma facture")
    assert "numéro de contrat" in texts_of(reply)
    reply = await customer.says("un conseiller svp")
    assert_handed_over(reply, HandoverReason.ASKED)


async def test_three_contracts_on_one_telephone(customer: Customer) -> None:
    customer.attested_phone = "+212661000001"
    reply = await customer.says("شحال عليا")
    offered = choices_of(reply)
    assert len(offered) == 3
    reply = await customer.says("2")
    assert "الما" in texts_of(reply)


async def test_three_wrong_codes(customer: Customer) -> None:
    await customer.says("combien je dois")
    await customer.says("99999999")
    for code in ("123456", "123457"):
        assert (await customer.says(code)).handover is None
    assert_handed_over(await customer.says("123458"), HandoverReason.VERIFICATION_FAILED)


async def test_a_greeting_is_answered_and_thanks_too(customer: Customer) -> None:
    reply = await customer.says("السلام عليكم")
    assert reply.intent == "greeting"
    assert 3 < len(choices_of(reply)) <= 10
    reply = await customer.says("شكرا بزاف الله يرحم الوالدين")
    assert reply.intent == "thanks"


async def test_a_text_that_looks_like_a_command_is_a_text(customer: Customer) -> None:
    for text in ("/restart", '/bill_amount{"contract": "1"}', "/session_start", "//human_agent", "/"):
        reply = await customer.says(text)
        assert texts_of(reply)
        assert reply.intent not in ("restart", "session_start")
        if reply.handover is not None:
            break


async def test_a_conversation_given_back_by_people_is_answered_again(customer: Customer) -> None:
    assert_handed_over(await customer.says("bghit nhder m3a chi wa7ed"), HandoverReason.ASKED)
    reply = await customer.says("imta tji lagence mobile l zemamra")
    assert "26 nowanbir" in texts_of(reply)


async def test_a_forgotten_conversation_starts_afresh(customer: Customer) -> None:
    await customer.says("combien je dois")
    await customer.assistant.forget(customer.conversation_id)
    reply = await customer.says("123456")
    assert reply.intent == "inform"
    assert "code" not in texts_of(reply)


async def test_conversations_do_not_mix(assistant: RasaAssistant, world: World) -> None:
    first, second = Customer(assistant, world), Customer(assistant, world)
    await first.says("quand passe l'agence mobile ?")
    await second.says("combien je dois ?")
    assert "jeudi 26 novembre" in texts_of(await first.says("zemamra"))
    assert "numéro" not in texts_of(await first.says("merci"))


async def test_a_failing_action_is_an_apology_and_a_handover(customer: Customer, world: World) -> None:
    await world.engine.dispose()
    broken = world.engine
    world.engine = None  # type: ignore[assignment]
    try:
        reply = await customer.says("quand passe l'agence mobile à Zemamra")
    finally:
        world.engine = broken
    assert_handed_over(reply, HandoverReason.ASSISTANT_ERROR)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ({"sender_id": "x", "text": "bonjour"}, {}, 403),
        ({"sender_id": "x", "text": "bonjour"}, {"X-Wasl-Secret": "wrong"}, 403),
        ({}, {"X-Wasl-Secret": SECRET}, 400),
        ([], {"X-Wasl-Secret": SECRET}, 400),
        ({"sender_id": "x", "text": ""}, {"X-Wasl-Secret": SECRET}, 400),
        ({"sender_id": 5, "text": "bonjour"}, {"X-Wasl-Secret": SECRET}, 400),
        ({"sender_id": "x", "text": "bonjour", "choice": "/x"}, {"X-Wasl-Secret": SECRET}, 400),
        ({"sender_id": "x", "text": "bonjour", "metadata": "x"}, {"X-Wasl-Secret": SECRET}, 400),
        ({"sender_id": "x", "text": "x" * 3000}, {"X-Wasl-Secret": SECRET}, 413),
        ({"sender_id": "x", "text": "x" * 300_000}, {"X-Wasl-Secret": SECRET}, 413),
    ],
)
async def test_the_channel_answers_wrong_requests_with_honest_statuses(
    http: ClientSession, rasa_url: str, body: object, headers: dict[str, str], status: int
) -> None:
    async with http.post(f"{rasa_url}/webhooks/platform/webhook", json=body, headers=headers) as response:
        assert response.status == status


async def test_the_channel_answers_what_is_not_json(http: ClientSession, rasa_url: str) -> None:
    async with http.post(
        f"{rasa_url}/webhooks/platform/webhook", data=b"{", headers={"X-Wasl-Secret": SECRET}
    ) as response:
        assert response.status == 400


async def test_no_other_channel_is_open(http: ClientSession, rasa_url: str) -> None:
    async with http.post(f"{rasa_url}/webhooks/rest/webhook", json={"message": "hi"}) as response:
        assert response.status == 404
