"""The web chat over a socket: replay, order, acknowledgements, several tabs, and browsers that misbehave."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError

from channels.adapter import TypingIndicator
from channels.envelope import Content, DeliveryState
from tests.channels.webchat.conftest import Chat, StartChat, Visitor

PATIENCE = 10  # seconds until a frame that must come is missing


async def frame(socket: ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    """The next frame of this type; others before it are passed over."""
    async with asyncio.timeout(PATIENCE):
        while True:
            told: dict[str, Any] = await socket.receive_json()
            if told["type"] == kind:
                return told


async def messages(socket: ClientWebSocketResponse, count: int) -> list[dict[str, Any]]:
    return [(await frame(socket, "message"))["message"] for _ in range(count)]


async def closed(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(PATIENCE):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
            pass
    return socket.close_code


async def connected(chat: Chat, count: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while len(chat.adapter._hub) != count:
            await asyncio.sleep(0)


async def test_send_is_stored_then_told_and_comes_back_with_its_position(
    chat: Chat, visitor: Visitor
) -> None:
    socket = await visitor.socket()
    await socket.send_json({"type": "send", "client_id": "socket-001", "text": "salam"})
    assert (await frame(socket, "stored"))["client_id"] == "socket-001"
    assert [message.content.text for message in chat.desk.messages] == ["salam"]
    again = await visitor.socket()
    (message,) = await messages(again, 1)
    assert (message["client_id"], message["position"], message["direction"]) == ("socket-001", 1, "inbound")
    await socket.close()
    await again.close()


async def test_an_answer_is_pushed_at_once(chat: Chat, visitor: Visitor) -> None:
    socket = await visitor.socket()
    await connected(chat, 1)
    await chat.say(visitor.name, "salam Salma m3ak", author="agent", author_name="Salma")
    (message,) = await messages(socket, 1)
    assert (message["text"], message["author"], message["author_name"]) == (
        "salam Salma m3ak",
        "agent",
        "Salma",
    )
    await socket.close()


async def test_an_answer_is_pushed_even_if_its_row_still_says_pending(chat: Chat, visitor: Visitor) -> None:
    socket = await visitor.socket()
    await connected(chat, 1)
    await chat.say(visitor.name, "now", state="pending")
    assert [message["text"] for message in await messages(socket, 1)] == ["now"]
    await socket.close()


async def test_reconnecting_gives_what_was_missed_once_and_in_order(chat: Chat, visitor: Visitor) -> None:
    socket = await visitor.socket()
    await connected(chat, 1)
    await chat.say(visitor.name, "one")
    (one,) = await messages(socket, 1)
    await socket.close()
    await connected(chat, 0)
    for text in ("two", "three"):
        await chat.say(visitor.name, text)
    socket = await visitor.socket(after=one["position"])
    missed = await messages(socket, 2)
    await chat.say(visitor.name, "four")
    assert [message["text"] for message in [*missed, *await messages(socket, 1)]] == ["two", "three", "four"]
    await socket.close()


async def test_a_long_absence_is_read_page_by_page(chat: Chat, visitor: Visitor) -> None:
    for number in range(1, 252):
        chat.desk.add(visitor.name, Content(text=str(number)), state="sent")
    socket = await visitor.socket(after=1)
    assert [int(message["text"]) for message in await messages(socket, 250)] == list(range(2, 252))
    await socket.close()


async def test_another_process_has_sent(start_chat: StartChat) -> None:
    chat = await start_chat(refresh_seconds=0.05)
    visitor = await chat.visitor()
    socket = await visitor.socket()
    await connected(chat, 1)
    chat.desk.add(visitor.name, Content(text="from elsewhere"), state="sent")  # nobody told this hub
    assert [message["text"] for message in await messages(socket, 1)] == ["from elsewhere"]
    await frame(socket, "ping")
    await socket.close()


async def test_a_desk_that_is_away_costs_neither_socket_nor_message(start_chat: StartChat) -> None:
    chat = await start_chat(refresh_seconds=0.05)
    visitor = await chat.visitor()
    socket = await visitor.socket()
    await connected(chat, 1)
    chat.desk.down = True
    await socket.send_json({"type": "send", "client_id": "while-down", "text": "one"})
    refused = await frame(socket, "refused")
    assert (refused["client_id"], refused["code"], refused["retry_after"]) == ("while-down", "not_stored", 5)
    chat.desk.down = False
    await socket.send_json({"type": "send", "client_id": "while-down", "text": "one"})
    assert (await frame(socket, "stored"))["client_id"] == "while-down"
    await chat.say(visitor.name, "two")
    await socket.close()
    assert [message["text"] for message in await visitor.messages()] == ["one", "two"]


async def test_two_tabs_see_the_same_and_reading_in_one_clears_the_other(
    chat: Chat, visitor: Visitor
) -> None:
    first, second = await visitor.socket(), await visitor.socket()
    await connected(chat, 2)
    await first.send_json({"type": "send", "client_id": "from-first", "text": "hello"})
    assert [message["client_id"] for message in await messages(second, 1)] == ["from-first"]
    answer = await chat.say(visitor.name, "hello you")
    for socket in (first, second):
        await messages(socket, 1 if socket is second else 2)
    await first.send_json({"type": "read", "position": 2})
    state = await frame(second, "state")
    assert (state["message_id"], state["state"]) == (str(answer.message_id), "read")
    assert [(receipt.message_id, receipt.state) for receipt in chat.desk.receipts] == [
        (answer.message_id, DeliveryState.READ)
    ]
    await first.close()
    await second.close()


async def test_acknowledging_the_future_settles_only_what_was_pushed(chat: Chat, visitor: Visitor) -> None:
    socket = await visitor.socket()
    await connected(chat, 1)
    await chat.say(visitor.name, "seen")
    await messages(socket, 1)
    reads = chat.desk.reads
    for position in range(50, 80):
        await socket.send_json({"type": "received", "position": position})
    await socket.send_json({"type": "send", "client_id": "after-that", "text": "x"})
    await frame(socket, "stored")
    assert [receipt.state for receipt in chat.desk.receipts] == [DeliveryState.DELIVERED]
    assert chat.desk.reads - reads <= 3  # thirty claims, one look
    later = await chat.say(visitor.name, "not seen yet")
    assert chat.desk.entry(later.message_id).state == "sent"
    await socket.close()


async def test_typing(chat: Chat, visitor: Visitor) -> None:
    assert isinstance(chat.adapter, TypingIndicator)
    socket = await visitor.socket()
    await connected(chat, 1)
    await chat.adapter.typing(visitor.name, None)
    await frame(socket, "typing")
    await socket.close()


@pytest.mark.parametrize("raw", ["{", "[]", "7", '"send"', "null", "[" * 60_000])
async def test_unreadable_frames_are_answered_and_the_socket_lives(
    chat: Chat, visitor: Visitor, raw: str
) -> None:
    socket = await visitor.socket()
    await socket.send_str(raw)
    assert (await frame(socket, "refused"))["code"] == "unreadable"
    for odd in ({"type": "dance"}, {}, {"type": ["send"]}, {"type": "read", "position": None}):
        await socket.send_str(json.dumps(odd))
    await socket.send_json({"type": "send", "client_id": "still-here", "text": "x"})
    assert (await frame(socket, "stored"))["client_id"] == "still-here"
    await socket.close()


async def test_a_frame_too_large_ends_the_socket(chat: Chat, visitor: Visitor) -> None:
    socket = await visitor.socket()
    await socket.send_json({"type": "send", "client_id": "too-large1", "text": "x" * 70_000})
    assert await closed(socket) == 1009
    await connected(chat, 0)
    assert chat.desk.messages == []


async def test_silence_ends_the_socket(start_chat: StartChat) -> None:
    chat = await start_chat(silence_seconds=0.1)
    visitor = await chat.visitor()
    socket = await visitor.socket()
    await closed(socket)
    await connected(chat, 0)


async def test_pongs_keep_it_open(start_chat: StartChat) -> None:
    chat = await start_chat(refresh_seconds=0.05, silence_seconds=2)
    visitor = await chat.visitor()
    socket = await visitor.socket()
    for _ in range(3):
        await frame(socket, "ping")
        await socket.send_json({"type": "pong"})
    await socket.close()


async def test_too_many_tabs_displace_the_oldest(start_chat: StartChat) -> None:
    chat = await start_chat(sockets_per_visitor=2)
    visitor = await chat.visitor()
    oldest = await visitor.socket()
    await connected(chat, 1)
    others = [await visitor.socket(), await visitor.socket()]
    assert await closed(oldest) == 4409
    await connected(chat, 2)
    for socket in others:
        await socket.close()


async def test_a_full_process_sends_browsers_to_polling(start_chat: StartChat) -> None:
    chat = await start_chat(sockets=1)
    visitor, other = await chat.visitor(), await chat.visitor()
    socket = await visitor.socket()
    await connected(chat, 1)
    with pytest.raises(WSServerHandshakeError) as refused:
        await other.socket()
    assert refused.value.status == 503
    assert await other.messages() == []
    await socket.close()


async def test_a_page_of_another_origin_cannot_open_a_socket(chat: Chat, visitor: Visitor) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await chat.session.ws_connect(
            chat.url("/socket"), params={"token": visitor.token}, headers={"Origin": "https://evil.example"}
        )
    assert refused.value.status == 403


async def test_rate_limited_frames_say_when_to_come_back(start_chat: StartChat) -> None:
    chat = await start_chat(message_rate="1/minute")
    visitor = await chat.visitor()
    socket = await visitor.socket()
    for number in range(2):
        await socket.send_json({"type": "send", "client_id": f"message-{number}", "text": "x"})
    refused = await frame(socket, "refused")
    assert (refused["client_id"], refused["code"]) == ("message-1", "rate_limited")
    assert 1 <= refused["retry_after"] <= 60
    await socket.close()


async def test_leaving_tells_the_browsers_and_leaves_no_task(chat: Chat, visitor: Visitor) -> None:
    socket = await visitor.socket()
    await connected(chat, 1)
    waiting = asyncio.create_task(closed(socket))
    await chat.adapter.__aexit__(None, None, None)
    assert await waiting == 1001
    await connected(chat, 0)
