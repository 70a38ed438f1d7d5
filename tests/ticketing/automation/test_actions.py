"""Each action, what takes it back, and that several are one."""

from __future__ import annotations

from typing import Any

import pytest

from ticketing.actions.base import Actor
from ticketing.actions.rehearsal import rehearse
from ticketing.actions.steps import STEPS, Refused, dumped
from ticketing.errors import Conflict


def _step(action: str, **parameters: Any) -> dict[str, Any]:
    return {"action": action, **parameters}


REVERSIBLE = [
    _step("set_status", status="open"),
    _step("set_status", status="pending"),
    _step("set_status", status="on_hold"),
    _step("set_status", status="snoozed", minutes=60),
    _step("set_status", status="solved"),
    _step("set_status", status="closed"),
    _step("mark_junk"),
    _step("set_priority", priority=1),
    _step("set_category", category="E1"),
    _step("set_category", category=None),
    _step("add_tags", tags=["urgent", "seen"]),
    _step("remove_tags", tags=["vip"]),
    _step("set_field", key="meter", value="12 34"),
    _step("set_field", key="floor", value=None),
    _step("assign", agent_id="me"),
    _step("assign", agent_id="youssef"),
    _step("assign", agent_id=None),
    _step("set_team", team_id="technical"),
    _step("release"),
]
STARTS: dict[str, dict[str, Any]] = {
    "new": {"status": "new"},
    "held": {"status": "open", "assignee_id": "Salma", "team_id": "customers"},
    "aside": {"status": "pending", "assignee_id": "Youssef"},
}


def _with_ids(rules: Any, values: dict[str, Any]) -> dict[str, Any]:
    people = {name.lower(): agent_id for name, agent_id in rules.world.agents.items()} | rules.world.teams
    known = {"agent_id", "team_id", "assignee_id"}
    return {
        name: people.get(str(value).lower(), value) if name in known and value else value
        for name, value in values.items()
    }


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("step", REVERSIBLE, ids=lambda step: "-".join(map(str, step.values())))
async def test_a_step_is_taken_back_whole(rules: Any, step: dict[str, Any], start: str) -> None:
    ticket_id = await rules.ticket(**_with_ids(rules, STARTS[start]), tags=["vip"], fields='{"floor": 3}')
    before = await rules.row(ticket_id)
    outcome = await rules.do(ticket_id, _with_ids(rules, step))
    after = await rules.row(ticket_id)
    assert outcome.changed == (before != after)
    undo = outcome.results[0].undo
    assert undo is not None
    if undo:
        # As a bulk change stores it.
        await rules.do(ticket_id, *dumped(undo), actor=Actor(rules.world.agents["Nadia"]))
    assert await rules.row(ticket_id) == before


async def test_doing_it_twice_changes_nothing_the_second_time(rules: Any) -> None:
    for number, step in enumerate([_with_ids(rules, one) for one in REVERSIBLE]):
        ticket_id = await rules.ticket(f"2126000003{number:02}")
        await rules.do(ticket_id, step)
        if step.get("status") != "snoozed":  # snoozing again counts anew
            again = await rules.do(ticket_id, step)
            assert not again.changed, step


async def test_a_refused_step_undoes_those_before_it(rules: Any) -> None:
    ticket_id = await rules.ticket(category=None)
    before = await rules.row(ticket_id)
    events = len(await rules.world.events())
    with pytest.raises(Refused) as refused:
        await rules.do(
            ticket_id,
            _step("add_tags", tags=["urgent"]),
            _step("add_note", text="seen by the night shift"),
            _step("set_status", status="solved"),  # a category is needed
        )
    assert (refused.value.step, refused.value.error.code) == (2, "category_required")
    assert await rules.row(ticket_id) == before
    assert len(await rules.world.events()) == events
    assert await rules.world.one("SELECT count(*) FROM messages WHERE direction = 'note'") == 0


async def test_an_agent_may_not_do_by_a_macro_what_he_may_not_do_by_hand(rules: Any) -> None:
    ticket_id = await rules.ticket()
    weak = Actor(rules.world.agents["Salma"], frozenset({"ticket:reply"}), "agent")
    with pytest.raises(Refused) as refused:
        await rules.do(ticket_id, _step("set_status", status="solved"), actor=weak)
    assert refused.value.error.code == "forbidden"


async def test_a_note_stays_inside_and_a_message_goes_out_in_the_customers_language(rules: Any) -> None:
    ticket_id = await rules.ticket()
    await rules.world.execute("UPDATE conversations SET language = 'ary-Latn'")
    texts = {"ar": "سنعود إليكم", "fr": "Nous revenons vers vous"}
    outcome = await rules.do(ticket_id, _step("add_note", text="secret"), _step("send_text", texts=texts))
    await rules.world.deliver()
    assert [sent.content.text for sent in rules.world.provider.sent] == ["سنعود إليكم"]
    assert [result.undo for result in outcome.results] == [None, None]
    assert (await rules.row(ticket_id))["assignee_id"] == rules.world.agents["Salma"]


async def test_a_message_obeys_the_reply_window(rules: Any) -> None:
    ticket_id = await rules.ticket()
    await rules.world.execute("UPDATE conversations SET window_expires_at = now() - interval '1 hour'")
    with pytest.raises(Refused) as refused:
        await rules.do(ticket_id, _step("send_text", texts={"fr": "Bonjour"}))
    assert isinstance(refused.value.error, Conflict)
    assert refused.value.error.code == "window_closed"


async def test_a_message_with_a_gap_is_not_sent(rules: Any) -> None:
    ticket_id = await rules.ticket()
    with pytest.raises(Refused) as refused:
        await rules.do(ticket_id, _step("send_text", texts={"fr": "Contrat {contract.reference}"}))
    assert refused.value.error.code == "unfilled_gap"


async def test_whoever_is_named_is_told_once(rules: Any) -> None:
    ticket_id = await rules.ticket(assignee_id=rules.world.agents["Salma"], status="open")
    await rules.world.execute(
        "INSERT INTO team_members (team_id, agent_id) VALUES (:team, :agent)",
        team=rules.world.teams["technical"],
        agent=rules.world.agents["Salma"],
    )
    team = str(rules.world.teams["technical"])
    await rules.do(ticket_id, _step("notify", team_ids=[team], assignee=True, text="Look at this"))
    assert await rules.world.rows("SELECT agent_id, data ->> 'text' FROM notifications") == [
        (rules.world.agents["Salma"], "Look at this")
    ]


async def test_a_rehearsal_tells_what_would_be_done_and_does_nothing(rules: Any) -> None:
    ticket_id = await rules.ticket()
    before = await rules.row(ticket_id)
    counts = (
        "SELECT (SELECT count(*) FROM events), (SELECT count(*) FROM messages), (SELECT count(*) FROM work)"
    )
    seen = await rules.world.rows(counts)
    steps = [
        _step("add_tags", tags=["urgent"]),
        _step("send_text", texts={"fr": "Bonjour"}),
        _step("set_priority", priority=1),
    ]
    rehearsal = await rehearse(
        rules.world.desk, ticket_id, STEPS.validate_python(steps), rules.agent(), rules.services
    )
    assert await rules.row(ticket_id) == before
    assert await rules.world.rows(counts) == seen
    done = await rules.do(ticket_id, *steps)
    assert [result.as_json() for result in rehearsal.results] == [r.as_json() for r in done.results]
