"""A small world for the desk's tests: two accounts, three agents, an assistant and a provider that do as
told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.contract import Danger, Language, Reply, ReplyMessage, Turn
from channels.envelope import (
    Attachment,
    Capabilities,
    Content,
    DeliveryReceipt,
    DeliveryState,
    InboundMessage,
    Kind,
    MediaLimit,
    OutboundMessage,
    Sender,
    Sent,
)
from ticketing.accounts import Account, register_accounts
from ticketing.bus import MemoryBus
from ticketing.calendar import ALWAYS_OPEN
from ticketing.converse import Reception
from ticketing.desk import Desk
from ticketing.editing import Editing
from ticketing.intake import Intake
from ticketing.media import Media
from ticketing.outbox import Outbox
from ticketing.ownership import Ownership
from ticketing.replies import Replies
from ticketing.settings import GatheringSettings, TicketingSettings
from ticketing.storage import Storage
from ticketing.turns import Turns

WHATSAPP = Account(
    "whatsapp-main",
    "whatsapp",
    Capabilities(
        text_length=4096,
        buttons=3,
        list_rows=10,
        media={Kind.IMAGE: MediaLimit(frozenset({"image/png"}), 5_000_000)},
        location=True,
        templates=True,
        reply_window=timedelta(hours=24),
        receipts=frozenset(DeliveryState),
        attests_phone=True,
    ),
)
LOOPBACK = Account("loopback", "loopback", Capabilities(text_length=1000))


def detect(message: str) -> Danger | None:
    if "cable tombé" not in message:
        return None
    return Danger("street_danger", "cable tombé", Language.FR, "Éloignez-vous et n'approchez personne.")


class FakeProvider:
    """The edge of a channel: keeps what was sent, and fails as `script` says (one entry a send, then
    fine).
    """

    def __init__(self) -> None:
        self.sent: list[OutboundMessage] = []
        self.tried: list[str] = []
        self.script: list[Exception] = []
        self.before: Callable[[OutboundMessage], Awaitable[None]] | None = None
        self.files: dict[str, Attachment | Exception] = {}
        self._ids = count(1)

    async def send(self, message: OutboundMessage) -> Sent:
        self.tried.append(message.content.text)
        if self.before is not None:
            await self.before(message)
        if self.script:
            raise self.script.pop(0)
        self.sent.append(message)
        return Sent(f"out-{next(self._ids)}")

    async def fetch(self, reference: Mapping[str, str]) -> Attachment:
        file = self.files[reference["id"]]
        if isinstance(file, Exception):
            raise file
        return file

    @property
    def texts(self) -> list[str]:
        return [message.content.text for message in self.sent]


class FakeAssistant:
    """The edge of the assistant: answers each turn with what `answer` says; an echo by default."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.forgotten: list[UUID] = []
        self.thinking = asyncio.Event()
        self.answer: Callable[[Turn], Awaitable[Reply]] = self.echo

    async def echo(self, turn: Turn) -> Reply:
        words = " + ".join(message.text for message in turn.messages)
        return Reply((ReplyMessage(f"echo {words}"),), language=Language.FR)

    async def reply(self, turn: Turn) -> Reply:
        self.turns.append(turn)
        self.thinking.set()
        return await self.answer(turn)

    async def forget(self, conversation_id: UUID) -> None:
        self.forgotten.append(conversation_id)

    async def ready(self) -> bool:
        return True


