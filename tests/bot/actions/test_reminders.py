"""Reminders and changed stops: who asked, who subscribed, what they are told. `NOW` is a Tuesday, 10:00."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contract import Language
from bot.notices import notice
from bot.texts import texts
from knowledge_base.announcements import announcements
from knowledge_base.network.changes import StopChange, change_stops, restore_stops
from knowledge_base.network.interests import MOST_SUBSCRIPTIONS
from knowledge_base.network.reminders import remind_of_tomorrow
from knowledge_base.network.schedule import ExceptionKind, Reason
from knowledge_base.network.tables import stop_interests
from tests.bot.actions.conftest import Dialogue
from tests.bot.world import CASABLANCA, NOW, World

Start = Callable[..., Dialogue]
WEDNESDAY_EVENING = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
THURSDAY = date(2026, 11, 26)


async def said_to(world: World, conversation_id: UUID) -> list[Any]:
    query = (
        select(announcements)
        .where(announcements.c.conversation_id == conversation_id)
        .order_by(announcements.c.created_at, announcements.c.key)
    )
    async with world.engine.connect() as connection:
        return list((await connection.execute(query)).all())


async def interests_of(connection: AsyncConnection, conversation_id: UUID) -> list[Any]:
    query = select(stop_interests).where(stop_interests.c.conversation_id == conversation_id)
    return list((await connection.execute(query)).all())


async def evening(world: World, at: datetime) -> None:
    async with world.engine.begin() as connection:
        await remind_of_tomorrow(connection, at, CASABLANCA)


@pytest.mark.parametrize("language", list(Language))
async def test_the_button_subscribes_and_the_evening_before_reminds(
    dialogue: Start, world: World, language: Language
) -> None:
    talk = dialogue(language)
    answer = await talk.hears("mobile_agency_schedule", places=("zemamra",))
    (button,) = answer.choices
    assert button.id == "inform:remind:zemamra"
    assert len(button.title) <= 20
    await talk.hears("inform", button.title, chosen=("remind", "zemamra"))
    await evening(world, WEDNESDAY_EVENING - timedelta(minutes=1))
    assert await said_to(world, talk.conversation_id) == []
    await evening(world, WEDNESDAY_EVENING)
    await evening(world, WEDNESDAY_EVENING + timedelta(minutes=1))
    (reminder,) = await said_to(world, talk.conversation_id)
    message = notice(reminder.kind, reminder.data, language, now=WEDNESDAY_EVENING, timezone=CASABLANCA)
    assert "9:00" in message.text
    assert "13:00" in message.text
    assert [choice.title for choice in message.choices] == [texts(language)["choice_forget_reminder"]]
    assert len(message.choices[0].title) <= 20
    again = await talk.hears("mobile_agency_schedule", places=("zemamra",))
    assert again.choices == ()  # reminded already


@pytest.mark.parametrize("said", ["1", "Rappel la veille", "rappelle-moi la veille"])
async def test_words_subscribe_where_there_are_no_buttons(dialogue: Start, world: World, said: str) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", places=("bni-hilal",))
    answer = await talk.hears("inform", said, number="1" if said == "1" else None)
    assert answer.text is not None
    assert "la veille au soir" in answer.text
    await evening(world, datetime(2026, 11, 27, 18, 30, tzinfo=UTC))
    assert [each.kind for each in await said_to(world, talk.conversation_id)] == ["stop_reminder"]


async def test_a_number_in_a_date_takes_no_offer(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", places=("zemamra",))
    answer = await talk.hears("inform", "et le 1 décembre ?", number="1")
    assert answer.text is not None
    assert answer.text.startswith("Pas d'agence mobile mardi 1 décembre")


@pytest.mark.parametrize(
    ("language", "asks", "ends"),
    [
        (Language.FR, "rappelez-moi la veille du passage à Zemamra", "arrêter le rappel"),
        (Language.ARY, "فكروني نهار قبل ما تجي الوكالة المتنقلة للزمامرة", "حبسو التذكير"),
        (Language.ARY_LATN, "fekkrouni 9bel ma tji lagence mobile l zemamra", "7ebso tadkir"),
        (Language.AR, "ذكروني قبل موعد الوكالة المتنقلة بالزمامرة", "إيقاف التذكير"),
        (Language.EN, "remind me before the mobile agency comes to Zemamra", "stop the reminder"),
    ],
)
async def test_asked_in_words_with_the_schedule_and_ended_as_the_text_says(
    dialogue: Start, world: World, language: Language, asks: str, ends: str
) -> None:
    talk = dialogue(language)
    answer = await talk.hears("mobile_agency_schedule", asks, places=("zemamra",))
    assert answer.text is not None
    assert "9:00" in answer.text  # the next visit, and that it is noted
    assert ends in answer.text
    ended = await talk.hears("nlu_fallback", ends)
    assert ended.text is not None
    assert ended.handover is None
    await evening(world, WEDNESDAY_EVENING)
    assert await said_to(world, talk.conversation_id) == []


@pytest.mark.parametrize(
    ("asked", "reminded_of", "on"),
    [
        ("souk-khemis-zemamra", "souk-khemis-zemamra", datetime(2026, 11, 25, 18, tzinfo=UTC)),
        (
            "douar-oulad-sidi-messaoud",
            "zemamra",
            datetime(2026, 11, 25, 18, tzinfo=UTC),
        ),  # no stop of its own
        ("sidi-bennour", "sidi-bennour", datetime(2026, 11, 30, 18, tzinfo=UTC)),
        ("azemmour", None, None),  # no stop in the commune: another one was told
    ],
)
async def test_who_subscribes_is_reminded_of_what_was_told(
    dialogue: Start, world: World, asked: str, reminded_of: str | None, on: datetime | None
) -> None:
    talk = dialogue()
    answer = await talk.hears("mobile_agency_schedule", places=(asked,))
    (button,) = answer.choices
    _, entity, place = button.id.split(":")
    if on is None:
        assert place not in {"azemmour", ""}
        return
    assert place == reminded_of
    await talk.hears("inform", button.title, chosen=(entity, place))
    await evening(world, on)
    assert [each.kind for each in await said_to(world, talk.conversation_id)] == ["stop_reminder"]


@pytest.mark.parametrize("said", ["STOP", "arrêter le rappel", "7ebso tadkir", "حبسو التذكير"])
async def test_a_reminder_is_ended_from_any_talk(dialogue: Start, world: World, said: str) -> None:
    talk = dialogue()
    await talk.hears("inform", chosen=("remind", "zemamra"))
    await talk.hears("greeting", "bonjour")
    answer = await talk.hears("nlu_fallback", said)
    assert answer.text is not None
    assert answer.text.endswith("Zemamra.")
    await evening(world, WEDNESDAY_EVENING)
    assert await said_to(world, talk.conversation_id) == []
    nothing_left = await talk.hears("deny", "stop")
    assert nothing_left.handover is None


async def test_nobody_is_reminded_of_everything(dialogue: Start) -> None:
    talk = dialogue()
    places = ("zemamra", "bni-hilal", "kridid", "metrane", "tamda", "mtal")
    assert len(places) == MOST_SUBSCRIPTIONS + 1
    for place in places:
        answer = await talk.hears("inform", chosen=("remind", place))
    assert answer.text is not None
    assert answer.text.startswith("Vous avez déjà beaucoup de rappels")


async def test_a_change_reaches_the_answer_at_once_and_those_who_asked(dialogue: Start, world: World) -> None:
    """In the year after: the exception is nobody else's."""
    year = timedelta(weeks=52)
    world.now = NOW + year
    talk = dialogue(Language.ARY)
    before = await talk.hears("mobile_agency_schedule", places=("oualidia",))
    assert before.text is not None
    async with world.engine.begin() as connection:
        (interest,) = await interests_of(connection, talk.conversation_id)
        saturday = (NOW + year).date() + timedelta(days=4)
        change = StopChange(saturday, ExceptionKind.CANCELLED, Reason("weather"), stop_id=interest.stop_id)
        changed = await change_stops(connection, change, at=world.now, timezone=CASABLANCA)
    after = await talk.hears("mobile_agency_schedule", places=("oualidia",))
    assert after.text is not None
    assert "ما غاديش تجي" in after.text
    async with world.engine.begin() as connection:
        await restore_stops(connection, changed.exception_id, at=world.now, timezone=CASABLANCA)
    restored = await talk.hears("mobile_agency_schedule", places=("oualidia",))
    assert restored.text == before.text
    kinds = {each.kind for each in await said_to(world, talk.conversation_id)}
    assert kinds == {"stop_cancelled", "stop_restored"}


