"""Requests that become tickets: what is asked, what is taken, and what people are told at the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot import forms
from bot.actions.dialogue import Answer, Heard
from bot.contract import HandoverReason, Language
from bot.forms.definitions import definitions
from bot.forms.engine import MOST_QUESTIONS
from tests.bot.actions.conftest import Dialogue
from tests.bot.named import named_in

Start = Callable[..., Dialogue]

# An answer to every question in every language; the first fitting option of a choice is pressed instead.
WORDS = {
    Language.FR: {
        "landmark": "à côté de la grande mosquée",
        "since": "depuis hier soir",
        "words": "le frigo",
    },
    Language.EN: {"landmark": "next to the big mosque", "since": "since yesterday", "words": "the fridge"},
    Language.AR: {"landmark": "بجانب المسجد الكبير", "since": "منذ الصباح", "words": "الثلاجة والتلفاز"},
    Language.ARY: {"landmark": "حدا الجامع الكبير", "since": "من البارح", "words": "التلاجة ديالي"},
    Language.ARY_LATN: {"landmark": "7da jam3 lkbir", "since": "men lbare7", "words": "tlaja dyali"},
}
VALUES = {
    "place": "Zemamra",
    "contract": "33070914",
    "phone": "0661234567",
    "photo": "non",
    "paid_on": "12/11/2026",
    "amount": "320 dh",
    "receipt": "AB12345",
    "index": "5541",
    "meter_number": "88123456",
    "stop_date": "19/11/2026",
}


async def says(talk: Dialogue, text: str, intent: str = "nlu_fallback", **more: Any) -> Answer:
    return await talk.hears(intent, text, **{**named_in(text), **more})


async def begins(talk: Dialogue, name: str, text: str = "") -> Answer:
    """Begin a form, whichever subject looks into its intent first."""
    heard = Heard(
        text=text,
        intent=name,
        language=talk.language,
        state=talk.state,
        conversation_id=talk.conversation_id,
        identity_id=talk.identity_id,
        now=talk.world.now,
        attested_phone=talk.attested_phone,
        **named_in(text),
    )
    begun = await forms.start(name, heard, talk.world.services())
    talk.state = begun.state
    return begun


async def presses(talk: Dialogue, choice: str) -> Answer:
    intent, _, rest = choice.partition(":")
    entity, _, value = rest.partition(":")
    return await talk.hears(intent, "", chosen=(entity, value))


async def answer(talk: Dialogue, asked: Answer) -> Answer:
    """Answer the open question of a form as a helpful customer would."""
    if asked.choices:
        return await presses(talk, next(choice.id for choice in asked.choices if ":" in choice.id))
    fields = talk.state.memory["form"]["asking"]
    kinds = definitions()[0]
    words = WORDS[talk.language]
    told = [
        VALUES.get(name)
        or words["landmark" if name == "landmark" else "since" if name == "since" else "words"]
        for name in fields
        if kinds[name].kind != "choice"
    ]
    return await says(talk, " ".join(told))


async def completed(talk: Dialogue, asked: Answer) -> Answer:
    for _ in range(MOST_QUESTIONS + 1):
        if asked.handover is not None:
            return asked
        assert asked.text
        asked = await answer(talk, asked)
    raise AssertionError("more questions than allowed")


def handed_over(answer: Answer, category: str, priority: int | None = None) -> Answer:
    handover = answer.handover
    assert handover is not None, answer.text
    assert handover.category == category
    assert handover.summary_ar
    assert handover.summary_fr
    if priority is not None:
        assert handover.priority == priority
    return answer


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", sorted(definitions()[1]))
async def test_every_form_ends_with_people_who_know_all_about_it(
    dialogue: Start, name: str, language: Language
) -> None:
    talk = dialogue(language)
    form = definitions()[1][name]
    done = await completed(talk, await begins(talk, name))
    assert done.handover is not None
    assert done.handover.reason is HandoverReason.NEEDS_PERSON
    assert done.handover.team == form.team
    assert done.handover.category in {category.code for category in form.categories}
    facts = done.state.memory["request"]["facts"]
    required = {
        name
        for question in form.questions
        if not question.when
        for name in question.fields
        if name not in question.optional
    }
    assert required <= facts.keys()
    for fact in facts.values():
        assert fact["label_ar"] in (done.handover.summary_ar or "")
        assert fact["ar"] in (done.handover.summary_ar or "")
        assert fact["fr"] in (done.handover.summary_fr or "")
    assert "form" not in done.state.memory
    assert json.loads(json.dumps(done.state.memory)) == done.state.memory
    assert done.text
    assert "{" not in done.text


async def test_what_the_first_message_tells_is_not_asked_again(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    asked = await begins(talk, "leak", "fuite d'eau rue de la Gare Berrechid depuis ce matin")
    assert list(asked.state.memory["form"]["asking"]) == ["leak_where"]
    done = handed_over(await says(talk, "dans la rue"), "W2", 2)
    assert done.handover is not None
    assert "Berrechid (Berrechid)" in (done.handover.summary_fr or "")
    assert "rue de la Gare" in (done.handover.summary_fr or "")
    assert "depuis ce matin" in (done.handover.summary_fr or "")


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (Language.ARY, "الزنقة غارقة بالما فزمامرة حدا الجامع"),
        (Language.ARY_LATN, "zen9a ghar9a b lma f zemamra 7da jam3"),
        (Language.FR, "la rue est inondée à Zemamra devant la mosquée"),
        (Language.EN, "the street is flooded in Zemamra near the mosque"),
        (Language.AR, "انفجر أنبوب والشارع غارق في الزمامرة بجانب المسجد"),
    ],
)
async def test_a_flooded_street_is_urgent_and_needs_no_question(
    dialogue: Start, language: Language, text: str
) -> None:
    done = handed_over(await begins(dialogue(language), "leak", text), "W1", 1)
    assert done.text is not None


async def test_answers_come_in_any_order_and_several_at_once(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "payment_not_registered", "j'ai payé et ça n'apparaît pas")
    asked = await says(talk, "320 dh le 12/11/2026 chez wafacash", "payment_channels")
    assert asked.state.memory["form"]["facts"] == {
        "paid_on": "2026-11-12",
        "amount": "32000",
        "payment_place": "wafacash",
    }
    asked = await says(talk, "33070914", "inform")
    assert list(asked.state.memory["form"]["asking"]) == ["receipt"]
    done = handed_over(await says(talk, "reçu n° 778812", "ticket_status"), "B2", 3)
    assert done.handover is not None
    assert "320,00" in (done.handover.summary_fr or "")
    assert "778812" in (done.handover.summary_fr or "")


@pytest.mark.parametrize(
    ("language", "correction"),
    [
        (Language.ARY, "لا ماشي زمامرة، سيدي بنور"),
        (Language.ARY_LATN, "la machi zemamra, sidi bennour"),
        (Language.FR, "non, pas Zemamra, Sidi Bennour"),
        (Language.EN, "no, not Zemamra, Sidi Bennour"),
    ],
)
async def test_a_place_is_corrected(dialogue: Start, language: Language, correction: str) -> None:
    talk = dialogue(language)
    await begins(talk, "leak", "zemamra")
    await says(talk, "Zemamra")
    asked = await says(talk, correction, "deny")
    assert asked.handover is None
    assert asked.state.memory["form"]["facts"]["place"] == "sidi-bennour"
    assert list(asked.state.memory["form"]["asking"]) == ["landmark"]
    assert len((asked.text or "").split("\n")) == 2  # noted, and the question


async def test_a_day_is_corrected(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "payment_not_registered", "payé le 10/11/2026 320 dh, pas enregistré")
    asked = await says(talk, "non, le 12", "deny")
    assert asked.handover is None
    assert asked.state.memory["form"]["facts"]["paid_on"] == "2026-11-12"
    assert asked.state.memory["form"]["asking"] == ("contract",)


@pytest.mark.parametrize(
    "words",
    [
        ("deny", "non merci"),
        ("nlu_fallback", "laisse tomber"),
        ("deny", "صافي خليها"),
        ("deny", "safi khelliha"),
    ],
)
async def test_a_change_of_mind_drops_the_form(dialogue: Start, words: tuple[str, str]) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau")
    dropped = await says(talk, words[1], words[0])
    assert dropped.handover is None
    assert "form" not in dropped.state.memory
    assert dropped.state.question is None


async def test_another_request_interrupts_and_the_form_goes_on(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra devant la mosquée")
    interrupted = await says(talk, "quand passe l'agence mobile à Zemamra ?", "mobile_agency_schedule")
    assert interrupted.text is not None
    assert "jeudi 26 novembre" in interrupted.text
    assert "fuite d'eau" in interrupted.text
    assert interrupted.choices[-1].id == "inform:answer:go_on"
    again = await says(talk, "oui", "affirm")
    assert next(choice.id for choice in again.choices) == "inform:answer:leak_where.flooded"
    handed_over(await says(talk, "dans la rue"), "W2", 2)


async def test_the_offer_to_go_on_is_made_once_and_may_be_refused(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra devant la mosquée")
    first = await says(talk, "quand passe l'agence mobile à Zemamra ?", "mobile_agency_schedule")
    second = await says(talk, "et à Bni Hilal ?", "mobile_agency_schedule")
    assert "fuite" in (first.text or "")
    assert "fuite" not in (second.text or "")
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra devant la mosquée")
    await says(talk, "quand passe l'agence mobile à Zemamra ?", "mobile_agency_schedule")
    refused = await says(talk, "non", "deny")
    assert "form" not in refused.state.memory


async def test_two_answers_not_understood_go_to_people_with_what_is_known(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra devant la mosquée")
    again = await says(talk, "blabla blabla")
    assert again.handover is None
    assert len(again.choices) == 4
    handed = handed_over(await says(talk, "blabla"), "W2")
    assert handed.handover is not None
    assert handed.handover.reason is HandoverReason.NOT_UNDERSTOOD
    assert "Zemamra" in (handed.handover.summary_fr or "")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.FR, "je ne sais pas"),
        (Language.EN, "I don't know"),
        (Language.AR, "لا أعرف"),
        (Language.ARY, "ما عرفتش"),
        (Language.ARY_LATN, "ma3reftch"),
    ],
)
async def test_what_is_not_known_is_left_open(dialogue: Start, language: Language, words: str) -> None:
    talk = dialogue(language)
    await says(talk, "زمامرة حدا الجامع", "voltage_damage")
    await says(talk, WORDS[language]["words"])
    asked = talk.state.memory["form"]["asking"]
    assert list(asked) == ["contract"]
    handed_over(await says(talk, words), "E5", 3)
    talk = dialogue(language)
    await says(talk, "", "payment_plan")
    by_people = handed_over(await says(talk, words), "B3", 3)
    assert by_people.handover is not None
    assert by_people.handover.reason is HandoverReason.NEEDS_PERSON


async def test_a_person_at_any_moment_with_what_is_known(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await begins(talk, "leak", "كاين تسرب ديال الما فزمامرة")
    handed = handed_over(await says(talk, "بغيت نهضر مع شي واحد", "human_agent"), "W2")
    assert handed.handover is not None
    assert handed.handover.reason is HandoverReason.ASKED
    assert "الزمامرة" in (handed.handover.summary_ar or "")


async def test_danger_wins_over_any_form(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra")
    handed = handed_over(await says(talk, "un câble tombé dans l'eau", "street_danger"), "E1", 1)
    assert handed.handover is not None
    assert handed.handover.reason is HandoverReason.DANGER
    assert "Zemamra" in (handed.handover.summary_fr or "")


async def test_an_insult_beside_an_answer_is_an_answer(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau")
    asked = await says(talk, "à Zemamra bande de voleurs, devant la mosquée", "insult")
    assert asked.state.memory["form"]["facts"]["place"] == "zemamra"


async def test_insults_are_answered_calmly_once(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await begins(talk, "leak", "كاين تسرب ديال الما فزمامرة")
    first = await says(talk, "يا شفارة", "insult")
    assert first.handover is None
    assert "form" in first.state.memory
    second = await says(talk, "الله ينعل", "insult")
    assert second.handover is not None
    assert second.handover.reason is HandoverReason.NEEDS_PERSON
    assert "الزمامرة" in (second.handover.summary_ar or "")


async def test_a_picture_is_the_receipt(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await begins(talk, "payment_not_registered", "33070914 خلصت 320 درهم 12/11/2026 فوفاكاش وما تقيدش ليا")
    assert list(talk.state.memory["form"]["asking"]) == ["receipt"]
    done = handed_over(await talk.hears("inform", "", chosen=("attachment", "image"), kinds=("image",)), "B2")
    assert done.handover is not None
    assert "Photo : envoyée" in (done.handover.summary_fr or "")


async def test_a_picture_before_it_is_asked_for_is_kept_and_the_question_stays(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau")
    asked = await talk.hears("inform", "", chosen=("attachment", "image"), kinds=("image",))
    assert asked.handover is None
    assert list(asked.state.memory["form"]["asking"]) == ["place", "landmark"]
    assert asked.state.memory["form"]["asked"] == 1
    assert asked.state.memory["form"]["facts"] == {"photo": "sent"}


@pytest.mark.parametrize("kind", ["audio", "sticker", "contacts"])
async def test_what_a_form_cannot_take_goes_to_people_with_it(dialogue: Start, kind: str) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra")
    handed = handed_over(await talk.hears("inform", "", chosen=("attachment", kind), kinds=(kind,)), "W2")
    assert handed.handover is not None
    assert handed.handover.reason is HandoverReason.ATTACHMENT


async def test_a_picture_outside_any_form_goes_to_people(dialogue: Start) -> None:
    handed = await dialogue().hears("inform", "", chosen=("attachment", "image"), kinds=("image",))
    assert handed.handover is not None
    assert handed.handover.reason is HandoverReason.ATTACHMENT


async def test_a_shared_position_is_a_place(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau")
    asked = await talk.hears("inform", "", location=(32.63, -8.71))
    assert asked.handover is None
    done = handed_over(await completed(talk, asked), "W1", 1)
    assert done.handover is not None
    assert "Zemamra (32.63000, -8.71000)" in (done.handover.summary_fr or "")


async def test_two_places_that_fit_become_a_choice(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    asked = await talk.hears("leak", "fuite à larbaa", places=("arbaa-el-aounate", "zemamra"))
    assert [choice.id for choice in asked.choices] == [
        "inform:answer:place.arbaa-el-aounate",
        "inform:answer:place.zemamra",
    ]
    asked = await says(talk, "2")
    assert asked.state.memory["form"]["facts"]["place"] == "zemamra"


@pytest.mark.parametrize(
    ("name", "text", "category", "priority"),
    [
        ("sewage_overflow", "l'égout déborde dans la maison à Zemamra rue Al Qods", "S1", 1),
        ("sewage_overflow", "égout bouché dans la rue à Zemamra devant la gare", "S2", 3),
        ("power_cut", "pas de courant, les voisins aussi, Zemamra rue Al Qods 33070914", "E4", 2),
        ("power_cut", "lampadaire éteint, éclairage public, Zemamra rue Al Qods 33070914", "L1", 4),
        ("power_cut", "pas de courant seulement chez moi Zemamra rue Al Qods 33070914", "E3", 2),
        ("meter_recharge", "recharge refusée, pas de courant", "M1", 2),
        ("reconnect_after_cutoff", "coupé par erreur, toujours payé, contrat 33070914", "R2", 1),
        ("reconnect_after_cutoff", "j'ai payé hier, contrat 33070914", "R1", 2),
        ("leak", "fuite après le compteur Zemamra rue Al Qods", "W2", 3),
    ],
)
async def test_the_category_follows_from_the_answers(
    dialogue: Start, name: str, text: str, category: str, priority: int
) -> None:
    talk = dialogue(Language.FR)
    asked = await begins(talk, name, text)
    done = asked if asked.handover is not None else await completed(talk, asked)
    handed_over(done, category, priority)


async def test_looking_for_where_to_recharge_is_no_ticket(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    asked = await says(talk, "recharge compteur", "meter_recharge")
    assert [choice.id for choice in asked.choices] == [
        "inform:answer:recharge_need.refused",
        "inform:answer:recharge_need.how",
    ]
    led = await says(talk, "où recharger")
    assert led.handover is None
    assert "form" not in led.state.memory


async def test_an_attested_telephone_fills_in_what_it_proves(dialogue: Start) -> None:
    talk = dialogue(Language.FR, attested_phone="+212661000003")
    asked = await says(talk, "je veux payer en plusieurs fois", "payment_plan")
    facts = asked.state.memory["form"]["facts"]
    assert facts["phone"] == "+212661000003"
    assert facts["contract"] == "33070914"
    done = handed_over(await says(talk, "3 fois"), "B3", 3)
    assert "33070914" not in (done.text or "")


async def test_confidential_matters_are_told_by_their_words(dialogue: Start) -> None:
    for text in ("طلبو مني رشوة", "had lmowadaf tleb meni rachwa", "on m'a demandé un pot-de-vin"):
        talk = dialogue(Language.FR)
        asked = await says(talk, text)
        done = handed_over(await completed(talk, asked), "X1", 2)
        assert done.handover is not None


async def test_a_stale_button_of_a_finished_form_offers_the_menu(dialogue: Start) -> None:
    answered = await presses(dialogue(), "inform:answer:leak_where.street")
    assert answered.handover is None
    assert answered.choices


async def test_a_forged_answer_is_no_fact(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite à Zemamra devant la mosquée")
    for forged in ("leak_where.nowhere", "place.atlantis", "contract.99999999", "nothing", "photo.sent"):
        asked = await presses(talk, f"inform:answer:{forged}")
        if asked.handover is not None:
            break
        assert set(asked.state.memory["form"]["facts"]) == {"place", "landmark"}


async def test_answers_that_look_like_other_requests(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "payment_not_registered", "payé mais pas enregistré 33070914")
    asked = await says(talk, "le 12/11/2026 320 dh", "due_date")
    assert list(asked.state.memory["form"]["asking"]) == ["payment_place"]
    asked = await says(talk, "à l'agence de Settat", "agency_location_hours")
    assert list(asked.state.memory["form"]["asking"]) == ["receipt"]


async def test_the_state_survives_json(dialogue: Start) -> None:
    """Rasa keeps the slots as JSON: tuples come back as lists."""
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "une fuite d'eau à Zemamra")
    talk.state = replace(talk.state, memory=json.loads(json.dumps(talk.state.memory)))
    asked = await says(talk, "devant la mosquée")
    assert list(asked.state.memory["form"]["asking"]) == ["leak_where", "since"]


async def test_who_tells_how_he_recharges_was_refused(dialogue: Start) -> None:
    talk = dialogue(Language.ARY_LATN)
    await says(talk, "recharge dyal lcompteur", "meter_recharge")
    asked = await says(talk, "b lcode", "meter_recharge")
    assert list(asked.state.memory["form"]["asking"]) == ["light"]


async def test_not_knowing_is_no_change_of_mind(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite à Zemamra devant la mosquée")
    done = handed_over(await says(talk, "je ne sais pas", "deny"), "W2")
    assert "Pas de souci" in (done.text or "")


async def test_having_no_number_is_an_answer_whatever_it_looks_like(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await says(talk, "بغيت نخلص بالتقسيط", "payment_plan")
    handed_over(await says(talk, "ما عندي حتى رقم", "ticket_status"), "B3")


async def test_another_answer_is_noted_and_the_question_stays(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite à Zemamra")
    await says(talk, "je ne sais pas")
    asked = await says(talk, "avenue Hassan II")
    assert (asked.text or "").startswith("C'est noté.")
    assert list(asked.state.memory["form"]["asking"]) == ["leak_where", "since"]


async def test_a_wish_to_complain_opens_the_list_of_problems(dialogue: Start) -> None:
    for text in ("بغيت نبلغ على مشكل", "bghit nchki", "j'ai une réclamation", "I have a complaint"):
        answered = await says(dialogue(), text, "off_topic")
        assert "power_cut" in [choice.id for choice in answered.choices]


async def test_who_asks_for_bribes_is_never_a_new_subscription(dialogue: Start) -> None:
    asked = await says(dialogue(), "tlbo menni rechwa bach yrekbo liya lcontour", "new_subscription")
    assert asked.state.memory["form"]["name"] == "compliance"


async def test_asking_who_answers_does_not_lose_the_form(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite à Zemamra")
    told = await says(talk, "tu es un robot ?", "off_topic")
    assert "assistant automatique" in (told.text or "")
    assert "inform:answer:go_on" in [choice.id for choice in told.choices]


async def test_people_learn_of_a_form_left_for_another(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite à Zemamra devant la mosquée")
    done = handed_over(
        await says(talk, "l'égout déborde aussi dans la maison à Settat rue Al Qods", "sewage_overflow"), "S1"
    )
    assert done.handover is not None
    assert "+ fuite d'eau" in (done.handover.summary_fr or "")
    assert "Zemamra" in (done.handover.summary_fr or "")


async def test_a_street_named_after_a_place_does_not_move_the_leak(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite à Settat")
    for street in ("avenue Hassan 2", "boulevard de Berrechid"):
        await says(talk, street)
        assert talk.state.memory["form"]["facts"]["place"] == "settat"


async def test_who_keeps_a_number_to_himself_is_still_heard(dialogue: Start) -> None:
    talk = dialogue(Language.ARY_LATN)
    await says(talk, "wa7ed lmowadaf tleb menni rechwa bach ykemmel lwra9")
    handed_over(await says(talk, "ma bghitch n3ti nemra", "deny"), "X1")


async def test_this_number_is_a_number_to_call(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await says(talk, "بغيت نفسخ العقد 33070914", "contract_transfer")
    done = handed_over(await says(talk, "هاد النمرة"), "C2")
    assert done.handover is not None
    assert "هاد النمرة" in (done.handover.summary_fr or "")


async def test_words_about_something_else_are_no_landmark(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await begins(talk, "power_cut", "حد السوالم")
    await says(talk, "حتى الجيران من الصباح")
    assert talk.state.memory["form"]["facts"] == {
        "place": "had-soualem",
        "scope": "neighbours",
        "since": "من الصباح",
    }


async def test_the_same_request_again_is_no_landmark(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await says(talk, "fuite d'eau", "leak")
    await says(talk, "fuite d'eau", "leak")
    assert talk.state.memory["form"]["facts"] == {}
    done = await says(talk, "fuite d'eau", "leak")
    assert done.handover is not None


async def test_a_street_taken_for_an_insult_is_a_street(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "water_cut", "Bouskoura")
    asked = await says(talk, "rue des fleurs", "insult")
    assert asked.state.memory["form"]["facts"]["landmark"] == "rue des fleurs"


async def test_an_answer_right_after_an_interruption_goes_on(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite à Zemamra devant la mosquée")
    await says(talk, "quand passe l'agence mobile à Zemamra ?", "mobile_agency_schedule")
    handed_over(await says(talk, "après le compteur"), "W2", 3)


async def test_how_do_i_is_not_electricity(dialogue: Start) -> None:
    talk = dialogue(Language.EN)
    asked = await says(talk, "how do I get a new water connection for my farm", "new_subscription")
    assert asked.state.memory["form"]["facts"] == {"service": "water", "use": "farm"}


async def test_rudeness_is_a_matter_of_confidence(dialogue: Start) -> None:
    asked = await says(dialogue(), "I want to complain about an employee who was rude to me", "human_agent")
    assert asked.state.memory["form"]["name"] == "compliance"


async def test_yes_to_a_picture_waits_for_it(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await says(talk, "index 2210 contrat 33070914", "meter_reading")
    assert list(talk.state.memory["form"]["asking"]) == ["photo"]
    assert (await says(talk, "oui", "affirm")).handover is None
    handed_over(await talk.hears("inform", "", chosen=("attachment", "image"), kinds=("image",)), "B4")


async def test_a_picture_with_words_beside_it_is_taken(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await says(talk, "index 2210 contrat 33070914", "meter_reading")
    handed_over(await says(talk, "la voici", "nlu_fallback", kinds=("image", "text")), "B4")


async def test_no_picture_is_asked_for_where_none_can_be_sent(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    done = await says(talk, "index 2210 contrat 33070914", "meter_reading", channel="sms")
    handed_over(done, "B4")


async def test_an_answer_in_two_parts_is_not_cut_into_two_requests(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await says(talk, "j'ai rechargé 100 dh, pas de courant et c'est refusé", "meter_recharge")
    text = "par code, compteur 88123456"
    parts = tuple(
        Heard(
            text=part,
            intent=intent,
            language=talk.language,
            state=talk.state,
            conversation_id=talk.conversation_id,
            identity_id=talk.identity_id,
            now=talk.world.now,
        )
        for part, intent in (("par code", "meter_recharge"), ("compteur 88123456", "meter_reading"))
    )
    asked = await says(talk, text, "meter_recharge", requests=parts)
    facts = asked.state.memory["form"]["facts"]
    assert (facts["recharge_by"], facts["meter_number"]) == ("code", "88123456")
    assert "waiting" not in asked.state.memory


async def test_an_address_is_no_list_of_appliances(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await begins(talk, "voltage_damage", "دار بوعزة")
    await says(talk, "ما عرفتش")
    asked = await says(talk, "حدا المسجد")
    assert asked.state.memory["form"]["facts"] == {"place": "dar-bouazza", "landmark": "حدا المسجد"}
    assert list(asked.state.memory["form"]["asking"]) == ["damaged", "since"]


async def test_not_here_but_there(dialogue: Start) -> None:
    talk = dialogue(Language.ARY)
    await begins(talk, "leak", "تسرب")
    asked = await says(talk, "ماشي هنا، فزمامرة", "deny")
    assert asked.state.memory["form"]["facts"] == {"place": "zemamra"}


async def test_an_address_ends_with_its_sentence(dialogue: Start) -> None:
    talk = dialogue(Language.FR)
    await begins(talk, "leak", "fuite quartier Al Massira à El Jadida, depuis ce matin. Merci")
    facts = talk.state.memory["form"]["facts"]
    assert facts["landmark"] == "quartier Al Massira à El Jadida"
    assert facts["since"] == "depuis ce matin"
