"""Tells open pages what changes, as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiohttp import web

WAITING = 2000  # changes kept for a slow page; beyond, it reads everything again
HEARTBEAT = 15.0

_CLOSE = object()


class Pages:
    def __init__(self) -> None:
        self._queues: set[asyncio.Queue[Any]] = set()

    def tell(self, change: dict[str, Any]) -> None:
        for queue in self._queues:
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait({"type": "reset"})
            else:
                queue.put_nowait(change)

    def close(self) -> None:
        """End all streams, so that the server can stop."""
        for queue in self._queues:
            while not queue.empty():
                queue.get_nowait()
            queue.put_nowait(_CLOSE)

    async def stream(self, request: web.Request, first: dict[str, Any]) -> web.StreamResponse:
        """Answer with an endless stream that starts with `first`."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with self._subscribed() as queue:
            change: Any = first
            while change is not _CLOSE:
                data = f"data: {json.dumps(change, ensure_ascii=False)}\n\n" if change else ": still here\n\n"
                try:
                    await response.write(data.encode())
                except ConnectionError:
                    break
                change = await _next(queue)
        return response

    @contextmanager
    def _subscribed(self) -> Iterator[asyncio.Queue[Any]]:
        queue: asyncio.Queue[Any] = asyncio.Queue(WAITING)
        self._queues.add(queue)
        try:
            yield queue
        finally:
            self._queues.discard(queue)


async def _next(queue: asyncio.Queue[Any]) -> Any:
    try:
        async with asyncio.timeout(HEARTBEAT):
            return await queue.get()
    except TimeoutError:
        return None
