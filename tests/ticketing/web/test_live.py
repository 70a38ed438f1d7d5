"""The WebSocket: greeting, order, replay, counts, slow clients, sessions that end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestServer
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import Office, Person, open_office, serving
from ticketing.bus import MemoryBus
from ticketing.desk import Desk, Event
from ticketing.web.feed import FeedLimits

Frame = dict[str, Any]
# Who is there is told by frames of its own.
SHOWN = "SELECT id FROM events WHERE type <> 'presence.changed'"


async def next_frame(socket: ClientWebSocketResponse, *types: str) -> Frame:
    """The next frame of these types; others are passed over."""
    while True:
        frame: Frame = await socket.receive_json(timeout=20)
        if not types or frame["type"] in types:
            return frame


async def closed_with(socket: ClientWebSocketResponse) -> int | None:
    async with asyncio.timeout(20):
        while (await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING}:
            pass
    return socket.close_code


async def happens(office: Office, ticket_id: UUID, kind: str = "ticket.claimed", **data: Any) -> None:
    async with office.desk.transaction() as transaction:
        transaction.record(Event(kind, "system", ticket_id=ticket_id, data=data))


async def test_a_message_arrives_whole(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    socket = await agent.connect()
    hello = await next_frame(socket)
    assert hello["type"] == "hello"
    nothing = dict.fromkeys(("mine", "unassigned", "waiting", "snoozed", "assistant", "all"), 0)
    assert hello["views"] == nothing

    ticket_id = await office.writes("0600", "السلام عليكم", name="Fatima")
    seen = {}
    while "message.received" not in seen:
        frame = await next_frame(socket, "event")
        seen[frame["event"]["type"]] = frame
    assert "ticket.opened" in seen
    frame = seen["message.received"]
    assert frame["ticket"]["id"] == str(ticket_id)
    assert frame["ticket"]["contact"]["name"] == "Fatima"
    assert frame["ticket"]["channels"] == ["loopback"]
    assert frame["message"]["content"]["text"] == "السلام عليكم"
    assert frame["message"]["author"] == "customer"
    views = await next_frame(socket, "views")
    assert views["views"] == nothing | {"assistant": 1, "all": 1}
    await socket.close()


async def test_without_a_cursor_the_past_stays_away(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    for number in range(5):
        await office.writes(f"06{number}", "Before")
    socket = await agent.connect()
    await next_frame(socket, "hello")
    await office.writes("0700", "After")
    frame = await next_frame(socket, "event")
    while frame["message"] is None:
        frame = await next_frame(socket, "event")
    assert frame["message"]["content"]["text"] == "After"
    await socket.close()


async def test_one_time_codes_reach_no_agent(office: Office) -> None:
    """A notice is a message without a ticket."""
    agent = await office.person("administrator", "Admin")
    ticket_id = await office.writes("0600", "Hello")
    socket = await agent.connect()
    await next_frame(socket, "hello")
    async with office.desk.transaction() as transaction:
        transaction.record(Event("message.queued", "system", message_id=uuid4()))
    await happens(office, ticket_id)
    frame = await next_frame(socket, "event")
    assert frame["event"]["type"] == "ticket.claimed"
    await socket.close()


async def test_account_events_are_for_those_who_may_see_channels(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    ticket_id = await office.writes("0600", "Hello")
    for person, expected in ((salma, "ticket.claimed"), (nadia, "account.paused")):
        socket = await person.connect()
        await next_frame(socket, "hello")
        async with office.desk.transaction() as transaction:
            transaction.record(
                Event("account.paused", "channel", data={"account": "chat", "reason": "token"})
            )
        await happens(office, ticket_id)
        assert (await next_frame(socket, "event"))["event"]["type"] == expected
        await socket.close()


async def test_a_cursor_of_another_database_resets(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    for cursor in ("999999999999:1", "nonsense", "1", "-1:2", "1:١"):
        socket = await agent.connect(cursor)
        hello = await next_frame(socket)
        assert hello["type"] == "hello"
        reset = await next_frame(socket)
        assert reset == {"type": "reset", "cursor": hello["cursor"]}
        await socket.close()


async def test_a_cursor_too_old_resets(database: AsyncEngine, tmp_path: Path) -> None:
    limits = FeedLimits(preload=5, replay=20, ring_frames=10)
    async with open_office(database, tmp_path, limits=limits) as office:
        agent = await office.person("agent", "Salma")
        ticket_id = await office.writes("0600", "Hello")
        first = await agent.connect()
        hello = await next_frame(first, "hello")
        await first.close()
        for _ in range(30):
            await happens(office, ticket_id)
        socket = await agent.connect(hello["cursor"])
        frames = [await next_frame(socket), await next_frame(socket)]
        assert [frame["type"] for frame in frames] == ["hello", "reset"]
        await socket.close()


async def test_what_the_ring_forgot_comes_from_the_database(database: AsyncEngine, tmp_path: Path) -> None:
    limits = FeedLimits(preload=5, replay=500, ring_frames=10, batch=7)
    async with open_office(database, tmp_path, limits=limits) as office:
        agent = await office.person("agent", "Salma")
        ticket_id = await office.writes("0600", "Hello")
        first = await agent.connect()
        cursor = (await next_frame(first, "hello"))["cursor"]
        await first.close()
        for number in range(60):
            async with office.desk.transaction() as transaction:
                transaction.record(Event("ticket.claimed", "agent", ticket_id=ticket_id, data={"n": number}))
                # Nobody's business: the cursor must pass over what is not shown.
                transaction.record(Event("message.queued", "system", message_id=uuid4()))
        socket = await agent.connect(cursor)
        numbers = [(await next_frame(socket, "event"))["event"]["data"]["n"] for _ in range(60)]
        assert numbers == list(range(60))
        await socket.close()


async def test_counts_follow_each_agent(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    sockets = [await salma.connect(), await youssef.connect()]
    hellos = [await next_frame(socket, "hello") for socket in sockets]
    assert [hello["views"]["unassigned"] for hello in hellos] == [1, 1]
    await office.run("UPDATE tickets SET assignee_id = :agent WHERE id = :id", agent=salma.id, id=ticket_id)
    await happens(office, ticket_id)
    views = [(await next_frame(socket, "views"))["views"] for socket in sockets]
    assert [view["mine"] for view in views] == [1, 0]
    assert [view["unassigned"] for view in views] == [0, 0]
    for socket in sockets:
        await socket.close()


async def test_counts_are_fresh_after_nobody_watched(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    for expected in range(3):
        socket = await agent.connect()
        assert (await next_frame(socket, "hello"))["views"]["all"] == expected
        await socket.close()
        await office.writes(f"06{expected}", "Hello")


async def test_signing_out_closes_the_sockets_of_that_session_only(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    hers, his = await salma.connect(), await youssef.connect()
    for socket in (hers, his):
        await next_frame(socket, "hello")
    assert (await salma.ask("DELETE", "/session")).status == 204
    assert await closed_with(hers) == 4401
    ticket_id = await office.writes("0600", "Hello")
    assert (await next_frame(his, "event"))["event"]["ticket_id"] == str(ticket_id)
    await his.close()


async def test_a_session_ended_elsewhere_closes_the_socket(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    socket = await agent.connect()
    await next_frame(socket, "hello")
    await office.run("UPDATE agents SET is_active = false WHERE id = :id", id=agent.id)
    office.desk.bus.publish("sessions")
    assert await closed_with(socket) == 4401


async def test_a_client_that_does_not_read_is_cut_off_and_comes_back(
    database: AsyncEngine, tmp_path: Path
) -> None:
    async with open_office(database, tmp_path, limits=FeedLimits(queue=20)) as office:
        agent = await office.person("agent", "Salma")
        ticket_id = await office.writes("0600", "Hello")
        socket = await agent.connect()
        cursor = (await next_frame(socket, "hello"))["cursor"]
        # One burst larger than the queue: it is offered before the writer has a chance.
        async with office.desk.transaction() as transaction:
            for number in range(100):
                transaction.record(Event("ticket.claimed", "agent", ticket_id=ticket_id, data={"n": number}))
        assert await closed_with(socket) == 4408
        again = await agent.connect(cursor)
        numbers = [(await next_frame(again, "event"))["event"]["data"]["n"] for _ in range(100)]
        assert numbers == list(range(100))
        await again.close()


async def test_a_stranger_gets_no_socket(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    url = office.server.make_url("/api/live")
    assert await closed_with(await office.http.ws_connect(url)) == 4401
    with pytest.raises(WSServerHandshakeError) as refused:
        await office.http.ws_connect(url, headers=agent.headers, origin="https://evil.example")
    assert refused.value.status == 403


class Watcher:
    """A client that connects and disconnects at random and always comes back with its last cursor."""

    def __init__(self, person: Person, doors: Sequence[TestServer], chance: random.Random) -> None:
        self.person = person
        self.doors = doors
        self.chance = chance
        self.cursor: str | None = None
        self.seen: list[str] = []
        self.visits = 0

    async def watch(self, until: asyncio.Future[str]) -> None:
        """Until the event that `until` names has been seen."""
        while not (until.done() and until.result() in self.seen):
            socket = await self.person.connect(self.cursor, self.chance.choice(self.doors))
            self.visits += 1
            hello = await next_frame(socket)
            assert hello["type"] == "hello"
            self.cursor = self.cursor or hello["cursor"]
            assert hello["cursor"] == self.cursor
            await self._stay(socket, self.chance.randrange(1, 80), until)
            await socket.close()

    async def _stay(self, socket: ClientWebSocketResponse, frames: int, until: asyncio.Future[str]) -> None:
        while frames and not (until.done() and until.result() in self.seen):
            try:
                frame: Frame = await socket.receive_json(timeout=0.3)
            except (TimeoutError, TypeError):  # quiet, or the server closed: come back with the cursor
                return
            assert frame["type"] != "reset"
            if frame["type"] == "event":
                self.seen.append(frame["event"]["id"])
                self.cursor = frame["cursor"]
                frames -= 1


async def write_events(engine: AsyncEngine, office: Office, ticket_id: UUID, chance: random.Random) -> None:
    """A transaction that lives for a moment after its first event, then commits or gives up."""
    async with engine.connect() as connection:
        for _ in range(chance.randrange(1, 6)):
            await connection.execute(
                text(
                    "INSERT INTO events (type, ticket_id, actor) VALUES ('ticket.read', :ticket_id, 'agent')"
                ),
                {"ticket_id": ticket_id},
            )
            await asyncio.sleep(chance.random() * 0.03)
        if chance.random() < 0.1:
            await connection.rollback()
        else:
            await connection.commit()
    office.desk.bus.publish("live")


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
async def test_each_socket_sees_each_event_once_and_in_order(
    database: AsyncEngine, tmp_path: Path, seed: int
) -> None:
    """Two processes serve the same database, each behind the other now and then."""
    chance = random.Random(seed)
    limits = FeedLimits(
        ring_frames=40, batch=9, preload=20, queue=60, replay=100_000, gather=0.003, poll=0.05
    )
    async with (
        open_office(database, tmp_path, limits=limits) as office,
        serving(replace(office.dependencies, desk=Desk(database, MemoryBus())), limits) as second,
    ):
        person = await office.person("agent", "Salma")
        ticket_id = await office.writes("0600", "Hello")
        last: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        doors = [office.server, second]
        watchers = [Watcher(person, doors, random.Random(seed * 100 + number)) for number in range(12)]
        watching = [asyncio.create_task(watcher.watch(last)) for watcher in watchers]

        async def writer(own: random.Random) -> None:
            for _ in range(25):
                await write_events(database, office, ticket_id, own)

        await asyncio.gather(*(writer(random.Random(chance.random())) for _ in range(12)))
        await write_events(database, office, ticket_id, random.Random(0))
        order = [str(row[0]) for row in await office.rows(f"{SHOWN} ORDER BY transaction_id, sequence")]
        by_number = [str(row[0]) for row in await office.rows(f"{SHOWN} ORDER BY sequence")]
        assert order != by_number, "the writers did not overlap: the test shows nothing"
        last.set_result(order[-1])
        async with asyncio.timeout(60):
            await asyncio.gather(*watching)
        for watcher in watchers:
            assert watcher.seen == order[order.index(watcher.seen[0]) :]
        assert sum(watcher.visits for watcher in watchers) > 3 * len(watchers)
        assert len(watchers[0].seen) > 500
