"""Who looks at a ticket, and who writes there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from aiohttp import ClientWebSocketResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.ticketing.web.office import Office, Person, open_office, serving
from tests.ticketing.web.test_live import next_frame


async def looking(person: Person, ticket_id: UUID | None, server: Any = None) -> ClientWebSocketResponse:
    socket = await person.connect(server=server)
    await next_frame(socket, "hello")
    await look(socket, ticket_id)
    return socket


async def look(socket: ClientWebSocketResponse, ticket_id: UUID | None) -> None:
    await socket.send_json({"type": "look", "ticket_id": None if ticket_id is None else str(ticket_id)})


async def others(socket: ClientWebSocketResponse) -> list[tuple[str, bool]]:
    frame = await next_frame(socket, "lookers")
    return [(agent["name"], agent["typing"]) for agent in frame["agents"]]


async def test_whoever_looks_at_the_same_ticket_is_seen(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    first = await looking(salma, ticket_id)
    second = await looking(youssef, ticket_id)
    assert await others(first) == [("Youssef", False)]
    assert await others(second) == [("Salma", False)]
    await second.send_json({"type": "typing", "ticket_id": str(ticket_id)})
    assert await others(first) == [("Youssef", True)]
    await second.send_json({"type": "rest", "ticket_id": str(ticket_id)})
    assert await others(first) == [("Youssef", False)]
    await second.close()
    assert await others(first) == []
    assert await office.one("SELECT count(*) FROM events WHERE type LIKE '%look%'") == 0
    await first.close()


async def test_elsewhere_one_is_not_seen(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    one, two = await office.with_people("0600"), await office.with_people("0601")
    first = await looking(salma, one)
    second = await looking(youssef, one)
    assert await others(first) == [("Youssef", False)]
    await look(second, two)
    assert await others(first) == []
    await second.send_json({"type": "typing", "ticket_id": str(one)})  # not the ticket on the screen
    await look(second, one)
    assert await others(first) == [("Youssef", False)]
    await first.close()
    await second.close()


async def test_a_second_device_is_nobody_else(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    first, device = await looking(salma, ticket_id), await looking(salma, ticket_id)
    second = await looking(youssef, ticket_id)
    assert await others(first) == [("Youssef", False)]
    assert await others(device) == [("Youssef", False)]
    assert await others(second) == [("Salma", False)]
    for socket in (first, device, second):
        await socket.close()


async def test_what_runs_out_is_not_seen_and_what_is_not_understood_is_ignored(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    ticket_id = await office.with_people("0600")
    first, second = await looking(salma, ticket_id), await looking(youssef, ticket_id)
    assert await others(first) == [("Youssef", False)]
    for words in (
        "",
        "nonsense",
        "[]",
        '{"type": 3}',
        '{"type": "look", "ticket_id": "x"}',
        '{"type": "dance"}',
    ):
        await second.send_str(words)
    # A process that died left its row, which ran out.
    await office.run(
        "UPDATE lookers SET expires_at = now() - interval '1 s' WHERE agent_id = :id", id=youssef.id
    )
    office.desk.bus.publish("lookers")
    assert await others(first) == []
    await first.close()
    await second.close()


async def test_who_may_not_see_a_ticket_does_not_see_who_looks_at_it(office: Office) -> None:
    boss, salma = await office.person("supervisor", "Boss"), await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600")
    await office.run(
        "UPDATE tickets SET category = (SELECT code FROM categories WHERE restricted LIMIT 1) WHERE id = :id",
        id=ticket_id,
    )
    first = await looking(boss, ticket_id)
    second = await looking(salma, ticket_id)
    other = await office.with_people("0601")
    await look(second, other)
    third = await looking(boss, other)
    # The first thing she hears is of the other ticket.
    frame = await next_frame(second, "lookers")
    assert frame["ticket_id"] == str(other)
    for socket in (first, second, third):
        await socket.close()


async def test_processes_see_each_other(database: AsyncEngine, tmp_path: Path) -> None:
    async with open_office(database, tmp_path) as office, serving(office.dependencies) as another:
        salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
        ticket_id = await office.with_people("0600")
        first = await looking(salma, ticket_id)
        second = await looking(youssef, ticket_id, another)
        assert await others(first) == [("Youssef", False)]
        assert await others(second) == [("Salma", False)]
        await first.close()
        await second.close()
