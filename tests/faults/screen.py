"""An agent's screen: a live socket that comes back with its last cursor whenever the desk dies."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from uuid import UUID

import aiohttp

from tests.faults.agents import PASSWORD, PAUSE
from tests.faults.evidence import Screen

WATCHER = "nadia@demo.wasl"
SILENCE = 45.0  # seconds: the desk pings more often, so a socket this silent is dead


class Watching:
    """Keeps what the live socket told, over as many connections as it takes."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._cursor: str | None = None
        self._after = (0, 0)
        self._resets = 0
        self._heard = asyncio.Event()
        self.greeted = asyncio.Event()
        self.events: list[UUID] = []
        self.connections = 0

    @property
    def screen(self) -> Screen:
        return Screen(self._after, tuple(self.events), self._resets)

    async def run(self) -> None:
        """Until cancelled."""
        headers = {"X-Wasl": "1", "Origin": self._url}
        jar = aiohttp.CookieJar(unsafe=True)  # the desk is at an address, not at a name
        async with aiohttp.ClientSession(cookie_jar=jar, headers=headers) as http:
            signed_in = False
            while True:
                with suppress(aiohttp.ClientError, TimeoutError, ConnectionError):
                    signed_in = signed_in or await self._sign_in(http)
                    if signed_in:
                        await self._watch(http)
                await asyncio.sleep(PAUSE)

    async def caught_up(self, last: UUID, seconds: float) -> bool:
        """Whether the socket has told this event, waiting for it."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while last not in self.events:
                    self._heard.clear()
                    await self._heard.wait()
                return True
        return False

    async def _sign_in(self, http: aiohttp.ClientSession) -> bool:
        body = {"email": WATCHER, "password": PASSWORD}
        async with http.post(self._url + "/api/session", json=body) as response:
            return response.status == 200

    async def _watch(self, http: aiohttp.ClientSession) -> None:
        query = {} if self._cursor is None else {"cursor": self._cursor}
        async with http.ws_connect(self._url + "/api/live", params=query) as socket:
            self.connections += 1
            while True:
                message = await socket.receive(timeout=SILENCE)
                if message.type is not aiohttp.WSMsgType.TEXT:
                    return
                self._hear(message.json())

    def _hear(self, frame: dict[str, object]) -> None:
        if frame["type"] == "hello" and self._cursor is None:
            self._cursor = str(frame["cursor"])
            transaction, _, sequence = self._cursor.partition(":")
            self._after = int(transaction), int(sequence)
            self.greeted.set()
        elif frame["type"] == "reset":
            self._resets += 1
            self._cursor = str(frame["cursor"])
        elif frame["type"] == "event":
            event = frame["event"]
            assert isinstance(event, dict)
            self._cursor = str(frame["cursor"])
            self.events.append(UUID(event["id"]))
            self._heard.set()
