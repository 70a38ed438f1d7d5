"""Agencies told from their records; `NOW` is Tuesday 24 November 2026, 10:00."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from bot.contract import Language
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import World

Start = Callable[..., Dialogue]


async def test_where_and_when(dialogue: Start) -> None:
    answer = await dialogue().hears("agency_location_hours", "horaires", places=("sidi-bennour",))
    assert answer.text is not None
    first, week, *_ = answer.text.split("\n")
    assert first == "Agence Sidi Bennour (Centre-ville) : ouverte maintenant, jusqu'à 16:30."
    assert week.split(" · ") == [
        "lundi–jeudi : 8:30–16:30",
        "vendredi : 8:30–12:00 et 14:00–16:30",
        "samedi : 8:30–12:00",
        "dimanche : fermé",
    ]
    assert answer.handover is None


@pytest.mark.parametrize("language", list(Language))
async def test_every_language_has_the_hours(dialogue: Start, language: Language) -> None:
    answer = await dialogue(language).hears("agency_location_hours", places=("sidi-bennour",))
    assert answer.text is not None
    assert "16:30" in answer.text


async def test_a_closed_agency_says_when_it_opens(dialogue: Start, world: World) -> None:
    world.now = datetime(2026, 11, 28, 13, tzinfo=UTC)  # a Saturday afternoon
    answer = await dialogue().hears("agency_location_hours", places=("settat",))
    assert answer.text is not None
    assert "fermée en ce moment, ouvre lundi 30 novembre à 8:30." in answer.text


async def test_the_day_asked_about(dialogue: Start) -> None:
    talk = dialogue(Language.EN)
    answer = await talk.hears("agency_location_hours", "is it open on sunday", places=("settat",))
    assert answer.text is not None
    assert "on Sunday 29 November: closed." in answer.text
    answer = await talk.hears("inform", "and on friday?")
    assert answer.text is not None
    assert "on Friday 27 November: 8:30–12:00 and 14:00–16:30." in answer.text


async def test_a_closure_is_told_with_its_reason(dialogue: Start, world: World) -> None:
    world.now = datetime(2026, 11, 27, 9, tzinfo=UTC)  # three days after the loading
    answer = await dialogue().hears("agency_location_hours", places=("ben-ahmed",))
    assert answer.text is not None
    assert "fermée aujourd'hui (Travaux dans les locaux)" in answer.text


async def test_ramadan_has_its_own_hours(dialogue: Start, world: World) -> None:
    world.now = datetime(2027, 2, 10, 14, 45, tzinfo=UTC)  # a Wednesday, a quarter of an hour too late
    answer = await dialogue().hears("agency_location_hours", places=("settat",))
    assert answer.text is not None
    assert "ouvre demain jeudi 11 février à 9:00" in answer.text
    assert "horaires de Ramadan, jusqu'au mardi 9 mars" in answer.text
    world.now = datetime(2027, 3, 10, 14, 45, tzinfo=UTC)
    answer = await dialogue().hears("agency_location_hours", places=("settat",))
    assert answer.text is not None
    assert "ouverte maintenant, jusqu'à 16:30" in answer.text


async def test_a_planned_agency_is_no_open_one(dialogue: Start) -> None:
    answer = await dialogue().hears("agency_location_hours", places=("guisser",))
    assert answer.text is not None
    first, second, *rest = answer.text.split("\n")
    assert first == "Agence Guisser (Centre de la commune) : ouverture prévue, date pas encore confirmée."
    assert second.startswith("Agence la plus proche : Agence ")
    assert len(rest) == 2


async def test_no_agency_gets_the_three_nearest_kinds(dialogue: Start) -> None:
    answer = await dialogue().hears("agency_location_hours", places=("zemamra",))
    assert answer.text is not None
    assert answer.text.split("\n")[0] == "Il n'y a pas d'agence à ce lieu : Zemamra."
    assert "Agence la plus proche : Agence Sidi Bennour (Centre-ville), environ " in answer.text
    assert "Agence mobile la plus proche : Souk Khemis Zemamra, jeudi 26 novembre" in answer.text
    assert "Point de paiement le plus proche : " in answer.text


async def test_a_position_gets_the_three_nearest_kinds(dialogue: Start) -> None:
    answer = await dialogue().hears("agency_location_hours", "", location=(32.65, -8.43))
    assert answer.text is not None
    assert "Agence la plus proche : Agence Sidi Bennour" in answer.text
    assert "Point de paiement le plus proche : " in answer.text


async def test_a_position_out_of_the_blue_gets_the_three_kinds_too(dialogue: Start) -> None:
    answer = await dialogue().hears("inform", "", location=(32.62, -8.70))
    assert answer.text is not None
    assert [
        line.split(" la plus proche : ")[0].split(" le plus proche : ")[0] for line in answer.text.split("\n")
    ] == [
        "Agence",
        "Agence mobile",
        "Point de paiement",
    ]
    assert "environ 0 km" not in answer.text


async def test_an_agency_there(dialogue: Start) -> None:
    talk = dialogue(Language.EN)
    await talk.hears("mobile_agency_schedule", places=("sidi-bennour",))
    answer = await talk.hears("agency_location_hours", "what about an agency there?")
    assert answer.text is not None
    assert "Agence Sidi Bennour" in answer.text


async def test_two_agencies_of_a_city_and_the_one_of_a_quarter(dialogue: Start) -> None:
    answer = await dialogue().hears("agency_location_hours", places=("casablanca",))
    assert answer.text is not None
    assert "Maârif" in answer.text
    assert "Aïn Sebaâ" in answer.text
    answer = await dialogue().hears("agency_location_hours", places=("quarter-ain-sebaa",))
    assert answer.text is not None
    assert "Aïn Sebaâ" in answer.text
    assert "Maârif" not in answer.text
    assert "Guichet unique" in answer.text


async def test_the_place_is_asked_for_and_the_question_kept(dialogue: Start) -> None:
    talk = dialogue()
    answer = await talk.hears("agency_location_hours", "l'agence est ouverte samedi ?")
    assert answer.text == "Dans quelle commune ? Écrivez le nom ou envoyez votre position."
    answer = await talk.hears("inform", "Settat", places=("settat",), place_spans=((0, 6),))
    assert answer.text is not None
    assert "samedi 28 novembre : 8:30–12:00." in answer.text


async def test_can_i_pay_there(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("agency_location_hours", places=("settat",))
    answer = await talk.hears("payment_channels", "je peux payer là-bas ?")
    assert answer.text is not None
    assert "Oui, on peut y payer ses factures." in answer.text


async def test_unknown_words_are_asked_about_once(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("agency_location_hours", "où est l'agence")
    answer = await talk.hears("nlu_fallback", "xyz")
    assert answer.handover is None
    answer = await talk.hears("nlu_fallback", "xyz")
    assert answer.handover is not None
