"""The endpoint answers 200 with an apology and a handover whatever breaks; 403 without the secret."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from aiohttp import ClientSession, web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.endpoint import PATH, routes
from bot.actions.routing import ACTION
from bot.actions.services import Services
from tests.bot.world import NOW, SECRET, World


@asynccontextmanager
async def serving(services: Services, deadline: float = 3.0) -> AsyncIterator[str]:
    application = web.Application()
    application.add_routes(routes(services, SECRET, deadline=deadline))
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{PATH}"
    finally:
        await runner.cleanup()


def body(intent: str, text: str = "bonjour", **slots: Any) -> dict[str, Any]:
    metadata = {
        "conversation_id": str(uuid4()),
        "identity_id": str(uuid4()),
        "language": "fr",
        "now": NOW.isoformat(),
        "location": None,
        "attested_phone": None,
    }
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": [],
        "language": "fr",
        "metadata": metadata,
    }
    return {
        "next_action": ACTION,
        "sender_id": metadata["conversation_id"],
        "tracker": {"slots": slots, "latest_message": message, "events": []},
        "version": "3.6.21",
    }


async def post(http: ClientSession, url: str, **what: Any) -> tuple[int, Any]:
    headers = what.pop("headers", {"X-Wasl-Secret": SECRET})
    async with http.post(url, headers=headers, **what) as response:
        return response.status, await response.json()


def custom(answer: dict[str, Any]) -> dict[str, Any]:
    (response,) = answer["responses"]
    said: dict[str, Any] = response["custom"]
    return said


def assert_apology(status: int, answer: dict[str, Any]) -> None:
    assert status == 200
    assert custom(answer)["handover"]["reason"] == "assistant_error"
    assert custom(answer)["messages"][0]["text"]
    assert {"event": "pause"} in answer["events"]


async def test_answers_and_sets_only_the_slots_that_change(http: ClientSession, world: World) -> None:
    async with serving(world.services()) as url:
        status, answer = await post(http, url, json=body("thanks", misunderstood=1))
    assert status == 200
    assert custom(answer)["messages"] == [{"text": "Avec plaisir.", "choices": []}]
    assert custom(answer)["handover"] is None
    assert answer["events"] == [
        {"event": "slot", "name": "language", "value": "fr"},
        {"event": "slot", "name": "misunderstood", "value": 0},
    ]


@pytest.mark.parametrize("headers", [{}, {"X-Wasl-Secret": "wrong"}, {"X-Wasl-Secret": SECRET + "x"}])
async def test_refuses_who_has_no_secret(http: ClientSession, world: World, headers: dict[str, str]) -> None:
    async with serving(world.services()) as url:
        status, _ = await post(http, url, json=body("greeting"), headers=headers)
    assert status == 403


@pytest.mark.parametrize(
    "data",
    [b"", b"not json", b"[]", b"{}", b'{"next_action": "action_answer"}', b'{"tracker": {}}', b"\xff\xfe"],
)
async def test_rubbish_gets_an_apology_and_200(http: ClientSession, world: World, data: bytes) -> None:
    async with serving(world.services()) as url:
        assert_apology(*await post(http, url, data=data))


async def test_an_unknown_action_gets_an_apology(http: ClientSession, world: World) -> None:
    async with serving(world.services()) as url:
        assert_apology(*await post(http, url, json={**body("greeting"), "next_action": "action_dance"}))


async def test_metadata_that_is_missing_gets_an_apology(http: ClientSession, world: World) -> None:
    request = body("greeting")
    del request["tracker"]["latest_message"]["metadata"]
    async with serving(world.services()) as url:
        assert_apology(*await post(http, url, json=request))


async def test_a_database_that_fails_gets_an_apology(http: ClientSession, world: World) -> None:
    @asynccontextmanager
    async def broken() -> AsyncIterator[AsyncConnection]:
        raise OSError("The database is away.")
        yield

    request = body("mobile_agency_schedule")
    request["tracker"]["latest_message"]["entities"] = [
        {"entity": "place", "value": "zemamra", "start": 0, "end": 7, "confidence_entity": 1.0}
    ]
    async with serving(replace(world.services(), connection=broken)) as url:
        assert_apology(*await post(http, url, json=request))


async def test_a_hanging_database_gets_an_apology_in_time(http: ClientSession, world: World) -> None:
    release = asyncio.Event()

    @asynccontextmanager
    async def hanging() -> AsyncIterator[AsyncConnection]:
        await release.wait()
        raise AssertionError("released too early")
        yield

    request = body("mobile_agency_schedule")
    request["tracker"]["latest_message"]["entities"] = [
        {"entity": "place", "value": "zemamra", "start": 0, "end": 7, "confidence_entity": 1.0}
    ]
    async with serving(replace(world.services(), connection=hanging), deadline=0.1) as url:
        assert_apology(*await post(http, url, json=request))


async def test_the_apology_is_in_the_language_of_the_message(http: ClientSession, world: World) -> None:
    request = {**body("greeting", "شحال عليا فالما"), "next_action": "action_dance"}
    del request["tracker"]["latest_message"]["language"]
    async with serving(world.services()) as url:
        _, answer = await post(http, url, json=request)
    assert "موظف" in custom(answer)["messages"][0]["text"]


async def test_a_long_conversation_is_not_too_large(http: ClientSession, world: World) -> None:
    request = body("thanks")
    request["tracker"]["events"] = [{"event": "user", "text": "x" * 1000}] * 3000
    async with serving(world.services()) as url:
        status, answer = await post(http, url, data=BytesIO(json.dumps(request).encode()))
    assert status == 200
    assert custom(answer)["handover"] is None
