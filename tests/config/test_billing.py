"""Where bills come from is chosen by a setting, and `./wasl check` tells whether it answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from config.check import Verdict, verdicts
from config.settings import Settings


@pytest.fixture
async def billing_system() -> AsyncIterator[tuple[str, list[str | None]]]:
    tokens: list[str | None] = []

    async def health(request: web.Request) -> web.Response:
        tokens.append(request.headers.get("Authorization"))
        return web.Response(text="up")

    application = web.Application()
    application.router.add_get("/health", health)
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
