"""Receiving from the provider itself: by webhook and by polling, with what goes wrong between."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from channels import web as channel_web
from channels.envelope import Broken, InboundMessage, Kind
from channels.errors import TemporaryFailure
from channels.sandbox.telegram_provider import TelegramSandbox
from channels.supervisor import AccountState, Supervisor
from channels.telegram.adapter import TelegramAdapter
from tests.channels.recorder import Recorder
from tests.channels.telegram.conftest import settings

AMINA = 4567


def serve(adapter: TelegramAdapter, sink: Recorder) -> TestServer:
    app = web.Application()
    channel_web.mount(app.router, {"telegram": adapter}, sink)
    return TestServer(app)


async def test_the_account_tells_the_provider_where_its_webhook_is(
    http: ClientSession, base_url: str, telegram: TelegramSandbox, sink: Recorder
) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    telegram.write(amina, {"text": "before anybody listened"})
    async with serve(TelegramAdapter("telegram", settings(base_url=base_url), http), sink) as server:
        url = str(server.make_url("/channels/telegram/webhook"))
        async with TelegramAdapter("telegram", settings(base_url=base_url, webhook_url=url), http):
            telegram.write(amina, {"text": "after"})
            await telegram.updates.settled()
    assert [message.content.text for message in sink.messages] == ["before anybody listened", "after"]


async def test_what_was_not_stored_comes_again_by_webhook(
    http: ClientSession, base_url: str, telegram: TelegramSandbox, sink: Recorder
) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    sink.fail = OSError("no database")
    plain = TelegramAdapter("telegram", settings(base_url=base_url), http)
    async with serve(plain, sink) as server:
        url = str(server.make_url("/channels/telegram/webhook"))
        async with TelegramAdapter("telegram", settings(base_url=base_url, webhook_url=url), http):
            telegram.write(amina, {"text": "un"})
            telegram.write(amina, {"text": "deux"})
            while telegram.updates.attempts < 2:
                await asyncio.sleep(0)
            sink.fail = None
            await telegram.updates.settled()
    assert [message.content.text for message in sink.messages] == ["un", "deux"]


async def test_a_whole_batch_is_polled_and_confirmed(
    polling: TelegramAdapter, telegram: TelegramSandbox, sink: Recorder
) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    for number in range(150):
        telegram.write(amina, {"text": str(number)})
    async with Supervisor({"telegram": polling}, sink):
        await sink.until(150)
        await telegram.updates.settled()
        telegram.write(amina, {"text": "later"})
        await sink.until(151)
    assert [message.content.text for message in sink.messages] == [*map(str, range(150)), "later"]
    assert sink.calls == 3, "a batch is one transaction"


async def test_a_broken_update_of_a_batch_is_kept_and_does_not_come_again(
    polling: TelegramAdapter, telegram: TelegramSandbox, sink: Recorder
) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    telegram.write(amina, {"text": "un"})
    telegram.updates.waiting.append({"update_id": telegram.updates.waiting[-1]["update_id"], "message": {}})
    telegram.write(amina, {"text": "deux"})
    async with Supervisor({"telegram": polling}, sink):
        await sink.until(3)
        await telegram.updates.settled()
    assert [type(event) for event in sink.events] == [InboundMessage, Broken, InboundMessage]


async def test_what_was_not_stored_is_polled_again(
    polling: TelegramAdapter, telegram: TelegramSandbox, sink: Recorder
) -> None:
    telegram.write(telegram.chats.meet(AMINA, "Amina"), {"text": "un"})
    sink.fail = OSError("no database")
    async with Supervisor({"telegram": polling}, sink) as supervisor:
        while supervisor.health("telegram").state is not AccountState.DEGRADED:
            await asyncio.sleep(0)
        assert len(telegram.updates.waiting) == 1
        sink.fail = None
        supervisor.retry("telegram")
        await sink.until(1)
    assert sink.messages[0].content.text == "un"


async def test_polling_takes_the_webhook_away_and_pressed_buttons_are_answered(
    http: ClientSession, base_url: str, polling: TelegramAdapter, telegram: TelegramSandbox, sink: Recorder
) -> None:
    async with TelegramAdapter(
        "telegram", settings(base_url=base_url, webhook_url="http://127.0.0.1:9/"), http
    ):
        assert telegram.updates.webhook is not None
    amina = telegram.chats.meet(AMINA, "Amina")
    chat = telegram.chats.chats[AMINA]
    buttons = {"inline_keyboard": [[{"text": "Oui", "callback_data": "/yes"}]]}
    question = telegram.chats.answer(chat, {"text": "?", "reply_markup": buttons}, None)
    query = telegram.press(amina, chat, question["message_id"], "/yes")
    async with Supervisor({"telegram": polling}, sink):
        await sink.until(1)
        await telegram.updates.settled()
        while telegram.api.answered != [query]:
            await asyncio.sleep(0)
    assert telegram.updates.webhook is None
    content = sink.messages[0].content
    assert (content.kind, content.choice_id, content.text) == (Kind.CHOICE, "/yes", "Oui")


async def test_a_second_listener_is_told(
    polling: TelegramAdapter, telegram: TelegramSandbox, sink: Recorder
) -> None:
    async with polling:
        first = asyncio.create_task(polling.listen(sink))
        second = asyncio.create_task(polling.listen(sink))
        with pytest.raises(TemporaryFailure, match="terminated by other getUpdates"):
            await asyncio.wait_for(first, 10)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
    assert telegram.violations == []


@pytest.mark.parametrize("result", [[{"message": {}}], {"a": 1}, "x"])
async def test_a_batch_that_cannot_be_confirmed_is_not_asked_for_at_once(
    http: ClientSession, sink: Recorder, result: Any
) -> None:
    async def handle(_request: web.Request) -> web.Response:
        return web.json_response({"ok": True, "result": result})

    app = web.Application()
    app.router.add_post("/{any:.*}", handle)
    async with TestServer(app) as server:
        url = str(server.make_url("/"))
        odd = TelegramAdapter("telegram", settings(base_url=url, mode="polling"), http)
        with pytest.raises(TemporaryFailure):
            await odd.listen(sink)


async def test_edits_and_reactions_come_through(
    polling: TelegramAdapter, telegram: TelegramSandbox, sink: Recorder
) -> None:
    amina = telegram.chats.meet(AMINA, "Amina")
    chat = telegram.chats.chats[AMINA]
    number = telegram.write(amina, {"text": "un"})["message_id"]
    telegram.edit(chat, number, {"text": "deux"})
    telegram.edit(chat, number, {"text": "trois"})
    telegram.react(amina, chat, number, "👍")
    async with Supervisor({"telegram": polling}, sink):
        await sink.until(4)
    assert [message.content.text for message in sink.messages] == ["un", "deux", "trois", "👍"]
    assert len({message.external_id for message in sink.messages}) == 4
    assert {message.reply_to for message in sink.messages[1:]} == {sink.messages[0].external_id}
