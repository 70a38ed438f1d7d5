"""One browser's socket: what it is told (the thread as it grows, typing, pings) and what it says."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Collection
from contextlib import suppress
from typing import Any
from uuid import UUID

from aiohttp import WSCloseCode, WSMsgType, web

from channels.envelope import DeliveryState
from channels.webchat.hub import Member, Signals
from channels.webchat.payload import read_json, read_position, widget_message
from channels.webchat.refused import Refused
from channels.webchat.service import Service

log = logging.getLogger(__name__)

FRAME_BYTES = 64 * 1024
WRITE_SECONDS = 30  # a browser that takes nothing for this long is gone
DISPLACED = 4409  # close code: too many tabs, this one is the oldest

RECEIPTS = {"received": DeliveryState.DELIVERED, "read": DeliveryState.READ}


class Socket:
    """Runs until either side ends it. `after`: the last position this browser has."""

    def __init__(
        self, service: Service, response: web.WebSocketResponse, visitor: str, address: str, after: int
    ) -> None:
        self._service = service
        self._response = response
        self._visitor = visitor
        self._address = address
        self._position = after
        self._acknowledged = dict.fromkeys(DeliveryState, -1)

    async def run(self, member: Member) -> None:
        self._member = member
        writing = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            await self._response.close()

    async def close(self, code: int) -> None:
        await self._response.close(code=code)

    # What the browser is told

    async def _write(self) -> None:
        try:
            await self._follow()
        except (ConnectionError, TimeoutError):
            await self._response.close(code=WSCloseCode.GOING_AWAY)
        except Exception:
            log.exception("A socket of account %s failed", self._service.account)
            await self._response.close(code=WSCloseCode.INTERNAL_ERROR)

    async def _follow(self) -> None:
        """Read the thread when woken, and at least every `refresh_seconds`: another process may have sent."""
        loop = asyncio.get_running_loop()
        await self._push(())
        refresh_at = loop.time() + self._service.settings.refresh_seconds
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(refresh_at):
                    await self._member.wake.wait()
            signals = self._member.take()
            due = loop.time() >= refresh_at
            await self._tell(signals)
            if signals.thread or due:
                await self._push(signals.released)
            if due:
                await self._send({"type": "ping"})
                refresh_at = loop.time() + self._service.settings.refresh_seconds

    async def _tell(self, signals: Signals) -> None:
        if signals.typing:
            await self._send({"type": "typing"})
        for message_id, state in signals.states.items():
            await self._send({"type": "state", "message_id": message_id, "state": state})

    async def _push(self, released: Collection[UUID]) -> None:
        more = True
        while more:
            try:
                page = await self._service.page(self._visitor, self._position, released)
            except Exception as error:
                # The next refresh tries again. No trace in the log: every socket would write one.
                log.warning("Account %s could not read a thread: %r", self._service.account, error)
                return
            for entry in page.entries:
                await self._send({"type": "message", "message": widget_message(entry, self._visitor)})
            self._position = page.position
            more = page.more

    async def _send(self, frame: dict[str, Any]) -> None:
        async with asyncio.timeout(WRITE_SECONDS):
            await self._response.send_str(json.dumps(frame, ensure_ascii=False, separators=(",", ":")))

    # What the browser says

    async def _read(self) -> None:
        with suppress(TimeoutError, ConnectionError):
            while True:
                message = await self._response.receive(self._service.settings.silence_seconds)
                if message.type is not WSMsgType.TEXT:
                    return  # closed, broken, or something a browser of ours never sends
                await self._hear(message.data)

    async def _hear(self, raw: str) -> None:
        client_id: Any = None
        try:
            frame = read_json(raw)
            client_id = frame.get("client_id")
            kind = str(frame.get("type"))
            if kind == "send":
                stored = await self._service.store(self._visitor, self._address, frame)
                await self._send({"type": "stored", "client_id": stored})
            elif kind in RECEIPTS:
                await self._receipt(RECEIPTS[kind], read_position(frame.get("position")))
        except Refused as refusal:
            named = client_id if isinstance(client_id, str) else None
            answer = {"type": "refused", "client_id": named, "code": refusal.code}
            await self._send(answer | ({"retry_after": refusal.retry_after} if refusal.retry_after else {}))

    async def _receipt(self, state: DeliveryState, position: int) -> None:
        position = min(position, self._position)
        if position <= self._acknowledged[state]:
            return
        try:
            await self._service.acknowledge(self._visitor, state, position, by=self._member)
        except Exception:
            # A receipt is not worth the socket; the browser says it again with the next message.
            log.exception("Account %s could not store a receipt", self._service.account)
            return
        self._acknowledged[state] = position
