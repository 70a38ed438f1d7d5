"""A sink that is a list, and an application around accounts: what a channel is tested with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from channels import web as channel_web
from channels.adapter import ChannelAdapter
from channels.envelope import Content, Exchange, InboundEvent, InboundMessage, ThreadEntry


class Recorder:
    """An InboundSink that keeps what it is given; `fail` makes it refuse, like a desk without a database."""

    def __init__(self) -> None:
        self.events: list[InboundEvent] = []
        self.calls = 0
        self.fail: Exception | None = None
        self._changed = asyncio.Condition()

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        self.calls += 1
        if self.fail is not None:
            raise self.fail
        async with self._changed:
            self.events.extend(events)
            self._changed.notify_all()

    async def converse(self, message: InboundMessage) -> Exchange:
        await self.accept([message])
        return Exchange((Content(text="Salam"),), handed_over=False)

    async def thread(
        self, account: str, address: str, *, after: int = 0, limit: int = 100
    ) -> Sequence[ThreadEntry]:
        return ()

    async def until(self, count: int) -> list[InboundEvent]:
        """Wait until so many events have arrived."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: len(self.events) >= count)
        return self.events

    @property
    def messages(self) -> list[InboundMessage]:
        return [event for event in self.events if isinstance(event, InboundMessage)]


@asynccontextmanager
async def serving(
    adapters: Mapping[str, ChannelAdapter[Any]], sink: Recorder
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A server with these accounts mounted, on a free port."""
    app = web.Application()
    channel_web.mount(app.router, adapters, sink)
    async with TestClient(TestServer(app)) as client:
        yield client