@dataclass
class World:
    """Everything a test drives."""

    engine: AsyncEngine
    storage: Storage
    settings: TicketingSettings
    accounts: dict[str, Account] = field(
        default_factory=lambda: {"whatsapp-main": WHATSAPP, "loopback": LOOPBACK}
    )
    assistant: FakeAssistant = field(default_factory=FakeAssistant)
    provider: FakeProvider = field(default_factory=FakeProvider)
    adapters: dict[str, FakeProvider] = field(default_factory=dict)
    agents: dict[str, UUID] = field(default_factory=dict)
    teams: dict[str, UUID] = field(default_factory=dict)
    ids: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.bus = MemoryBus()
        self.desk = Desk(self.engine, self.bus)
        self.adapters |= {"whatsapp-main": self.provider, "loopback": self.provider}
        self.intake = self.new_intake()
        self.turns = Turns(self.desk, self.assistant, self.accounts, self.settings.turns)
        self.outbox = self.new_outbox()
        self.media = Media(self.desk, self.adapters.get, self.storage, self.settings.media)
        self.replies = Replies(self.desk, self.accounts)
        self.ownership = Ownership(self.desk)
        self.editing = Editing(self.desk, lambda: ALWAYS_OPEN)
        self.reception = Reception(
            self.desk, self.intake, self.turns, deadline=timedelta(seconds=5), lease=timedelta(seconds=30)
        )

    def new_intake(self, engine: AsyncEngine | None = None) -> Intake:
        desk = self.desk if engine is None else Desk(engine, MemoryBus())
        return Intake(desk, self.accounts, self.storage, detect, self.settings)

    def new_outbox(self) -> Outbox:
        return Outbox(self.desk, self.adapters.get, self.accounts, self.storage, self.settings.outbox)

    def message(
        self,
        words: str = "salam",
        *,
        sender: str | tuple[str, ...] = "212600000001",
        account: str = "whatsapp-main",
        external_id: str | None = None,
        **content: Any,
    ) -> InboundMessage:
        addresses = (sender,) if isinstance(sender, str) else sender
        return InboundMessage(
            account,
            external_id or f"in-{next(self.ids)}",
            Sender(addresses, name="Fatima", phone="+212600000001" if account == "whatsapp-main" else None),
            datetime.now(UTC),
            Content(text=words, **content),
        )

    def receipt(self, external_id: str, state: DeliveryState, **more: Any) -> DeliveryReceipt:
        account = more.pop("account", "whatsapp-main")
        return DeliveryReceipt(account, external_id, state, datetime.now(UTC), **more)

    async def write(self, words: str = "salam", **more: Any) -> None:
        await self.intake.accept([self.message(words, **more)])

    async def rows(self, sql: str, **values: Any) -> list[Any]:
        async with self.engine.connect() as connection:
            return list((await connection.execute(text(sql), values)).all())

    async def one(self, sql: str, **values: Any) -> Any:
        """The only row, or its only value."""
        (row,) = await self.rows(sql, **values)
        return row[0] if len(row) == 1 else row

    async def execute(self, sql: str, **values: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(sql), values)

    async def make_due(self) -> None:
        """As if every delay and every lease had run out."""
        await self.execute(
            "UPDATE work SET due_at = now() - interval '1 ms',"
            " leased_until = CASE WHEN leased_until IS NULL THEN NULL ELSE now() - interval '1 ms' END"
        )

    async def answer(self) -> None:
        """Let the assistant answer everything that waits."""
        await self.make_due()
        await self.turns.drain()

    async def deliver(self) -> None:
        """Let the outbox send everything that waits."""
        await self.make_due()
        await self.outbox.drain()

    async def states(self) -> list[tuple[str, str]]:
        """Outbound texts and their states in order."""
        return [
            (row[0], row[1])
            for row in await self.rows(
                "SELECT content->>'text', state FROM messages WHERE direction = 'outbound' ORDER BY id"
            )
        ]

    async def events(self, *types: str) -> list[tuple[str, Any]]:
        rows = await self.rows("SELECT type, data FROM events ORDER BY transaction_id, sequence")
        return [(row[0], row[1]) for row in rows if not types or row[0] in types]

    async def add_people(self) -> None:
        for key, is_default in (("customers", True), ("technical", False)):
            self.teams[key] = uuid4()
            await self.execute(
                "INSERT INTO teams (id, key, names, is_default) VALUES (:id, :key, '{}', :is_default)",
                id=self.teams[key],
                key=key,
                is_default=is_default,
            )
        for name in ("Salma", "Youssef", "Nadia"):
            self.agents[name] = uuid4()
            await self.execute(
                "INSERT INTO agents (id, email, name, password_hash, role)"
                " VALUES (:id, :email, :name, '', 'agent')",
                id=self.agents[name],
                email=f"{name.lower()}@demo.wasl",
                name=name,
            )


@pytest.fixture
def settings() -> TicketingSettings:
    return TicketingSettings(gathering=GatheringSettings(quiet=timedelta(0), at_most=timedelta(0)))


@pytest.fixture
async def world(database: AsyncEngine, tmp_path: Path, settings: TicketingSettings) -> AsyncIterator[World]:
    made = World(database, Storage.open(tmp_path / "files"), settings)
    async with database.begin() as connection:
        await register_accounts(connection, made.accounts.values())
    await made.add_people()
    yield made
    await made.intake.close()


@pytest.fixture
async def second_engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections of their own, as another process would have."""
    engine = create_async_engine(database_url, pool_size=10)
    yield engine
    await engine.dispose()
