"""Customers on three channels, played through the sandbox and the widget's own interface."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol
from urllib.parse import quote
from uuid import uuid4

import aiohttp

from tests.journeys.conftest import Installation

PATIENCE = 60.0  # seconds: many dialogues are held at once
POLL = 0.1


class Talker(Protocol):
    """`write` sends a message; `heard` are all texts received so far, oldest first."""

    async def write(self, text: str) -> None: ...
    async def heard(self) -> list[str]: ...


class Provider:
    """What a sandbox took from us, read once for all who ask at the same moment."""

    def __init__(self, wasl: Installation, path: str, key: str) -> None:
        self._wasl = wasl
        self._path = path
        self._key = key
        self._reading: asyncio.Task[list[dict[str, Any]]] | None = None

    async def sent(self) -> list[dict[str, Any]]:
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read())
        return await asyncio.shield(self._reading)

    async def _read(self) -> list[dict[str, Any]]:
        return list((await self._wasl.get(self._path))[self._key])


class OnWhatsApp:
    def __init__(self, wasl: Installation, provider: Provider, number: str, name: str = "Zineb") -> None:
        self._wasl = wasl
        self._provider = provider
        self._number = number
        self._name = name

    async def write(self, text: str) -> None:
        await self._wasl.post("/sandbox/api/customers", {"address": self._number, "name": self._name})
        path = f"/sandbox/api/customers/{quote(self._number)}/messages"
        await self._wasl.post(path, {"message": {"type": "text", "text": text}})

    async def heard(self) -> list[str]:
        mine = [one["body"] for one in await self._provider.sent()]
        return [_whatsapp_text(body) for body in mine if body.get("to") == self._number.lstrip("+")]


def _whatsapp_text(body: dict[str, Any]) -> str:
    if "text" in body:
        return str(body["text"]["body"])
    return str((body.get("interactive") or {}).get("body", {}).get("text", ""))


class OnTelegram:
    API = "/sandbox/telegram/api"

    def __init__(self, wasl: Installation, provider: Provider, person: int) -> None:
        self._wasl = wasl
        self._provider = provider
        self._person = person

    async def write(self, text: str) -> None:
        await self._wasl.post(f"{self.API}/people", {"id": self._person, "name": "Driss"})
        await self._wasl.post(f"{self.API}/messages", {"from": self._person, "message": {"text": text}})

    async def heard(self) -> list[str]:
        parameters = [one["parameters"] for one in await self._provider.sent()]
        return [
            str(one["text"]) for one in parameters if one.get("chat_id") == self._person and "text" in one
        ]


class OnTheWeb:
    """A visitor of the web chat, by the widget's own addresses."""

    def __init__(self, wasl: Installation) -> None:
        self._wasl = wasl
        self._headers: dict[str, str] = {}

    async def write(self, text: str) -> None:
        if not self._headers:
            visitor = await self._wasl.post("/channels/web/visitors", {"language": "ar"})
            self._headers = {"Authorization": f"Bearer {visitor['token']}"}
        body = {"client_id": str(uuid4()), "text": text}
        address = f"{self._wasl.url}/channels/web/messages"
        async with self._wasl.http.post(address, json=body, headers=self._headers) as response:
            assert response.status == 202, await response.text()

    async def heard(self) -> list[str]:
        if not self._headers:
            return []  # a visitor exists from the first message on
        address = f"{self._wasl.url}/channels/web/messages?after=0"
        async with self._wasl.http.get(address, headers=self._headers) as response:
            messages = (await response.json())["messages"]
        return [one["text"] for one in messages if one["direction"] == "outbound" and one["text"]]


async def ask(talker: Talker, text: str) -> str:
    """Write, and return what is answered, as one text."""
    before = len(await talker.heard())
    await talker.write(text)
    async with asyncio.timeout(PATIENCE):
        while len(heard := await talker.heard()) <= before:
            await asyncio.sleep(POLL)
    return "\n".join(heard[before:])


class Agent:
    """A supervisor's session, without a browser: sees restricted requests too."""

    def __init__(self, wasl: Installation, http: aiohttp.ClientSession) -> None:
        self._wasl = wasl
        self._http = http

    async def sign_in(self) -> None:
        headers = {"X-Wasl": "1", "Origin": self._wasl.url}
        body = {"email": "nadia@demo.wasl", "password": "wasl-demo"}
        async with self._http.post(f"{self._wasl.url}/api/session", json=body, headers=headers) as response:
            assert response.status == 200, await response.text()

    async def ticket(self, number: str) -> dict[str, Any]:
        """The ticket with the number a customer was told."""
        address = f"{self._wasl.url}/api/tickets?view=all&q={number}"
        async with self._http.get(address) as response:
            found = (await response.json())["tickets"]
        (ticket,) = [one for one in found if one["number"] == number]
        async with self._http.get(f"{self._wasl.url}/api/tickets/{ticket['id']}") as response:
            detail: dict[str, Any] = await response.json()
        return detail
