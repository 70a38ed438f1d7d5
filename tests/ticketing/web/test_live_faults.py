"""The live feed when the database goes away, when a client stops reading, when the process stops."""

from __future__ import annotations

import asyncio
import base64
import os
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import Office, Person, open_office
from tests.ticketing.web.test_live import closed_with, happens, next_frame
from ticketing.web.context import CONTEXT
from ticketing.web.feed import FeedLimits, LiveFeed

pytestmark = pytest.mark.slow


def feed_of(office: Office) -> LiveFeed:
    (desk_app,) = office.server.app._subapps
    return desk_app[CONTEXT].feed


# A connection that is being opened as it is killed is collected unclosed: killing is the test's own doing.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_database_that_goes_away_delays_and_loses_nothing(
    database: AsyncEngine, tmp_path: Path
) -> None:
    async with open_office(database, tmp_path, limits=FeedLimits(poll=0.05)) as office:
        agent = await office.person("agent", "Salma")
        ticket_id = await office.writes("0600", "Hello")
        socket = await agent.connect()
        await next_frame(socket, "hello")
        for number in range(6):
            await happens(office, ticket_id, n=number)
            await office.run(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            # The pool notices a dead connection when it is used: throw the dead away.
            await database.dispose()
        numbers = [(await next_frame(socket, "event"))["event"]["data"]["n"] for _ in range(6)]
        assert numbers == list(range(6))
        await socket.close()


async def silent_client(office: Office, person: Person) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A WebSocket whose client never reads after the handshake."""
    reader, writer = await asyncio.open_connection("127.0.0.1", office.server.port, limit=1024)
    key = base64.b64encode(os.urandom(16)).decode()
    writer.write(
        (
            "GET /api/live HTTP/1.1\r\nHost: desk\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Cookie: wasl_session={person.token}\r\n\r\n"
        ).encode()
    )
    assert b"101" in await reader.readline()
    return reader, writer


async def test_a_client_that_sleeps_is_dropped_and_hinders_nobody(
    database: AsyncEngine, tmp_path: Path
) -> None:
    async with open_office(database, tmp_path, limits=FeedLimits(queue=30)) as office:
        agent = await office.person("agent", "Salma")
        awake = await agent.connect()
        await next_frame(awake, "hello")
        _, writer = await silent_client(office, agent)
        hub = feed_of(office).hub
        async with asyncio.timeout(30):
            while len(hub) < 2:
                await asyncio.sleep(0.01)
            number = 0
            while len(hub) == 2:  # enough words to fill every buffer between us and the sleeper
                number += 1
                await office.writes("0600", f"{number} " + "ن" * 60_000)
                frame = await next_frame(awake, "event")
                while frame["event"]["type"] != "message.received":
                    frame = await next_frame(awake, "event")
                assert frame["message"]["content"]["text"].startswith(f"{number} ")
        assert number > 10
        writer.close()
        await awake.close()


async def test_sockets_close_when_the_process_stops(database: AsyncEngine, tmp_path: Path) -> None:
    async with open_office(database, tmp_path) as office:
        agent = await office.person("agent", "Salma")
        sockets = [await agent.connect() for _ in range(3)]
        for socket in sockets:
            await next_frame(socket, "hello")
        async with asyncio.timeout(10):
            closing = asyncio.create_task(office.server.close())
            assert await asyncio.gather(*(closed_with(socket) for socket in sockets)) == [1001] * 3
            await closing
