"""A web chat on a real HTTP server, mounted as the application mounts it, over a desk in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer

from channels.adapter import InboundSink
from channels.envelope import (
    Attachment,
    Content,
    DeliveryReceipt,
    Exchange,
    InboundEvent,
    InboundMessage,
    OutboundMessage,
    ThreadEntry,
)
from channels.web import mount
from channels.webchat.adapter import WebchatAdapter
from channels.webchat.settings import WebchatSettings

SECRET = "a secret only for tests"
ORDER = ["pending", "sending", "sent", "delivered", "read"]


class MemoryDesk:
    """The sink: keeps threads in memory with the guarantees of the real one (unique ids, positions, monotonic
    states). `down` makes it fail as a database that is away does."""

    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.receipts: list[DeliveryReceipt] = []
        self.threads: dict[str, list[ThreadEntry]] = {}
        self.files: dict[UUID, tuple[str, Attachment]] = {}
        self.down = False
        self.reads = 0

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        if self.down:
            raise ConnectionError("the database is away")
        for event in events:
            if isinstance(event, InboundMessage):
                self._store(event)
            elif isinstance(event, DeliveryReceipt):
                self._settle(event)
            else:
                pytest.fail(f"the web chat reports nothing like {event}")

    async def converse(self, message: InboundMessage) -> Exchange:
        raise AssertionError("nobody calls here")

    async def thread(
        self, account: str, address: str, *, after: int = 0, limit: int = 100
    ) -> Sequence[ThreadEntry]:
        self.reads += 1
        if self.down:
            raise ConnectionError("the database is away")
        entries = self.threads.get(address, [])
        if after == 0:
            return entries[-limit:]
        return [entry for entry in entries if entry.position > after][:limit]

    async def attachment(self, account: str, address: str, attachment_id: UUID) -> Attachment | None:
        owner, attachment = self.files.get(attachment_id, (None, None))
        return attachment if owner == address else None

    def entry(self, message_id: UUID) -> ThreadEntry:
        return next(
            entry for thread in self.threads.values() for entry in thread if entry.message_id == message_id
        )

    def add(self, address: str, content: Content, **fields: Any) -> ThreadEntry:
        thread = self.threads.setdefault(address, [])
        defaults: dict[str, Any] = {
            "message_id": uuid4(),
            "position": len(thread) + 1,
            "direction": "outbound",
            "author": "assistant",
            "author_name": None,
            "state": "sending",
            "external_id": None,
            "at": datetime.now(UTC),
        }
        entry = ThreadEntry(content=content, **(defaults | fields))
        thread.append(entry)
        return entry

    def mark(self, message_id: UUID, state: str) -> None:
        for thread in self.threads.values():
            for index, entry in enumerate(thread):
                if entry.message_id == message_id:
                    thread[index] = replace(entry, state=state)

    def _store(self, message: InboundMessage) -> None:
        if any(known.external_id == message.external_id for known in self.messages):
            return
        self.messages.append(message)
        address = message.sender.addresses[0]
        attachments = tuple(self._keep(address, attachment) for attachment in message.content.attachments)
        self.add(
            address,
            replace(message.content, attachments=attachments),
            direction="inbound",
            author="customer",
            state=None,
            external_id=message.external_id,
        )

    def _keep(self, address: str, attachment: Attachment) -> Attachment:
        attachment_id = uuid4()
        self.files[attachment_id] = (address, attachment)
        return replace(attachment, data=None, reference={"attachment_id": str(attachment_id)})

    def _settle(self, receipt: DeliveryReceipt) -> None:
        self.receipts.append(receipt)
        assert receipt.message_id is not None
        before = self.entry(receipt.message_id).state or "pending"
        if ORDER.index(receipt.state.value) > ORDER.index(before):
            self.mark(receipt.message_id, receipt.state.value)


@dataclass
class Chat:
    """The running web chat and a browser's session."""

    desk: MemoryDesk
    adapter: WebchatAdapter
    server: TestServer
    session: ClientSession

    def url(self, path: str) -> str:
        return str(self.server.make_url(f"/channels/web{path}"))

    async def visitor(self) -> Visitor:
        async with self.session.post(self.url("/visitors"), json={"language": "ar"}) as response:
            assert response.status == 201
            body = await response.json()
        return Visitor(self, body["token"], body["visitor"])

    async def say(self, visitor: str, text: str, **fields: Any) -> ThreadEntry:
        """The desk sends an answer, as its outbox does: row, hand over, mark as sent."""
        content = fields.pop("content", Content(text=text))
        entry = self.desk.add(visitor, content, **fields)
        sent = await self.adapter.send(
            OutboundMessage(entry.message_id, "web", visitor, entry.content, entry.author)
        )
        assert sent.external_id == str(entry.message_id)
        self.desk.mark(entry.message_id, "sent")
        return entry


@dataclass
class Visitor:
    chat: Chat
    token: str
    name: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def send(self, body: Any) -> tuple[int, Any]:
        async with self.chat.session.post(
            self.chat.url("/messages"), json=body, headers=self.headers
        ) as response:
            return response.status, await response.json()

    async def messages(self, after: int = 0, wait: int = 0) -> list[dict[str, Any]]:
        parameters = {"after": str(after), "wait": str(wait)}
        async with self.chat.session.get(
            self.chat.url("/messages"), params=parameters, headers=self.headers
        ) as response:
            assert response.status == 200
            return list((await response.json())["messages"])

    async def socket(self, after: int = 0) -> ClientWebSocketResponse:
        parameters = {"token": self.token, "after": str(after)}
        return await self.chat.session.ws_connect(self.chat.url("/socket"), params=parameters)


StartChat = Callable[..., Awaitable[Chat]]


@pytest.fixture
async def start_chat() -> AsyncIterator[StartChat]:
    """`await start_chat(message_rate="2/minute")`: a web chat with these settings."""
    running: list[tuple[TestServer, WebchatAdapter]] = []
    async with ClientSession() as session:

        async def start(**settings: Any) -> Chat:
            desk = MemoryDesk()
            adapter = WebchatAdapter("web", WebchatSettings(secret=SECRET, **settings), session)
            as_sink: InboundSink = desk
            application = web.Application()
            application.add_routes(adapter.demonstration("/demo"))
            mount(application.router, {"web": adapter}, as_sink)
            server = TestServer(application)
            await server.start_server()
            running.append((server, adapter))
            return Chat(desk, adapter, server, session)

        yield start
        for server, adapter in running:
            await adapter.__aexit__(None, None, None)
            await server.close()


@pytest.fixture
async def chat(start_chat: StartChat) -> Chat:
    return await start_chat()


@pytest.fixture
async def visitor(chat: Chat) -> Visitor:
    return await chat.visitor()
