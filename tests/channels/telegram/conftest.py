"""Telegram accounts: one that must not call out, and those whose provider is the sandbox."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from channels.sandbox.telegram import TELEGRAM, telegram_app
from channels.sandbox.telegram_provider import TelegramSandbox, TelegramSandboxSettings
from channels.telegram.adapter import TelegramAdapter
from channels.telegram.settings import TelegramSettings
from tests.contracts.telegram import check_call, check_update

TOKEN = "7000000001:sandbox-token"
SECRET = "secret-of-tests"


def settings(**changes: object) -> TelegramSettings:
    given = {
        "token": TOKEN,
        "mode": "webhook",
        "webhook_secret": SECRET,
        # A port nobody listens on: a test that calls out by mistake fails.
        "base_url": "http://127.0.0.1:9",
    }
    return TelegramSettings.model_validate(given | changes)


@pytest.fixture
def adapter(http: ClientSession) -> TelegramAdapter:
    return TelegramAdapter("telegram", settings(), http)


@pytest.fixture
async def telegram_server() -> AsyncIterator[TestServer]:
    """A played Telegram that checks every call and every update against the Bot API's description."""
    quick = {"retry_first": timedelta(milliseconds=5), "retry_longest": timedelta(milliseconds=20)}
    played = telegram_app(TelegramSandboxSettings.model_validate(quick), validate=check_call)
    app = web.Application()
    app.add_subapp("/sandbox/telegram", played)
    app[TELEGRAM] = played[TELEGRAM]
    _check_updates(played[TELEGRAM])
    async with TestServer(app) as server:
        yield server
    assert played[TELEGRAM].violations == []


def _check_updates(telegram: TelegramSandbox) -> None:
    tell = telegram.updates.tell

    def checked(kind: str, told: dict[str, Any]) -> int:
        number = tell(kind, told)
        check_update(telegram.updates.waiting[-1])
        return number

    telegram.updates.tell = checked  # type: ignore[method-assign]


@pytest.fixture
def telegram(telegram_server: TestServer) -> TelegramSandbox:
    return telegram_server.app[TELEGRAM]


@pytest.fixture
def base_url(telegram_server: TestServer) -> str:
    return str(telegram_server.make_url("/sandbox/telegram"))


@pytest.fixture
def live(http: ClientSession, base_url: str) -> TelegramAdapter:
    """An account at the sandbox."""
    return TelegramAdapter("telegram", settings(base_url=base_url), http)


@pytest.fixture
def polling(http: ClientSession, base_url: str) -> TelegramAdapter:
    return TelegramAdapter("telegram", settings(base_url=base_url, mode="polling", webhook_secret=None), http)
