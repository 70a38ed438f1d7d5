"""Bulk changes: each ticket by itself, resumed after a kill, and taken back where nobody changed it since."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

from ticketing.actions.base import Actor
from ticketing.actions.steps import STEPS
from ticketing.bulk.jobs import Bulk, one_job
from ticketing.bulk.worker import BulkWorker
from ticketing.desk import Desk
from ticketing.errors import Conflict, Forbidden, Invalid, NotFound
from ticketing.reading.filters import Reader, TicketFilter


async def _begin(rules: Any, ids: list[UUID], *steps: dict[str, Any], actor: Actor | None = None) -> UUID:
    reader = Reader(rules.world.agents["Salma"])
    found: UUID = await Bulk(rules.world.desk).begin(
        actor or rules.agent(), STEPS.validate_python(list(steps)), ids=ids, reader=reader
    )
    return found


async def _job(rules: Any, job_id: UUID) -> tuple[str, int, int, int]:
    async with rules.world.desk.reading() as connection:
        row = (await one_job(connection, job_id, rules.world.agents["Salma"])).row
    return row.state, row.done, row.nothing, row.refused


async def _undo(rules: Any, job_id: UUID) -> UUID:
    found: UUID = await Bulk(rules.world.desk).undo(job_id, rules.world.agents["Salma"])
    return found


async def _tickets(rules: Any, number: int, **columns: Any) -> list[UUID]:
    return [await rules.ticket(f"21260000040{one}", **columns) for one in range(number)]


TAG = {"action": "add_tags", "tags": ["seen"]}
SOLVE = {"action": "set_status", "status": "solved"}


async def test_every_ticket_is_changed_and_refusals_are_listed(rules: Any) -> None:
    tickets = await _tickets(rules, 4)
    await rules.world.execute("UPDATE tickets SET category = NULL WHERE id = :id", id=tickets[1])
    await rules.world.execute(
        "UPDATE tickets SET status = 'solved', tags = '{seen}' WHERE id = :id", id=tickets[2]
    )
    job_id = await _begin(rules, tickets, TAG, SOLVE)
    await rules.bulk_worker().drain()
    assert await _job(rules, job_id) == ("done", 2, 1, 1)
    async with rules.world.desk.reading() as connection:
        (refusal,) = (await one_job(connection, job_id, rules.world.agents["Salma"])).refusals
    assert (refusal.ticket_id, refusal.refusal["code"]) == (tickets[1], "category_required")
    assert (await rules.row(tickets[1]))["tags"] == []  # of a refused ticket nothing stays


async def test_taking_it_back_leaves_what_somebody_changed_since(rules: Any) -> None:
    tickets = await _tickets(rules, 3)
    before = [await rules.row(ticket) for ticket in tickets]
    waiting = await rules.world.rows("SELECT waiting_since FROM tickets ORDER BY id")
    priority = {"action": "set_priority", "priority": 1}
    steps: list[dict[str, Any]] = [TAG, priority, {"action": "assign", "agent_id": "me"}, SOLVE]
    job_id = await _begin(rules, tickets, *steps)
    await rules.bulk_worker().drain()
    await rules.do(tickets[1], {"action": "set_priority", "priority": 4})
    undo_id = await _undo(rules, job_id)
    await rules.bulk_worker().drain()
    assert await _job(rules, undo_id) == ("done", 2, 0, 1)
    assert await rules.row(tickets[0]) == before[0]
    assert await rules.row(tickets[2]) == before[2]
    assert (await rules.row(tickets[1]))["status"] == "solved"
    async with rules.world.desk.reading() as connection:
        (refusal,) = (await one_job(connection, undo_id, rules.world.agents["Salma"])).refusals
    assert refusal.refusal["code"] == "changed_since"
    after = await rules.world.rows("SELECT waiting_since FROM tickets ORDER BY id")
    assert [after[0], after[2]] == [waiting[0], waiting[2]]
    with pytest.raises(Conflict, match="already"):
        await _undo(rules, job_id)
    with pytest.raises(Conflict, match="already"):
        await _undo(rules, undo_id)


async def test_it_can_be_taken_back_for_a_day(rules: Any) -> None:
    job_id = await _begin(rules, await _tickets(rules, 1), TAG)
    with pytest.raises(Conflict, match="still running"):
        await _undo(rules, job_id)
    await rules.bulk_worker().drain()
    await rules.world.execute("UPDATE bulk_jobs SET finished_at = finished_at - interval '25 hours'")
    with pytest.raises(Conflict, match="24 hours"):
        await _undo(rules, job_id)


async def test_what_was_written_is_not_taken_back(rules: Any) -> None:
    (ticket_id,) = await _tickets(rules, 1)
    job_id = await _begin(rules, [ticket_id], {"action": "add_note", "text": "look"})
    await rules.bulk_worker().drain()
    undo_id = await _undo(rules, job_id)
    await rules.bulk_worker().drain()
    assert await _job(rules, undo_id) == ("done", 0, 0, 1)


async def test_a_killed_worker_loses_nothing_and_repeats_nothing(rules: Any, second_engine: Any) -> None:
    """Cut off in the middle, again and again; another process goes on."""
    tickets = await _tickets(rules, 6)
    job_id = await _begin(rules, tickets, {"action": "add_note", "text": "once"})
    for _ in range(4):
        worker = rules.bulk_worker()
        working = asyncio.create_task(worker.work(job_id))
        while await rules.world.one("SELECT count(*) FROM bulk_items WHERE state <> 'waiting'") == 0:
            await asyncio.sleep(0)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    other = BulkWorker(Desk(second_engine, rules.world.bus), lambda: rules.services)
    await asyncio.gather(rules.bulk_worker().drain(), other.drain())
    assert await _job(rules, job_id) == ("done", 6, 0, 0)
    assert await rules.world.one("SELECT count(*) FROM messages WHERE direction = 'note'") == 6


async def test_cancelled_is_not_done(rules: Any) -> None:
    tickets = await _tickets(rules, 3)
    job_id = await _begin(rules, tickets, TAG)
    await Bulk(rules.world.desk).cancel(job_id, rules.world.agents["Salma"])
    await rules.bulk_worker().drain()
    assert await _job(rules, job_id) == ("cancelled", 0, 0, 0)
    assert (await rules.row(tickets[0]))["tags"] == []


async def test_tickets_are_chosen_by_a_filter(rules: Any) -> None:
    tickets = await _tickets(rules, 3, status="pending")
    await rules.world.execute("UPDATE tickets SET status = 'open' WHERE id = :id", id=tickets[0])
    asked = TicketFilter(status=("pending",))
    reader = Reader(rules.world.agents["Salma"])
    job_id = await Bulk(rules.world.desk).begin(
        rules.agent(), STEPS.validate_python([TAG]), asked=asked, reader=reader
    )
    await rules.bulk_worker().drain()
    assert await _job(rules, job_id) == ("done", 2, 0, 0)
    assert (await rules.row(tickets[0]))["tags"] == []


async def test_a_hidden_ticket_is_not_there(rules: Any) -> None:
    (ticket_id,) = await _tickets(rules, 1)
    await rules.world.execute("UPDATE categories SET restricted = true WHERE code = 'W2'")
    job_id = await _begin(rules, [ticket_id], TAG)
    await rules.bulk_worker().drain()
    assert await _job(rules, job_id) == ("done", 0, 0, 0)


async def test_nobody_does_in_bulk_what_he_may_not_do_by_hand(rules: Any) -> None:
    tickets = await _tickets(rules, 1)
    weak = Actor(rules.world.agents["Salma"], frozenset({"ticket:reply", "ticket:claim"}), "agent")
    assign = {"action": "assign", "agent_id": str(rules.world.agents["Nadia"])}
    with pytest.raises(Forbidden) as refused:
        await _begin(rules, tickets, TAG, assign, actor=weak)
    assert refused.value.fields == {"step": "1", "permission": "ticket:assign"}
    with pytest.raises(Invalid):
        await _begin(rules, tickets, {"action": "set_category", "category": "none"})
    with pytest.raises(NotFound):
        await Bulk(rules.world.desk).cancel(UUID(int=1), rules.world.agents["Salma"])
