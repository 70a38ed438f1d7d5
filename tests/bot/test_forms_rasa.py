"""Requests that become tickets, in customers' words, with the real Rasa, endpoint and records."""

from __future__ import annotations

import pytest

from bot.contract import Handover, HandoverReason, Language, Reply, TurnMessage
from bot.rasa import RasaAssistant
from tests.bot.world import Customer, World, choices_of, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(180)]

STYLES = (Language.ARY, Language.ARY_LATN, Language.AR, Language.FR, Language.EN)


def ticket(reply: Reply, category: str, reason: HandoverReason = HandoverReason.NEEDS_PERSON) -> Handover:
    assert reply.handover is not None, texts_of(reply)
    assert (reply.handover.category, reply.handover.reason) == (category, reason)
    assert reply.handover.summary_ar
    assert reply.handover.summary_fr
    return reply.handover


async def test_a_leak_told_in_one_voice_note_of_darija(customer: Customer) -> None:
    reply = await customer.says(
        "السلام عليكم خويا راه كاين تسرب ديال الما فالزنقة حدا الجامع فزمامرة من البارح"
    )
    handover = ticket(reply, "W2")
    assert "من البارح" in (handover.summary_ar or "")
    assert reply.language is Language.ARY


async def test_a_leak_asked_step_by_step_in_arabizi(customer: Customer) -> None:
    reply = await customer.says("salam kayna fuite dyal lma")
    assert reply.handover is None
    assert reply.language is Language.ARY_LATN
    reply = await customer.says("f zemamra 7da jam3 lkbir")
    assert len(choices_of(reply)) == 4
    reply = await customer.says("1")
    assert ticket(reply, "W1").priority == 1


async def test_sewage_in_a_home_in_french(customer: Customer) -> None:
    await customer.says("Bonjour, l'égout est bouché et ça déborde")
    reply = await customer.says("Settat, rue de la Gare")
    reply = await customer.presses(next(iter(choices_of(reply).values())), "Oui")
    assert ticket(reply, "S1").priority == 1


async def test_a_burnt_fridge_in_darija(customer: Customer) -> None:
    reply = await customer.says("الضو طلع بزاف وحرق ليا التلاجة")
    assert reply.intent == "voltage_damage"
    reply = await customer.says("سيدي بنور حدا المدرسة")
    reply = await customer.says("ما عنديش رقم العقد")
    handover = ticket(reply, "E5")
    assert "سيدي بنور" in (handover.summary_ar or "")


async def test_a_new_subscription_lists_the_papers_first(customer: Customer) -> None:
    reply = await customer.says("bghit ndir abonnement jdid dyal lma l dar jdida")
    assert "carte nationale" in texts_of(reply)
    for _ in range(4):
        if reply.handover is not None:
            break
        offered = choices_of(reply)
        if offered:
            reply = await customer.presses(next(iter(offered.values())))
        else:
            reply = await customer.says("zemamra 7da souk 0661234567")
    handover = ticket(reply, "C1")
    assert "+212661234567" in (handover.summary_fr or "")


async def test_a_meter_reading_is_taken_with_its_picture(customer: Customer) -> None:
    reply = await customer.says("auto-relève : index 2210")
    assert "contrat" in texts_of(reply)
    reply = await customer.says("33070914")
    reply = await customer.sends(TurnMessage("", kind="image"))
    handover = ticket(reply, "B4")
    assert "2210" in (handover.summary_fr or "")
    assert "Photo" in (handover.summary_fr or "")


async def test_a_recharge_refused_in_the_dark(customer: Customer) -> None:
    reply = await customer.says("عييت نعبي الكونتور والكود ما بغاش يدخل")
    for _ in range(4):
        if reply.handover is not None:
            break
        offered = choices_of(reply)
        wanted = next((title for title in offered if "ما كاينش" in title), None) or next(iter(offered), None)
        reply = await (customer.presses(offered[wanted]) if wanted else customer.says("88123456"))
    assert ticket(reply, "M1").priority == 2


