"""The database goes away for a moment: what was under way is seen through, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contract import Reply, Turn
from channels.envelope import Content, OutboundMessage
from channels.errors import TemporaryFailure
from ticketing.answering import Writing
from ticketing.desk import Desk, Transaction
from ticketing.outbox import Outbox
from ticketing.patience import is_away, patiently

CUT = text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def cut(second_engine: AsyncEngine) -> Callable[[], Awaitable[None]]:
    """Ends every other connection to the database."""

    async def cut() -> None:
        async with second_engine.connect() as connection:
            await connection.execute(CUT)

    return cut


class LosingDesk(Desk):
    """The answers to its next commits are lost, after they have happened: `lost` is then called."""

    losing = 0

    async def lost(self) -> None:
        """Between the commit and the bad news."""

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        async with super().transaction() as transaction:
            yield transaction
        if self.losing:
            self.losing -= 1
            await self.lost()
            raise ConnectionResetError("The connection was lost.")


async def replies(world: Any, *words: str) -> None:
    await world.write()
    ticket_id = await world.one("SELECT id FROM tickets")
    for one in words:
        await world.replies.reply(Writing(ticket_id, world.agents["Salma"], uuid4(), Content(text=one)))


async def test_what_the_provider_took_is_written_down_when_the_database_is_back(
    world: Any, cut: Callable[[], Awaitable[None]]
) -> None:
    await replies(world, "one", "two")

    async def before(_message: OutboundMessage) -> None:
        await cut()

    world.provider.before = before
    await world.deliver()
    assert world.provider.texts == ["one", "two"]
    assert await world.states() == [("one", "sent"), ("two", "sent")]
    assert await world.rows("SELECT * FROM work WHERE kind = 'send'") == []


async def test_an_answer_is_posted_when_the_database_is_back(
    world: Any, cut: Callable[[], Awaitable[None]]
) -> None:
    async def answer(turn: Turn) -> Reply:
        await cut()
        return await world.assistant.echo(turn)  # type: ignore[no-any-return]

    world.assistant.answer = answer
    await world.write("salam")
    await world.answer()
    assert len(world.assistant.turns) == 1
    assert [words for words, _ in await world.states()] == ["echo salam"]
    assert await world.rows("SELECT * FROM work WHERE kind = 'turn'") == []


async def test_a_commit_whose_answer_was_lost_neither_repeats_nor_loses_a_message(world: Any) -> None:
    await replies(world, "one", "two", "three")
    await world.make_due()
    desk = LosingDesk(world.engine, world.bus)
    desk.losing = 10  # every commit of the drain, the first included
    outbox = Outbox(desk, world.adapters.get, world.accounts, world.storage, world.settings.outbox)
    await outbox.drain()
    assert world.provider.texts == ["one", "two", "three"]
    assert [state for _, state in await world.states()] == ["sent"] * 3


async def test_what_was_given_back_is_left_to_whoever_took_it_since(world: Any) -> None:
    """The commit that put a message back was lost; meanwhile another outbox sends it."""
    await replies(world, "one")
    await world.make_due()
    world.provider.script = [TemporaryFailure("later", retry_after=timedelta(microseconds=1))]
    sending, go_on = asyncio.Event(), asyncio.Event()
    draining: list[asyncio.Task[None]] = []

    async def hold(_message: OutboundMessage) -> None:
        sending.set()
        await go_on.wait()

    class Watched(LosingDesk):
        async def lost(self) -> None:
            world.provider.before = hold
            draining.append(asyncio.create_task(world.outbox.drain()))
            await sending.wait()

    desk = Watched(world.engine, world.bus)

    async def lose_the_next_commit(_message: OutboundMessage) -> None:
        desk.losing = 1

    world.provider.before = lose_the_next_commit
    outbox = Outbox(desk, world.adapters.get, world.accounts, world.storage, world.settings.outbox)
    await outbox.drain()
    assert await world.states() == [("one", "sending")]
    go_on.set()
    await draining[0]
    assert world.provider.texts == ["one"]
    assert await world.states() == [("one", "sent")]


async def test_a_wrong_statement_is_not_repeated(database: AsyncEngine) -> None:
    tried = 0

    async def run() -> None:
        nonlocal tried
        tried += 1
        async with database.connect() as connection:
            await connection.execute(text("SELECT 1/0"))

    with pytest.raises(DBAPIError) as raised:
        await patiently(run, within=timedelta(seconds=30))
    assert not is_away(raised.value)
    assert tried == 1


async def test_patience_ends() -> None:
    async def run() -> None:
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        await patiently(run, within=timedelta(seconds=0.1))
