"""Where bills come from is chosen by a setting: the composed desk tells them, and `./wasl check` looks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import web
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.actions.endpoint import PATH, SECRET_HEADER
from config.check import Verdict, verdicts
from config.sample.customers import load_customers
from config.settings import Settings
from knowledge_base.network.stored_places import seed_places
from tests.config.conftest import StartDesk

PHONE = "+212661000002"
SECRET = "a-secret-of-the-tests"
CONTRACT = {
    "number": "99-1",
    "energy": "EAU",
    "customer": {"name": "Somebody", "phone": "0661000002"},
    "site": {"commune": "Settat", "tariff": "RDC"},
    "state": "A",
}
BILL = {
    "contract": "99-1",
    "month": "2026-10",
    "issued": "2026-11-05",
    "due": "2026-11-25",
    "total": "77.01",
    "units": 9,
    "lines": [],
}


@pytest.fixture
async def billing_system() -> AsyncIterator[tuple[str, list[str | None]]]:
    tokens: list[str | None] = []

    async def health(request: web.Request) -> web.Response:
        tokens.append(request.headers.get("Authorization"))
        return web.Response(text="up")

    async def contracts(request: web.Request) -> web.Response:
        assert request.query["phone"] == PHONE
        return web.json_response({"items": [CONTRACT]})

    async def bills(request: web.Request) -> web.Response:
        return web.json_response({"items": [BILL]})

    application = web.Application()
    application.router.add_get("/health", health)
    application.router.add_get("/contracts", contracts)
    application.router.add_get("/contracts/99-1/bills", bills)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", tokens
    await runner.cleanup()


async def verdict(settings: Settings, what: str) -> Verdict | None:
    return next((each for each in [one async for one in verdicts(settings)] if each.what == what), None)


async def test_our_own_tables_always_answer(settings: Settings) -> None:
    found = await verdict(settings, "billing")
    assert found == Verdict("billing", True, "our own tables")


async def test_a_billing_system_that_answers_and_one_that_does_not(
    settings: Settings, billing_system: tuple[str, list[str | None]]
) -> None:
    url, tokens = billing_system
    there = settings.model_copy(update={"billing_url": url, "billing_token": SecretStr("secret-token")})
    found = await verdict(there, "billing")
    assert found == Verdict("billing", True, f"{url} answers")
    assert tokens == ["Bearer secret-token"]
    away = settings.model_copy(update={"billing_url": f"{url}/nowhere"})
    found = await verdict(away, "billing")
    assert found is not None
    assert found.good is False
    assert "bills cannot be told" in found.detail


async def test_what_is_wrong_with_the_settings_is_said_in_a_sentence(
    settings: Settings, tmp_path: Path
) -> None:
    open_network = settings.model_copy(update={"billing_url": "http://billing.example"})
    found = await verdict(open_network, "start")
    assert found is not None
    assert "WASL_BILLING_URL" in found.detail
    assert "https is required" in found.detail
    file = tmp_path / "billing.yaml"
    file.write_text("deadline: soon\n", "utf-8")
    wrong = settings.model_copy(update={"billing_url": "https://billing.example", "billing_file": file})
    found = await verdict(wrong, "start")
    assert found is not None
    assert f"{file}: deadline" in found.detail


async def asked(desk: Any, secret: str) -> str:
    """What the action says to the holder of a proven telephone who asks how much he owes."""
    tracker = {
        "latest_message": {
            "text": "combien je dois",
            "intent": {"name": "bill_amount"},
            "entities": [],
            "language": "fr",
            "metadata": {
                "conversation_id": str(uuid4()),
                "identity_id": str(uuid4()),
                "attested_phone": PHONE,
            },
        },
        "slots": {},
    }
    body = {"next_action": "action_answer", "tracker": tracker}
    async with desk.post(PATH, json=body, headers={SECRET_HEADER: secret}) as response:
        (answer,) = (await response.json())["responses"]
    return str(answer["custom"]["messages"][0]["text"])


async def test_the_composed_desk_tells_bills_of_its_tables(
    start_desk: StartDesk, database: AsyncEngine
) -> None:
    async with database.begin() as connection:
        await seed_places(connection, with_demonstration=True)
        await load_customers(connection, date(2026, 11, 23), generated=1)
    desk = await start_desk(rasa_secret=SecretStr(SECRET))
    assert "143,76\u00a0DH" in await asked(desk, SECRET)


async def test_the_composed_desk_tells_bills_of_a_billing_system_or_that_it_cannot(
    start_desk: StartDesk, database: AsyncEngine, billing_system: tuple[str, list[str | None]]
) -> None:
    async with database.begin() as connection:
        await seed_places(connection, with_demonstration=True)
        await load_customers(connection, date(2026, 11, 23), generated=1)
    desk = await start_desk(rasa_secret=SecretStr(SECRET), billing_url=billing_system[0])
    assert (await asked(desk, SECRET)).startswith("Facture eau, octobre 2026 : 77,01\u00a0DH")
    away = await start_desk(rasa_secret=SecretStr(SECRET), billing_url="http://127.0.0.1:1")
    told = await asked(away, SECRET)
    assert "pas consultables" in told
    assert "143" not in told
