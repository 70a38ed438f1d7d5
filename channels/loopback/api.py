"""The provider, in memory: what a network API would be in another channel's folder.

Tests and demonstrations play the customer with it: `say()`, `read()`, and `sent` to see what came back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from channels.envelope import Attachment, DeliveryState, FailureReason, OutboundMessage
from channels.errors import AccountRejected, ChannelError, PermanentFailure, TemporaryFailure


def error_for(code: str) -> ChannelError:
    """The one table of this provider's codes. Every channel has one, in its `api.py` or beside it."""
    match code:
        case "busy":
            return TemporaryFailure("The provider is busy.", retry_after=timedelta(seconds=1))
        case "lost":
            return TemporaryFailure("The answer was lost.", maybe_sent=True)
        case "blocked":
            reason = FailureReason.RECIPIENT_UNREACHABLE
            return PermanentFailure(reason, "The recipient blocked us.", provider_code=code)
        case "revoked":
            return AccountRejected("The token was revoked.")
        case _:
            reason = FailureReason.OTHER
            return PermanentFailure(reason, f"The provider refused with {code}.", provider_code=code)


class LoopbackProvider:
    """One account at the provider. `sent` holds what it took from us, oldest first."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, OutboundMessage]] = []
        self.typing: list[str] = []
        self._updates: deque[dict[str, Any]] = deque()
        self._arrived = asyncio.Event()
        self.files: dict[str, Attachment] = {}
        self.refusals: deque[str] = deque()  # codes with which the next sends are refused
        self.online = True  # False: refuses to be probed
        self.open = asyncio.Event()  # cleared: sends wait until it is set
        self.open.set()

    def say(self, sender: str, text: str = "", **more: Any) -> str:
        """A customer writes (`more`: other keys of a message, see payload.py). Returns the provider's id."""
        external_id = more.pop("id", None) or f"in-{uuid4().hex}"
        message = {"type": "message", "id": external_id, "from": sender, "at": _now(), "text": text, **more}
        self.push({"events": [message]})
        return str(external_id)

    def report(self, external_id: str, state: DeliveryState, message: OutboundMessage | None = None) -> None:
        """The provider tells what became of a message it took."""
        receipt = {"type": "receipt", "id": external_id, "state": state, "at": _now()}
        if message is not None:
            receipt["message_id"] = str(message.message_id)
        self.push({"events": [receipt]})

    def push(self, update: dict[str, Any]) -> None:
        """Queue any update, well-formed or not."""
        self._updates.append(update)
        self._arrived.set()

    async def oldest_update(self) -> dict[str, Any]:
        """Wait for one; it stays the oldest until `acknowledge()`."""
        await self._arrived.wait()
        return self._updates[0]

    def acknowledge(self) -> None:
        self._updates.popleft()
        if not self._updates:
            self._arrived.clear()

    async def probe(self) -> None:
        if not self.online:
            raise TemporaryFailure("The loopback provider is switched off.")

    async def take(self, message: OutboundMessage) -> str:
        await self.open.wait()
        if self.refusals:
            raise error_for(self.refusals.popleft())
        external_id = f"out-{uuid4().hex}"
        self.sent.append((external_id, message))
        return external_id

    async def download(self, reference: Mapping[str, str]) -> Attachment:
        try:
            return self.files[reference["id"]]
        except KeyError:
            raise error_for("gone") from None


def _now() -> str:
    return datetime.now(UTC).isoformat()
