"""No light, no water: covered, partly covered, not covered, planned, overdue, over. On the real records."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select

from bot.actions.dialogue import Answer, Entity
from bot.actions.outage_talk import Talk
from bot.contract import HandoverReason, Language
from bot.texts import say
from knowledge_base.outages import changes
from knowledge_base.outages.changes import NewOutage
from knowledge_base.outages.incidents import Area, AreaKind, Outage, Service
from knowledge_base.outages.tables import outage_followers, outage_reports, outages
from tests.bot.world import NOW, World

Making = Callable[..., Awaitable[Outage]]
HOUR = timedelta(hours=1)
every_language = pytest.mark.parametrize("language", Language)


@pytest.fixture
async def outage(world: World) -> AsyncIterator[Making]:
    """Makes an outage that ends with the test: the records are shared."""
    made: list[UUID] = []

    async def make(*areas: str, service: str = "electricity", **more: Any) -> Outage:
        feeders = [Area(AreaKind.FEEDER, name) for name in more.pop("feeders", ())]
        new = NewOutage(
            Service(service),
            [*(Area(AreaKind.PLACE, area) for area in areas), *feeders],
            starts_at=more.pop("starts_at", NOW - HOUR),
            **more,
        )
        async with world.engine.begin() as connection:
            written = await changes.create(connection, new)
        made.append(written.id)
        return written

    yield make
    async with world.engine.begin() as connection:
        await connection.execute(delete(outages).where(outages.c.id.in_(made)))
        await connection.execute(delete(outage_reports))


def ids(answer: Answer) -> list[str]:
    return [choice.id for choice in answer.choices]


def is_form(answer: Answer) -> bool:
    return answer.state.topic == "form"


async def count(world: World, table: Any) -> int:
    async with world.engine.connect() as connection:
        return int((await connection.execute(select(func.count()).select_from(table))).scalar_one())


@every_language
async def test_a_place_that_is_covered_is_told_what_is_known(
    dialogue: Any, outage: Making, language: Language
) -> None:
    known = await outage("oualidia", cause="storm", estimated_at=NOW + 2 * HOUR)
    talk = dialogue(language)
    answer = await talk.hears("power_cut", "…", places=("oualidia",))
    assert answer.handover is None
    for words in ("9:00", "12:00", say(language, "cause_storm"), say(language, "outage_offer")):
        assert words in answer.text
    assert ("الوليدية" if language in (Language.AR, Language.ARY) else "Oualidia") in answer.text
    assert ids(answer) == [
        f"inform:outage_follow:{known.id}",
        f"inform:outage_other:{known.id}",
        "human_agent",
    ]
    assert all(len(choice.title) <= 20 for choice in answer.choices)


@every_language
async def test_a_time_that_has_passed_is_not_told_as_coming(
    dialogue: Any, outage: Making, language: Language
) -> None:
    await outage("oualidia", starts_at=NOW - 3 * HOUR, estimated_at=NOW - HOUR)
    answer = await dialogue(language).hears("power_cut", "…", places=("oualidia",))
    assert say(language, "outage_overdue", estimate="9:00") in answer.text
    assert say(language, "outage_estimate", estimate="9:00") not in answer.text


@every_language
async def test_some_quarters_of_the_commune_are_asked_about(
    dialogue: Any, outage: Making, language: Language
) -> None:
    await outage("quarter-anfa", "quarter-maarif")
    talk = dialogue(language)
    answer = await talk.hears("power_cut", "…", places=("casablanca",))
    assert say(language, "outage_offer") not in answer.text
    assert ids(answer)[:2] == [
        "inform:outage_place:electricity.quarter-anfa",
        "inform:outage_place:electricity.quarter-maarif",
    ]
    answer = await talk.hears("inform", "2")
    assert say(language, "outage_offer") in answer.text


async def test_another_quarter_than_those_concerned_gets_a_form(dialogue: Any, outage: Making) -> None:
    await outage("quarter-anfa")
    talk = dialogue()
    await talk.hears("power_cut", "pas de courant à Casablanca", places=("casablanca",))
    assert is_form(await talk.hears("inform", "Sbata", places=("quarter-sbata",)))
    talk = dialogue()
    assert is_form(await talk.hears("power_cut", "pas de courant à Sbata", places=("quarter-sbata",)))


@pytest.mark.parametrize("said", [("deny", "non"), ("nlu_fallback", "derb ghallef"), ("inform", "2")])
async def test_no_and_unknown_quarters_get_a_form_with_the_commune(
    dialogue: Any, outage: Making, said: tuple[str, str]
) -> None:
    await outage("quarter-anfa")
    talk = dialogue()
    await talk.hears("power_cut", "pas de courant à Casablanca", places=("casablanca",))
    answer = await talk.hears(*said)
    assert is_form(answer)
    assert answer.state.memory["form"]["facts"]["place"] == "casablanca"
    assert answer.state.memory["form"]["opening"] == "pas de courant à Casablanca"


async def test_yes_is_enough_where_one_quarter_was_named(dialogue: Any, outage: Making) -> None:
    await outage("quarter-anfa")
    talk = dialogue()
    await talk.hears("power_cut", "pas de courant", places=("casablanca",))
    answer = await talk.hears("affirm", "oui")
    assert "Anfa" in answer.text
    assert not is_form(answer)


async def test_yes_to_several_quarters_asks_which(dialogue: Any, outage: Making) -> None:
    await outage("quarter-anfa", "quarter-maarif")
    talk = dialogue()
    await talk.hears("power_cut", "pas de courant", places=("casablanca",))
    answer = await talk.hears("affirm", "oui")
    assert answer.text == say(Language.FR, "outage_ask_quarter")
    assert "Maârif" in (await talk.hears("inform", "Maarif", places=("quarter-maarif",))).text


async def test_a_douar_inside_a_covered_commune_is_covered(dialogue: Any, outage: Making) -> None:
    await outage("bni-hilal")
    answer = await dialogue().hears("power_cut", "…", places=("douar-lahmadat",))
    assert say(Language.FR, "outage_offer") in answer.text


async def test_the_souk_of_a_commune_does_not_tell_the_quarter(dialogue: Any, outage: Making) -> None:
    await outage("douar-lahmadat")
    answer = await dialogue().hears("power_cut", "…", places=("souk-sebt-bni-hilal",))
    assert "inform:outage_place:electricity.douar-lahmadat" in ids(answer)


@every_language
async def test_nothing_known_begins_the_form(dialogue: Any, language: Language) -> None:
    for intent in ("power_cut", "water_cut"):
        answer = await dialogue(language).hears(intent, "…", places=("oualidia",))
        assert is_form(answer)
        assert answer.state.memory["form"]["name"] == intent
        assert answer.state.memory["form"]["facts"]["place"] == "oualidia"


async def test_the_other_service_is_another_matter(dialogue: Any, outage: Making) -> None:
    await outage("oualidia", service="water")
    assert is_form(await dialogue().hears("power_cut", "pas de lumière", places=("oualidia",)))
    assert not is_form(await dialogue().hears("water_cut", "pas d'eau", places=("oualidia",)))


async def test_what_is_only_reported_is_not_told(dialogue: Any, outage: Making) -> None:
    await outage("oualidia", status="reported")
    assert is_form(await dialogue().hears("power_cut", "pas de lumière", places=("oualidia",)))


async def test_works_to_come_do_not_explain_darkness_now(dialogue: Any, outage: Making) -> None:
    await outage("oualidia", is_planned=True, starts_at=NOW + 20 * HOUR, estimated_at=NOW + 24 * HOUR)
    assert is_form(await dialogue().hears("power_cut", "pas de lumière", places=("oualidia",)))


@every_language
async def test_works_that_run_are_told_with_their_hours(
    dialogue: Any, outage: Making, language: Language
) -> None:
    await outage("oualidia", is_planned=True, cause="works", estimated_at=NOW + 3 * HOUR)
    answer = await dialogue(language).hears("power_cut", "…", places=("oualidia",))
    assert "9:00" in answer.text
    assert "13:00" in answer.text
    assert say(language, "outage_offer") in answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ARY, "واش غادي يتقطع الضو غدا فالوليدية"),
        (Language.ARY_LATN, "wach ghadi yt9te3 do ghda f oualidia"),
        (Language.AR, "هل هناك أشغال مبرمجة غدا في الوليدية؟"),
        (Language.FR, "Y a-t-il des travaux prévus demain à Oualidia ?"),
        (Language.EN, "Is there any planned work tomorrow in Oualidia?"),
    ],
)
async def test_questions_about_works_to_come(
    dialogue: Any, outage: Making, language: Language, words: str
) -> None:
    none = await dialogue(language).hears("power_cut", words, places=("oualidia",))
    assert not is_form(none)
    tomorrow = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    await outage("oualidia", is_planned=True, starts_at=tomorrow, estimated_at=tomorrow + 4 * HOUR)
    answer = await dialogue(language).hears("power_cut", words, places=("oualidia",))
    assert say(language, "tomorrow") in answer.text
    assert "9:00" in answer.text
    assert answer.handover is None


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ARY, "واش كاين شي انقطاع ديال الما فالوليدية"),
        (Language.ARY_LATN, "wach kayna chi coupure dyal lma f oualidia"),
        (Language.AR, "هل يوجد انقطاع للماء في الوليدية؟"),
        (Language.FR, "Est-ce qu'il y a une coupure d'eau à Oualidia ?"),
        (Language.EN, "Is there a water cut in Oualidia?"),
    ],
)
async def test_who_only_asks_gets_no_form(
    dialogue: Any, world: World, outage: Making, language: Language, words: str
) -> None:
    before = await count(world, outage_reports)
    talk = dialogue(language)
    answer = await talk.hears("water_cut", words, places=("oualidia",))
    assert not is_form(answer)
    assert ids(answer) == ["inform:outage_cut:water.oualidia", "human_agent"]
    assert await count(world, outage_reports) == before
    assert is_form(await talk.hears("inform", "1"))
    assert await count(world, outage_reports) == before + 1


async def test_a_shared_position_is_its_commune(dialogue: Any, outage: Making) -> None:
    await outage("settat")
    answer = await dialogue().hears("power_cut", "pas de courant ici", location=(33.0, -7.62))
    assert "Settat" in answer.text
    far_away = await dialogue().hears("power_cut", "pas de courant ici", location=(35.7, -5.8))
    assert far_away.state.question == "outage_place"


async def test_the_place_is_asked_for_and_then_looked_up(dialogue: Any, outage: Making) -> None:
    await outage("oualidia")
    talk = dialogue()
    answer = await talk.hears("power_cut", "je n'ai plus de courant depuis ce matin")
    assert answer.state.question == "outage_place"
    assert (
        say(Language.FR, "outage_offer")
        in (await talk.hears("inform", "Oualidia", places=("oualidia",))).text
    )


async def test_a_place_nobody_knows_is_asked_for_once_more_then_noted(dialogue: Any) -> None:
    talk = dialogue()
    await talk.hears("power_cut", "je n'ai plus de courant depuis ce matin")
    again = await talk.hears("nlu_fallback", "derb lkabir")
    assert again.state.question == "outage_place"
    assert is_form(await talk.hears("nlu_fallback", "derb lkabir"))


async def test_several_places_are_asked_about(dialogue: Any, outage: Making) -> None:
    await outage("sidi-abed")
    talk = dialogue()
    answer = await talk.hears("power_cut", "…", places=("sidi-abed", "sidi-smail"))
    assert ids(answer) == [
        "inform:outage_place:electricity.sidi-abed",
        "inform:outage_place:electricity.sidi-smail",
    ]
    assert say(Language.FR, "outage_offer") in (await talk.hears("inform", "le premier")).text


async def test_the_only_contract_of_a_proven_telephone_is_the_place(dialogue: Any, outage: Making) -> None:
    await outage("arbaa-el-aounate")
    answer = await dialogue(attested_phone="+212661000002").hears("power_cut", "makaynch do")
    assert "Arbaa El Aounate" in answer.text
    nobody = await dialogue(attested_phone=None).hears("power_cut", "makaynch do")
    assert nobody.state.question == "outage_place"


async def test_two_houses_are_asked_about_and_never_mixed(dialogue: Any, outage: Making) -> None:
    await outage("casablanca")
    talk = dialogue(attested_phone="+212661000001")
    answer = await talk.hears("power_cut", "makaynch do")
    assert set(ids(answer)) == {
        "inform:outage_place:electricity.casablanca",
        "inform:outage_place:electricity.zemamra",
    }
    assert is_form(await talk.hears("inform", "Zemamra", places=("zemamra",)))


async def test_the_feeder_of_a_contract_decides_where_it_is_known(dialogue: Any, outage: Making) -> None:
    """+212661000005 hangs on ST-12 (config/sample/outages.yaml)."""
    await outage(feeders=["ST-12"])
    assert not is_form(await dialogue(attested_phone="+212661000005").hears("power_cut", "plus de courant"))
    assert is_form(await dialogue().hears("power_cut", "plus de courant", places=("settat",)))


async def test_another_feeder_is_not_the_customers(dialogue: Any, outage: Making) -> None:
    await outage(feeders=["ST-99"])
    assert is_form(await dialogue(attested_phone="+212661000005").hears("power_cut", "plus de courant"))


FOLLOWING = {
    Language.ARY: "علموني ملي يرجع",
    Language.ARY_LATN: "3elmouni mli yrje3",
    Language.AR: "أخبروني عند العودة",
    Language.FR: "prévenez-moi quand c'est revenu",
    Language.EN: "tell me when it is back",
}
NEWS = {
    Language.ARY: "فوقاش غادي يرجع",
    Language.ARY_LATN: "imta ghadi yrje3",
    Language.AR: "متى ستعود الكهرباء؟",
    Language.FR: "quand est-ce que ça revient ?",
    Language.EN: "when will it be back?",
}


@every_language
@pytest.mark.parametrize("pressed", [True, False])
async def test_who_wants_to_be_told_is_written_down(
    dialogue: Any, world: World, outage: Making, language: Language, pressed: bool
) -> None:
    known = await outage("oualidia")
    talk = dialogue(language)
    await talk.hears("power_cut", "…", places=("oualidia",))
    if pressed:
        answer = await talk.hears("inform", chosen=("outage_follow", str(known.id)))
    else:
        answer = await talk.hears("nlu_fallback", FOLLOWING[language])
    assert answer.text == say(language, "outage_following")
    async with world.engine.connect() as connection:
        (row,) = (
            await connection.execute(
                select(outage_followers).where(outage_followers.c.conversation_id == talk.conversation_id)
            )
        ).all()
    assert (row.outage_id, row.language, row.place_id) == (known.id, language, "oualidia")
    again = await talk.hears("power_cut", "…", places=("oualidia",))
    assert say(language, "outage_will_tell") in again.text
    assert f"inform:outage_follow:{known.id}" not in ids(again)


@every_language
async def test_when_is_it_back_reads_the_records_again(
    dialogue: Any, world: World, outage: Making, language: Language
) -> None:
    known = await outage("oualidia", estimated_at=NOW + HOUR)
    talk = dialogue(language)
    await talk.hears("power_cut", "…", places=("oualidia",))
    async with world.engine.begin() as connection:
        await changes.revise(connection, known.id, 1, NOW + 4 * HOUR, agent_id=None, now=NOW)
    answer = await talk.hears("reconnect_after_cutoff", NEWS[language])
    assert say(language, "outage_estimate_revised", estimate="14:00") in answer.text
    async with world.engine.begin() as connection:
        await changes.restore(connection, known.id, 2, at=NOW, now=NOW)
    answer = await talk.hears("nlu_fallback", NEWS[language])
    assert ids(answer) == [f"inform:outage_still:{known.id}"]
    assert "10:00" in answer.text


async def test_the_vans_schedule_is_not_taken_for_news(dialogue: Any, outage: Making) -> None:
    await outage("oualidia")
    talk = dialogue()
    await talk.hears("power_cut", "…", places=("oualidia",))
    answer = await talk.hears("mobile_agency_schedule", "quand passe l'agence mobile ?")
    assert answer.state.topic == "schedule"


@pytest.mark.parametrize("pressed", [True, False])
async def test_a_different_problem_gets_a_form(dialogue: Any, outage: Making, pressed: bool) -> None:
    known = await outage("oualidia")
    talk = dialogue()
    await talk.hears("power_cut", "plus de courant depuis hier", places=("oualidia",))
    if pressed:
        answer = await talk.hears("inform", chosen=("outage_other", str(known.id)))
    else:
        answer = await talk.hears("nlu_fallback", "mon problème est différent, c'est autre chose")
    assert is_form(answer)
    assert answer.state.memory["form"]["facts"]["place"] == "oualidia"


@every_language
async def test_still_out_is_a_ticket_of_its_own(
    dialogue: Any, world: World, outage: Making, language: Language
) -> None:
    known = await outage("oualidia", service="water")
    talk = dialogue(language)
    await talk.hears("water_cut", "…", places=("oualidia",))
    await talk.hears("inform", chosen=("outage_follow", str(known.id)))
    async with world.engine.begin() as connection:
        await changes.restore(connection, known.id, 1, at=NOW, now=NOW)
    fresh = dialogue(language)  # the button stands in a notice, after whatever else was said
    fresh.conversation_id = talk.conversation_id
    answer = await fresh.hears("inform", chosen=("outage_still", str(known.id)))
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.NEEDS_PERSON
    assert (answer.handover.category, answer.handover.priority) == ("W3", 2)
    assert "Oualidia" in answer.handover.summary_fr
    assert "الوليدية" in answer.handover.summary_ar


async def test_one_person_is_one_report(dialogue: Any, world: World, outage: Making) -> None:
    known = await outage("oualidia")
    talk = dialogue()
    for _ in range(3):
        await talk.hears("power_cut", "plus de courant", places=("oualidia",))
    async with world.engine.connect() as connection:
        rows = (
            await connection.execute(
                select(outage_reports).where(outage_reports.c.identity_id == talk.identity_id)
            )
        ).all()
    assert [(row.commune_id, row.outage_id) for row in rows] == [("oualidia", known.id)]


async def test_a_merged_outage_is_followed_to_the_other(dialogue: Any, world: World, outage: Making) -> None:
    first, second = await outage("oualidia"), await outage("oulad-frej", cause="storm")
    talk = dialogue()
    await talk.hears("power_cut", "plus de courant", places=("oualidia",))
    async with world.engine.begin() as connection:
        await changes.merge(connection, first.id, 1, second.id, now=NOW)
    answer = await talk.hears("nlu_fallback", "quand est-ce que ça revient ?")
    assert say(Language.FR, "cause_storm") in answer.text


async def test_a_button_that_nobody_made_is_asked_about(dialogue: Any) -> None:
    answer = await dialogue().hears("inform", chosen=("outage_follow", "no-such-thing"))
    assert answer.state.question == "outage_place"


async def test_a_bare_place_answers_whatever_it_was_taken_for(dialogue: Any, outage: Making) -> None:
    await outage("oualidia")
    talk = dialogue()
    await talk.hears("power_cut", "plus de courant")
    told = await talk.hears("mobile_agency_schedule", "f oualidia", places=("oualidia",))
    assert say(Language.FR, "outage_offer") in told.text
    talk = dialogue()
    await talk.hears("power_cut", "plus de courant")
    other = "quand passe l'agence mobile au souk de Oualidia ?"
    answer = await talk.hears("mobile_agency_schedule", other, places=("oualidia",))
    assert answer.state.topic == "schedule"


def services(*names: str) -> tuple[Entity, ...]:
    return tuple(Entity("service", name, 0, 0) for name in names)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (Language.ARY, "واش كاين شي مشكل ديال الضو فالوليدية"),
        (Language.ARY_LATN, "wach ghadi yte9te3 do f oualidia had simana"),
        (Language.FR, "des coupures d'électricité à Oualidia ?"),
        (Language.EN, "any problem with the power in Oualidia"),
    ],
)
async def test_words_of_a_cut_that_were_taken_for_nothing(
    dialogue: Any, language: Language, words: str
) -> None:
    talk = dialogue(language)
    answer = await talk.hears("nlu_fallback", words, places=("oualidia",), entities=services("electricity"))
    assert answer.state.topic in {"outage", "form"}
    talk = dialogue(language)
    answer = await talk.hears("nlu_fallback", "Oualidia", places=("oualidia",))
    assert answer.state.topic not in {"outage", "form"}


async def test_and_the_other_service_in_the_same_place(dialogue: Any, outage: Making) -> None:
    await outage("oualidia", service="water", cause="pumping")
    talk = dialogue()
    asked = "est-ce qu'il y a une coupure d'électricité à Oualidia"
    await talk.hears("power_cut", asked, places=("oualidia",), entities=services("electricity"))
    answer = await talk.hears("inform", "et l'eau ?", entities=services("water"))
    assert say(Language.FR, "cause_pumping") in answer.text


async def test_no_light_and_no_water_is_told_what_is_known_of_either(dialogue: Any, outage: Making) -> None:
    known = await outage("oualidia", cause="storm")
    talk = dialogue()
    both = services("electricity", "water")
    answer = await talk.hears("water_cut", "ni eau ni électricité", places=("oualidia",), entities=both)
    assert say(Language.FR, "cause_storm") in answer.text
    followed = await talk.hears("inform", "1")
    assert followed.text == say(Language.FR, "outage_following")
    assert Talk.of(followed.state) == Talk(Service.ELECTRICITY, "ni eau ni électricité", "oualidia", known.id)


@pytest.mark.parametrize(
    ("words", "ahead", "asks"),
    [
        ("makaynch do w ghda 3ndi khedma", False, False),
        ("plus de courant depuis hier et demain j'ai un examen", False, False),
        ("est-ce qu'il y aura une coupure demain chez nous", True, True),
        ("واش كاينة شي أشغال غدا عندنا", True, True),
        ("wach kayn do 3ndkom f settat", False, True),
        ("y a-t-il une coupure à Settat", False, True),
        ("y a-t-il une coupure ? je suis sans eau", False, False),
        ("الضو مقطوع", False, False),
    ],
)
async def test_a_complaint_is_told_from_a_question(
    dialogue: Any, words: str, ahead: bool, asks: bool
) -> None:
    answer = await dialogue().hears("power_cut", words)
    talk = Talk.of(answer.state)
    assert talk is not None
    assert (talk.ahead, talk.asks) == (ahead, asks)


async def test_who_was_told_it_is_over_need_not_say_where_again(
    dialogue: Any, world: World, outage: Making
) -> None:
    known = await outage("oualidia")
    talk = dialogue()
    await talk.hears("power_cut", "plus de courant", places=("oualidia",))
    await talk.hears("inform", chosen=("outage_follow", str(known.id)))
    async with world.engine.begin() as connection:
        await changes.restore(connection, known.id, 1, at=NOW, now=NOW)
    later = dialogue()
    later.conversation_id = talk.conversation_id
    answer = await later.hears("power_cut", "toujours pas de courant")
    assert is_form(answer)
    assert answer.state.memory["form"]["facts"]["place"] == "oualidia"
