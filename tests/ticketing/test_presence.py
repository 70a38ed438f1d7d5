"""Who is there: sockets come and go, people say where they are, idleness and silence count."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ticketing.errors import Invalid, NotFound
from ticketing.presence import Choice, Presences, effective, expire


@pytest.mark.parametrize(
    ("wanted", "reason", "is_idle", "is_connected", "state"),
    [
        ("online", None, False, True, ("online", None)),
        ("online", None, True, True, ("away", "idle")),
        ("busy", "meeting", True, True, ("busy", "meeting")),
        ("away", "lunch", True, True, ("away", "lunch")),
        ("online", None, False, False, ("offline", None)),
        ("busy", "meeting", False, False, ("offline", None)),
    ],
)
def test_what_holds(
    wanted: str, reason: str | None, is_idle: bool, is_connected: bool, state: tuple[str, str | None]
) -> None:
    assert effective(wanted, reason, is_idle=is_idle, is_connected=is_connected) == state


async def state_of(world: Any, name: str = "Salma") -> tuple[str, str | None]:
    row = await world.one(
        "SELECT state, reason FROM agent_presence WHERE agent_id = :id", id=world.agents[name]
    )
    return tuple(row)


async def lose(world: Any, ago: str = "1 second") -> int:
    """As if the sockets had been gone for longer than the grace."""
    await world.execute(
        "UPDATE agent_presence SET connected_until = now() - CAST(:ago AS text)::interval", ago=ago
    )
    async with world.desk.transaction() as transaction:
        return await expire(transaction)


async def test_a_choice_outlives_a_lost_connection(world: Any) -> None:
    presences, salma = Presences(world.desk), world.agents["Salma"]
    await presences.connected([salma])
    assert await state_of(world) == ("online", None)
    await presences.choose(salma, salma, Choice("busy", "meeting"))
    assert await lose(world) == 1
    assert await state_of(world) == ("offline", None)
    await presences.connected([salma])
    assert await state_of(world) == ("busy", "meeting")
    changes = [data["state"] for _, data in await world.events("presence.changed")]
    assert changes == ["online", "busy", "offline", "busy"]


async def test_yesterdays_lunch_is_over(world: Any) -> None:
    presences, salma = Presences(world.desk), world.agents["Salma"]
    await presences.connected([salma])
    await presences.choose(salma, salma, Choice("away", "lunch"))
    await lose(world, "5 hours")
    await presences.connected([salma])
    assert await state_of(world) == ("online", None)


async def test_nobody_is_offline_before_the_grace_is_over(world: Any) -> None:
    presences, salma = Presences(world.desk), world.agents["Salma"]
    await presences.connected([salma])
    await presences.left(salma, for_good=False)
    left = await world.one("SELECT connected_until - now() FROM agent_presence")
    assert 50 < left.total_seconds() <= 60
    async with world.desk.transaction() as transaction:
        assert await expire(transaction) == 0
    await presences.left(salma, for_good=True)
    async with world.desk.transaction() as transaction:
        assert await expire(transaction) == 1


async def test_two_processes_say_it_once(world: Any, second_engine: Any) -> None:
    presences, salma = Presences(world.desk), world.agents["Salma"]
    await asyncio.gather(*(presences.connected([salma]) for _ in range(10)))
    assert len(await world.events("presence.changed")) == 1


async def test_idle_and_back(world: Any) -> None:
    presences, salma = Presences(world.desk), world.agents["Salma"]
    await presences.connected([salma])
    await presences.choose(salma, salma, Choice(idle=True))
    assert await state_of(world) == ("away", "idle")
    await presences.connected([salma])  # renewing says nothing about hands on the keyboard
    assert await state_of(world) == ("away", "idle")
    await presences.choose(salma, salma, Choice(idle=False))
    assert await state_of(world) == ("online", None)


async def test_reasons_are_data(world: Any) -> None:
    presences, salma = Presences(world.desk), world.agents["Salma"]
    with pytest.raises(Invalid):
        await presences.choose(salma, salma, Choice("away", "siesta"))
    with pytest.raises(Invalid):
        await presences.choose(salma, salma, Choice("online", "lunch"))
    with pytest.raises(NotFound):
        await presences.choose(world.teams["customers"], salma, Choice("away"))