@pytest.mark.parametrize("language", list(Language))
def test_every_notice_has_words(language: Language) -> None:
    visit = datetime.combine(THURSDAY, time(9), UTC)
    data = {
        "place": {"ar": "الزمامرة", "fr": "Zemamra"},
        "starts_at": visit.isoformat(),
        "ends_at": (visit + timedelta(hours=4)).isoformat(),
        "reason": {"ar": "الطريق مقطوعة", "fr": "route coupée"},
        "next_at": (visit + timedelta(days=7)).isoformat(),
    }
    for kind in ("stop_cancelled", "stop_cancelled_last", "stop_moved", "stop_restored", "stop_reminder"):
        message = notice(kind, data, language, now=NOW, timezone=CASABLANCA)
        assert "9:00" in message.text
        assert "{" not in message.text


@pytest.mark.parametrize(
    "text",
    [
        "lagence mobile ma jatch lyoum",
        "الوكالة المتنقلة ما جاتش",
        "l'agence mobile n'est pas venue",
        "it did not come",
    ],
)
async def test_it_did_not_come_begins_a_complaint(dialogue: Start, text: str) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", places=("zemamra",))
    answer = await talk.hears("mobile_agency_schedule", text)
    assert answer.state.topic == "form"
    asks_when = await dialogue().hears(
        "mobile_agency_schedule", "ma jatch lbare7, imta ghadi tji", places=("zemamra",)
    )
    assert asks_when.text is not None
    assert "9:00" in asks_when.text


async def test_can_i_pay_there(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", places=("zemamra",))
    answer = await talk.hears("payment_channels", "wach n9der nkhelles temma")
    assert answer.text is not None
    assert "Oui, on peut y payer ses factures." in answer.text
    answer = await talk.hears("meter_recharge", "et recharger là-bas ?")
    assert answer.text is not None
    assert "Oui, on peut y recharger son compteur." in answer.text


async def test_a_week_of_a_place(dialogue: Start) -> None:
    talk = dialogue()
    answer = await talk.hears("mobile_agency_schedule", "cette semaine ?", places=("zemamra",))
    assert answer.text == (
        "Passages de l'agence mobile à Zemamra, du 24 novembre au 29 novembre :\n"
        "• jeudi 26 novembre de 9:00 à 13:00 : Souk Khemis Zemamra"
    )
    answer = await talk.hears("inform", "et la semaine prochaine ?")
    assert answer.text is not None
    assert "jeudi 3 décembre de 9:00 à 13:00" in answer.text


async def test_the_day_asked_survives_the_question_for_the_place(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("mobile_agency_schedule", "l'agence mobile vient vendredi ?")
    answer = await talk.hears("inform", "Zemamra", places=("zemamra",), place_spans=((0, 7),))
    assert answer.text is not None
    assert answer.text.startswith("Pas d'agence mobile vendredi 27 novembre : Zemamra.")
