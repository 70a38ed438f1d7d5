"""Delivers updates as Telegram does: in order, to the webhook until it answers with success, or to a poll."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

log = logging.getLogger(__name__)

# What a webhook answers may be one call of the Bot API, with its parameters.
Carry = Callable[[str, dict[str, Any]], Awaitable[object]]


class Conflict(Exception):
    """Somebody else polls, or a webhook is set."""


@dataclass(frozen=True, slots=True)
class Webhook:
    url: str
    secret: str
    allowed: frozenset[str]


class Updates:
    def __init__(
        self, carry: Carry, *, timeout: timedelta, retry_first: timedelta, retry_longest: timedelta
    ) -> None:
        self._carry = carry
        self._timeout = ClientTimeout(total=timeout.total_seconds())
        self._first, self._longest = retry_first.total_seconds(), retry_longest.total_seconds()
        self.waiting: list[dict[str, Any]] = []
        self.webhook: Webhook | None = None
        self.attempts = 0
        self.delivered = 0
        self._number = 0
        self._polls = 0
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._http: ClientSession | None = None

    async def open(self) -> None:
        self._http = ClientSession()
        self._start(self._deliver())

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._http is not None:
            await self._http.close()

    def tell(self, kind: str, told: dict[str, Any]) -> int:
        """Queue an update; its number. What is told is copied: later edits of it are updates of their own."""
        self._number += 1
        self.waiting.append({"update_id": self._number, kind: json.loads(json.dumps(told))})
        self._start(self._announce())
        return self._number

    async def set_webhook(self, webhook: Webhook | None) -> None:
        self.webhook = webhook
        await self._announce()

    async def poll(
        self, offset: int, limit: int, wait: float, allowed: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Updates from `offset` on; those before it are confirmed. Conflict when a webhook is set or a later
        poll takes over."""
        if self.webhook is not None:
            raise Conflict("can't use getUpdates method while webhook is active; use deleteWebhook")
        self._polls += 1
        mine = self._polls
        confirmed = [update for update in self.waiting if update["update_id"] < offset]
        self.delivered += len(confirmed)
        self.waiting = [
            update for update in self.waiting if update not in confirmed and _wanted(update, allowed)
        ]
        async with self._changed:
            self._changed.notify_all()
            try:
                async with asyncio.timeout(wait):
                    await self._changed.wait_for(lambda: self.waiting or self._polls != mine or self.webhook)
            except TimeoutError:
                return []
        if self._polls != mine or self.webhook is not None:
            raise Conflict("terminated by other getUpdates request")
        return [update for update in self.waiting if _wanted(update, allowed)][:limit]

    async def settled(self) -> None:
        """Return when every update has been taken."""
        async with asyncio.timeout(10), self._changed:
            await self._changed.wait_for(lambda: not self.waiting)

    async def _deliver(self) -> None:
        wait = self._first
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: self.waiting and self.webhook)
            webhook = self.webhook
            assert webhook is not None
            update = self.waiting[0]
            if not _wanted(update, webhook.allowed) or await self._attempt(webhook, update):
                wait = self._first
                self.waiting.remove(update)
                self.delivered += 1
                await self._announce()
            else:
                await asyncio.sleep(wait)
                wait = min(wait * 2, self._longest)

    async def _attempt(self, webhook: Webhook, update: dict[str, Any]) -> bool:
        assert self._http is not None
        self.attempts += 1
        headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret} if webhook.secret else {}
        try:
            async with self._http.post(
                webhook.url, json=update, headers=headers, timeout=self._timeout
            ) as answer:
                if not answer.ok:
                    log.debug("The webhook was answered with %s: it is sent again", answer.status)
                    return False
                body = await answer.read()
        except (ClientError, TimeoutError, OSError) as error:
            log.debug("The webhook did not arrive (%s): it is sent again", error)
            return False
        if body:
            parameters = json.loads(body)
            await self._carry(parameters.pop("method"), parameters)
        return True

    async def _announce(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    def _start(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _wanted(update: dict[str, Any], allowed: Sequence[str] | frozenset[str]) -> bool:
    return not allowed or any(name in allowed for name in update)
