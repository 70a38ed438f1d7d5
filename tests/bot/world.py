"""Who and what plays in the assistant's tests: the sample records, a clock, and customers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.actions.services import Services
from bot.contract import Language, Reply, Turn, TurnMessage
from bot.rasa import RasaAssistant
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingSource, TableSource
from knowledge_base.time_zones import pinned_zone

SECRET = "a-secret-of-the-tests"
CASABLANCA = pinned_zone("Africa/Casablanca")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday


@dataclass
class World:
    """What the actions reach: the sample database, a clock the test sets, what was sent and written."""

    engine: AsyncEngine
    now: datetime = NOW
    codes: list[tuple[str, str]] = field(default_factory=list)  # (telephone, code)
    events: list[tuple[str, UUID, Mapping[str, Any]]] = field(default_factory=list)
    billing: BillingSource | None = None  # instead of the sample tables

    def services(self) -> Services:
        return Services(
            connection=self._connection,
            clock=lambda: self.now,
            timezone=CASABLANCA,
            send_code=self._send_code,
            record_event=self._record_event,
            billing=self.billing or self.tables(),
        )

    def tables(self) -> TableSource:
        return TableSource(self._connection)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection]:
        async with self.engine.begin() as connection:
            yield connection

    async def _send_code(
        self, connection: AsyncConnection, contract: Contract, phone: str, code: str, language: Language
    ) -> None:
        self.codes.append((phone, code))

    async def _record_event(
        self, connection: AsyncConnection, kind: str, conversation_id: UUID, data: Mapping[str, Any]
    ) -> None:
        self.events.append((kind, conversation_id, data))


@dataclass
class Customer:
    """Someone who writes to the assistant, as the desk would pass it on."""

    assistant: RasaAssistant
    world: World
    attested_phone: str | None = None
    conversation_id: UUID = field(default_factory=uuid4)
    identity_id: UUID = field(default_factory=uuid4)
    language: Language | None = None

    async def says(self, *texts: str) -> Reply:
        return await self.sends(*(TurnMessage(text) for text in texts))

    async def presses(self, choice_id: str, title: str = "") -> Reply:
        return await self.sends(TurnMessage(title, kind="choice", choice_id=choice_id))

    async def sends(self, *messages: TurnMessage) -> Reply:
        reply = await self.assistant.reply(
            Turn(
                conversation_id=self.conversation_id,
                ticket_id=uuid4(),
                contact_id=uuid4(),
                identity_id=self.identity_id,
                channel="whatsapp",
                messages=messages,
                language=self.language,
                attested_phone=self.attested_phone,
                at=self.world.now,
            )
        )
        self.language = reply.language
        return reply


class SharedWorld:
    """The endpoint outlives a test; each test plugs its own world in."""

    world: World | None = None


def texts_of(reply: Reply) -> str:
    """Everything the assistant said, a line a message."""
    return "\n".join(message.text for message in reply.messages)


def choices_of(reply: Reply) -> dict[str, str]:
    """The buttons offered: title → id."""
    return {choice.title: choice.id for message in reply.messages for choice in message.choices}
