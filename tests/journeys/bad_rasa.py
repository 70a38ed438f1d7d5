"""Plays the assistant's side of the wire, as badly as it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Behaviour = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answer(text: str) -> dict[str, Any]:
    """A turn answered as the real one answers it."""
    return {
        "messages": [{"text": text}],
        "handover": None,
        "intent": "greet",
        "confidence": 0.99,
        "language": "fr",
        "slots": {},
        "paused": False,
    }


class BadRasa:
    """An assistant on one port for all its lives. `behaviour` is what becomes of each turn."""

    def __init__(self) -> None:
        self.url = ""
        self.behaviour: Behaviour = self.well
        self.asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()  # turns as they come
        self.forgotten: asyncio.Queue[str] = asyncio.Queue()  # conversations it was told to forget
        self._runner: web.AppRunner | None = None
        self._port = 0

    async def start(self) -> None:
        app = web.Application()
        app.router.add_get("/webhooks/platform/", self._ready)
        app.router.add_post("/webhooks/platform/webhook", self._turn)
        app.router.add_post("/webhooks/platform/forget", self._forget)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = int(self._runner.addresses[0][1])
        self.url = f"http://127.0.0.1:{self._port}"

    async def stop(self) -> None:
        """Nobody listens any more."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def well(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(answer("Bonjour, comment puis-je vous aider ?"))

    async def _ready(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"ready": True})

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        self.asked.put_nowait(await request.json())
        return await self.behaviour(request)

    async def _forget(self, request: web.Request) -> web.StreamResponse:
        self.forgotten.put_nowait((await request.json())["sender_id"])
        return web.json_response({"forgotten": True})


async def hangs(_request: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("unreachable: nobody sets the event")


async def breaks_off(request: web.Request) -> web.StreamResponse:
    """The connection dies half-way through the answer."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": "500"})
    await response.prepare(request)
    await response.write(b'{"messages": [')
    assert request.transport is not None
    request.transport.abort()
    return response


def says(text: str, *, status: int = 200, content_type: str = "application/json") -> Behaviour:
    async def say(_request: web.Request) -> web.StreamResponse:
        return web.Response(text=text, status=status, content_type=content_type)

    return say
