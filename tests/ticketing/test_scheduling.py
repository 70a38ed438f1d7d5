"""Replies for later: at their time and once, held back when something came, changed and cancelled before."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from channels.envelope import Content
from ticketing.answering import Writing
from ticketing.errors import Conflict, Forbidden, Invalid
from ticketing.scheduled import Scheduled
from ticketing.scheduling import Person, Scheduling, When


def later(**more: float) -> datetime:
    return datetime.now(UTC) + timedelta(**(more or {"hours": 1}))


async def with_people(world: Any, account: str = "whatsapp-main") -> UUID:
    await world.write("salam", account=account)
    ticket_id = await world.one("SELECT id FROM tickets ORDER BY id DESC LIMIT 1")
    await world.ownership.take_over(ticket_id, world.agents["Salma"])
    await world.execute("DELETE FROM work WHERE kind = 'turn'")
    return UUID(str(ticket_id))


async def schedule(world: Any, ticket_id: UUID, words: str = "À demain", **more: Any) -> UUID:
    when = When(more.pop("send_at", None) or later(), more.pop("send_anyway", False))
    writing = Writing(
        ticket_id, world.agents["Salma"], more.pop("client_id", uuid4()), Content(text=words), **more
    )
    return await Scheduling(world.desk, world.accounts).schedule(writing, when)


async def its_time_comes(world: Any) -> None:
    await world.execute(
        "UPDATE scheduled_replies SET send_at = now() - interval '1 ms' WHERE state = 'waiting'"
    )


async def work(world: Any) -> None:
    await its_time_comes(world)
    await Scheduled(world.desk, world.accounts).drain()
    await world.deliver()


async def test_it_leaves_at_its_time_and_then_is_an_answer(world: Any) -> None:
    ticket_id = await with_people(world)
    await schedule(world, ticket_id)
    worker = Scheduled(world.desk, world.accounts)
    await worker.drain()
    await world.deliver()
    assert world.provider.texts == []
    assert await world.one("SELECT waiting_since FROM tickets") is not None  # nothing was said yet
    wait = await worker.next_due()
    assert wait is not None
    assert 3500 < wait <= 3600
    await work(world)
    assert world.provider.texts == ["À demain"]
    assert await world.one("SELECT waiting_since FROM tickets") is None
    assert await world.one("SELECT state FROM scheduled_replies") == "sent"


async def test_two_processes_send_it_once(world: Any) -> None:
    ticket_id = await with_people(world)
    for number in range(10):
        await schedule(world, ticket_id, f"number {number}")
    await its_time_comes(world)
    await asyncio.gather(*(Scheduled(world.desk, world.accounts).drain() for _ in range(4)))
    await world.deliver()
    assert sorted(world.provider.texts) == [f"number {number}" for number in range(10)]


async def test_the_same_client_id_is_the_same_reply(world: Any) -> None:
    ticket_id, client_id = await with_people(world), uuid4()
    first = await schedule(world, ticket_id, client_id=client_id)
    assert await schedule(world, ticket_id, client_id=client_id) == first


async def test_a_customer_who_wrote_holds_it_back(world: Any) -> None:
    ticket_id = await with_people(world)
    scheduled_id = await schedule(world, ticket_id)
    await schedule(world, ticket_id, "En tout cas", send_anyway=True)
    await world.write("c'est réglé")
    await work(world)
    assert world.provider.texts == ["En tout cas"]
    assert await world.one("SELECT state, reason FROM scheduled_replies WHERE id = :id", id=scheduled_id) == (
        "held",
        "customer_wrote",
    )
    assert [data["reason"] for _, data in await world.events("reply.held")] == ["customer_wrote"]
    told = await world.rows("SELECT agent_id, kind FROM notifications")
    assert [tuple(row) for row in told] == [(world.agents["Salma"], "reply.held")]
    # Its author has read it: it waits again, and leaves.
    scheduling, salma = Scheduling(world.desk, world.accounts), Person(world.agents["Salma"])
    await scheduling.change(scheduled_id, salma, send_at=later())
    await work(world)
    assert world.provider.texts == ["En tout cas", "À demain"]


async def test_a_reaction_holds_nothing_back(world: Any) -> None:
    from channels.envelope import Kind

    ticket_id = await with_people(world)
    await schedule(world, ticket_id)
    await world.write("👍", kind=Kind.REACTION)
    await work(world)
    assert world.provider.texts == ["À demain"]


async def test_what_refuses_at_its_time_is_held_with_the_reason(world: Any) -> None:
    ticket_id = await with_people(world)
    await schedule(world, ticket_id)
    await world.execute("UPDATE conversations SET window_expires_at = now() - interval '1 s'")
    await work(world)
    assert world.provider.texts == []
    assert await world.one("SELECT state, reason FROM scheduled_replies") == ("held", "window_closed")


async def test_what_cannot_work_is_refused_at_once(world: Any) -> None:
    ticket_id = await with_people(world)
    cases: list[tuple[dict[str, Any], str]] = [
        ({"send_at": later(hours=25)}, "window_closed_then"),
        ({"send_at": later(seconds=-5)}, "send_at_past"),
        ({"send_at": later(days=91)}, "send_at_far"),
        ({"words": " "}, "empty"),
        ({"words": "Bonjour ⟦prénom⟧"}, "unfilled_gap"),
        ({"attachment_ids": (uuid4(),)}, "attachment_unknown"),
    ]
    for more, code in cases:
        with pytest.raises(Invalid) as refused:
            await schedule(world, ticket_id, **more)
        assert refused.value.code == code
    assert await world.rows("SELECT * FROM scheduled_replies") == []


async def test_a_ticket_of_the_assistant_is_not_answered_behind_its_back(world: Any) -> None:
    await world.write("salam")
    ticket_id = await world.one("SELECT id FROM tickets")
    with pytest.raises(Conflict) as refused:
        await schedule(world, ticket_id)
    assert refused.value.code == "with_assistant"


async def test_cancelled_sent_at_once_and_by_whom(world: Any) -> None:
    ticket_id = await with_people(world)
    scheduling, salma = Scheduling(world.desk, world.accounts), Person(world.agents["Salma"])
    first, second = await schedule(world, ticket_id, "one"), await schedule(world, ticket_id, "two")
    with pytest.raises(Forbidden):
        await scheduling.cancel(first, Person(world.agents["Youssef"]))
    back = await scheduling.cancel(first, salma)
    assert back.text == "one"
    await world.write("encore moi")
    await scheduling.send_now(second, salma)
    for scheduled_id in (first, second):
        with pytest.raises(Conflict) as refused:
            await scheduling.send_now(scheduled_id, salma)
        assert refused.value.code == "too_late"
    await work(world)
    assert world.provider.texts == ["two"]


async def test_a_crash_before_the_commit_sends_later(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was claimed by a process that died is claimed by the next."""
    ticket_id = await with_people(world)
    await schedule(world, ticket_id)
    await its_time_comes(world)
    dying = Scheduled(world.desk, world.accounts)
    assert len(await dying.claim(5)) == 1  # and nothing more
    await work(world)
    assert world.provider.texts == ["À demain"]
