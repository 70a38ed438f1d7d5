"""Wakes between workers: topics only, never truth. What a lost wake delays, polling finds.

`MemoryBus` serves one process, `ValkeyBus` several.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self

import structlog
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError

logger = structlog.get_logger(__name__)

CHANNEL_PREFIX = "wasl:wake:"


class Subscription:
    """Collects the topics that were woken since the last `wait`."""

    def __init__(self, topics: Iterable[str], others: set[Subscription]) -> None:
        self._topics = frozenset(topics)
        self._others = others
        self._woken: set[str] = set()
        self._event = asyncio.Event()

    def __enter__(self) -> Self:
        self._others.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._others.discard(self)

    def wake(self, topic: str | None) -> None:
        """Mark a topic (None: all of them, because some may have been missed)."""
        topics = self._topics if topic is None else self._topics & {topic}
        if topics:
            self._woken |= topics
            self._event.set()

    async def wait(self, timeout: float) -> frozenset[str]:
        """The topics woken since the last call, at once if there are any; empty after `timeout` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._event.wait()
        woken = frozenset(self._woken)
        self._woken.clear()
        self._event.clear()
        return woken


class Bus(Protocol):
    def publish(self, topic: str) -> None:
        """Wake whoever waits for the topic. Never blocks and never raises."""

    def subscribe(self, topics: Iterable[str]) -> Subscription:
        """Enter it, then `wait`: nothing published in between is missed."""


class MemoryBus:
    """Wakes inside one process."""

    def __init__(self) -> None:
        self._subscriptions: set[Subscription] = set()

    def publish(self, topic: str) -> None:
        for subscription in tuple(self._subscriptions):
            subscription.wake(topic)

    def subscribe(self, topics: Iterable[str]) -> Subscription:
        return Subscription(topics, self._subscriptions)


class ValkeyBus:
    """Wakes across processes through Valkey's publish and subscribe. Enter it to connect.

    Without Valkey it still wakes its own process; once Valkey is back it wakes everyone, because wakes
    may have been missed. Publishing is coalesced: a topic waiting to be sent is sent once.
    """

    def __init__(self, url: str) -> None:
        self._client = Valkey.from_url(url)
        self._local = MemoryBus()
        self._pending: set[str] = set()
        self._publishing = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.connected = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._send())]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.aclose()

    def publish(self, topic: str) -> None:
        self._local.publish(topic)
        self._pending.add(topic)
        self._publishing.set()

    def subscribe(self, topics: Iterable[str]) -> Subscription:
        return self._local.subscribe(topics)

    async def _send(self) -> None:
        while True:
            await self._publishing.wait()
            self._publishing.clear()
            topics, self._pending = self._pending, set()
            try:
                for topic in topics:
                    await self._client.publish(CHANNEL_PREFIX + topic, b"")
            except (ValkeyError, OSError) as error:
                # The listener says that the connection is gone and wakes everyone when it is back.
                logger.debug("wake_not_sent", detail=str(error))

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                async with self._client.pubsub() as listener:
                    await listener.psubscribe(CHANNEL_PREFIX + "*")
                    pause = 0.1
                    await self._relay(listener)
            except (ValkeyError, OSError) as error:
                if self.connected.is_set():
                    logger.warning("valkey_lost", detail=str(error))
                self.connected.clear()
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def _relay(self, listener: Any) -> None:
        async for message in listener.listen():
            if message["type"] == "psubscribe":
                logger.info("valkey_connected")
                self.connected.set()
                for subscription in tuple(self._local._subscriptions):
                    subscription.wake(None)
            elif message["type"] == "pmessage":
                self._local.publish(message["channel"].decode().removeprefix(CHANNEL_PREFIX))
