"""How clocks follow from a ticket: the rules alone, as a table and edge by edge."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from knowledge_base.time_zones import pinned_zone
from ticketing.calendar import Hours, Season, Timetable
from ticketing.categories import Target
from ticketing.sla.clocks import Change, Clock, Facts, advance, state_of, summary
from ticketing.sla.policies import Conditions, Plan, Policy, Step, Subject, TargetsPart, choose, plan
from ticketing.sla.spans import moment, span, used

ZONE = pinned_zone("Africa/Casablanca")
OFFICE = Hours(
    ZONE,
    (((510, 720), (840, 990)),) * 5 + ((), ()),
    seasons=(Season(date(2027, 2, 8), date(2027, 3, 9), (((540, 900),),) * 5 + ((), ())),),
    closed=frozenset({date(2026, 11, 18)}),
)
TIMETABLE = Timetable(OFFICE, {"technical": Hours(ZONE, (((0, 1440),),) * 7)})
TICKET = UUID(int=7)
TARGETS = {
    "first_response": Target(timedelta(hours=1), "always"),
    "next_response": Target(timedelta(hours=2), "always"),
    "resolution": Target(timedelta(hours=8), "open_hours"),
    "legal": Target(timedelta(days=60), "calendar_days"),
}
PLAN = Plan(TARGETS, None, "customers")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type, misc]


START = local(2026, 11, 23, 9)
OPEN = Facts("open", True, None, 3, None)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


class Life:
    """A ticket's clocks through several changes."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.plan = plan
        self.facts: Facts | None = None
        self.clocks: tuple[Clock, ...] = ()
        self.waiting_since: datetime | None = START

    def change(self, now: datetime, facts: Facts, *, answered: bool = False) -> Life:
        if facts.waits and not (self.facts or OPEN).waits:
            self.waiting_since = now
        if not facts.waits:
            self.waiting_since = None
        change = Change(self.facts, facts, now, START, self.waiting_since, answered)
        outcome = advance(TICKET, self.clocks, change, self.plan, TIMETABLE)
        self.clocks = tuple(one for one in outcome.clocks if one.id not in outcome.gone)
        self.facts = facts
        return self

    def of(self, kind: str) -> Clock:
        return [clock for clock in self.clocks if clock.kind == kind][-1]

    def running(self) -> set[str]:
        return {clock.kind for clock in self.clocks if not clock.is_over}


ANSWERED = replace(OPEN, waits=False)


def test_what_runs_from_the_start() -> None:
    life = Life().change(START, OPEN)
    assert life.running() == {"first_response", "resolution", "legal"}
    assert life.of("first_response").due_at == at(1)
    assert life.of("resolution").due_at == local(2026, 11, 24, 11)
    assert life.of("legal").due_at == local(2027, 1, 23)


def test_a_ticket_that_is_already_done_gets_no_clocks() -> None:
    assert Life().change(START, replace(OPEN, status="closed", waits=False)).clocks == ()


def test_taken_over_and_answered_at_once_is_met_at_once() -> None:
    life = Life().change(START, ANSWERED, answered=True)
    assert life.of("first_response").met_at == START


def test_an_answer_and_the_next_question() -> None:
    life = Life().change(START, OPEN).change(at(0.5), ANSWERED, answered=True)
    assert life.of("first_response").met_at == at(0.5)
    assert "next_response" not in life.running()
    life.change(at(1), OPEN)
    assert life.of("next_response").due_at == at(3)
    life.change(at(1.5), OPEN)  # a second bubble starts nothing anew
    assert life.of("next_response").started_at == at(1)
    life.change(at(2), ANSWERED, answered=True).change(at(5), OPEN)
    assert life.of("next_response").started_at == at(5)
    assert len([clock for clock in life.clocks if clock.kind == "next_response"]) == 2


def test_an_answer_that_leaves_later_counts_when_the_customer_no_longer_waits() -> None:
    life = Life().change(START, OPEN).change(at(0.5), ANSWERED)
    assert life.of("first_response").met_at == at(0.5)


