"""What happens to tickets by the clock alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ticketing.timers import Timers

HOUR = timedelta(hours=1)


async def waiting(world: Any, status: str, **columns: str) -> None:
    """A ticket of people's, put aside or solved."""
    await world.write("Bonjour")
    await world.ownership.take_over(await world.one("SELECT id FROM tickets"), world.agents["Salma"])
    sets = "".join(f", {name} = {value}" for name, value in columns.items())
    await world.execute(f"UPDATE tickets SET unread = 0, status = '{status}'{sets}")


async def test_a_snoozed_ticket_comes_back_once_at_its_time(world: Any) -> None:
    await waiting(world, "snoozed", snoozed_until="now() + interval '1 hour'")
    now = datetime.now(UTC)
    async with world.desk.reading() as connection:
        await Timers(world.desk).wake_snoozed(connection, now)
        assert await world.one("SELECT status FROM tickets") == "snoozed"
        # Two processes that look at the same minute.
        later = now + HOUR + timedelta(seconds=1)
        await asyncio.gather(*(Timers(world.desk).wake_snoozed(connection, later) for _ in range(2)))
    row = await world.one("SELECT status, snoozed_until, unread, assignee_id FROM tickets")
    assert tuple(row) == ("open", None, 1, world.agents["Salma"])
    assert len(await world.events("ticket.woken")) == 1


async def test_a_customer_who_writes_wakes_it_before(world: Any) -> None:
    await waiting(world, "snoozed", snoozed_until="now() + interval '1 hour'")
    await world.write("Alors ?")
    assert await world.one("SELECT status FROM tickets") == "open"
    assert await world.events("ticket.resumed") == [("ticket.resumed", {"by": "customer"})]
    async with world.desk.reading() as connection:
        await Timers(world.desk).wake_snoozed(connection, datetime.now(UTC) + 2 * HOUR)
    assert await world.events("ticket.woken") == []


@pytest.mark.parametrize(("silent", "status"), [(71, "solved"), (73, "closed")])
async def test_a_solved_ticket_closes_itself_after_a_silence(world: Any, silent: int, status: str) -> None:
    ago = f"now() - interval '{silent} hours'"
    await waiting(world, "solved", solved_at=ago, last_message_at=ago)
    async with world.desk.reading() as connection:
        await Timers(world.desk).close_solved(connection, datetime.now(UTC))
    assert await world.one("SELECT status FROM tickets") == status
    assert len(await world.events("ticket.closed")) == (status == "closed")


async def test_what_is_said_after_the_solution_breaks_the_silence(world: Any) -> None:
    await waiting(world, "solved", solved_at="now() - interval '73 hours'", last_message_at="now()")
    async with world.desk.reading() as connection:
        await Timers(world.desk).close_solved(connection, datetime.now(UTC))
    assert await world.one("SELECT status FROM tickets") == "solved"


async def test_a_customer_reopens_what_was_solved_under_its_number(world: Any) -> None:
    await waiting(world, "solved", solved_at="now()")
    number = await world.one("SELECT number FROM tickets")
    await world.write("Toujours pas d'eau")
    row = await world.one("SELECT number, status, solved_at, count(*) OVER () FROM tickets")
    assert tuple(row) == (number, "open", None, 1)
    assert ("ticket.reopened", {"by": "customer"}) in await world.events()


async def test_a_new_ticket_says_which_one_it_follows(world: Any) -> None:
    closed = "now() - interval '8 days'"
    await waiting(world, "closed", solved_at=closed, closed_at=closed)
    await world.write("Encore moi")
    old, new = await world.rows("SELECT id, follows_id FROM tickets ORDER BY opened_at")
    assert (old.follows_id, new.follows_id) == (None, old.id)
