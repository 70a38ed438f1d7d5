"""Automations follow the event log and the clock: in order, once, without end."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticketing.actions.steps import STEPS
from ticketing.automation.conditions import Conditions
from ticketing.automation.expiry import forget_runs
from ticketing.automation.finding import dry_run
from ticketing.automation.rules import MOST_RUNS, TRIGGER
from ticketing.automation.worker import Automations
from ticketing.desk import Desk, Event, utc_now


def _tag(*tags: str) -> dict[str, Any]:
    return {"action": "add_tags", "tags": list(tags)}


def _untag(*tags: str) -> dict[str, Any]:
    return {"action": "remove_tags", "tags": list(tags)}


def _tagged(*tags: str, how: str = "any") -> dict[str, Any]:
    return {"field": "tags", "is": how, "value": list(tags)}


async def _tags(rules: Any, ticket_id: UUID) -> list[str]:
    return sorted((await rules.row(ticket_id))["tags"])


async def test_what_a_customer_writes_is_answered_by_a_rule(rules: Any) -> None:
    ticket_id = await rules.ticket()
    asked = {"all": [{"field": "text", "is": "contains_any", "value": ["avocat"]}]}
    await rules.rule("customer.wrote", [_tag("urgent"), {"action": "set_priority", "priority": 1}], asked)
    await rules.worker().drain()
    assert await rules.runs() == []  # what was written before does not say it
    await rules.world.write("Je vais voir mon AVOCAT")
    await rules.worker().drain()
    row = await rules.row(ticket_id)
    assert (row["tags"], row["priority"]) == (["urgent"], 1)
    assert await rules.runs() == [("rule", "done")]
    signed = [data for kind, data in await rules.world.events() if kind == "ticket.tagged"]
    assert signed[0]["automation"] == {
        "id": str(rules.names["rule"]),
        "names": {"en": "rule"},
        "chain": [str(rules.names["rule"])],
        "depth": 1,
    }


@pytest.mark.parametrize(
    ("event", "recorded"),
    [
        ("ticket.assigned", {"action": "assign", "agent_id": "me"}),
        ("ticket.status_changed", {"action": "set_status", "status": "pending"}),
        ("ticket.status_changed", {"action": "set_status", "status": "solved"}),
        ("ticket.categorised", {"action": "set_category", "category": "E1"}),
        ("ticket.tagged", _tag("seen")),
        ("agent.replied", {"action": "send_text", "texts": {"fr": "Bonjour"}}),
    ],
)
async def test_an_event_of_this_kind_and_no_other(rules: Any, event: str, recorded: dict[str, Any]) -> None:
    ticket_id = await rules.ticket(status="open", assignee_id=rules.world.agents["Youssef"])
    await rules.rule(event, [_tag("urgent")], name="this")
    others = {"ticket.rated", "sla.warned", "sla.breached", "ticket.opened", "customer.wrote"}
    for other in sorted(others):
        await rules.rule(other, [_tag("vip")], name=other)
    await rules.do(ticket_id, recorded)
    await rules.worker().drain()
    assert ("this", "done") in await rules.runs()
    assert {name for name, _ in await rules.runs()} == {"this"}


async def test_rules_are_tried_in_order_and_see_what_the_one_before_did(rules: Any) -> None:
    ticket_id = await rules.ticket()
    await rules.rule("customer.wrote", [_tag("a")], {"all": [_tagged("b", how="none")]}, name="first")
    await rules.rule("customer.wrote", [_tag("b")], {"all": [_tagged("a")]}, name="second", stops=True)
    await rules.rule("customer.wrote", [_tag("c")], name="third")
    await rules.world.write("Bonjour")
    await rules.worker().drain()
    assert await _tags(rules, ticket_id) == ["a", "b"]
    assert await rules.runs() == [("first", "done"), ("second", "done")]


async def test_two_rules_that_undo_each_other_stop(rules: Any) -> None:
    ticket_id = await rules.ticket()
    await rules.rule("ticket.tagged", [_untag("a"), _tag("b")], {"all": [_tagged("a")]}, name="there")
    await rules.rule("ticket.tagged", [_untag("b"), _tag("a")], {"all": [_tagged("b")]}, name="back")
    await rules.do(ticket_id, _tag("a"))
    worker = rules.worker()
    for _ in range(10):
        await worker.drain()
    outcomes = await rules.runs()
    assert outcomes.count(("there", "done")) == 1
    assert outcomes.count(("back", "done")) == 1
    assert ("there", "looped") in outcomes
    assert await _tags(rules, ticket_id) == ["a"]


async def test_a_chain_of_rules_is_three_long(rules: Any) -> None:
    ticket_id = await rules.ticket()
    # The last of them is tried first: each needs an event of its own.
    for after, before in (("d", "c"), ("c", "b"), ("b", "a"), ("a", "seen")):
        asked = {"all": [_tagged(before), _tagged(after, how="none")]}
        await rules.rule("ticket.tagged", [_tag(after)], asked, name=after)
    await rules.do(ticket_id, _tag("seen"))
    worker = rules.worker()
    for _ in range(6):
        await worker.drain()
    assert await _tags(rules, ticket_id) == ["a", "b", "c", "seen"]
    assert {name for name, outcome in await rules.runs() if outcome == "done"} == {"a", "b", "c"}
    assert ("d", "looped") in await rules.runs()


async def test_a_rule_that_runs_too_often_leaves_the_ticket_alone(rules: Any) -> None:
    ticket_id = await rules.ticket()
    await rules.rule("customer.wrote", [{"action": "add_note", "text": "again"}])
    for number in range(MOST_RUNS + 3):
        await rules.world.write(f"encore {number}")
    await rules.worker().drain()
    outcomes = [outcome for _, outcome in await rules.runs()]
    assert outcomes == ["done"] * MOST_RUNS + ["switched_off"]
    assert await rules.world.rows("SELECT ticket_id, reason FROM automation_pauses") == [
        (ticket_id, "too_many_runs")
    ]


async def test_a_refused_rule_changes_nothing_and_says_why(rules: Any) -> None:
    ticket_id = await rules.ticket(category=None)
    before = await rules.row(ticket_id)
    await rules.rule("customer.wrote", [_tag("seen"), {"action": "set_status", "status": "solved"}])
    await rules.world.write("merci")
    await rules.worker().drain()
    assert await rules.row(ticket_id) == before
    refusal = await rules.world.one(
        "SELECT refusal ->> 'code' FROM automation_runs WHERE outcome = 'refused'"
    )
    assert refusal == "category_required"


async def test_a_process_that_dies_after_the_work_does_nothing_twice(rules: Any) -> None:
    """Between the actions and the mark how far the log was read: the next process reads the same events."""
    await rules.ticket()
    await rules.rule("customer.wrote", [{"action": "add_note", "text": "once"}], name="noted")
    await rules.rule("customer.wrote", [_tag("seen")], name="tagged")
    place = await rules.world.rows("SELECT transaction_number, sequence FROM automation_progress")
    for number in range(3):
        await rules.world.write(f"bonjour {number}")
    await rules.worker().drain()
    count = "SELECT count(*) FROM messages WHERE direction = 'note'"
    assert await rules.world.one(count) == 3
    for _ in range(2):
        await rules.world.execute(
            "UPDATE automation_progress SET transaction_number = :transaction, sequence = :sequence,"
            " lease = NULL, leased_until = NULL",
            transaction=place[0][0],
            sequence=place[0][1],
        )
        await Automations(rules.world.desk, lambda: rules.services).drain()
    assert await rules.world.one(count) == 3
    assert len(await rules.runs()) == 6


async def test_two_processes_at_once_do_it_once(rules: Any, second_engine: Any) -> None:
    await rules.ticket()
    await rules.rule("customer.wrote", [{"action": "add_note", "text": "once"}])
    for number in range(8):
        await rules.world.write(f"bonjour {number}")
    other = Automations(Desk(second_engine, rules.world.bus), lambda: rules.services)
    await asyncio.gather(rules.worker().drain(), other.drain())
    assert await rules.world.one("SELECT count(*) FROM messages WHERE direction = 'note'") == 8


async def test_a_lease_that_ran_out_is_taken_over(rules: Any, second_engine: Any) -> None:
    await rules.ticket()
    await rules.rule("customer.wrote", [_tag("seen")])
    dead = rules.worker()
    await dead.step()
    await rules.world.write("bonjour")
    other = Automations(Desk(second_engine, rules.world.bus), lambda: rules.services)
    await other.drain()
    assert await rules.runs() == []  # the first still has it
    await rules.world.execute("UPDATE automation_progress SET leased_until = now() - interval '1 second'")
    await other.drain()
    assert await rules.runs() == [("rule", "done")]


async def test_a_rule_of_time_fires_once_for_each_moment_it_counts_from(rules: Any) -> None:
    ticket_id = await rules.ticket(status="pending")
    trigger = {"kind": "time", "since": "last_customer_message", "minutes": 60}
    asked = {"all": [{"field": "status", "is": "in", "value": ["pending"]}]}
    await rules.rule(trigger, [{"action": "add_note", "text": "silent"}], asked)
    worker, now = rules.worker(), utc_now()
    count = "SELECT count(*) FROM messages WHERE direction = 'note'"
    await worker.drain(now + timedelta(minutes=59))
    assert await rules.world.one(count) == 0
    for minutes in (61, 62, 600):
        await worker.drain(now + timedelta(minutes=minutes))
    assert await rules.world.one(count) == 1
    await rules.world.execute(
        "UPDATE conversations SET last_inbound_at = last_inbound_at + interval '2 hours'"
        " WHERE ticket_id = :id",
        id=ticket_id,
    )
    await worker.drain(now + timedelta(hours=4))
    assert await rules.world.one(count) == 2


@pytest.mark.parametrize("since", ["last_message", "waiting", "opened", "handed_over", "status"])
async def test_every_moment_can_be_counted_from(rules: Any, since: str) -> None:
    ticket_id = await rules.ticket()
    await rules.rule({"kind": "time", "since": since, "minutes": 30}, [_tag("seen")])
    now = utc_now()
    await rules.worker().drain(now + timedelta(minutes=20))
    assert await _tags(rules, ticket_id) == []
    await rules.worker().drain(now + timedelta(minutes=40))
    assert await _tags(rules, ticket_id) == ["seen"]


async def test_an_event_without_ticket_is_no_rules_business(rules: Any) -> None:
    await rules.rule("sla.warned", [_tag("seen")])
    async with rules.world.desk.transaction() as transaction:
        transaction.record(Event("sla.warned", "system"))
    await rules.worker().drain()
    assert await rules.runs() == []


step = st.sampled_from(
    [
        _tag("a"),
        _tag("a", "b"),
        _untag("c"),
        {"action": "set_priority", "priority": 2},
        {"action": "set_status", "status": "open"},
        {"action": "set_status", "status": "on_hold"},
        {"action": "set_status", "status": "solved"},
        {"action": "set_category", "category": "E1"},
        {"action": "release"},
        {"action": "add_note", "text": "look"},
        {"action": "send_text", "texts": {"fr": "Bonjour"}},
    ]
)
condition = st.sampled_from(
    [
        _tagged("c"),
        _tagged("c", how="none"),
        {"field": "status", "is": "in", "value": ["new", "pending"]},
        {"field": "priority", "is": "not_in", "value": [2]},
        {"field": "category", "is": "in", "value": [None]},
        {"field": "text", "is": "contains_any", "value": ["eau"]},
    ]
)


async def test_a_dry_run_says_what_then_happens(rules: Any) -> None:
    tickets = [
        await rules.ticket(
            f"2126000002{number:02}",
            "pas d'eau" if number % 2 else "bonjour",
            status=("new", "pending", "on_hold")[number % 3],
            category="W2" if number % 2 else None,
            priority=1 + number % 4,
            tags=["c"] if number % 3 else [],
        )
        for number in range(9)
    ]
    asked: list[tuple[Any, Any]] = []

    @settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(step, min_size=1, max_size=3), st.lists(condition, max_size=2))
    def collect(steps: list[Any], conditions: list[Any]) -> None:
        asked.append((steps, {"all": conditions}))

    collect()
    now = utc_now() + timedelta(hours=2)
    trigger = {"kind": "time", "since": "opened", "minutes": 60}
    ran = 0
    for number, (steps, conditions) in enumerate(asked):
        before = {ticket: await rules.row(ticket) for ticket in tickets}
        said = await dry_run(
            rules.world.desk,
            TRIGGER.validate_python(trigger),
            Conditions.model_validate(conditions),
            STEPS.validate_python(steps),
            rules.services,
            now=now,
            limit=50,
            restricted=True,
        )
        assert {ticket: await rules.row(ticket) for ticket in tickets} == before
        rule_id = await rules.rule(trigger, steps, conditions, name=f"rule {number}")
        await rules.worker().drain(now)
        rows = await rules.world.rows(
            "SELECT ticket_id, CAST(steps AS text), refusal ->> 'code' FROM automation_runs"
            " WHERE automation_id = :id",
            id=rule_id,
        )
        done = {row[0]: (row[1] != "[]", row[2]) for row in rows}
        expected = {
            ticket: (bool(one.results), one.refusal and one.refusal.error.code)
            for ticket, one in said.tickets
        }
        assert done == expected
        assert said.matching == len(done)
        ran += len(done)
        await rules.world.execute("UPDATE automations SET enabled = false")
    assert ran > 30


async def test_old_runs_are_forgotten_once_their_ticket_is_over(rules: Any) -> None:
    over, going_on = await rules.ticket("212600000601"), await rules.ticket("212600000602")
    await rules.rule({"kind": "time", "since": "opened", "minutes": 1}, [_tag("seen")])
    await rules.worker().drain(utc_now() + timedelta(minutes=5))
    await rules.world.execute("UPDATE automation_runs SET at = at - interval '91 days'")
    await rules.world.execute("UPDATE tickets SET status = 'closed' WHERE id = :id", id=over)
    async with rules.world.engine.begin() as connection:
        await forget_runs(connection)
    assert await rules.world.one("SELECT ticket_id FROM automation_runs") == going_on