def test_putting_aside_is_no_answer() -> None:
    life = Life().change(START, OPEN).change(at(0.5), replace(ANSWERED, status="pending"))
    assert not life.of("first_response").is_over


@pytest.mark.parametrize(
    ("status", "on_hold", "rests"),
    [
        ("new", False, False),
        ("open", False, False),
        ("pending", False, True),
        ("snoozed", False, False),
        ("on_hold", False, False),
        ("on_hold", True, True),
        ("snoozed", True, False),
    ],
)
def test_which_status_stops_the_resolution_clock(status: str, on_hold: bool, rests: bool) -> None:
    policy = Policy(uuid4(), "A", pauses_on_hold=on_hold)
    life = Life(replace(PLAN, policy=policy)).change(START, OPEN).change(at(1), replace(OPEN, status=status))
    assert life.of("resolution").rests is rests
    assert (life.of("resolution").due_at is None) is rests
    assert not life.of("legal").rests
    assert not life.of("first_response").rests


def test_time_that_rests_is_not_used_and_several_pauses_add_up() -> None:
    life = Life().change(START, OPEN)
    for begin, end in ((1, 2), (5.5, 6.5), (24, 48)):
        life.change(at(begin), replace(OPEN, status="pending")).change(at(end), OPEN)
    # One open hour by 10:00, half of 14:00–14:30 …: the eight hours are over on Thursday.
    resolution = life.of("resolution")
    whole = span(resolution.target, START, TIMETABLE, "customers")
    assert whole is not None
    assert resolution.due_at is not None
    assert used(whole, START, resolution.due_at, resolution.pauses) == timedelta(hours=8)


def test_solving_ends_all_and_reopening_resumes_all_but_answers() -> None:
    life = Life().change(START, OPEN).change(at(2), replace(ANSWERED, status="solved"))
    assert life.running() == set()
    life.change(at(50), OPEN)
    assert life.running() == {"next_response", "resolution", "legal"}
    assert life.of("resolution").pauses == ((at(2), at(50)),)
    assert life.of("legal").pauses == ()
    assert life.of("legal").due_at == local(2027, 1, 23)


def test_solving_while_it_rests_ends_the_pause() -> None:
    life = Life().change(START, OPEN).change(at(1), replace(OPEN, status="pending"))
    life.change(at(2), replace(ANSWERED, status="solved"))
    assert life.of("resolution").pauses == ((at(1), at(2)),)


def test_another_target_counts_from_the_same_start() -> None:
    life = Life().change(START, OPEN).change(at(0.25), replace(OPEN, status="pending"))
    life.change(at(0.5), OPEN)
    life.plan = Plan({"resolution": Target(timedelta(hours=3), "always")}, None, "technical")
    life.change(at(1), replace(OPEN, priority=1))
    assert life.of("resolution").due_at == at(3.25)
    assert life.running() == {"resolution"}  # what nobody promises any more is gone


def test_a_calendar_that_changed_gives_other_due_times_and_keeps_what_was_taken() -> None:
    life = Life().change(START, OPEN)
    clock = replace(life.of("resolution"), taken=frozenset({"half"}), warned_at=at(3))
    closed = replace(OFFICE, special={date(2026, 11, 23): ()})
    outcome = advance(
        TICKET, [clock], Change(OPEN, OPEN, at(1), START, START), PLAN, replace(TIMETABLE, office=closed)
    )
    found = next(one for one in outcome.clocks if one.id == clock.id)
    assert found.due_at == local(2026, 11, 25, 10, 30)
    assert (found.warned_at, found.taken) == (at(3), frozenset({"half"}))


