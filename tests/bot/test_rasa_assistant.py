"""RasaAssistant against servers that play each failure: each ends with people, none with an exception."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, web

from bot.contract import HandoverReason, Language, Reply, Turn, TurnMessage
from bot.rasa import RasaAssistant

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SECRET = "a-secret-of-the-tests"
GOOD = {"messages": [{"text": "Bonjour", "choices": []}], "handover": None, "paused": False}


@asynccontextmanager
async def serving(
    webhook: Handler, forget: Handler | None = None, ready: Handler | None = None
) -> AsyncIterator[str]:
    application = web.Application()
    application.router.add_post("/webhooks/platform/webhook", webhook)
    if forget is not None:
        application.router.add_post("/webhooks/platform/forget", forget)
    if ready is not None:
        application.router.add_get("/webhooks/platform/", ready)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def answering(body: Any, status: int = 200) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response(body, status=status)

    return handler


def turn(*messages: TurnMessage, language: Language | None = Language.FR) -> Turn:
    return Turn(
        conversation_id=uuid4(),
        ticket_id=uuid4(),
        contact_id=uuid4(),
        identity_id=uuid4(),
        channel="webchat",
        messages=messages or (TurnMessage("combien je dois"),),
        language=language,
        attested_phone="+212661000001",
        at=datetime(2026, 11, 24, 10, tzinfo=UTC),
    )


def assert_handed_over(reply: Reply, reason: HandoverReason) -> None:
    assert reply.handover is not None
    assert reply.handover.reason is reason
    assert len(reply.messages) == 1
    assert reply.messages[0].text


async def test_asks_with_the_secret_and_everything_the_actions_need(http: ClientSession) -> None:
    seen: dict[str, Any] = {}

    async def webhook(request: web.Request) -> web.StreamResponse:
        seen["secret"] = request.headers["X-Wasl-Secret"]
        seen["body"] = await request.json()
        return web.json_response(
            {
                **GOOD,
                "messages": [{"text": "Lequel ?", "choices": [{"id": "bill_amount", "title": "Ma facture"}]}],
                "intent": "bill_amount",
                "confidence": 0.9,
                "language": "fr",
                "slots": {"topic": "bill"},
            }
        )

    asked = turn()
    async with serving(webhook) as url:
        reply = await RasaAssistant(http, url, SECRET).reply(asked)
    assert seen["secret"] == SECRET
    assert seen["body"]["sender_id"] == str(asked.conversation_id)
    assert seen["body"]["text"] == "combien je dois"
    metadata = seen["body"]["metadata"]
    assert metadata["attested_phone"] == "+212661000001"
    assert metadata["identity_id"] == str(asked.identity_id)
    assert metadata["now"] == "2026-11-24T10:00:00+00:00"
    assert reply.handover is None
    assert (reply.intent, reply.confidence, reply.language) == ("bill_amount", 0.9, Language.FR)
    assert reply.messages[0].choices[0].id == "bill_amount"
    assert reply.slots == {"topic": "bill"}


async def test_refused_connection(http: ClientSession, unused_tcp_port: int) -> None:
    assistant = RasaAssistant(http, f"http://127.0.0.1:{unused_tcp_port}", SECRET)
    assert_handed_over(await assistant.reply(turn()), HandoverReason.ASSISTANT_DOWN)
    assert not await assistant.ready()
    await assistant.forget(uuid4())


async def test_hanging_server_is_left_at_the_deadline(http: ClientSession) -> None:
    release = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        await release.wait()
        return web.json_response(GOOD)

    async with serving(hang) as url:
        reply = await RasaAssistant(http, url, SECRET, deadline=0.2).reply(turn())
        release.set()
    assert_handed_over(reply, HandoverReason.ASSISTANT_SLOW)


async def test_server_that_hangs_in_the_middle_of_its_answer(http: ClientSession) -> None:
    release = asyncio.Event()

    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b'{"messages": [')
        await release.wait()
        return response

    async with serving(half) as url:
        reply = await RasaAssistant(http, url, SECRET, deadline=0.2).reply(turn())
        release.set()
    assert_handed_over(reply, HandoverReason.ASSISTANT_SLOW)


@pytest.mark.parametrize(
    ("handler", "reason"),
    [
        (answering({"error": "failed"}, 500), HandoverReason.ASSISTANT_ERROR),
        (answering({"error": "forbidden"}, 403), HandoverReason.ASSISTANT_ERROR),
        (answering({"error": "no_model"}, 503), HandoverReason.NOT_READY),
        (answering({"error": "timeout"}, 504), HandoverReason.ASSISTANT_SLOW),
        (answering([]), HandoverReason.ASSISTANT_ERROR),
        (answering("text"), HandoverReason.ASSISTANT_ERROR),
        (answering({}), HandoverReason.ASSISTANT_ERROR),
        (answering({"messages": [], "paused": False}), HandoverReason.ASSISTANT_ERROR),
        (answering({"messages": [{"text": "  "}]}), HandoverReason.ASSISTANT_ERROR),
        (answering({"messages": [{"words": "x"}]}), HandoverReason.ASSISTANT_ERROR),
        (answering({"messages": "x"}), HandoverReason.ASSISTANT_ERROR),
        (answering({**GOOD, "handover": {"reason": "boredom"}}), HandoverReason.ASSISTANT_ERROR),
        (answering({**GOOD, "language": "klingon"}), HandoverReason.ASSISTANT_ERROR),
    ],
)
async def test_wrong_answers(http: ClientSession, handler: Handler, reason: HandoverReason) -> None:
    async with serving(handler) as url:
        assert_handed_over(await RasaAssistant(http, url, SECRET).reply(turn()), reason)


async def test_answer_that_is_not_json(http: ClientSession) -> None:
    async def html(request: web.Request) -> web.StreamResponse:
        return web.Response(text="<html>Bad gateway</html>", content_type="text/html")

    async with serving(html) as url:
        assert_handed_over(
            await RasaAssistant(http, url, SECRET).reply(turn()), HandoverReason.ASSISTANT_ERROR
        )


async def test_dropped_connection(http: ClientSession) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async with serving(drop) as url:
        assert_handed_over(
            await RasaAssistant(http, url, SECRET).reply(turn()), HandoverReason.ASSISTANT_DOWN
        )


async def test_the_apology_is_in_the_customers_language(http: ClientSession) -> None:
    async with serving(answering({}, 500)) as url:
        reply = await RasaAssistant(http, url, SECRET).reply(turn(TurnMessage("شحال عليا فالما")))
    assert reply.language is Language.ARY
    assert "موظف" in reply.messages[0].text


async def test_an_attachment_is_offered_to_the_dialogue_and_a_reaction_is_not(http: ClientSession) -> None:
    asked: list[str | None] = []

    async def note(request: web.Request) -> web.StreamResponse:
        asked.append((await request.json())["choice"])
        return web.json_response(GOOD)

    async with serving(note) as url:
        assistant = RasaAssistant(http, url, SECRET)
        reply = await assistant.reply(turn(TurnMessage("", kind="audio")))
        reaction = await assistant.reply(turn(TurnMessage("", kind="reaction")))
    assert reply.handover is None
    assert asked == ["inform:attachment:audio"]
    assert (reaction.messages, reaction.handover) == ((), None)


async def test_an_attachment_goes_to_people_when_the_dialogue_fails(http: ClientSession) -> None:
    async with serving(answering({}, 500)) as url:
        reply = await RasaAssistant(http, url, SECRET).reply(turn(TurnMessage("", kind="image")))
    assert_handed_over(reply, HandoverReason.ATTACHMENT)


async def test_a_handover_of_the_dialogue_is_passed_on(http: ClientSession) -> None:
    body = {**GOOD, "handover": {"reason": "danger", "priority": 1, "team": "technical", "summary": "câble"}}
    async with serving(answering(body)) as url:
        reply = await RasaAssistant(http, url, SECRET).reply(turn())
    assert reply.handover is not None
    assert reply.handover.reason is HandoverReason.DANGER
    assert (reply.handover.priority, reply.handover.team) == (1, "technical")


async def test_a_conversation_that_came_back_from_people_starts_afresh(http: ClientSession) -> None:
    calls: list[str] = []

    async def webhook(request: web.Request) -> web.StreamResponse:
        calls.append("webhook")
        return web.json_response(
            GOOD if "forget" in calls else {"messages": [], "handover": None, "paused": True}
        )

    async def forget(request: web.Request) -> web.StreamResponse:
        calls.append("forget")
        return web.json_response({"forgotten": True})

    async with serving(webhook, forget) as url:
        reply = await RasaAssistant(http, url, SECRET).reply(turn())
    assert calls == ["webhook", "forget", "webhook"]
    assert reply.messages[0].text == "Bonjour"


async def test_the_breaker_spares_a_broken_server_and_comes_back(http: ClientSession) -> None:
    calls = 0
    body, status = {"error": "failed"}, 500

    async def webhook(request: web.Request) -> web.StreamResponse:
        nonlocal calls
        calls += 1
        return web.json_response(body, status=status)

    async with serving(webhook) as url:
        assistant = RasaAssistant(http, url, SECRET, failures=3, pause=0.05)
        for _ in range(3):
            assert_handed_over(await assistant.reply(turn()), HandoverReason.ASSISTANT_ERROR)
        assert_handed_over(await assistant.reply(turn()), HandoverReason.ASSISTANT_DOWN)
        assert calls == 3
        body, status = GOOD, 200
        async with asyncio.timeout(10):
            while (await assistant.reply(turn())).handover is not None:
                await asyncio.sleep(0.01)
    assert calls == 4


async def test_a_model_in_training_does_not_open_the_breaker(http: ClientSession) -> None:
    async with serving(answering({"error": "no_model"}, 503)) as url:
        assistant = RasaAssistant(http, url, SECRET, failures=2, pause=60)
        for _ in range(5):
            assert_handed_over(await assistant.reply(turn()), HandoverReason.NOT_READY)


async def test_more_turns_than_there_is_room_for_go_to_people(http: ClientSession) -> None:
    release, begun = asyncio.Event(), asyncio.Event()

    async def hold(request: web.Request) -> web.StreamResponse:
        begun.set()
        await release.wait()
        return web.json_response(GOOD)

    async with serving(hold) as url:
        assistant = RasaAssistant(http, url, SECRET, concurrent=1, waiting=1)
        first = asyncio.create_task(assistant.reply(turn()))
        await begun.wait()
        second = asyncio.create_task(assistant.reply(turn()))
        await asyncio.sleep(0)
        third = await assistant.reply(turn())
        release.set()
        answered = [await first, await second]
    assert_handed_over(third, HandoverReason.OVERLOADED)
    assert [reply.handover for reply in answered] == [None, None]


async def test_a_turn_that_never_got_its_place_is_overload_not_slowness(http: ClientSession) -> None:
    release, begun = asyncio.Event(), asyncio.Event()

    async def hold(request: web.Request) -> web.StreamResponse:
        begun.set()
        await release.wait()
        return web.json_response(GOOD)

    async with serving(hold) as url:
        assistant = RasaAssistant(http, url, SECRET, concurrent=1, deadline=2)
        first = asyncio.create_task(assistant.reply(turn()))
        await begun.wait()
        second = await assistant.reply(turn())
        release.set()
        await first
    assert_handed_over(second, HandoverReason.OVERLOADED)


async def test_readiness_follows_the_channel(http: ClientSession) -> None:
    async with serving(answering(GOOD), ready=answering({"ready": True})) as url:
        assert await RasaAssistant(http, url, SECRET).ready()
    async with serving(answering(GOOD), ready=answering({"ready": False}, 503)) as url:
        assert not await RasaAssistant(http, url, SECRET).ready()


async def test_forgetting_names_the_conversation(http: ClientSession) -> None:
    forgotten: list[str] = []

    async def forget(request: web.Request) -> web.StreamResponse:
        forgotten.append((await request.json())["sender_id"])
        return web.json_response({"forgotten": True})

    conversation = UUID(int=7)
    async with serving(answering(GOOD), forget) as url:
        await RasaAssistant(http, url, SECRET).forget(conversation)
    assert forgotten == [str(conversation)]
