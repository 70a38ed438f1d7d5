"""From a person at Telegram to the desk and back: intake, turns, outbox and media on a real database."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from sqlalchemy import text

from channels.sandbox.telegram_provider import TelegramSandbox
from channels.supervisor import AccountState
from config.parts import Parts, open_parts
from config.serve import running
from config.settings import Settings
from tests.channels.telegram.conftest import TOKEN

AMINA = 4567
PATIENCE = 20.0
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f0003860180a6b4b2d50000000049454e44ae426082"
)


@pytest.fixture
async def desk(
    database_url: str, tmp_path: Path, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Parts]:
    """A whole desk without an assistant: every turn is handed to people, and the person is told."""
    monkeypatch.setenv("WASL_TELEGRAM_TOKEN", TOKEN)
    monkeypatch.setenv("WASL_TELEGRAM_BASE_URL", base_url)
    settings = Settings.model_validate({"data": tmp_path, "database_url": database_url, "port": 0})
    async with open_parts(settings, serving=True) as parts, running(parts):
        yield parts


@pytest.fixture
async def demonstration(database_url: str, tmp_path: Path) -> AsyncIterator[Parts]:
    """A whole desk with the played providers on its own address, as `./wasl run` starts it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = Settings.model_validate(
        {"data": tmp_path, "database_url": database_url, "port": port, "sandbox": True}
    )
    async with open_parts(settings, serving=True) as parts, running(parts):
        await parts.supervisor.settled()
        yield parts


async def rows(desk: Parts, query: str) -> list[Any]:
    async with desk.engine.connect() as connection:
        return list(await connection.execute(text(query)))


async def answers(telegram: TelegramSandbox, count: int) -> list[Any]:
    async with asyncio.timeout(PATIENCE):
        while len(telegram.api.sent) < count:
            await asyncio.sleep(0.02)
    return telegram.api.sent


async def test_a_person_writes_and_is_answered(desk: Parts, telegram: TelegramSandbox) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    message = telegram.write(amina, {"text": "السلام، ماكاينش الما"})
    telegram.updates.tell("message", message)  # the same words in another update: stored once
    (answer, *_) = await answers(telegram, 1)
    assert answer.parameters["chat_id"] == AMINA
    assert answer.parameters["text"]
    stored = await rows(desk, "SELECT external_id FROM messages WHERE direction = 'inbound'")
    assert [row.external_id for row in stored] == [f"{AMINA}:{message['message_id']}"]
    async with asyncio.timeout(PATIENCE):
        while not (sent := await rows(desk, "SELECT 1 FROM messages WHERE state = 'sent'")):
            await asyncio.sleep(0.02)
    assert sent


async def test_a_picture_is_fetched_and_a_group_is_a_thread_of_its_own(
    desk: Parts, telegram: TelegramSandbox
) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    group = telegram.chats.found_group("Derb Sultan")
    telegram.write(amina, telegram.attach("photo", "image/jpeg", PNG) | {"caption": "Le compteur"})
    mention = {"text": "@srm_cs_bot salam", "entities": [{"type": "mention", "offset": 0, "length": 11}]}
    telegram.write(amina, mention, group)
    sent = await answers(telegram, 2)
    assert {one.parameters["chat_id"] for one in sent} == {AMINA, group.id}
    async with asyncio.timeout(PATIENCE):
        while not await rows(desk, "SELECT 1 FROM attachments WHERE state = 'stored'"):
            await asyncio.sleep(0.02)
    addresses = await rows(desk, "SELECT address FROM identities ORDER BY address")
    assert [row.address for row in addresses] == [f"{group.id}:{AMINA}", str(AMINA)]


async def test_the_demonstration_plays_telegram(demonstration: Parts, http: ClientSession) -> None:
    """Nothing is configured: the account finds the played provider, and tells it where to deliver."""
    assert demonstration.supervisor.health("telegram").state is AccountState.READY
    telegram = f"{demonstration.settings.local_url}/sandbox/telegram/api"
    await http.post(f"{telegram}/people", json={"id": AMINA, "name": "Amina"})
    await http.post(f"{telegram}/messages", json={"from": AMINA, "message": {"text": "Salam"}})
    async with asyncio.timeout(PATIENCE):
        while True:
            async with http.get(f"{telegram}/sent") as response:
                if sent := (await response.json())["sent"]:
                    break
            await asyncio.sleep(0.02)
    assert sent[0]["parameters"]["chat_id"] == AMINA
