"""The desk's web side on a real server with a real database, and people who use it."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import ClientResponse, ClientSession, ClientWebSocketResponse, web
from aiohttp.test_utils import TestServer
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from channels.envelope import (
    Capabilities,
    Content,
    DeliveryState,
    InboundMessage,
    Kind,
    MediaLimit,
    Sender,
)
from tests.ticketing.web.answers import must_fit
from ticketing.accounts import Account, register_accounts
from ticketing.bus import MemoryBus
from ticketing.calendar import Calendar
from ticketing.desk import Desk
from ticketing.errors import NotFound
from ticketing.intake import Intake
from ticketing.sla.keeper import ClockKeeper
from ticketing.storage import Storage
from ticketing.surveys.asking import plan_surveys
from ticketing.web.app import setup
from ticketing.web.auth.sessions import Sessions
from ticketing.web.dependencies import WebDependencies, WebSettings
from ticketing.web.feed import FeedLimits

PASSWORD = "right horse"
# Cheap on purpose: the real cost is for real doors.
PASSWORD_HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)

CHAT = Capabilities(
    text_length=1000,
    media={
        Kind.IMAGE: MediaLimit(frozenset({"image/png", "image/jpeg"}), 100_000),
        Kind.DOCUMENT: MediaLimit(frozenset({"application/pdf", "text/plain"}), 100_000),
    },
    location=True,
    receipts=frozenset(DeliveryState),
)
WINDOWED = Capabilities(text_length=1000, reply_window=timedelta(hours=24), templates=True)
ACCOUNTS = {
    "chat": Account("chat", "loopback", CHAT),
    "windowed": Account("windowed", "whatsapp", WINDOWED),
}


@dataclass
class Health:
    state: str
    since: datetime
    reason: str | None = None


@dataclass
class Office:
    """A desk with its web address."""

    desk: Desk
    intake: Intake
    storage: Storage
    server: TestServer
    http: ClientSession
    dependencies: WebDependencies
    agents: dict[str, UUID] = field(default_factory=dict)
    health: dict[str, Health] = field(default_factory=dict)
    replayed: list[UUID] = field(default_factory=list)
    retried: list[str] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: itertools.count(1))

    async def hire(self, role: str, name: str, team: str | None = None) -> UUID:
        """A new agent, who signs in as <name>@desk.example."""
        async with self.desk.engine.begin() as connection:
            agent_id: UUID = (
                await connection.execute(
                    text(
                        "INSERT INTO agents (email, name, password_hash, role)"
                        " VALUES (:email, :name, :hash, :role) RETURNING id"
                    ),
                    {
                        "email": f"{name.lower()}@desk.example",
                        "name": name,
                        "hash": PASSWORD_HASH,
                        "role": role,
                    },
                )
            ).scalar_one()
            if team:
                await connection.execute(
                    text("INSERT INTO team_members SELECT id, :agent FROM teams WHERE key = :team"),
                    {"agent": agent_id, "team": team},
                )
        self.agents[name] = agent_id
        return agent_id

    async def person(self, role: str, name: str) -> Person:
        """Hired and signed in."""
        agent_id = await self.hire(role, name)
        token = await Sessions(self.desk.engine, timedelta(hours=1)).open(agent_id, None)
        return Person(self, agent_id, name, token)

    async def writes(
        self, address: str, words: str, *, account: str = "chat", name: str | None = None, **sender: Any
    ) -> UUID:
        """A customer writes; returns the ticket."""
        external_id = f"in-{next(self._numbers)}"
        message = InboundMessage(
            account,
            external_id,
            Sender((address,), name, sender.get("phone")),
            datetime.now(UTC),
            Content(text=words),
        )
        await self.intake.accept([message])
        ticket_id: UUID = await self.one(
            "SELECT m.ticket_id FROM messages m JOIN external_ids x ON x.message_id = m.id"
            " WHERE x.account = :account AND x.external_id = :external_id",
            account=account,
            external_id=external_id,
        )
        return ticket_id

    async def with_people(self, address: str, words: str = "Hello", **more: Any) -> UUID:
        """A ticket that waits unassigned for people."""
        ticket_id = await self.writes(address, words, **more)
        await self.run(
            "UPDATE tickets SET owner = 'agents', status = 'new', handed_over_at = now(),"
            " waiting_since = now(), number = nextval('ticket_numbers')::text WHERE id = :ticket_id",
            ticket_id=ticket_id,
        )
        return ticket_id

    async def one(self, statement: str, **values: Any) -> Any:
        async with self.desk.engine.connect() as connection:
            return (await connection.execute(text(statement), values)).scalar_one()

    async def rows(self, statement: str, **values: Any) -> Sequence[Any]:
        async with self.desk.engine.connect() as connection:
            return (await connection.execute(text(statement), values)).all()

    async def run(self, statement: str, **values: Any) -> None:
        async with self.desk.engine.begin() as connection:
            await connection.execute(text(statement), values)


@dataclass
class Person:
    """Someone with a session."""

    office: Office
    id: UUID
    name: str
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"wasl_session={self.token}", "X-Wasl": "1"}

    async def ask(self, method: str, path: str, body: Any = None, **more: Any) -> ClientResponse:
        url = self.office.server.make_url(f"/api{path}")
        headers = self.headers | more.pop("headers", {})
        if body is not None:
            more["json"] = body
        response = await self.office.http.request(method, url, headers=headers, **more)
        must_fit(method, path, response, await response.read())
        return response

    async def get(self, path: str, expect: int = 200, **more: Any) -> Any:
        response = await self.ask("GET", path, **more)
        assert response.status == expect, await response.text()
        return await response.json()

    async def post(self, path: str, body: Any = None, expect: int = 200) -> Any:
        response = await self.ask("POST", path, {} if body is None else body)
        assert response.status == expect, await response.text()
        return await response.json() if response.status != 204 else None

    async def connect(
        self, cursor: str | None = None, server: TestServer | None = None
    ) -> ClientWebSocketResponse:
        url = (server or self.office.server).make_url("/api/live")
        if cursor is not None:
            url = url.with_query(cursor=cursor)
        return await self.office.http.ws_connect(url, headers=self.headers)


@asynccontextmanager
async def serving(
    dependencies: WebDependencies, limits: FeedLimits | None = None
) -> AsyncIterator[TestServer]:
    """The web side of a desk, on a port of its own."""
    app = web.Application()
    setup(app, dependencies, limits)
    server = TestServer(app)
    async with server:
        yield server


@asynccontextmanager
async def open_office(
    engine: AsyncEngine, folder: Path, *, limits: FeedLimits | None = None, **settings: Any
) -> AsyncIterator[Office]:
    calendar = Calendar()
    desk = Desk(engine, MemoryBus(), [ClockKeeper(calendar), plan_surveys])
    storage = Storage.open(folder)
    intake = Intake(desk, ACCOUNTS, storage, lambda text: None)
    async with engine.begin() as connection:
        await register_accounts(connection, ACCOUNTS.values())
        await connection.execute(
            text(
                "INSERT INTO teams (key, names, is_default) VALUES"
                ' (\'customers\', \'{"ar": "الزبناء", "fr": "Clientèle", "en": "Customers"}\', true),'
                ' (\'technical\', \'{"ar": "التقني", "fr": "Technique", "en": "Technical"}\', false)'
            )
        )
    health: dict[str, Health] = {}
    replayed: list[UUID] = []
    retried: list[str] = []

    async def replay(event_id: UUID) -> None:
        async with engine.begin() as connection:
            done = await connection.execute(
                text("UPDATE failed_events SET replayed_at = now() WHERE id = :id"), {"id": event_id}
            )
        if not done.rowcount:
            raise NotFound("failed_event_unknown", "There is no such failed event.")
        replayed.append(event_id)

    async def retry(account: str) -> None:
        retried.append(account)

    dependencies = WebDependencies(
        desk,
        storage,
        WebSettings("SRM Casablanca-Settat", "SRM-CS", "Africa/Casablanca", demonstration=True, **settings),
        ACCOUNTS,
        lambda: health,
        replay,
        retry,
        calendar,
    )
    async with serving(dependencies, limits) as server, ClientSession() as http:
        yield Office(
            desk,
            intake,
            storage,
            server,
            http,
            dependencies,
            health=health,
            replayed=replayed,
            retried=retried,
        )
    await intake.close()
