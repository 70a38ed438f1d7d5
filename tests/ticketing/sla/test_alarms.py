"""Clocks from handover to breach under a moved clock: warned, escalated and re-routed once, whoever looks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contract import HandoverReason, Language
from channels.envelope import Content
from knowledge_base.time_zones import pinned_zone
from tests.ticketing.conftest import World
from ticketing import lifecycle
from ticketing.answering import Writing
from ticketing.bus import MemoryBus
from ticketing.calendar import ALL_DAY, Calendar
from ticketing.desk import Desk, Transaction
from ticketing.handover import Passing, hand_over
from ticketing.hours.changes import HoursChanges
from ticketing.hours.following import CalendarFollower
from ticketing.hours.tables import CalendarData, Schedule, load_first
from ticketing.sla.alarms import Alarms
from ticketing.sla.keeper import ClockKeeper
from ticketing.state import Ticket, lock_tickets

POLICY = {
    "conditions": {},
    "targets": {
        "first_response": {"amount": "PT1H", "clock": "always"},
        "next_response": {"amount": "PT2H", "clock": "always"},
        "resolution": {"amount": "PT10H", "clock": "always"},
    },
    "steps": [
        {"key": "half", "kinds": ["first_response"], "percent": 50, "notify": ["assignee"]},
        {"key": "soon", "kinds": ["first_response"], "percent": 80, "notify": ["lead"], "tag": "late-soon"},
        {
            "key": "late",
            "kinds": ["first_response"],
            "percent": 100,
            "notify": ["supervisors"],
            "raise_priority": True,
            "team": "technical",
        },
        {
            "key": "later",
            "kinds": ["first_response"],
            "percent": 100,
            "after": "PT30M",
            "notify": ["supervisors"],
        },
    ],
}


@dataclass
class Watch:
    """A world whose tickets have clocks, and a clock on the wall that tests move."""

    world: World
    calendar: Calendar = field(default_factory=Calendar)
    wall: datetime = field(default_factory=lambda: datetime.now(UTC))

    def __post_init__(self) -> None:
        self.world.desk.keepers = (ClockKeeper(self.calendar),)
        self.alarms = self.new_alarms(self.world.desk)

    def new_alarms(self, desk: Desk) -> Alarms:
        return Alarms(desk, self.calendar, self.reload, lambda: self.wall)

    async def reload(self) -> None:
        self.reloaded = True

    def second_process(self, engine: AsyncEngine) -> Alarms:
        return self.new_alarms(Desk(engine, MemoryBus(), [ClockKeeper(self.calendar)]))

    async def policy(self, **changes: Any) -> None:
        values = {name: json.dumps(value) for name, value in (POLICY | changes).items()}
        await self.world.execute("DELETE FROM sla_policies")
        await self.world.execute(
            "INSERT INTO sla_policies (name, position, conditions, targets, steps) VALUES ('Test', 1,"
            " CAST(:conditions AS jsonb), CAST(:targets AS jsonb), CAST(:steps AS jsonb))",
            **values,
        )

    async def handed_over(self, category: str | None = None) -> UUID:
        """A ticket that people just got."""
        await self.world.write("bonjour", sender=f"2126{uuid4().int % 10**8:08d}")
        ticket_id: UUID = await self.world.one(
            "SELECT id FROM tickets ORDER BY opened_at DESC, id DESC LIMIT 1"
        )

        async def give(transaction: Transaction, ticket: Ticket) -> None:
            passing = Passing(HandoverReason.NEEDS_PERSON, Language.FR, category=category)
            await hand_over(transaction, ticket, passing, actor="assistant")

        await self.change(ticket_id, give)
        return ticket_id

    async def change(self, ticket_id: UUID, what: Callable[[Transaction, Ticket], Any]) -> None:
        async with self.world.desk.transaction() as transaction:
            transaction.now = self.wall
            ticket = (await lock_tickets(transaction.connection, [ticket_id]))[ticket_id]
            done = what(transaction, ticket)
            if done is not None:
                await done
            transaction.save(ticket)

    async def move(self, ticket_id: UUID, status: str) -> None:
        await self.change(
            ticket_id, lambda transaction, ticket: lifecycle.move(ticket, status, transaction.now)
        )

    async def answer(self, ticket_id: UUID, agent: str = "Salma") -> None:
        writing = Writing(ticket_id, self.world.agents[agent], uuid4(), Content(text="Bonjour"))
        await self.world.replies.reply(writing)

    async def later(self, **passed: float) -> None:
        self.wall += timedelta(**passed)
        while await self.alarms.once():
            pass

    async def clock(self, ticket_id: UUID, kind: str) -> Any:
        return await self.world.one(
            "SELECT row_to_json(c) FROM ticket_clocks c WHERE ticket_id = :id AND kind = :kind"
            " ORDER BY started_at DESC LIMIT 1",
            id=ticket_id,
            kind=kind,
        )

    async def told(self, kind: str | None = None) -> list[tuple[str, str]]:
        rows = await self.world.rows(
            "SELECT a.name, n.kind FROM notifications n JOIN agents a ON a.id = n.agent_id ORDER BY n.id"
        )
        return [(row[0], row[1]) for row in rows if kind in (None, row[1])]

    async def ticket(self, ticket_id: UUID) -> Any:
        return (await self.world.rows("SELECT * FROM tickets WHERE id = :id", id=ticket_id))[0]


@pytest.fixture
async def watch(world: World) -> Watch:
    made = Watch(world)
    await made.policy()
    await world.execute("UPDATE agents SET role = 'supervisor' WHERE name = 'Nadia'")
    await world.execute(
        "INSERT INTO team_members (team_id, agent_id, is_lead)"
        " VALUES (:team, :salma, false), (:team, :youssef, true)",
        team=world.teams["customers"],
        salma=world.agents["Salma"],
        youssef=world.agents["Youssef"],
    )
    return made


async def test_clocks_begin_when_people_get_the_ticket(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    first = await watch.clock(ticket_id, "first_response")
    ticket = await watch.ticket(ticket_id)
    assert ticket.due_at - ticket.handed_over_at == timedelta(hours=1)
    assert ticket.sla["kind"] == "first_response"
    assert ticket.sla["state"] == "running"
    assert first["met_at"] is None
    assert (await watch.clock(ticket_id, "resolution"))["due_at"] is not None


async def test_the_assistants_tickets_have_none(watch: Watch) -> None:
    await watch.world.write("bonjour")
    assert await watch.world.one("SELECT count(*) FROM ticket_clocks") == 0
    assert await watch.world.one("SELECT due_at FROM tickets") is None


async def test_a_first_answer_meets_the_first_clock_and_a_new_question_starts_the_next(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    await watch.answer(ticket_id)
    assert (await watch.clock(ticket_id, "first_response"))["met_at"] is not None
    sender = await watch.world.one("SELECT address FROM identities LIMIT 1")
    await watch.world.write("encore", sender=sender)
    assert (await watch.ticket(ticket_id)).sla["kind"] == "next_response"
    await watch.answer(ticket_id)
    assert (await watch.clock(ticket_id, "next_response"))["met_at"] is not None
    assert (await watch.ticket(ticket_id)).sla["kind"] == "resolution"


async def test_each_step_is_taken_once_and_in_its_time(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    await watch.later(minutes=29)
    assert await watch.told() == []
    await watch.later(minutes=2)
    # Nobody holds it: its team's lead is warned in the holder's place.
    assert await watch.told() == [("Youssef", "sla.warned")]
    await watch.later(minutes=18)
    assert await watch.told("sla.escalated") == [("Youssef", "sla.escalated")]
    assert (await watch.ticket(ticket_id)).tags == ["late-soon"]
    await watch.later(minutes=12)
    ticket = await watch.ticket(ticket_id)
    assert ticket.team_id == watch.world.teams["technical"]
    assert ticket.priority == 2
    assert await watch.told("sla.escalated") == [("Youssef", "sla.escalated"), ("Nadia", "sla.escalated")]
    clock = await watch.clock(ticket_id, "first_response")
    assert clock["breached_at"] == clock["due_at"]
    await watch.later(minutes=31)
    await watch.later(hours=3)
    kinds = [kind for kind, _ in await watch.world.events("sla.warned", "sla.escalated", "sla.breached")]
    assert kinds == ["sla.warned", "sla.escalated", "sla.breached", "sla.escalated", "sla.escalated"]
    assert await watch.world.one("SELECT count(*) FROM sla_escalations") == 5


async def test_a_step_that_was_slept_through_is_taken_late_but_once(watch: Watch) -> None:
    """The process was down when it was due: another one, new, takes every step in order."""
    await watch.handed_over()
    watch.wall += timedelta(hours=5)
    watch.alarms = watch.new_alarms(watch.world.desk)
    await watch.later()
    await watch.later()
    assert [kind for _, kind in await watch.told()] == ["sla.warned"] + ["sla.escalated"] * 3


async def test_two_processes_at_once_take_a_step_once(watch: Watch, second_engine: AsyncEngine) -> None:
    tickets = [await watch.handed_over() for _ in range(12)]
    watch.wall += timedelta(minutes=61)
    other = watch.second_process(second_engine)
    for _ in range(4):
        await asyncio.gather(watch.alarms.once(), other.once(), watch.alarms.once(), other.once())
    while await watch.alarms.once():
        pass
    moved = await watch.world.rows(
        "SELECT ticket_id, count(*) FROM events WHERE type = 'ticket.assigned' GROUP BY 1"
    )
    assert {row[0]: row[1] for row in moved} == dict.fromkeys(tickets, 1)
    assert await watch.world.one("SELECT count(*) FROM notifications WHERE kind = 'sla.warned'") == 12
    assert await watch.world.one("SELECT count(*) FROM sla_escalations") == 12 * 4


async def test_a_process_that_dies_half_way_has_done_nothing(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    watch.wall += timedelta(minutes=61)
    whole = watch.world.desk.keepers

    async def dies(transaction: Transaction) -> None:
        raise RuntimeError("killed")

    watch.world.desk.keepers = (dies,)
    with pytest.raises(RuntimeError):
        await watch.alarms.once()
    assert await watch.world.one("SELECT count(*) FROM sla_escalations") == 0
    assert await watch.told() == []
    watch.world.desk.keepers = whole
    await watch.later()
    assert (await watch.ticket(ticket_id)).team_id == watch.world.teams["technical"]
    assert len([kind for _, kind in await watch.told() if kind == "sla.warned"]) == 1


async def test_waiting_for_the_customer_stops_the_resolution_clock_alone(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    due = (await watch.ticket(ticket_id)).due_at
    await watch.move(ticket_id, "pending")
    assert (await watch.clock(ticket_id, "resolution"))["due_at"] is None
    # Putting it aside is no answer: the first one is still owed.
    assert (await watch.ticket(ticket_id)).due_at == due
    watch.wall += timedelta(hours=4)
    await watch.move(ticket_id, "open")
    clock = await watch.clock(ticket_id, "resolution")
    taken = datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(clock["started_at"])
    assert timedelta(hours=14) <= taken < timedelta(hours=14, minutes=1)


async def test_solving_ends_all_and_reopening_goes_on(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    watch.wall += timedelta(hours=1)
    await watch.move(ticket_id, "solved")
    assert await watch.world.one("SELECT count(*) FROM ticket_clocks WHERE met_at IS NULL") == 0
    assert (await watch.ticket(ticket_id)).sla["state"] == "met"
    watch.wall += timedelta(hours=48)
    await watch.move(ticket_id, "open")
    clock = await watch.clock(ticket_id, "resolution")
    assert clock["met_at"] is None
    taken = datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(clock["started_at"])
    assert timedelta(hours=58) <= taken < timedelta(hours=58, minutes=1)


async def test_another_priority_gives_another_target_and_keeps_the_time_used(watch: Watch) -> None:
    ticket_id = await watch.handed_over()
    started = (await watch.clock(ticket_id, "first_response"))["started_at"]
    targets = {"first_response": {"amount": "PT20M", "clock": "always"}}
    await watch.policy(conditions={"priorities": [1]}, targets=targets, steps=[])
    watch.wall += timedelta(minutes=15)

    def hurry(transaction: Transaction, ticket: Ticket) -> None:
        ticket.priority = 1

    await watch.change(ticket_id, hurry)
    ticket = await watch.ticket(ticket_id)
    assert ticket.due_at == datetime.fromisoformat(started) + timedelta(minutes=20)
    # Nothing says by when it is to be solved any more.
    assert await watch.world.rows("SELECT 1 FROM ticket_clocks WHERE kind = 'resolution'") == []


async def test_a_changed_day_moves_the_due_times_of_running_clocks_in_another_process(
    watch: Watch, second_engine: AsyncEngine
) -> None:
    """One process edits the calendar; another, whose calendar is older, works the clocks out again."""
    zone = pinned_zone("Africa/Casablanca")
    async with watch.world.engine.begin() as connection:
        always = Schedule("always", {"fr": "A"}, ALL_DAY)
        await load_first(connection, CalendarData("always", [always]))
    other = Desk(second_engine, MemoryBus(), [ClockKeeper(theirs := Calendar())])
    follower = CalendarFollower(other, theirs, zone)
    await follower.load()
    calendar = CalendarFollower(watch.world.desk, watch.calendar, zone)
    await calendar.load()
    hour = {"first_response": {"amount": "PT1H", "clock": "open_hours"}}
    await watch.policy(targets=hour, steps=[])
    watch.wall = datetime(2026, 12, 1, 10, tzinfo=UTC)
    ticket_id = await watch.handed_over()
    assert (await watch.ticket(ticket_id)).due_at == datetime(2026, 12, 1, 11, tzinfo=UTC)
    async with watch.world.desk.transaction() as transaction:
        changes = HoursChanges(transaction, watch.world.agents["Nadia"])
        await changes.edit_day(date(2026, 12, 1), None, [(0, 630)], "fermé à 10 h 30")
    assert (await watch.ticket(ticket_id)).due_at == datetime(2026, 12, 1, 11, tzinfo=UTC)
    assert await Alarms(other, theirs, follower.load, lambda: watch.wall).once() == 1
    # Half an hour is left at closing time; the office of Casablanca opens again at midnight.
    assert (await watch.ticket(ticket_id)).due_at == datetime(2026, 12, 2, 0, 30, tzinfo=UTC)
    assert await watch.world.events("sla.updated") != []
    assert await watch.world.one("SELECT count(*) FROM sla_stale") == 0


async def test_a_second_bubble_costs_intake_no_statement(watch: Watch) -> None:
    """While what clocks follow from stands, they are neither read nor written."""
    ticket_id = await watch.handed_over()
    sender = await watch.world.one("SELECT address FROM identities LIMIT 1")
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        statements.append(statement)

    event.listen(watch.world.engine.sync_engine, "before_cursor_execute", note)
    await watch.world.write("encore", sender=sender)
    second = [statement for statement in statements if "ticket_clocks" in statement]
    event.remove(watch.world.engine.sync_engine, "before_cursor_execute", note)
    assert second == []
    assert statements != []
    assert (await watch.ticket(ticket_id)).sla["kind"] == "first_response"
