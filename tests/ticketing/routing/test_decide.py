"""Who is given which ticket: every rule as a table, and what holds whatever waits."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.routing.decide import (
    Assign,
    Decision,
    Drop,
    OutOfHours,
    Overflow,
    Queue,
    Routing,
    Step,
    Waiting,
    Worker,
    decide,
)

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
CARE, TECHNICAL = UUID(int=1), UUID(int=2)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def queue(team: UUID = CARE, **settings: Any) -> Queue:
    settings.setdefault("routing", Routing.ROUND_ROBIN)
    return Queue(team, {CARE: "care", TECHNICAL: "technical"}[team], **settings)


def ticket(number: int = 1, *, waited: float = 0, **more: Any) -> Waiting:
    since = NOW - minutes(waited)
    settings: dict[str, Any] = {"team_id": CARE, "priority": 3, "waiting_since": since, "queued_at": since}
    return Waiting(UUID(int=1000 + number), **(settings | more))


def agent(number: int, **more: Any) -> Worker:
    more.setdefault("teams", frozenset({CARE}))
    return Worker(UUID(int=100 + number), **more)


def run(waiting: list[Waiting], workers: list[Worker], *queues: Queue) -> list[Decision]:
    return decide(waiting, workers, {one.team_id: one for one in queues or (queue(),)}, NOW)


def given_to(decisions: list[Decision]) -> dict[int, int]:
    """Agent's number by ticket's number."""
    return {one.ticket_id.int - 1000: one.agent_id.int - 100 for one in decisions if isinstance(one, Assign)}


def moved(decisions: list[Decision]) -> list[tuple[UUID, str]]:
    return [(one.to_team, one.why) for one in decisions if isinstance(one, Overflow)]


def test_a_thousand_tickets_are_shared_evenly() -> None:
    workers = [agent(number, capacity=100_000) for number in range(10)]
    for routing in (Routing.ROUND_ROBIN, Routing.LONGEST_IDLE):
        decisions = run([ticket(n) for n in range(1000)], workers, queue(routing=routing))
        shares = Counter(given_to(decisions).values())
        assert len(shares) == 10
        assert max(shares.values()) - min(shares.values()) <= 1


def test_a_manual_queue_pushes_nothing() -> None:
    assert run([ticket()], [agent(1)], queue(routing=Routing.MANUAL)) == []


def test_round_robin_takes_who_was_given_something_longest_ago() -> None:
    early, late = NOW - minutes(9), NOW - minutes(1)
    workers = [agent(1, last_assigned_at=late), agent(2, last_assigned_at=early, load=75), agent(3)]
    found = given_to(run([ticket(n) for n in range(3)], workers))
    assert found == {0: 3, 1: 2, 2: 1}


def test_longest_idle_takes_the_least_loaded_first() -> None:
    workers = [agent(1, load=50), agent(2, load=25, last_assigned_at=NOW), agent(3, load=25)]
    decisions = run([ticket(n) for n in range(3)], workers, queue(routing=Routing.LONGEST_IDLE))
    assert given_to(decisions) == {0: 3, 1: 2, 2: 1}
    assert [one.load for one in decisions if isinstance(one, Assign)] == [25, 25, 50]


def test_the_most_urgent_is_given_out_first() -> None:
    waiting = [
        ticket(1, waited=60),
        ticket(2, priority=1),
        ticket(3, due_at=NOW + minutes(5)),
        ticket(4, due_at=NOW - minutes(1), waited=1),
    ]
    assert [one.ticket_id.int - 1000 for one in run(waiting, [agent(1)])] == [2, 4, 3, 1]


def test_nobody_is_given_more_than_he_can_take() -> None:
    waiting = [ticket(1, weight=100), ticket(2, weight=25), ticket(3, weight=10)]
    assert given_to(run(waiting, [agent(1, load=75)])) == {2: 1}
    assert given_to(run(waiting, [agent(1)])) == {1: 1}
    assert given_to(run(waiting, [agent(1, capacity=0)])) == {}


@pytest.mark.parametrize(
    ("worker", "may"),
    [
        (agent(1, teams=frozenset({TECHNICAL})), False),
        (agent(1, teams=frozenset({TECHNICAL, CARE})), True),
        (agent(1, skills={"language:fr": 3}), True),
    ],
)
def test_only_its_own_team_is_given_a_ticket(worker: Worker, may: bool) -> None:
    assert bool(run([ticket()], [worker])) is may


def test_a_restricted_ticket_only_to_who_may_see_it() -> None:
    workers = [agent(1), agent(2, sees_restricted=True, load=75)]
    assert given_to(run([ticket(is_restricted=True)], workers)) == {1: 2}


SPEAKS = frozenset({"language:ary", "language:ar"})
STEPS = (
    Step(minutes(5), Drop.LEVEL),
    Step(minutes(10), Drop.LANGUAGE),
    Step(minutes(20), Drop.SUBJECT),
)


@pytest.mark.parametrize(
    ("skills", "level", "waited", "may"),
    [
        ({"language:ar": 2, "subject:water": 2}, 2, 0, True),
        ({"language:ary": 3, "subject:water": 2}, 2, 0, True),
        ({"language:fr": 3, "subject:water": 3}, 1, 0, False),
        ({"language:ar": 3}, 1, 0, False),
        ({"language:ar": 1, "subject:water": 3}, 2, 4.9, False),
        ({"language:ar": 1, "subject:water": 1}, 3, 5, True),
        ({"language:fr": 3, "subject:water": 1}, 3, 9.9, False),
        ({"subject:water": 1}, 3, 10, True),
        ({}, 3, 19.9, False),
        ({}, 3, 20, True),
    ],
)
def test_skills_and_how_they_are_relaxed(
    skills: dict[str, int], level: int, waited: float, may: bool
) -> None:
    wanted = ticket(waited=waited, language_skills=SPEAKS, subject_skills=frozenset({"subject:water"}))
    assert bool(run([wanted], [agent(1, skills=skills)], queue(level=level, relaxation=STEPS))) is may


def test_it_is_told_what_was_relaxed() -> None:
    (decision,) = run([ticket(waited=12)], [agent(1)], queue(relaxation=STEPS))
    assert isinstance(decision, Assign)
    assert decision.relaxed == ("level", "language")
    assert decision.waited == minutes(12)


def test_back_to_who_helped_last() -> None:
    workers = [agent(1), agent(2, last_assigned_at=NOW)]
    (decision,) = run([ticket(last_agent=workers[1].agent_id)], workers)
    assert isinstance(decision, Assign)
    assert (decision.agent_id, decision.rule) == (workers[1].agent_id, "sticky")
    full = [workers[0], replace(workers[1], load=100)]
    assert given_to(run([ticket(last_agent=workers[1].agent_id)], full)) == {1: 1}
    elsewhere = [workers[0], replace(workers[1], teams=frozenset({TECHNICAL}))]
    assert given_to(run([ticket(last_agent=workers[1].agent_id)], elsewhere)) == {1: 1}


def test_who_declined_is_not_asked_again_and_who_missed_it_last() -> None:
    one, two = agent(1), agent(2, last_assigned_at=NOW)
    assert given_to(run([ticket(declined_by=frozenset({one.agent_id}))], [one, two])) == {1: 2}
    assert run([ticket(declined_by=frozenset({one.agent_id}))], [one]) == []
    assert given_to(run([ticket(missed_by=frozenset({one.agent_id}))], [one, two])) == {1: 2}
    busy = replace(two, load=100)
    assert run([ticket(missed_by=frozenset({one.agent_id}))], [one, busy]) == []
    assert given_to(run([ticket(missed_by=frozenset({one.agent_id}))], [one])) == {1: 1}


@pytest.mark.parametrize(
    ("rule", "priority", "emergencies", "outcome"),
    [
        (OutOfHours.HOLD, 3, True, "waits"),
        (OutOfHours.HOLD, 1, True, "given"),
        (OutOfHours.HOLD, 1, False, "waits"),
        (OutOfHours.ASSIGN, 3, True, "given"),
        (OutOfHours.OVERFLOW, 3, True, "closed"),
        (OutOfHours.OVERFLOW, 1, True, "given"),
    ],
)
def test_out_of_hours(rule: OutOfHours, priority: int, emergencies: bool, outcome: str) -> None:
    care = queue(is_open=False, out_of_hours=rule, overflow_team_id=TECHNICAL, emergencies=emergencies)
    decisions = run([ticket(priority=priority)], [agent(1)], care, queue(TECHNICAL))
    assert bool(given_to(decisions)) is (outcome == "given")
    assert moved(decisions) == ([(TECHNICAL, "closed")] if outcome == "closed" else [])


def test_overflow_after_a_wait_and_at_once_without_the_skill() -> None:
    care = queue(overflow_team_id=TECHNICAL, overflow_after=minutes(15))
    full = [agent(1, load=100)]
    assert run([ticket(waited=14)], full, care, queue(TECHNICAL)) == []
    assert moved(run([ticket(waited=15)], full, care, queue(TECHNICAL))) == [(TECHNICAL, "waited")]
    assert given_to(run([ticket(waited=15)], [agent(1)], care, queue(TECHNICAL))) == {1: 1}

    unskilled = queue(overflow_team_id=TECHNICAL, overflow_unskilled=True)
    wanted = ticket(language_skills=SPEAKS)
    able = agent(1, skills={"language:ar": 1}, load=100)
    assert moved(run([wanted], [agent(2)], unskilled, queue(TECHNICAL))) == [(TECHNICAL, "unskilled")]
    assert run([wanted], [able], unskilled, queue(TECHNICAL)) == []  # he is there, and full: it waits


def test_channels_that_a_queue_does_not_push() -> None:
    care = queue(channels=frozenset({"whatsapp"}), overflow_team_id=TECHNICAL)
    mail = ticket(channels=frozenset({"email"}))
    assert moved(run([mail], [agent(1)], care, queue(TECHNICAL))) == [(TECHNICAL, "channel")]
    assert run([mail], [agent(1)], replace(care, overflow_team_id=None)) == []
    both = ticket(channels=frozenset({"email", "whatsapp"}))
    assert given_to(run([both], [agent(1)], care, queue(TECHNICAL))) == {1: 1}


def test_two_queues_do_not_play_ball() -> None:
    care = queue(overflow_team_id=TECHNICAL, overflow_after=minutes(0))
    technical = queue(TECHNICAL, overflow_team_id=CARE, overflow_after=minutes(0))
    back = ticket(team_id=TECHNICAL, visited=frozenset({CARE}))
    assert run([back], [], care, technical) == []


workers_of: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        capacity=st.sampled_from([0, 25, 50, 100, 200]),
        load=st.sampled_from([0, 10, 25, 90]),
        skills=st.dictionaries(st.sampled_from(["language:ar", "language:fr"]), st.integers(1, 3)),
        teams=st.sets(st.sampled_from([CARE, TECHNICAL])).map(frozenset),
    ),
    max_size=6,
)
tickets_of: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        priority=st.integers(1, 4),
        waited=st.integers(0, 30),
        weight=st.sampled_from([10, 25, 100]),
        team_id=st.sampled_from([CARE, TECHNICAL]),
        language_skills=st.sets(st.sampled_from(["language:ar", "language:fr"])).map(frozenset),
    ),
    max_size=25,
)


@given(workers=workers_of, tickets=tickets_of, routing=st.sampled_from(list(Routing)))
def test_whatever_waits(
    workers: list[dict[str, Any]], tickets: list[dict[str, Any]], routing: Routing
) -> None:
    """Each ticket once, nobody beyond his room, only those of the team and with the skill; and what waits on
    waits because nobody could take it."""
    staff = {one.agent_id: one for one in (agent(n, **more) for n, more in enumerate(workers))}
    waiting = {one.ticket_id: one for one in (ticket(n, **more) for n, more in enumerate(tickets))}
    queues = [queue(routing=routing), queue(TECHNICAL, routing=routing)]
    decisions = run(list(waiting.values()), list(staff.values()), *queues)
    assert len({one.ticket_id for one in decisions}) == len(decisions)
    loads = {key: worker.load for key, worker in staff.items()}
    for one in decisions:
        assert isinstance(one, Assign)
        worker, wanted = staff[one.agent_id], waiting[one.ticket_id]
        assert wanted.team_id in worker.teams
        assert not wanted.language_skills or wanted.language_skills & worker.skills.keys()
        assert one.load == loads[one.agent_id]
        loads[one.agent_id] += wanted.weight
        assert loads[one.agent_id] <= worker.capacity
    if routing is Routing.MANUAL:
        assert not decisions
        return
    for key, wanted in waiting.items():
        if key in {one.ticket_id for one in decisions}:
            continue
        assert not any(
            wanted.team_id in worker.teams
            and loads[worker.agent_id] + wanted.weight <= worker.capacity
            and (not wanted.language_skills or wanted.language_skills & worker.skills.keys())
            for worker in staff.values()
        )
