"""The webhook: what every channel must do, and the call that rides on its answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence

import pytest
from aiohttp import ClientSession
from pydantic import ValidationError

from channels.envelope import InboundMessage, Kind
from channels.telegram.adapter import SECRET_HEADER, TelegramAdapter
from tests.channels.conformance import (
    CHECKS,
    Probe,
    keeps_the_neighbours_of_a_broken_message,
    walks_a_batch,
)
from tests.channels.recorder import Recorder, serving
from tests.channels.telegram.bodies import AMINA, encode, message, update
from tests.channels.telegram.conftest import SECRET, settings

PATH = "/channels/telegram/webhook"
HEADERS = {SECRET_HEADER: SECRET}
# A webhook of Telegram holds one update; test_polling.py has the batches.
ONE_BY_ONE = [c for c in CHECKS if c not in {walks_a_batch, keeps_the_neighbours_of_a_broken_message}]


def sign(_raw: bytes) -> dict[str, str]:
    return HEADERS


def single(messages: Sequence[tuple[str, str, str]], broken: int) -> bytes:
    ((name, _sender, words),) = messages
    assert not broken
    return encode(update(1, **message(int(name.removeprefix("id-")), text=words)))


@pytest.mark.parametrize("check", ONE_BY_ONE)
async def test_conformance(check: Callable[[Probe], Awaitable[None]], adapter: TelegramAdapter) -> None:
    await check(Probe(adapter, sign, single, signs_body=False))


async def test_a_broken_update_is_acknowledged_and_kept(adapter: TelegramAdapter, sink: Recorder) -> None:
    async with serving({"telegram": adapter}, sink) as client:
        body = encode({"update_id": 5, "message": {"text": "?"}})
        assert (await client.post(PATH, data=body, headers=HEADERS)).status == 200
    (broken,) = sink.events
    assert getattr(broken, "raw", None) == {"update_id": 5, "message": {"text": "?"}}
    (again,) = adapter.replay(update(5))
    assert isinstance(again, InboundMessage)


async def test_a_pressed_button_is_answered_once_it_is_stored(
    adapter: TelegramAdapter, sink: Recorder
) -> None:
    press = {"id": "77", "from": AMINA, "message": message(3), "chat_instance": "1", "data": "/yes"}
    body = encode({"update_id": 5, "callback_query": press})
    async with serving({"telegram": adapter}, sink) as client:
        sink.fail = OSError("no database")
        answer = await client.post(PATH, data=body, headers=HEADERS)
        assert answer.status == 503
        sink.fail = None
        answer = await client.post(PATH, data=body, headers=HEADERS)
        assert json.loads(await answer.text()) == {"method": "answerCallbackQuery", "callback_query_id": "77"}
    assert sink.messages[0].content.kind is Kind.CHOICE


async def test_an_account_that_polls_has_no_webhook(http: ClientSession, sink: Recorder) -> None:
    polling = TelegramAdapter("telegram", settings(mode="polling", webhook_secret=None), http)
    async with serving({"telegram": polling}, sink) as client:
        for headers in ({SECRET_HEADER: ""}, {}):
            assert (await client.post(PATH, data=encode(update()), headers=headers)).status == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"token": "no-number"},
        {"token": ""},
        {"webhook_secret": None},
        {"webhook_secret": ""},
        {"webhook_secret": "é"},
        {"webhook_secret": "x" * 257},
        {"mode": "pigeon"},
        {"poll_timeout": 3600},
        {"poll_timeout": 0},
    ],
)
def test_wrong_settings_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        settings(**changes)


def test_a_blank_address_is_no_address() -> None:
    assert settings(webhook_url="").webhook_url is None
    assert "secret-of-tests" not in repr(settings())
