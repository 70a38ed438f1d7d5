"""The played Telegram, as those who play people on it and those who call it see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import FormData, web
from aiohttp.test_utils import TestClient, TestServer

from channels.sandbox.telegram import TELEGRAM, telegram_app
from channels.sandbox.telegram_provider import TelegramSandbox, TelegramSandboxSettings
from tests.contracts.telegram import check_call

BOT = "/sandbox/telegram/bot7000000001:sandbox-token"
API = "/sandbox/telegram/api"
AMINA = {"id": 4567, "name": "Amina"}

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def telegram_client() -> AsyncIterator[Client]:
    played = telegram_app(TelegramSandboxSettings(), validate=check_call)
    app = web.Application()
    app.add_subapp("/sandbox/telegram", played)
    app[TELEGRAM] = played[TELEGRAM]
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.fixture
def played(telegram_client: Client) -> TelegramSandbox:
    assert telegram_client.server is not None
    return telegram_client.app[TELEGRAM]  # type: ignore[index]


async def call(client: Client, method: str, **parameters: Any) -> tuple[int, Any]:
    async with client.post(f"{BOT}/{method}", json=parameters) as response:
        body = await response.json()
        assert body["ok"] is response.ok
        return response.status, body.get("result", body)


async def play(client: Client, path: str, body: Any, method: str = "POST") -> Any:
    async with client.request(method, API + path, json=body) as response:
        assert response.ok, await response.text()
        return await response.json()


async def test_a_conversation_with_all_that_a_person_does(telegram_client: Client) -> None:
    client = telegram_client
    await play(client, "/people", AMINA)
    written = await play(client, "/messages", {"from": 4567, "message": {"text": "Salam"}})
    buttons = {"inline_keyboard": [[{"text": "Oui", "callback_data": "/yes"}]]}
    status, asked = await call(client, "sendMessage", chat_id=4567, text="?", reply_markup=buttons)
    assert status == 200
    press = {"from": 4567, "message_id": asked["message_id"], "data": "/yes"}
    query = (await play(client, "/presses", press))["id"]
    await play(client, "/edits", {"chat": 4567, "message_id": written["message_id"], "text": "Salaam"})
    form = FormData({"from": "4567", "kind": "photo", "caption": "Le compteur"})
    form.add_field("file", b"jpeg", filename="a.jpg", content_type="image/jpeg")
    async with client.post(f"{API}/files", data=form) as response:
        assert response.status == 201
    status, updates = await call(client, "getUpdates")
    kinds = [next(key for key in update if key != "update_id") for update in updates]
    assert kinds == ["message", "callback_query", "edited_message", "message"]
    assert updates[0]["message"]["text"] == "Salam", "an update tells what was, not what became of it"
    assert await call(client, "answerCallbackQuery", callback_query_id=query) == (200, True)
    assert (await call(client, "answerCallbackQuery", callback_query_id=query))[0] == 400
    edited = await call(client, "editMessageText", chat_id=4567, message_id=asked["message_id"], text="!")
    assert edited[1]["text"] == "!"
    seen = (await play(client, "/chats/4567", None, "GET"))["messages"]
    assert [message.get("text") for message in seen] == ["Salaam", "!", None]
    stats = await play(client, "/stats", None, "GET")
    assert (stats["sent"], stats["violations"]) == (1, [])
    status, _ = await call(client, "getUpdates", offset=updates[-1]["update_id"] + 1)
    assert (await play(client, "/stats", None, "GET"))["updates"] == {"waiting": 0, "delivered": 4}


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"chat_id": 1, "text": "x"}, 400, "chat not found"),
        ({"chat_id": 4567, "text": " "}, 400, "text is empty"),
        ({"chat_id": 4567, "text": "x" * 4097}, 400, "too long"),
        ({"chat_id": 4567}, 400, "text"),
        ({"chat_id": 4567, "text": "x", "colour": "red"}, 400, "colour"),
        (
            {
                "chat_id": 4567,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "a", "callback_data": "x" * 65}]]},
            },
            400,
            "BUTTON_DATA_INVALID",
        ),
        ({"chat_id": 4567, "text": "x", "reply_parameters": {"message_id": 99}}, 400, "not found"),
    ],
)
async def test_what_the_provider_refuses(
    telegram_client: Client, parameters: dict[str, Any], status: int, words: str
) -> None:
    await play(telegram_client, "/people", AMINA)
    given, body = await call(telegram_client, "sendMessage", **parameters)
    assert (given, words in body["description"]) == (status, True), body


async def test_tokens_webhooks_and_faults(telegram_client: Client, played: TelegramSandbox) -> None:
    client = telegram_client
    async with client.post("/sandbox/telegram/bot7000000001:wrong/getMe") as response:
        assert response.status == 401
    assert (await call(client, "noSuchThing"))[0] in {400, 404}
    played.violations.clear()
    url = "http://127.0.0.1:9/webhook"
    assert await call(client, "setWebhook", url=url, secret_token="s") == (200, True)
    assert (await call(client, "getWebhookInfo"))[1]["url"] == url
    assert (await call(client, "getUpdates"))[0] == 409
    assert await call(client, "deleteWebhook") == (200, True)
    await play(client, "/people", AMINA)
    async with client.post(f"{API}/faults", json={"kind": "rate_limit"}) as response:
        assert response.status == 204
    status, body = await call(client, "sendMessage", chat_id=4567, text="x")
    assert (status, body["parameters"]) == (429, {"retry_after": 5})
    await play(client, "/people/4567", {"blocked": True}, "PATCH")
    status, body = await call(client, "sendMessage", chat_id=4567, text="x")
    assert (status, body["description"]) == (403, "Forbidden: bot was blocked by the user")


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/messages", {"from": 99, "message": {"text": "x"}}, 404),
        ("/messages", {"from": 4567, "chat": -5, "message": {"text": "x"}}, 404),
        ("/people", {"id": -1}, 422),
        ("/people", {"id": 1, "colour": "red"}, 422),
        ("/edits", {"chat": 4567, "message_id": 1, "text": "x"}, 404),
    ],
)
async def test_wrong_requests_are_refused(telegram_client: Client, path: str, body: Any, status: int) -> None:
    await play(telegram_client, "/people", AMINA)
    async with telegram_client.post(API + path, json=body) as response:
        assert response.status == status
