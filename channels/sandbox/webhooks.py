"""Delivers webhooks as Meta does: signed, one queue per customer, again and again until the answer is 200."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout

from channels.sandbox.faults import Faults
from channels.sandbox.settings import SandboxSettings
from channels.sandbox.store import Bubble, Customer

log = logging.getLogger(__name__)

Stored = Callable[[], None]


@dataclass(slots=True, eq=False)
class Delivery:
    value: dict[str, Any]
    stored: Stored | None = None  # called when our side has answered 200


@dataclass(slots=True)
class Counters:
    queued: int = 0
    delivered: int = 0
    attempts: int = 0


class Webhooks:
    """`send` never waits; `close` drops what has not been delivered."""

    def __init__(self, settings: SandboxSettings, faults: Faults) -> None:
        self._settings = settings
        self._faults = faults
        self._http: ClientSession | None = None
        self._queues: dict[str, deque[Delivery]] = defaultdict(deque)
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(settings.webhook_concurrency)
        self._flowing = asyncio.Event()
        self.url: str | None = str(settings.webhook_url) if settings.webhook_url else None
        self.counters = Counters()

    def update_flow(self) -> None:
        """Look again whether webhooks may go out."""
        if self.url is not None and self._http is not None and not self._faults.flow.hold:
            self._flowing.set()
        else:
            self._flowing.clear()

    def send(self, queue: str, value: dict[str, Any], stored: Stored | None = None) -> None:
        """Queue one webhook; those of one queue leave in order."""
        self._queues[queue].append(Delivery(value, stored))
        self.counters.queued += 1
        if queue not in self._workers:
            self._workers[queue] = asyncio.create_task(self._drain(queue), name=f"webhooks {queue}")

    async def open(self) -> None:
        self._http = ClientSession()
        self.update_flow()

    async def close(self) -> None:
        workers = list(self._workers.values())
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _drain(self, name: str) -> None:
        queue = self._queues[name]
        try:
            while queue:
                await self._flowing.wait()
                if self._faults.flow.shuffle:
                    queue.rotate(random.randrange(len(queue)))  # noqa: S311 - disorder, not a secret
                delivery = queue[0]
                for _ in range(2 if self._faults.flow.duplicate else 1):
                    await self._deliver(delivery.value)
                queue.remove(delivery)
                self.counters.queued -= 1
                self.counters.delivered += 1
                if delivery.stored is not None:
                    delivery.stored()
        finally:
            del self._workers[name]
            if not queue:
                del self._queues[name]

    async def _deliver(self, value: dict[str, Any]) -> None:
        settings = self._settings
        raw = encode(settings.business_account_id, value)
        secret = settings.app_secret.get_secret_value().encode()
        headers = {
            "Content-Type": "application/json",
            "X-Hub-Signature-256": "sha256=" + hmac.new(secret, raw, hashlib.sha256).hexdigest(),
        }
        wait = settings.retry_first
        while True:
            await self._flowing.wait()
            async with self._slots:
                if await self._attempt(raw, headers):
                    return
            await asyncio.sleep(wait.total_seconds())
            wait = min(wait * 2, settings.retry_longest)

    async def _attempt(self, raw: bytes, headers: dict[str, str]) -> bool:
        self.counters.attempts += 1
        if self.url is None or self._http is None:
            return False
        timeout = ClientTimeout(total=self._settings.webhook_timeout.total_seconds())
        try:
            async with self._http.post(self.url, data=raw, headers=headers, timeout=timeout) as answer:
                if answer.status == 200:
                    return True
                log.debug("The webhook was answered with %s: it is sent again", answer.status)
        except (ClientError, TimeoutError, OSError) as error:
            log.debug("The webhook did not arrive (%s): it is sent again", error)
        return False


def encode(business_account_id: str, value: dict[str, Any]) -> bytes:
    """A body with one change, its non-ASCII characters escaped as Meta does."""
    change = {"value": value, "field": "messages"}
    body = {
        "object": "whatsapp_business_account",
        "entry": [{"id": business_account_id, "changes": [change]}],
    }
    return json.dumps(body, separators=(",", ":")).replace("/", "\\/").encode()


def message_value(
    settings: SandboxSettings, messages: list[tuple[Customer, dict[str, Any]]]
) -> dict[str, Any]:
    """Customers' messages as a webhook tells them (`messages` without the sender's fields)."""
    contacts = {customer.id: contact(customer) for customer, _ in messages}
    told = [{**sender(customer), **message} for customer, message in messages]
    return _about(settings) | {"contacts": list(contacts.values()), "messages": told}


def status_value(
    settings: SandboxSettings, customer: Customer, bubble: Bubble, state: str, **more: Any
) -> dict[str, Any]:
    """One status of a message we took."""
    status: dict[str, Any] = {
        "id": bubble.id,
        "status": state,
        "timestamp": str(int(datetime.now(UTC).timestamp())),
    }
    if customer.number:
        status["recipient_id"] = customer.number
    status["recipient_user_id"] = customer.user_id
    if bubble.tracker is not None:
        status["biz_opaque_callback_data"] = bubble.tracker
    told = _about(settings) | {"statuses": [status | more]}
    # Meta names no contact when a message failed.
    return told if state == "failed" else told | {"contacts": [contact(customer)]}


def contact(customer: Customer) -> dict[str, Any]:
    about: dict[str, Any] = {"profile": {"name": customer.name or customer.address}}
    if customer.number:
        about["wa_id"] = customer.number
    return about | {"user_id": customer.user_id}


def sender(customer: Customer) -> dict[str, Any]:
    known = {"from_user_id": customer.user_id}
    return {"from": customer.number} | known if customer.number else known


def _about(settings: SandboxSettings) -> dict[str, Any]:
    digits = "".join(filter(str.isdigit, settings.display_phone_number))
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": digits, "phone_number_id": settings.phone_number_id},
    }
