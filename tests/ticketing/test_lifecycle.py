"""The rules alone (tables and properties), and the same rules on the real path."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from channels.envelope import DeliveryState
from ticketing import lifecycle
from ticketing.lifecycle import Placement, Rules
from ticketing.numbers import is_ticket_number, ticket_number
from ticketing.receipts import advance, growth
from ticketing.state import Ticket, new_ticket
from ticketing.texts import language_of

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = Rules()


def ticket(**values: Any) -> Ticket:
    made = new_ticket(uuid4(), uuid4(), NOW - timedelta(days=30))
    for name, value in values.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("current", "placement"),
    [
        (None, Placement.OPEN),
        (ticket(last_message_at=NOW - timedelta(hours=12)), Placement.ATTACH),
        (ticket(last_message_at=NOW - timedelta(hours=12, seconds=1)), Placement.REPLACE),
        (ticket(owner="agents", status="new", last_message_at=NOW - timedelta(days=20)), Placement.ATTACH),
        (
            ticket(owner="agents", status="closed", handed_over_at=NOW, closed_at=NOW - timedelta(days=7)),
            Placement.REOPEN,
        ),
        (
            ticket(
                owner="agents",
                status="closed",
                handed_over_at=NOW,
                closed_at=NOW - timedelta(days=7, seconds=1),
            ),
            Placement.OPEN,
        ),
        (ticket(status="closed", closed_at=NOW), Placement.OPEN),
        (ticket(owner="agents", status="open"), Placement.ATTACH),
        (ticket(owner="agents", status="pending"), Placement.RESUME),
        (ticket(owner="agents", status="on_hold"), Placement.RESUME),
        (ticket(owner="agents", status="snoozed", snoozed_until=NOW), Placement.RESUME),
        (ticket(owner="agents", status="solved", handed_over_at=NOW), Placement.REOPEN),
    ],
)
def test_where_a_message_goes(current: Ticket | None, placement: Placement) -> None:
    assert lifecycle.place(current, NOW, RULES) is placement


@pytest.mark.parametrize("status", ["open", "pending", "on_hold", "snoozed", "solved", "closed"])
def test_a_reaction_moves_no_ticket_of_people(status: str) -> None:
    closed_at = NOW if status == "closed" else None
    current = ticket(owner="agents", status=status, handed_over_at=NOW, closed_at=closed_at)
    assert lifecycle.place(current, NOW, RULES, asks=False) is Placement.ATTACH


def test_a_message_leaves_a_ticket_on_hold_where_the_setting_says_so() -> None:
    held = ticket(owner="agents", status="on_hold")
    assert lifecycle.place(held, NOW, Rules(resume_on_hold=False)) is Placement.ATTACH
    pending = ticket(owner="agents", status="pending")
    assert lifecycle.place(pending, NOW, Rules(resume_on_hold=False)) is Placement.RESUME


MOVES = [
    # asked for, held by somebody: status, snoozed_until, solved_at, closed_at, owes an answer
    ("open", True, "open", None, None, None, True),
    ("open", False, "new", None, None, None, True),
    ("new", True, "open", None, None, None, True),
    ("pending", True, "pending", None, None, None, False),
    ("on_hold", True, "on_hold", None, None, None, True),
    ("snoozed", True, "snoozed", NOW, None, None, True),
    ("solved", True, "solved", None, NOW, None, False),
    ("closed", True, "closed", None, NOW, NOW, False),
]


@pytest.mark.parametrize("before", ["open", "pending", "snoozed", "solved", "closed"])
@pytest.mark.parametrize(("asked", "held", "status", "until", "solved_at", "closed_at", "owes"), MOVES)
def test_every_status_leaves_nothing_of_the_one_before(
    before: str, asked: str, held: bool, status: str, until: Any, solved_at: Any, closed_at: Any, owes: bool
) -> None:
    one = ticket(owner="agents", assignee_id=uuid4() if held else None, waiting_since=NOW, status_key="own")
    lifecycle.move(one, before, NOW, until=NOW + timedelta(days=1), reason="junk")
    one.waiting_since, version = NOW, one.version
    lifecycle.move(one, asked, NOW, until=NOW)
    assert (one.status, one.status_key, one.snoozed_until) == (status, None, until)
    assert (one.solved_at, one.closed_at, one.waiting_since is not None) == (solved_at, closed_at, owes)
    assert one.version == version + 1
    if status not in {"solved", "closed"}:
        assert one.close_reason is None


def test_who_holds_a_ticket_does_not_move_one_that_was_put_aside() -> None:
    for status in ("pending", "on_hold", "snoozed", "solved"):
        one = ticket(owner="agents", status=status)
        lifecycle.hold(one, uuid4())
        assert one.status == status
        lifecycle.hold(one, None)
        assert one.status == status


def test_a_snoozed_ticket_comes_back_unread_for_its_holder() -> None:
    one = ticket(owner="agents", assignee_id=uuid4(), status="snoozed", snoozed_until=NOW)
    lifecycle.wake(one)
    assert (one.status, one.snoozed_until, one.unread) == ("open", None, 1)


def test_bubbles_are_gathered_but_not_for_ever() -> None:
    quiet, at_most = timedelta(seconds=0.8), timedelta(seconds=3)
    assert lifecycle.turn_delay(None, NOW, quiet, at_most) == quiet
    for waited, delay in ((0, 0.8), (2, 0.8), (2.5, 0.5), (3, 0), (60, 0)):
        since = NOW - timedelta(seconds=waited)
        assert lifecycle.turn_delay(since, NOW, quiet, at_most) == timedelta(seconds=delay)


class Lifetime(RuleBasedStateMachine):
    """Whatever happens in whatever order, a ticket stays one that people and the list can trust."""

    def __init__(self) -> None:
        super().__init__()
        self.now = NOW
        self.ticket = new_ticket(uuid4(), uuid4(), NOW)
        self.version = 1
        self.agents = [uuid4(), uuid4()]
        self.was_with_people = False

    @rule(hours=st.integers(0, 300))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(asks=st.booleans())
    def customer_writes(self, asks: bool) -> None:
        placement = lifecycle.place(self.ticket, self.now, RULES, asks=asks)
        if placement in {Placement.REOPEN, Placement.RESUME}:
            lifecycle.reopen(self.ticket)
        elif placement is not Placement.ATTACH:
            if placement is Placement.REPLACE:
                lifecycle.close(self.ticket, self.now)
            self.ticket = new_ticket(uuid4(), uuid4(), self.now)
            self.version, self.was_with_people = 1, False
        lifecycle.customer_wrote(self.ticket, self.now, asks=asks)
        assert not asks or self.ticket.status in {"new", "open"}
        assert self.ticket.unread > 0

    @precondition(lambda self: self.ticket.with_assistant)
    @rule(takes=st.booleans())
    def people_get_it(self, takes: bool) -> None:
        self.ticket.assignee_id = self.agents[0] if takes else None
        lifecycle.give_to_people(self.ticket, self.now)
        self.was_with_people = True

    @precondition(lambda self: self.ticket.owner == "agents" and self.ticket.status != "closed")
    @rule(who=st.sampled_from([None, 0, 1]))
    def held_by(self, who: int | None) -> None:
        lifecycle.hold(self.ticket, None if who is None else self.agents[who])

    @precondition(lambda self: self.ticket.owner == "agents")
    @rule(status=st.sampled_from(["open", "pending", "on_hold", "snoozed", "solved", "closed"]))
    def moved(self, status: str) -> None:
        lifecycle.move(self.ticket, status, self.now, until=self.now + timedelta(hours=1))

    @precondition(lambda self: self.ticket.status != "closed")
    @rule()
    def closed(self) -> None:
        lifecycle.close(self.ticket, self.now)

    @precondition(lambda self: self.ticket.status != "closed")
    @rule(author=st.sampled_from(["assistant", "agent", "system"]))
    def answered(self, author: str) -> None:
        waited = self.ticket.waiting_since
        lifecycle.we_answered(self.ticket, self.now, author=author)
        assert self.ticket.waiting_since == (waited if author == "system" else None)

    @invariant()
    def is_trustworthy(self) -> None:
        one = self.ticket
        assert one.version >= self.version
        self.version = one.version
        assert (one.closed_at is not None) == (one.status == "closed")
        if one.owner == "assistant":
            assert one.status in {"open", "closed"}
            assert one.assignee_id is None
            assert one.handed_over_at is None
        elif one.status in {"new", "open"}:
            assert (one.status == "open") == (one.assignee_id is not None)
        assert (one.snoozed_until is not None) == (one.status == "snoozed")
        if one.owner == "agents":
            assert (one.solved_at is not None) == (one.status in {"solved", "closed"})
        assert (one.owner == "agents") == self.was_with_people
        assert one.opened_at <= one.last_message_at <= self.now


TestLifetime = Lifetime.TestCase

REPORTS = st.lists(st.sampled_from(list(DeliveryState)), max_size=6)


@given(st.sampled_from(["pending", "sending", "unknown"]), REPORTS, st.randoms(use_true_random=False))
def test_receipts_end_alike_in_any_order_and_repeated(
    start: str, reports: list[DeliveryState], shuffle: Any
) -> None:
    def final(sequence: list[DeliveryState]) -> str:
        state = start
        for reported in sequence:
            grown = advance(state, reported)
            assert growth(grown) >= growth(state)
            state = grown
        return state

    shuffled = list(reports + reports)
    shuffle.shuffle(shuffled)
    assert final(reports) == final(shuffled)
    if DeliveryState.READ in reports:
        assert final(reports) == "read"


def test_the_final_state_is_read_in_every_order() -> None:
    for order in permutations([DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]):
        state = "sending"
        for reported in order:
            state = advance(state, reported)
        assert state == "read"
    assert advance("failed", DeliveryState.SENT) == "failed"
    assert advance("failed", DeliveryState.DELIVERED) == "delivered"


@given(st.integers(10001, 10**9), st.data())
def test_a_wrong_digit_or_swapped_neighbours_are_no_ticket_number(serial: int, data: st.DataObject) -> None:
    number = ticket_number(serial)
    assert is_ticket_number(number)
    assert is_ticket_number(number.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")))
    place = data.draw(st.integers(0, len(number) - 1))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != number[place]]))
    assert not is_ticket_number(number[:place] + digit + number[place + 1 :])
    place = data.draw(st.integers(0, len(number) - 2))
    if number[place] != number[place + 1]:
        swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
        assert not is_ticket_number(swapped)


def test_damms_own_example() -> None:
    assert ticket_number(572) == "5724"
    assert not is_ticket_number("")
    assert not is_ticket_number("12a")


@pytest.mark.parametrize(
    ("words", "known", "language"),
    [
        ("salam", None, "fr"),
        ("سلام", None, "ar"),
        ("سلام", "ary-Arab", "ary-Arab"),
        ("salam", "ary-Arab", "fr"),
        ("salam", "ary-Latn", "ary-Latn"),
        ("123", "en", "en"),
        ("hello", "nonsense", "fr"),
    ],
)
def test_the_language_to_speak(words: str, known: str | None, language: str) -> None:
    assert language_of(words, known) == language


async def close_as_agent(world: Any) -> Any:
    ticket_id = await world.one("SELECT id FROM tickets")
    taken = await world.ownership.take_over(ticket_id, world.agents["Salma"])
    return await world.editing.close(ticket_id, world.agents["Salma"], taken.version, "junk")


async def test_writing_again_within_a_week_reopens_under_the_same_number(world: Any) -> None:
    await world.write("first")
    closed = await close_as_agent(world)
    await world.write("still not solved")
    row = await world.one("SELECT number, owner, status, assignee_id, closed_at, version FROM tickets")
    assert tuple(row) == (closed.number, "agents", "open", world.agents["Salma"], None, closed.version + 1)
    assert ("ticket.reopened", {"by": "customer"}) in await world.events()
    await world.answer()
    assert world.assistant.turns == []


async def test_writing_after_a_week_opens_another_ticket_of_the_assistant(world: Any) -> None:
    await world.write("first")
    await close_as_agent(world)
    await world.execute("UPDATE tickets SET closed_at = now() - interval '7 days 1 s'")
    await world.write("a new matter")
    rows = await world.rows("SELECT owner, status FROM tickets ORDER BY opened_at")
    assert [tuple(row) for row in rows] == [("agents", "closed"), ("assistant", "open")]


async def test_silence_with_the_assistant_closes_its_ticket(world: Any) -> None:
    await world.write("first")
    await world.execute("UPDATE tickets SET last_message_at = now() - interval '13 hours'")
    await world.write("the next day")
    rows = await world.rows("SELECT owner, status, number FROM tickets ORDER BY opened_at")
    assert [tuple(row) for row in rows] == [("assistant", "closed", None), ("assistant", "open", None)]
    assert ("ticket.closed", {"by": "silence"}) in await world.events()


async def test_danger_reaches_people_with_the_assistant_down(world: Any) -> None:
    await world.write("Il y a un cable tombé devant l'école")
    row = await world.one(
        "SELECT owner, status, priority, number, handover->>'reason', team_id, handover->'slots' FROM tickets"
    )
    assert tuple(row) == (
        "agents", "new", 1, "100014", "danger", world.teams["technical"], {"words": "cable tombé"},
    )  # fmt: skip
    ((said, state),) = await world.states()
    assert said == "Éloignez-vous et n'approchez personne.\n\nVotre numéro de demande : 100014"
    assert state == "pending"
    assert await world.events("danger.raised") == [
        ("danger.raised", {"kind": "street_danger", "words": "cable tombé"})
    ]
    await world.answer()
    assert world.assistant.turns == []
    assert len(world.assistant.forgotten) == 1
    assert await world.one("SELECT waiting_since IS NOT NULL FROM tickets")


async def test_the_safety_text_is_not_repeated_with_every_bubble(world: Any) -> None:
    await world.intake.accept([world.message("cable tombé"), world.message("cable tombé ici")])
    await world.write("le cable tombé bouge")
    assert len(await world.states()) == 1
    assert len(await world.events("danger.raised")) == 3
    await world.execute(
        "UPDATE tickets SET handover = jsonb_set(handover, '{at}', to_jsonb((now() - interval"
        " '11 min')::text))"
    )
    await world.write("cable tombé ailleurs")
    assert len(await world.states()) == 2
    assert await world.one("SELECT unread FROM tickets") == 4


async def test_danger_on_a_ticket_people_have_raises_its_urgency(world: Any) -> None:
    await world.write("salam")
    taken = await world.ownership.take_over(await world.one("SELECT id FROM tickets"), world.agents["Salma"])
    await world.write("un cable tombé")
    row = await world.one("SELECT priority, assignee_id, number, status FROM tickets")
    assert tuple(row) == (1, world.agents["Salma"], taken.number, "open")


async def test_danger_while_the_assistant_thinks_drops_its_answer(world: Any) -> None:
    async def think(turn: Any) -> Any:
        await world.write("cable tombé")
        return await world.assistant.echo(turn)

    world.assistant.answer = think
    await world.write("salam")
    await world.answer()
    assert [said.split("\n")[0] for said, _ in await world.states()] == [
        "Éloignez-vous et n'approchez personne."
    ]
