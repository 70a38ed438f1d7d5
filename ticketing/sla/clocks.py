"""The clocks of one ticket, and how they follow from it. Values in, values out, no I/O.

Nobody starts or stops a clock: they are worked out from what a ticket was and is. Due times come from target,
start and pauses alone, so working them out again, under another calendar or for another target, loses no time
that was used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from uuid_utils.compat import uuid7

from ticketing.calendar import Timetable
from ticketing.categories import Target
from ticketing.sla.policies import Plan, Step
from ticketing.sla.spans import Pause, moment, span
from ticketing.state import Ticket
from ticketing.statuses import ACTIVE, ON_HOLD, PENDING

FIRST, NEXT, RESOLUTION, LEGAL = "first_response", "next_response", "resolution", "legal"
DUE: Final = "due"  # the step that every clock has: its end


@dataclass(frozen=True, slots=True)
class Clock:
    """A row of `ticket_clocks`. `taken` are the steps that were taken."""

    id: UUID
    ticket_id: UUID
    kind: str
    target: Target
    started_at: datetime
    team: str | None = None
    policy_id: UUID | None = None
    pauses: tuple[Pause, ...] = ()
    due_at: datetime | None = None
    warn_at: datetime | None = None
    next_at: datetime | None = None
    warned_at: datetime | None = None
    escalated_at: datetime | None = None
    breached_at: datetime | None = None
    met_at: datetime | None = None
    taken: frozenset[str] = frozenset()

    @property
    def is_over(self) -> bool:
        return self.met_at is not None

    @property
    def rests(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None


@dataclass(frozen=True, slots=True)
class Facts:
    """What of a ticket its clocks follow from."""

    status: str
    waits: bool
    category: str | None
    priority: int
    team: str | None  # the team's id
    tags: tuple[str, ...] = ()

    @classmethod
    def of(cls, ticket: Ticket) -> Facts:
        team = None if ticket.team_id is None else str(ticket.team_id)
        waits = ticket.waiting_since is not None
        return cls(ticket.status, waits, ticket.category, ticket.priority, team, tuple(sorted(ticket.tags)))

    @property
    def is_active(self) -> bool:
        return self.status in ACTIVE

    def targeting(self) -> tuple[Any, ...]:
        """What decides about targets."""
        return self.category, self.priority, self.team, self.tags

    def stored(self) -> list[Any]:
        return [self.status, self.waits, self.category, self.priority, self.team, list(self.tags)]

    @classmethod
    def read(cls, stored: Sequence[Any] | None) -> Facts | None:
        if not stored:
            return None
        status, waits, category, priority, team, tags = stored
        return cls(status, waits, category, priority, team, tuple(tags))


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a ticket in one transaction. `answered`: an agent wrote to the customer."""

    before: Facts | None
    after: Facts
    now: datetime
    since: datetime  # when people got the ticket
    waiting_since: datetime | None
    answered: bool = False

    @property
    def was_answered(self) -> bool:
        """By a message of an agent, or by what else ended the customer's waiting, but not by putting the
        ticket aside.
        """
        ended = self.before is not None and self.before.waits and not self.after.waits
        return self.answered or (ended and self.after.is_active and self.after.status != PENDING)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The clocks as they are now, and those whose target is gone."""

    clocks: tuple[Clock, ...]
    gone: tuple[UUID, ...] = field(default=())


def advance(
    ticket_id: UUID, clocks: Iterable[Clock], change: Change, plan: Plan, timetable: Timetable
) -> Outcome:
    """A ticket's clocks after a change."""
    known = list(clocks)
    gone: list[UUID] = []
    if change.after.is_active:
        known = [_reopened(clock, change) for clock in known]
        kept = [clock for clock in known if clock.is_over or clock.kind in plan.targets]
        gone = [clock.id for clock in known if clock not in kept]
        known = [*kept, *_started(ticket_id, kept, change, plan)]
    known = [_stopped(clock, change, plan) for clock in known]
    return Outcome(tuple(timed(clock, plan, timetable) for clock in known), tuple(gone))


def _reopened(clock: Clock, change: Change) -> Clock:
    """Solving ended them; the time in between does not count, but for the law."""
    came_back = change.before is not None and not change.before.is_active
    if not came_back or clock.met_at is None or clock.kind not in {RESOLUTION, LEGAL}:
        return clock
    pauses = clock.pauses if clock.kind == LEGAL else (*clock.pauses, (clock.met_at, change.now))
    return replace(clock, met_at=None, pauses=pauses)


