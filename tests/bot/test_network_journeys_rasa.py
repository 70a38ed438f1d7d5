"""Agencies, ways to pay, reminders and missed stops through the trained assistant, in every style."""

from __future__ import annotations

import pytest

from tests.bot.world import Customer, choices_of, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.mark.parametrize(
    "text",
    [
        "واش الوكالة ديال سيدي بنور محلولة دابا",
        "lagence dyal sidi bennour m7loula daba ?",
        "horaires de l'agence de Sidi Bennour",
        "ما هي أوقات عمل وكالة سيدي بنور؟",
        "opening hours of the Sidi Bennour agency",
        "salam, agence sidi bennour imta kat7el svp",
    ],
)
async def test_the_hours_of_an_agency(customer: Customer, text: str) -> None:
    reply = await customer.says(text)
    assert "16:30" in texts_of(reply)
    assert reply.handover is None


@pytest.mark.parametrize(
    "text",
    [
        "فين كاينة الوكالة ف الزمامرة",
        "fin kayna lagence f zemamra",
        "où est l'agence de Zemamra ?",
        "أين توجد وكالة الزمامرة؟",
        "where is the agency in Zemamra",
    ],
)
async def test_a_town_without_an_agency_gets_what_is_near(customer: Customer, text: str) -> None:
    told = texts_of(await customer.says(text))
    assert "Sidi Bennour" in told or "سيدي بنور" in told
    assert "9:00" in told  # the mobile agency


@pytest.mark.parametrize(
    "text",
    [
        "فين يمكن ليا نخلص الفاتورة ف الزمامرة",
        "fin n9der nkhelles lfacture f zemamra",
        "où payer ma facture à Zemamra ?",
        "أين يمكنني أداء الفاتورة بالزمامرة؟",
        "where can I pay my bill in Zemamra",
    ],
)
async def test_where_to_pay(customer: Customer, text: str) -> None:
    told = texts_of(await customer.says(text))
    assert told.count("• ") == 5
    assert "Zemamra" in told


@pytest.mark.parametrize(
    ("asks", "place"),
    [
        ("كيفاش نخلص", "الزمامرة"),
        ("kifach nkhelles lfatoura", "zemamra"),
        ("comment payer ma facture", "Zemamra"),
        ("كيف أؤدي فاتورتي", "الزمامرة"),
        ("how can I pay my bill", "Zemamra"),
    ],
)
async def test_how_to_pay_and_then_where(customer: Customer, asks: str, place: str) -> None:
    ways = texts_of(await customer.says(asks))
    assert "Fatourati" in ways or "فاتورتي" in ways
    assert texts_of(await customer.says(place)).count("• ") == 5


@pytest.mark.parametrize(
    ("asks", "reminds", "ends"),
    [
        ("امتى كتجي الوكالة المتنقلة للزمامرة", "فكرني نهار قبل", "حبسو التذكير"),
        ("imta katji lagence mobile l zemamra", "fekkerni nhar 9bel", "7ebso tadkir"),
        ("quand passe l'agence mobile à Zemamra", "rappelez-moi la veille", "arrêter le rappel"),
        ("متى تأتي الوكالة المتنقلة إلى الزمامرة", "ذكروني قبلها بيوم", "إيقاف التذكير"),
        ("when does the mobile agency come to Zemamra", "remind me the day before", "stop the reminder"),
    ],
)
async def test_a_reminder_in_words(customer: Customer, asks: str, reminds: str, ends: str) -> None:
    first = await customer.says(asks)
    assert "inform:remind:zemamra" in choices_of(first).values()
    noted = await customer.says(reminds)
    assert noted.handover is None
    assert ends.casefold() in texts_of(noted).casefold()
    again = await customer.says(asks)
    assert "inform:remind:zemamra" not in choices_of(again).values()
    ended = await customer.says(ends)
    assert ended.handover is None
    offered = await customer.says(asks)
    assert "inform:remind:zemamra" in choices_of(offered).values()


@pytest.mark.parametrize(
    ("asks", "reports"),
    [
        ("امتى كتجي الوكالة المتنقلة للزمامرة", "راه الوكالة المتنقلة ما جاتش"),
        ("imta katji lagence mobile l zemamra", "lagence mobile ma jatch"),
        ("quand passe l'agence mobile à Zemamra", "l'agence mobile n'est pas venue"),
        ("when does the mobile agency come to Zemamra", "the mobile agency did not come"),
    ],
)
async def test_it_did_not_come(customer: Customer, asks: str, reports: str) -> None:
    await customer.says(asks)
    reply = await customer.says(reports)
    assert reply.slots.get("topic") == "form" or reply.handover is not None


@pytest.mark.parametrize(
    ("asks", "there"),
    [
        ("امتى كتجي الوكالة المتنقلة للزمامرة", "واش نقدر نخلص تما"),
        ("imta katji lagence mobile l zemamra", "wach n9der nkhelles temma"),
        ("quand passe l'agence mobile à Zemamra", "je peux payer là-bas ?"),
        ("when does the mobile agency come to Zemamra", "can I pay there"),
    ],
)
async def test_can_i_pay_there(customer: Customer, asks: str, there: str) -> None:
    await customer.says(asks)
    told = texts_of(await customer.says(there))
    assert any(
        yes in told for yes in ("تقدرو تخلصو", "t9dro tkhelso", "Oui, on peut y payer", "Yes, you can pay")
    )
