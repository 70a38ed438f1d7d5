"""The router on a real database: who gets what, once, whatever happens meanwhile."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.bus import MemoryBus
from ticketing.calendar import Calendar, Hours, Timetable
from ticketing.desk import Desk
from ticketing.errors import Conflict
from ticketing.ownership import Ownership
from ticketing.presence import Choice, Presences
from ticketing.routing.offers import Offers
from ticketing.routing.router import Router
from ticketing.routing.snapshot import Snapshot, read_snapshot

NEVER_OPEN = Timetable(Hours(UTC, ((),) * 7))


@pytest.fixture
def router(world: Any) -> Router:
    return Router(world.desk, Calendar())


async def set_queue(world: Any, team: str = "customers", **columns: Any) -> None:
    columns.setdefault("routing", "round_robin")
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    await world.execute(f"UPDATE teams SET {changes} WHERE key = :key", key=team, **columns)


async def come_in(world: Any, *names: str, team: str = "customers") -> None:
    """These agents are of the team, and at the desk."""
    for name in names:
        await world.execute(
            "INSERT INTO team_members (team_id, agent_id) VALUES (:team, :agent) ON CONFLICT DO NOTHING",
            team=world.teams[team],
            agent=world.agents[name],
        )
    await Presences(world.desk).connected([world.agents[name] for name in names])


async def wait_in_line(world: Any, number: int = 1, *, team: str = "customers", **columns: Any) -> list[UUID]:
    """So many tickets that wait for people, of a contact each."""
    ids = [uuid4() for _ in range(number)]
    more = {"contact_id": None, "since": datetime.now(UTC)} | columns
    await world.execute(
        "WITH made AS (INSERT INTO contacts (id, language)"
        "   SELECT id, 'fr' FROM unnest(CAST(:ids AS uuid[])) id)"
        " INSERT INTO tickets (id, number, contact_id, owner, status, team_id, opened_at, handed_over_at,"
        " last_message_at, waiting_since) SELECT id, nextval('ticket_numbers'), coalesce(:contact_id, id),"
        " 'agents', 'new', :team, :since, :since, :since, :since"
        " FROM unnest(CAST(:ids AS uuid[])) id",
        ids=ids,
        team=world.teams[team],
        **more,
    )
    return ids


async def holders(world: Any) -> dict[UUID, Any]:
    return {row.id: row.assignee_id for row in await world.rows("SELECT id, assignee_id FROM tickets")}


async def test_a_waiting_ticket_reaches_somebody_with_the_reason(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    (ticket,) = await wait_in_line(world)
    assert await router.once() == 1
    assert await holders(world) == {ticket: world.agents["Salma"]}
    assert await world.one("SELECT status FROM tickets") == "open"
    ((_, data),) = await world.events("ticket.assigned")
    assert data["agent"] == "Salma"
    assert data["team"] == "customers"
    assert data["why"] == {"rule": "round_robin", "load": 0, "waited": 0, "relaxed": []}
    assert datetime.fromisoformat(data["offer_until"]) > datetime.now(UTC)


async def test_a_thousand_tickets_to_ten_agents(world: Any, router: Router) -> None:
    await set_queue(world, capacity=1000, routing="longest_idle")
    await world.execute("UPDATE routing_settings SET default_weight = 1")
    names = [f"Agent {number}" for number in range(10)]
    for name in names:
        world.agents[name] = uuid4()
        await world.execute(
            "INSERT INTO agents (id, email, name, password_hash, role)"
            " VALUES (:id, :email, :name, '', 'agent')",
            id=world.agents[name],
            email=f"{name.lower()}@demo.wasl",
            name=name,
        )
    await come_in(world, *names)
    await wait_in_line(world, 1000)
    others = [Router(Desk(world.engine, MemoryBus()), Calendar()) for _ in range(2)]
    await asyncio.gather(*(one.drain() for one in (router, *others)))
    await router.drain()
    shares = Counter((await holders(world)).values())
    assert None not in shares
    assert len(shares) == 10
    assert max(shares.values()) - min(shares.values()) <= 1
    assert len(await world.events("ticket.assigned")) == 1000


async def test_a_hundred_claims_at_once_have_one_winner(world: Any, second_engine: AsyncEngine) -> None:
    """By hand and by the router, in real transactions of two processes."""
    await set_queue(world)
    await come_in(world, "Salma", "Youssef", "Nadia")
    (ticket,) = await wait_in_line(world)
    agents = [world.agents[name] for name in ("Salma", "Youssef", "Nadia")]
    desks = [world.desk, Desk(second_engine, MemoryBus())]
    routers = [Router(desk, Calendar()) for desk in desks]

    async def claim(number: int) -> UUID | None:
        ownership = Ownership(desks[number % 2])
        try:
            return (await ownership.claim(ticket, agents[number % 3], 1)).assignee_id
        except Conflict:
            return None

    outcomes = await asyncio.gather(
        *(claim(number) for number in range(100)), *(one.once() for one in routers), return_exceptions=True
    )
    assert not [one for one in outcomes if isinstance(one, BaseException)]
    (winner,) = set((await holders(world)).values())
    assert winner in agents
    won = {one for one in outcomes[:100] if one is not None}
    assert won <= {winner}
    events = await world.events("ticket.claimed", "ticket.assigned")
    assert len(events) == 1


async def test_a_ticket_that_somebody_holds_this_instant_is_stepped_over(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    first, second = await wait_in_line(world, 2)
    async with world.desk.engine.begin() as connection:
        await connection.exec_driver_sql(f"SELECT 1 FROM tickets WHERE id = '{first}' FOR UPDATE")
        async with asyncio.timeout(20):
            assert await router.once() == 1
        assert (await holders(world))[second] == world.agents["Salma"]
    assert await router.once() == 1


async def test_a_ticket_picked_between_looking_and_taking_stays_with_who_picked_it(
    world: Any, router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    (ticket,) = await wait_in_line(world)

    async def read_and_be_late(*arguments: Any, **named: Any) -> Snapshot:
        snapshot = await read_snapshot(*arguments, **named)
        assert [one.ticket_id for one in snapshot.waiting] == [ticket]
        await Ownership(world.desk).claim(ticket, world.agents["Youssef"], 1)
        return snapshot

    monkeypatch.setattr("ticketing.routing.router.read_snapshot", read_and_be_late)
    assert await router.once() == 0
    assert await holders(world) == {ticket: world.agents["Youssef"]}


async def test_one_pass_at_a_time(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    await wait_in_line(world)
    async with world.desk.engine.begin() as another:
        await another.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('routing', 0))")
        assert await router.once() == 0
    assert await router.once() == 1


async def test_nobody_beyond_his_room_and_room_is_freed(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    await wait_in_line(world, 6)
    await router.drain()
    held = [ticket for ticket, holder in (await holders(world)).items() if holder]
    assert len(held) == 4
    await world.execute("UPDATE tickets SET status = 'pending' WHERE id = :id", id=held[0])
    assert await router.once() == 1  # what waits for the customer takes no room
    assert await router.once() == 0
    await world.execute("UPDATE agent_presence SET capacity = 125")
    assert await router.once() == 1


@pytest.mark.parametrize("state", ["busy", "away"])
async def test_who_is_not_online_is_given_nothing(world: Any, router: Router, state: str) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    salma = world.agents["Salma"]
    await Presences(world.desk).choose(salma, salma, Choice(state))
    await wait_in_line(world)
    assert await router.once() == 0
    await Presences(world.desk).choose(salma, salma, Choice("online"))
    assert await router.once() == 1


async def test_a_manual_queue_is_left_alone(world: Any, router: Router) -> None:
    await come_in(world, "Salma")
    await wait_in_line(world)
    assert await router.once() == 0


async def test_the_language_is_needed_until_it_is_relaxed(world: Any, router: Router) -> None:
    relaxation = '[{"after": 600, "drop": "language"}]'
    await world.execute(
        "UPDATE teams SET routing = 'round_robin', needs = '{language}', relaxation = CAST(:steps AS jsonb)"
        " WHERE key = 'customers'",
        steps=relaxation,
    )
    await come_in(world, "Salma", "Youssef")
    await world.execute(
        "INSERT INTO agent_skills (agent_id, skill, level) VALUES (:id, 'language:ar', 3)",
        id=world.agents["Salma"],
    )
    await wait_in_line(world)  # its contact writes French
    assert await router.once() == 0
    await world.execute(
        "INSERT INTO agent_skills (agent_id, skill, level) VALUES (:id, 'language:fr', 1)",
        id=world.agents["Youssef"],
    )
    assert await router.once() == 1
    assert set((await holders(world)).values()) == {world.agents["Youssef"]}
    await world.execute("DELETE FROM agent_skills WHERE skill = 'language:fr'")
    await wait_in_line(world, since=datetime.now(UTC) - timedelta(minutes=11))
    assert await router.once() == 1
    (*_, (_, data)) = await world.events("ticket.assigned")
    assert data["why"]["relaxed"] == ["language"]


async def test_a_new_ticket_goes_to_who_helped_last(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma", "Youssef")
    (before,) = await wait_in_line(world)
    await world.execute(
        "UPDATE tickets SET assignee_id = :agent, status = 'solved', solved_at = now()",
        agent=world.agents["Youssef"],
    )
    contact = await world.one("SELECT contact_id FROM tickets WHERE id = :id", id=before)
    (again,) = await wait_in_line(world, contact_id=contact)
    assert await router.once() == 1
    assert (await holders(world))[again] == world.agents["Youssef"]
    ((_, data),) = await world.events("ticket.assigned")
    assert data["why"]["rule"] == "sticky"


async def test_closed_it_waits_or_another_queue_helps_out(world: Any) -> None:
    closed = Router(world.desk, Calendar(NEVER_OPEN))
    await set_queue(world)
    await set_queue(world, "technical", out_of_hours="assign")
    await come_in(world, "Salma")
    await come_in(world, "Youssef", team="technical")
    (ticket,) = await wait_in_line(world)
    assert await closed.once() == 0
    await set_queue(world, out_of_hours="overflow", overflow_team_id=world.teams["technical"])
    assert await closed.once() == 1
    ((_, data),) = await world.events("ticket.overflowed")
    assert data == {"from": "customers", "team": "technical", "team_names": {}, "why": "closed"}
    assert await closed.once() == 1
    assert (await holders(world))[ticket] == world.agents["Youssef"]


async def test_what_is_not_opened_goes_to_somebody_else(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma", "Youssef")
    (ticket,) = await wait_in_line(world)
    await router.once()
    first = (await holders(world))[ticket]
    await world.execute("UPDATE ticket_offers SET due_at = now() - interval '1 s'")
    assert await router.once() == 1
    second = (await holders(world))[ticket]
    assert {first, second} == {world.agents["Salma"], world.agents["Youssef"]}
    ((_, data),) = await world.events("ticket.bounced")
    assert (data["agent_id"], data["why"]) == (str(first), "missed")


async def test_what_was_opened_stays(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma", "Youssef")
    read, accepted = await wait_in_line(world, 2)
    await router.drain()
    before = await holders(world)
    await world.execute("UPDATE tickets SET unread = 1")
    await Ownership(world.desk).mark_read(read, before[read])
    await Offers(world.desk).accept(accepted, before[accepted])
    await world.execute("UPDATE ticket_offers SET due_at = now() - interval '1 s'")
    assert await router.once() == 0
    assert await holders(world) == before
    assert await world.rows("SELECT 1 FROM ticket_offers") == []


async def test_who_misses_two_in_a_row_is_away(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    await wait_in_line(world)
    for _ in range(2):
        assert await router.once() == 1
        await world.execute("UPDATE ticket_offers SET due_at = now() - interval '1 s'")
    assert await router.once() == 0
    row = await world.one("SELECT state, reason FROM agent_presence")
    assert tuple(row) == ("away", "missed_offers")


async def test_who_declines_is_not_asked_again(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    (ticket,) = await wait_in_line(world)
    await router.once()
    salma = world.agents["Salma"]
    await Offers(world.desk).decline(ticket, salma, "Salma")
    assert await router.once() == 0
    with pytest.raises(Conflict):
        await Offers(world.desk).decline(ticket, salma, "Salma")
    await come_in(world, "Youssef")
    assert await router.once() == 1


async def test_a_holder_who_has_gone_loses_what_waits(world: Any, router: Router) -> None:
    await set_queue(world, reclaim_after=timedelta(minutes=10))
    await come_in(world, "Salma", "Youssef")
    late, early = datetime.now(UTC) - timedelta(minutes=11), datetime.now(UTC)
    (waits,) = await wait_in_line(world, since=late)
    (fresh,) = await wait_in_line(world, since=early)
    await world.execute(
        "UPDATE tickets SET assignee_id = :agent, status = 'open'", agent=world.agents["Salma"]
    )
    assert await router.once() == 0  # she is there
    await world.execute(
        "UPDATE agent_presence SET connected_until = now() - interval '1 s' WHERE agent_id = :id",
        id=world.agents["Salma"],
    )
    assert await router.once() == 1
    held = await holders(world)
    assert (held[waits], held[fresh]) == (world.agents["Youssef"], world.agents["Salma"])
    assert ("ticket.released", {"reason": "offline"}) in await world.events("ticket.released")


async def test_away_and_reassign(world: Any, router: Router) -> None:
    await set_queue(world)
    await come_in(world, "Salma")
    await wait_in_line(world, 3)
    await router.drain()
    pending, answered, waiting = sorted(await holders(world))
    await world.execute(
        "UPDATE tickets SET status = 'pending', waiting_since = NULL WHERE id = :id", id=pending
    )
    await world.execute("UPDATE tickets SET waiting_since = NULL WHERE id = :id", id=answered)
    salma = world.agents["Salma"]
    choice = Choice("away", "lunch", reassign=True)
    assert await Presences(world.desk).choose(salma, salma, choice) == 1
    assert await holders(world) == {pending: salma, answered: salma, waiting: None}
    assert await world.events("ticket.released") == [("ticket.released", {"reason": "away"})]
    (*_, (_, data)) = await world.events("presence.changed")
    assert (data["state"], data["reason"], data["was"]) == ("away", "lunch", "online")
