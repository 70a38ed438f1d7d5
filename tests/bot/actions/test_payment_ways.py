"""How and where to pay, from the records of agencies, stops and payment points."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.contract import Language
from tests.bot.actions.conftest import Dialogue

Start = Callable[..., Dialogue]


@pytest.mark.parametrize("language", list(Language))
async def test_the_ways_to_pay(dialogue: Start, language: Language) -> None:
    answer = await dialogue(language).hears("payment_channels", "fin nkhelles")
    assert answer.text is not None
    assert "Fatourati" in answer.text or "فاتورتي" in answer.text
    assert answer.handover is None
    assert answer.choices == ()


async def test_near_a_place(dialogue: Start) -> None:
    answer = await dialogue().hears("payment_channels", "où payer à Zemamra", places=("zemamra",))
    assert answer.text is not None
    lines = answer.text.split("\n")
    assert lines[0] == "Où payer (Zemamra) :"
    assert all(" Zemamra " in line for line in lines[1:4])
    assert lines[3].endswith(", environ 2 km")
    assert "Agence la plus proche" in lines[4]
    assert "Souk Khemis Zemamra" in lines[5]
    assert "Fatourati" in lines[6]


async def test_a_place_after_the_ways(dialogue: Start) -> None:
    talk = dialogue()
    await talk.hears("payment_channels", "comment payer")
    answer = await talk.hears("inform", "Zemamra", places=("zemamra",))
    assert answer.text is not None
    assert answer.text.startswith("Où payer (Zemamra) :")
    answer = await talk.hears("inform", "", location=(33.0, -7.62))
    assert answer.text is not None
    assert answer.text.startswith("Pour payer près de vous :")
    assert "Settat" in answer.text


async def test_a_network_asked_for_by_name(dialogue: Start) -> None:
    answer = await dialogue().hears("payment_channels", "wach n9der nkhelles f wafa cash", places=("settat",))
    assert answer.text is not None
    points = [line for line in answer.text.split("\n") if line.startswith("• Wafacash")]
    assert points
    answer = await dialogue().hears("payment_channels", "barid cash ?")
    assert answer.text is not None
    assert answer.text.startswith("Je n'ai pas de point Barid Cash dans ma liste.")


async def test_what_is_not_confirmed_says_so(dialogue: Start) -> None:
    told = [
        (await dialogue().hears("payment_channels", places=(place,))).text or ""
        for place in ("zemamra", "settat", "berrechid", "azemmour", "benslimane", "mohammedia", "nouaceur")
    ]
    assert any("(à confirmer)" in text for text in told)
    assert not all("(à confirmer)" in text for text in told)