def test_steps_in_their_order_and_each_once() -> None:
    half = Step(key="half", percent=50, notify=("assignee",))
    later = Step(key="later", percent=100, after=timedelta(minutes=30), notify=("supervisors",))
    only_legal = Step(key="law", kinds=("legal",), percent=10, notify=("lead",))
    watched = replace(PLAN, policy=Policy(uuid4(), "A", steps=(half, later, only_legal)))
    first = Life(watched).change(START, OPEN).of("first_response")
    assert (first.warn_at, first.next_at) == (at(0.5), at(0.5))
    taken = replace(first, taken=frozenset({"half"}))
    same = Change(OPEN, OPEN, at(0.6), START, START)
    assert advance(TICKET, [taken], same, watched, TIMETABLE).clocks[0].next_at == at(1)
    over = replace(taken, taken=frozenset({"half", "due"}), breached_at=at(1))
    assert advance(TICKET, [over], same, watched, TIMETABLE).clocks[0].next_at == at(1.5)
    done = replace(over, taken=frozenset({"half", "due", "later"}))
    assert advance(TICKET, [done], same, watched, TIMETABLE).clocks[0].next_at is None


def test_the_most_urgent_clock_is_shown() -> None:
    life = Life().change(START, OPEN)
    due_at, shown = summary(life.clocks)
    assert due_at == at(1)
    assert shown is not None
    assert (shown["kind"], shown["state"]) == ("first_response", "running")
    life.change(at(0.5), replace(ANSWERED, status="pending"), answered=True)
    assert summary(life.clocks)[0] == life.of("legal").due_at
    assert summary([life.of("resolution")])[1]["state"] == "paused"  # type: ignore[index]
    assert summary([]) == (None, None)


@pytest.mark.parametrize(
    ("now", "state"), [(0.4, "running"), (0.5, "warning"), (0.9, "warning"), (1, "breached"), (9, "breached")]
)
def test_time_alone_turns_running_into_late(now: float, state: str) -> None:
    assert state_of(at(1), at(0.5), "running", at(now)) == state
    assert state_of(None, None, "met", at(now)) == "met"


def test_working_days_end_with_the_office_and_a_pause_moves_the_end() -> None:
    target = Target(timedelta(days=2), "working_days")
    whole = span(target, START, TIMETABLE, None)
    assert whole is not None
    assert moment(whole, START, whole.amount) == local(2026, 11, 25, 16, 30)
    pause = ((local(2026, 11, 24, 9, 30), local(2026, 11, 24, 11, 30)),)
    assert moment(whole, START, whole.amount, pause) == local(2026, 11, 26, 10, 30)


POLICIES = [
    Policy(
        UUID(int=1),
        "vip",
        Conditions(contact_tags=("vip",)),
        TargetsPart.model_validate({"first_response": {"amount": "PT5M", "clock": "always"}}),
    ),
    Policy(UUID(int=2), "none", Conditions(without_category=True)),
    Policy(
        UUID(int=3),
        "leaks by mail",
        Conditions(categories=("W1", "W2"), channels=("email",), priorities=(1, 2)),
    ),
    Policy(UUID(int=4), "technical, tagged", Conditions(teams=("technical",), tags=("press",))),
]


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (Subject(contact_tags=frozenset({"vip"}), category="W2"), "vip"),
        (Subject(), "none"),
        (Subject(category="W2", priority=2, channels=frozenset({"email", "phone"})), "leaks by mail"),
        (Subject(category="W2", priority=3, channels=frozenset({"email"})), None),
        (Subject(category="W2", priority=2, channels=frozenset({"phone"})), None),
        (Subject(category="B1", team="technical", tags=frozenset({"press"})), "technical, tagged"),
        (Subject(category="B1", team="billing", tags=frozenset({"press"})), None),
    ],
)
def test_which_policy_fits(subject: Subject, name: str | None) -> None:
    found = choose(POLICIES, subject)
    assert (found.name if found else None) == name


def test_a_policys_target_comes_before_the_categorys_and_the_next_answer_is_like_the_first() -> None:
    own = {
        "first_response": Target(timedelta(hours=4), "always"),
        "resolution": Target(timedelta(days=1), "always"),
    }
    found = plan(POLICIES, Subject(contact_tags=frozenset({"vip"}), own=own))
    assert found.targets["first_response"].amount == timedelta(minutes=5)
    assert found.targets["next_response"].amount == timedelta(minutes=5)
    assert found.targets["resolution"].amount == timedelta(days=1)
    assert found.policy is not None