async def test_cut_by_mistake_in_standard_arabic(customer: Customer) -> None:
    reply = await customer.says("أطلب إعادة التزويد بالكهرباء بعد القطع، لقد قطعتم التيار بالخطأ")
    reply = await customer.says("رقم العقد 33070914")
    if reply.handover is None:
        reply = await customer.says("لا")
    assert ticket(reply, "R2").priority == 1


async def test_instalments_in_english_and_a_change_of_mind(customer: Customer) -> None:
    reply = await customer.says("I would like to pay my bill in instalments")
    assert reply.intent == "payment_plan"
    reply = await customer.says("never mind, forget it")
    assert reply.handover is None
    assert "Nothing was sent" in texts_of(reply)
    assert reply.language is Language.EN


async def test_a_transfer_in_french(customer: Customer) -> None:
    reply = await customer.says("je veux changer le nom du titulaire de mon contrat")
    assert "CNIE" in texts_of(reply)
    reply = await customer.says("33070914")
    reply = await customer.says("Ahmed Alami")
    reply = await customer.says("0661234567")
    assert "Ahmed Alami" in (ticket(reply, "C2").summary_fr or "")


async def test_water_quality_corrected_on_the_way(customer: Customer) -> None:
    await customer.says("الما لونو صفر فزمامرة")
    reply = await customer.says("لا ماشي زمامرة، سيدي بنور")
    if reply.handover is None:
        reply = await customer.says("حدا المستوصف")
    assert "سيدي بنور" in (ticket(reply, "W4").summary_ar or "")


async def test_an_interruption_and_going_on(customer: Customer) -> None:
    await customer.says("fuite d'eau à Zemamra devant la mosquée")
    reply = await customer.says("au fait, quand passe l'agence mobile à Zemamra ?")
    assert "26 novembre" in texts_of(reply)
    assert "Continuer" in choices_of(reply)
    reply = await customer.says("oui")
    reply = await customer.says("au compteur")
    assert "Zemamra" in (ticket(reply, "W2").summary_fr or "")


async def test_a_person_in_the_middle(customer: Customer) -> None:
    await customer.says("kayna fuite dyal lma f zemamra")
    reply = await customer.says("bghit nhder m3a chi mowadaf")
    assert "Zemamra" in (ticket(reply, "W2", HandoverReason.ASKED).summary_fr or "")


async def test_danger_in_the_middle(customer: Customer) -> None:
    await customer.says("fuite d'eau à Zemamra")
    reply = await customer.says("attention il y a un câble électrique tombé dans l'eau")
    assert ticket(reply, "E1", HandoverReason.DANGER).priority == 1


async def test_a_voice_note_in_the_middle_goes_to_people_with_the_form(customer: Customer) -> None:
    await customer.says("fuite d'eau à Zemamra")
    reply = await customer.sends(TurnMessage("", kind="audio"))
    assert "Zemamra" in (ticket(reply, "W2", HandoverReason.ATTACHMENT).summary_fr or "")


async def test_a_picture_alone_goes_to_people(customer: Customer) -> None:
    reply = await customer.sends(TurnMessage("", kind="image"))
    assert reply.handover is not None
    assert reply.handover.reason is HandoverReason.ATTACHMENT


async def test_insults_twice(customer: Customer) -> None:
    assert (await customer.says("voleurs")).handover is None
    assert (await customer.says("bande de voleurs")).handover is not None


async def test_a_complaint_with_an_insult_is_the_complaint(customer: Customer) -> None:
    reply = await customer.says("يا الشفارة الواد الحار فايض علينا فالدار وحتى واحد ما جا")
    assert reply.intent == "sewage_overflow"


async def test_where_is_my_complaint_without_any(customer: Customer) -> None:
    reply = await customer.says("فين وصلات الشكاية ديالي")
    assert reply.handover is None
    assert len(choices_of(reply)) == 2


