"""Schedules told from the sample timetable; `NOW` is Tuesday 24 November 2026, 10:00."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from bot.actions.dialogue import PLACE, SCHEDULE
from bot.contract import HandoverReason, Language
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import NOW, World

Start = Callable[..., Dialogue]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        (
            Language.ARY,
            "الوكالة المتنقلة غادي تكون الخميس 26 نونبر من 9:00 حتى ل 13:00 فسوق خميس الزمامرة.",
        ),
        (
            Language.AR,
            "ستكون الوكالة المتنقلة يوم الخميس 26 نونبر من 9:00 إلى 13:00 بسوق خميس الزمامرة.",
        ),
        (
            Language.ARY_LATN,
            "L'agence mobile ghadi tkoun nhar lkhmis 26 nowanbir mn 9:00 7ta l 13:00 f Souk Khemis Zemamra.",
        ),
        (
            Language.FR,
            "L'agence mobile passera jeudi 26 novembre de 9:00 à 13:00 : Souk Khemis Zemamra.",
        ),
        (
            Language.EN,
            "The mobile agency comes on Thursday 26 November from 9:00 to 13:00: Souk Khemis Zemamra.",
        ),
    ],
)
async def test_the_next_stop_of_a_commune(dialogue: Start, language: Language, text: str) -> None:
    answer = await dialogue(language).hears("mobile_agency_schedule", places=("zemamra",))
    assert answer.text == text
    assert answer.handover is None


async def test_tomorrow_is_called_tomorrow(dialogue: Start, world: World) -> None:
    world.now = NOW + timedelta(days=1)
    answer = await dialogue(Language.ARY).hears("mobile_agency_schedule", places=("souk-khemis-zemamra",))
    assert answer.text is not None
    assert "غدا الخميس 26 نونبر من 9:00 حتى ل 13:00" in answer.text


async def test_a_stop_that_is_open_now_is_told_as_such(dialogue: Start, world: World) -> None:
    world.now = datetime(2026, 11, 26, 12, 59, tzinfo=UTC)
    answer = await dialogue().hears("mobile_agency_schedule", places=("zemamra",))
    assert answer.text == "L'agence mobile est sur place maintenant jusqu'à 13:00 : Souk Khemis Zemamra."


async def test_a_stop_that_has_closed_leads_to_next_week(dialogue: Start, world: World) -> None:
    world.now = datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
    talk = dialogue()
    answer = await talk.hears("mobile_agency_schedule", places=("zemamra",))
    assert answer.text is not None
    assert "jeudi 3 décembre de 9:00 à 13:00" in answer.text
    answer = await talk.hears("mobile_agency_schedule", "aujourd'hui ?", places=("zemamra",))
    assert answer.text is not None
    assert answer.text.startswith("L'agence mobile est déjà passée aujourd'hui jeudi 26 novembre")
    assert "jeudi 3 décembre" in answer.text


async def test_a_day_asked_in_vain_gets_a_no_and_the_next_day(dialogue: Start) -> None:
    answer = await dialogue().hears("mobile_agency_schedule", "demain ?", places=("zemamra",))
    assert answer.text == (
        "Pas d'agence mobile demain mercredi 25 novembre : Zemamra.\n"
        "Passage suivant : jeudi 26 novembre de 9:00 à 13:00, Souk Khemis Zemamra."
    )


async def test_a_day_asked_rightly_is_answered_plainly(dialogue: Start) -> None:
    answer = await dialogue().hears("mobile_agency_schedule", "jeudi ?", places=("zemamra",))
    assert answer.text == "L'agence mobile passera jeudi 26 novembre de 9:00 à 13:00 : Souk Khemis Zemamra."


async def test_a_cancelled_stop_is_told_with_its_reason_and_the_one_after(dialogue: Start) -> None:
    """In the sample data van CM-08 breaks down on the day after the load: Wednesday, Sidi El Mekki."""
    answer = await dialogue().hears("mobile_agency_schedule", places=("sidi-el-mekki",))
    assert answer.text is not None
    first, second = answer.text.split("\n")
    assert first.startswith("Le passage de demain mercredi 25 novembre est annulé (véhicule en panne)")
    assert second.startswith("Passage suivant : mercredi 2 décembre")


async def test_no_place_is_asked_for_and_the_answer_goes_on(dialogue: Start) -> None:
    talk = dialogue(Language.ARY_LATN)
    answer = await talk.hears("mobile_agency_schedule", "imta tji lagence mobile")
    assert (answer.state.question, answer.state.topic) == (PLACE, SCHEDULE)
    answer = await talk.hears("inform", "zemamra", places=("zemamra",))
    assert answer.text is not None
    assert "26 nowanbir" in answer.text
    assert answer.state.question is None


async def test_the_place_is_remembered_for_the_next_question(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", places=("zemamra",))
    answer = await talk.hears("nlu_fallback", "et demain ?")
    assert answer.text is not None
    assert answer.text.startswith("Pas d'agence mobile demain")
    assert answer.state.misunderstood == 0


async def test_several_places_that_fit_are_asked_about(dialogue: Start) -> None:
    talk = dialogue()
    fitting = ("souk-arbaa-el-aounate", "souk-arbaa-chtouka", "souk-arbaa-oulad-bouali")
    answer = await talk.hears("mobile_agency_schedule", "souk larbaa", places=fitting)
    assert [choice.id for choice in answer.choices] == [f"inform:place:{place}" for place in fitting]
    for spoken in ("1", "le premier", "Souk Arbaa El Aounate"):
        talk.state = answer.state
        told = await talk.hears("nlu_fallback", spoken)
        assert told.text is not None
        assert "Souk Arbaa El Aounate" in told.text


async def test_a_commune_and_the_souk_in_it_are_one_place(dialogue: Start) -> None:
    answer = await dialogue().hears("mobile_agency_schedule", places=("zemamra", "souk-khemis-zemamra"))
    assert answer.state.question is None
    assert answer.text is not None
    assert "jeudi 26 novembre" in answer.text


async def test_a_place_without_stops_gets_the_nearest(dialogue: Start) -> None:
    answer = await dialogue().hears("mobile_agency_schedule", places=("mohammedia",))
    assert answer.text is not None
    assert answer.text.startswith(
        "L'agence mobile ne s'arrête pas à ce lieu : Mohammedia. Arrêt le plus proche : "
    )
    assert " km)" in answer.text


async def test_a_position_gets_the_nearest(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", "quand passe l'agence mobile")
    answer = await talk.hears("inform", location=(32.62, -8.70))  # beside Zemamra
    assert answer.text is not None
    assert answer.text.startswith("Arrêt le plus proche de vous : Souk Khemis Zemamra")


async def test_a_province_gets_its_coming_stops(dialogue: Start) -> None:
    answer = await dialogue().hears("mobile_agency_schedule", places=("settat",), province="Settat")
    assert answer.text is not None
    title, *lines = answer.text.split("\n")
    assert title == "Prochains passages dans la province de Settat :"
    assert len(lines) == 9
    assert lines[-1].startswith("… et ")


async def test_an_unknown_place_is_asked_again_once(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", "quand passe l'agence mobile")
    answer = await talk.hears("off_topic", "douar xyz")
    assert answer.text is not None
    assert answer.text.startswith("Je ne trouve pas ce lieu")
    assert answer.handover is None
    answer = await talk.hears("nlu_fallback", "douar xyz")
    assert answer.handover is not None
    assert answer.handover.reason is HandoverReason.NOT_UNDERSTOOD
