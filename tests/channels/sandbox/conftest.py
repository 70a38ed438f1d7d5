"""A client in front of the sandbox, and a receiver of its webhooks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

AUTHORISED = {"Authorization": "Bearer sandbox-token"}
NUMBER = "/sandbox/graph/v23.0/106540352242922"

Client = TestClient[web.Request, web.Application]


@pytest.fixture
async def client(sandbox_server: TestServer) -> AsyncIterator[Client]:
    async with TestClient(sandbox_server) as client:
        yield client


def sending(words: str = "Salam", to: str = "212600000001", **more: Any) -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": to,
        "type": "text",
        "text": {"body": words},
        **more,
    }


class Receiver:
    """Takes webhooks, refusing the first `refuse` of them; `bodies` are those it took, in order."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.refuse = 0
        self.attempts = 0
        self.url = ""
        self._changed = asyncio.Condition()

    async def handle(self, request: web.Request) -> web.Response:
        raw = await request.read()
        signature = "sha256=" + hmac.new(b"sandbox-app-secret", raw, hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == signature
        async with self._changed:
            self.attempts += 1
            if self.attempts > self.refuse:
                self.bodies.append(json.loads(raw))
            self._changed.notify_all()
            return web.Response(status=503 if self.attempts <= self.refuse else 200)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(condition)

    @property
    def values(self) -> list[dict[str, Any]]:
        return [body["entry"][0]["changes"][0]["value"] for body in self.bodies]

    @property
    def texts(self) -> list[str]:
        messages = (message for value in self.values for message in value.get("messages", ()))
        return [message["text"]["body"] for message in messages]

    @property
    def states(self) -> list[str]:
        return [status["status"] for value in self.values for status in value.get("statuses", ())]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/webhook", receiver.handle)
    async with TestServer(app) as server:
        receiver.url = str(server.make_url("/webhook"))
        yield receiver