def _started(ticket_id: UUID, clocks: Sequence[Clock], change: Change, plan: Plan) -> list[Clock]:
    kinds = {clock.kind for clock in clocks}
    running = {clock.kind for clock in clocks if not clock.is_over}
    starts: dict[str, datetime] = {}
    for kind in (RESOLUTION, LEGAL):
        if kind in plan.targets and kind not in kinds:
            starts[kind] = change.since
    if plan.targets.keys() & {FIRST, NEXT}:
        never_answered = FIRST not in kinds and NEXT not in kinds
        if FIRST in plan.targets and never_answered and _waits_from_the_start(change):
            starts[FIRST] = change.since
        asks_again = (
            change.before is not None and not change.before.waits and change.waiting_since is not None
        )
        if NEXT in plan.targets and asks_again and not running & {FIRST, NEXT}:
            starts[NEXT] = change.waiting_since or change.now
    return [
        Clock(uuid7(), ticket_id, kind, plan.targets[kind], started_at) for kind, started_at in starts.items()
    ]


def _waits_from_the_start(change: Change) -> bool:
    if change.before is None:
        # Who took it over may have answered with the same breath.
        return change.answered or change.waiting_since is not None
    return change.waiting_since is not None and change.waiting_since <= change.since


def _stopped(clock: Clock, change: Change, plan: Plan) -> Clock:
    """Met, or resting, or going on."""
    if clock.is_over:
        return clock
    answered = clock.kind in {FIRST, NEXT} and change.was_answered
    if answered or not change.after.is_active:
        return replace(clock, met_at=change.now, pauses=_ended(clock.pauses, change.now))
    rests = clock.kind == RESOLUTION and _puts_aside(change.after.status, plan)
    if rests and not clock.rests:
        return replace(clock, pauses=(*clock.pauses, (max(change.now, clock.started_at), None)))
    if clock.rests and not rests:
        return replace(clock, pauses=_ended(clock.pauses, change.now))
    return clock


def _puts_aside(status: str, plan: Plan) -> bool:
    on_hold = plan.policy is not None and plan.policy.pauses_on_hold
    return status == PENDING or (status == ON_HOLD and on_hold)


def _ended(pauses: tuple[Pause, ...], now: datetime) -> tuple[Pause, ...]:
    if not pauses or pauses[-1][1] is not None:
        return pauses
    return (*pauses[:-1], (pauses[-1][0], now))


def timed(clock: Clock, plan: Plan, timetable: Timetable) -> Clock:
    """With target and moments under this plan and calendar; one that is over keeps its own."""
    if clock.is_over:
        return replace(clock, next_at=None)
    target = plan.targets.get(clock.kind, clock.target)
    policy_id = None if plan.policy is None else plan.policy.id
    clock = replace(clock, target=target, team=plan.team, policy_id=policy_id)
    moments = dict(step_moments(clock, plan.steps(clock.kind), timetable))
    due_at = moments.pop(DUE, None)
    earlier = [at for at in moments.values() if due_at is not None and at < due_at]
    left = [at for key, at in moments.items() if key not in clock.taken]
    breached_at = clock.breached_at
    if due_at is not None and breached_at is None:
        left.append(due_at)
    return replace(
        clock,
        due_at=due_at,
        warn_at=min(earlier, default=None),
        next_at=min(left, default=None),
        breached_at=breached_at,
    )


def step_moments(clock: Clock, steps: Iterable[Step], timetable: Timetable) -> list[tuple[str, datetime]]:
    """When each step and the end come, as things stand; nothing while the clock rests."""
    whole = span(clock.target, clock.started_at, timetable, clock.team)
    if whole is None:
        return []
    amounts = {step.key: whole.amount * step.percent / 100 + step.after for step in steps}
    amounts[DUE] = whole.amount
    found = ((key, moment(whole, clock.started_at, amount, clock.pauses)) for key, amount in amounts.items())
    return [(key, at) for key, at in found if at is not None]


def summary(clocks: Iterable[Clock]) -> tuple[datetime | None, Mapping[str, Any] | None]:
    """When the most urgent clock is due, and what a list shows of it (`tickets.sla` without the facts)."""
    known = list(clocks)
    if not known:
        return None, None
    running = [clock for clock in known if not clock.is_over and clock.due_at is not None]
    if running:
        urgent = min(running, key=lambda clock: (clock.due_at, clock.kind))
        return urgent.due_at, _shown(urgent, "running")
    resting = [clock for clock in known if not clock.is_over]
    if resting:
        return None, _shown(resting[0], "paused")
    return None, _shown(max(known, key=lambda clock: clock.started_at), "met")


def _shown(clock: Clock, state: str) -> dict[str, Any]:
    return {
        "kind": clock.kind,
        "state": state,
        "started_at": clock.started_at.isoformat(),
        "warn_at": None if clock.warn_at is None or state != "running" else clock.warn_at.isoformat(),
    }


def state_of(due_at: datetime | None, warn_at: datetime | None, state: str, now: datetime) -> str:
    """As it is now: `running` turns into `warning` and `breached` by the passing of time alone."""
    if state != "running" or due_at is None:
        return state
    if due_at <= now:
        return "breached"
    return "warning" if warn_at is not None and warn_at <= now else "running"
