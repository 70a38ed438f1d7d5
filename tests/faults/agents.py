"""Agents who go on answering while the desk dies under them."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any
from uuid import UUID, uuid4

import aiohttp

from tests.faults.evidence import AgentReply

PASSWORD = "wasl-demo"
AGENTS = ("salma@demo.wasl", "youssef@demo.wasl")
PAUSE = 0.2  # seconds between two tries, and between two replies
IMPATIENT = 0.05  # seconds: too short for many an answer, which is then lost on its way
PATIENT = 5.0


class Agent:
    """Repeats every request until the desk answers it, a reply under its own client id."""

    def __init__(self, url: str, email: str, seed: str) -> None:
        self._url = url
        self._email = email
        self._random = Random(seed)
        self._headers = {"X-Wasl": "1", "Origin": url}
        self.replies: list[AgentReply] = []

    async def work(self, stopping: asyncio.Event) -> None:
        """Answer tickets of people until told to stop; a reply that was begun is seen through."""
        jar = aiohttp.CookieJar(unsafe=True)  # the desk is at an address, not at a name
        async with aiohttp.ClientSession(cookie_jar=jar, headers=self._headers) as http:
            await self._until_answered(
                http, "POST", "/api/session", {"email": self._email, "password": PASSWORD}
            )
            while not stopping.is_set():
                ticket = await self._choose(http)
                if ticket is not None:
                    await self._reply(http, ticket)
                await asyncio.sleep(PAUSE)

    async def _choose(self, http: aiohttp.ClientSession) -> str | None:
        view = self._random.choice(("unassigned", "mine"))
        status, answer = await self._until_answered(http, "GET", f"/api/tickets?view={view}&limit=20")
        assert status == 200, answer
        tickets = answer["tickets"]
        return str(self._random.choice(tickets)["id"]) if tickets else None

    async def _reply(self, http: aiohttp.ClientSession, ticket_id: str) -> None:
        client_id = uuid4()
        body = {"client_id": str(client_id), "text": f"Bonjour, ici {self._email}."}
        path = f"/api/tickets/{ticket_id}/reply"
        # Now and then the client loses patience and repeats at once what the desk is still storing.
        tries = [
            self._until_answered(http, "POST", path, body) for _ in range(self._random.choice((1, 1, 2)))
        ]
        statuses = [status for status, _ in await asyncio.gather(*tries)]
        self.replies.append(_reply_of(client_id, statuses))

    async def _until_answered(
        self, http: aiohttp.ClientSession, method: str, path: str, body: Any = None
    ) -> tuple[int, Any]:
        """Status and body of the first answer that is not the desk's own trouble."""
        while True:
            seconds = IMPATIENT if self._random.random() < 0.2 else PATIENT
            timeout = aiohttp.ClientTimeout(total=seconds)
            try:
                async with http.request(method, self._url + path, json=body, timeout=timeout) as response:
                    if response.status < 500:
                        return response.status, await response.json()
            except (aiohttp.ClientError, TimeoutError, ValueError):
                pass
            await asyncio.sleep(PAUSE)


def _reply_of(client_id: UUID, statuses: list[int]) -> AgentReply:
    return AgentReply(client_id, answered=any(status < 300 for status in statuses))


def agents(url: str, seed: int) -> list[Agent]:
    return [Agent(url, email, f"{seed} {email}") for email in AGENTS]