async def test_who_are_you(customer: Customer) -> None:
    reply = await customer.says("wach nta robot wla bnadem?")
    assert reply.handover is None
    assert "automatique" in texts_of(reply)


# How requests begin, a line a style: Darija in both scripts, Arabic, French, English.
OPENINGS = {
    "leak": [
        "راه كاين فويت ديال الما فالدرب ديالنا",
        "lma kaysil mn tiyo f zen9a",
        "يوجد تسرب للماء أمام العمارة",
        "il y a une fuite sur la conduite devant mon immeuble",
        "there is a water leak in front of my building",
    ],
    "sewage_overflow": [
        "القوادس مخنوقين والريحة خانزة بزاف",
        "lwad l7ar fayed f derb dyalna",
        "قنوات الصرف الصحي مسدودة في حينا",
        "les égouts refoulent dans notre rue",
        "the sewer is blocked and overflowing",
    ],
    "voltage_damage": [
        "الكوران طلع وتحرقات ليا التلفازة",
        "do tla3 w t7er9at liya tlaja",
        "تضررت أجهزتي بسبب ارتفاع التيار الكهربائي",
        "une surtension a grillé ma télévision",
        "a power surge burned my television",
    ],
    "water_quality": [
        "الما ديالنا جاي موسخ وفيه ريحة",
        "lma jay sfer w fih ri7a",
        "لون الماء متغير وطعمه غريب",
        "l'eau du robinet est trouble et sent mauvais",
        "the tap water is brown and smells bad",
    ],
    "meter_reading": [
        "بغيت نعطيكم القراية ديال الكونتور",
        "bghit n3tikom l9raya dyal lcompteur",
        "أريد إرسال قراءة العداد",
        "je veux communiquer l'index de mon compteur",
        "I want to send my meter reading",
    ],
    "meter_recharge": [
        "عبيت الكونتور والكود ما بغاش يدخل",
        "lcode dyal recharge ma bghach ydkhel f lcompteur",
        "رمز تعبئة العداد لا يعمل",
        "le code de recharge de mon compteur est refusé",
        "the recharge code of my prepaid meter is refused",
    ],
    "reconnect_after_cutoff": [
        "خلصت كلشي ومازال ما رجعتو ليا الضو",
        "khlest kolchi w mazal ma rje3to liya do",
        "أديت المتأخرات وأطلب إعادة التزويد بالماء",
        "j'ai réglé mes impayés, remettez-moi le courant",
        "I paid everything, please reconnect my electricity",
    ],
    "payment_plan": [
        "بغيت نخلص الفاتورة بالتقسيط",
        "bghit nkhelles lfacture b ta9sit",
        "هل يمكن أداء الفاتورة على دفعات؟",
        "puis-je payer ma facture en plusieurs fois",
        "can I pay my bill in instalments",
    ],
    "new_subscription": [
        "بغيت ندخل الضو لدار جديدة",
        "bghit ndekhel lma l dar jdida",
        "أرغب في اشتراك جديد في الكهرباء",
        "je souhaite un nouvel abonnement d'eau",
        "I need a new electricity connection for my house",
    ],
    "contract_transfer": [
        "بغيت نبدل السمية فالعقد ديال الضو",
        "bghit nbeddel smiya f l contrat",
        "أريد تحويل العقد إلى اسمي",
        "changer le titulaire du contrat",
        "transfer the contract to my name",
    ],
}


@pytest.mark.parametrize("name", OPENINGS)
async def test_every_style_opens_the_form(assistant: RasaAssistant, world: World, name: str) -> None:
    for line, style in zip(OPENINGS[name], STYLES, strict=True):
        reply = await Customer(assistant, world).says(line)
        begun = (reply.slots.get("memory") or {}).get("form") or {}
        assert begun.get("name") == name, f"{line}: {reply.intent}, {texts_of(reply)}"
        assert reply.handover is None
        assert len(reply.messages) == 1
        assert reply.language is style, line
