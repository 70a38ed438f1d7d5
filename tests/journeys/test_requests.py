"""A customer's request on WhatsApp becomes a ticket that people can act on, and can be asked after."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest

from tests.journeys.conftest import Installation
from tests.journeys.test_whatsapp import PNG, Agent, WhatsApp, agent, customer, newest_ticket, words

__all__ = ["agent"]

pytestmark = [pytest.mark.slow, pytest.mark.rasa, pytest.mark.timeout(300)]


async def handover_of(agent: Agent, name: str) -> dict[str, Any]:
    ticket = await newest_ticket(agent, name)
    detail: dict[str, Any] = await agent.call("GET", f"/api/tickets/{ticket['id']}")
    return detail


async def test_a_leak_becomes_a_ticket_and_is_asked_after(wasl: Installation, agent: Agent) -> None:
    phone = await customer(wasl, "+212677000901", "Rachida")
    assert "fuite" in (await phone.ask("salam, kayna fuite dyal lma")).casefold()
    await phone.ask("f zemamra 7da jam3 lkbir")
    told = await phone.ask("1")
    number = re.search(r"\d{5,}", told)
    assert number is not None, told

    ticket = await handover_of(agent, "Rachida")
    assert ticket["owner"] == "agents"
    assert ticket["priority"] == 1
    handover = ticket["handover"]
    assert handover["category"]["code"] == "W1"
    assert "Zemamra (Sidi Bennour)" in handover["summary_fr"]
    assert "الزمامرة (سيدي بنور)" in handover["summary_ar"]
    assert {"place", "landmark", "leak_where"} <= {fact["name"] for fact in handover["facts"]}
    assert ticket["number"] == number.group()


async def test_a_meter_reading_with_its_picture(wasl: Installation, agent: Agent) -> None:
    phone = await customer(wasl, "+212677000902", "Hamid")
    await phone.ask("auto-relève : index 2210")
    asked = await phone.ask("33070914")
    assert "photo" in asked
    form = aiohttp.FormData()
    form.add_field("file", PNG, filename="compteur.png", content_type="image/png")
    before = len(await phone.received())
    url = f"{wasl.url}/sandbox/api/customers/{quote(phone.number)}/files"
    async with wasl.http.post(url, data=form) as response:
        assert response.status == 201, await response.text()
    told = words(await phone.wait_for(before + 1))
    assert "2210" in told

    handover = (await handover_of(agent, "Hamid"))["handover"]
    assert handover["reason"] == "needs_person"
    assert handover["category"]["code"] == "B4"
    assert {"index", "contract", "photo"} <= {fact["name"] for fact in handover["facts"]}


async def test_a_stranger_hears_nothing_of_a_number(wasl: Installation) -> None:
    phone: WhatsApp = await customer(wasl, "+212677000903", "Nadia")
    told = await phone.ask("fin wslat chikaya dyali ra9m 100013")
    assert "100013" in told
    assert "Zemamra" not in told
