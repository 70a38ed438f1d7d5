"""Who is given which waiting ticket, and why. Values in, values out, no I/O.

Tickets are taken most urgent first. A ticket goes to the agent who last helped this contact if he is there
and has room, else to one of its queue who has the skills, by the queue's way of choosing; what nobody can
take waits, asks for less after a while, and moves on to the queue that helps out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

EMERGENCY: Final = 1  # the priority that is handled day and night
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_TICK: Final = timedelta(microseconds=1)  # tells two pushes of one moment apart


class Routing(StrEnum):
    """How a queue chooses. `MANUAL` chooses nobody: agents pick by hand."""

    MANUAL = "manual"
    ROUND_ROBIN = "round_robin"
    LONGEST_IDLE = "longest_idle"  # the least loaded; among equals who waits longest for work


class OutOfHours(StrEnum):
    HOLD = "hold"
    OVERFLOW = "overflow"
    ASSIGN = "assign"


class Drop(StrEnum):
    """What a queue asks no longer after a while."""

    LEVEL = "level"
    LANGUAGE = "language"
    SUBJECT = "subject"


@dataclass(frozen=True, slots=True)
class Step:
    after: timedelta
    drop: Drop


@dataclass(frozen=True, slots=True)
class Queue:
    """A team's settings. `channels`: those that are pushed, None for all. `level`: the least that a needed
    skill must have (1 to 3). `emergencies`: danger is pushed while it is closed, too."""

    team_id: UUID
    key: str
    routing: Routing = Routing.MANUAL
    is_open: bool = True
    emergencies: bool = True
    channels: frozenset[str] | None = None
    level: int = 1
    relaxation: tuple[Step, ...] = ()
    out_of_hours: OutOfHours = OutOfHours.HOLD
    overflow_team_id: UUID | None = None
    overflow_after: timedelta | None = None
    overflow_unskilled: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """A ticket nobody holds. `language_skills` and `subject_skills`: any one of each kind will do; empty:
    none is needed. `weight`: how much of an agent it takes, in percent. `last_agent`: who helped this
    contact last, lately enough. Who declined it is not asked again, who missed it only when nobody else
    could take it."""

    ticket_id: UUID
    team_id: UUID
    priority: int
    waiting_since: datetime
    queued_at: datetime
    channels: frozenset[str] = frozenset()
    weight: int = 25
    due_at: datetime | None = None
    language_skills: frozenset[str] = frozenset()
    subject_skills: frozenset[str] = frozenset()
    last_agent: UUID | None = None
    visited: frozenset[UUID] = frozenset()
    declined_by: frozenset[UUID] = frozenset()
    missed_by: frozenset[UUID] = frozenset()
    is_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Worker:
    """An agent who is online. `load` and `capacity` in percent."""

    agent_id: UUID
    teams: frozenset[UUID]
    capacity: int = 100
    load: int = 0
    last_assigned_at: datetime | None = None
    skills: Mapping[str, int] = field(default_factory=dict)
    sees_restricted: bool = False


@dataclass(frozen=True, slots=True)
class Assign:
    """`rule`: sticky, round_robin or longest_idle. `load`: what the agent had before."""

    ticket_id: UUID
    agent_id: UUID
    rule: str
    load: int
    waited: timedelta
    relaxed: tuple[str, ...]
    at: datetime  # what counts as the agent's newest push


@dataclass(frozen=True, slots=True)
class Overflow:
    """`why`: closed, channel, waited or unskilled."""

    ticket_id: UUID
    from_team: UUID
    to_team: UUID
    why: str


Decision = Assign | Overflow


def decide(
    waiting: Iterable[Waiting],
    workers: Iterable[Worker],
    queues: Mapping[UUID, Queue],
    now: datetime,
    *,
    most: int | None = None,
) -> list[Decision]:
    """What to do now, in this order, at most so much. Tickets that are not named go on waiting."""
    teams = _by_team(workers)
    pushed = (one.last_assigned_at for staff in teams.values() for one in staff.values())
    newest = max((at for at in pushed if at is not None), default=None)
    at = now if newest is None else max(now, newest + _TICK)
    decisions: list[Decision] = []
    for ticket in sorted(waiting, key=urgency):
        decision = _one(ticket, teams.get(ticket.team_id, {}), queues, now, at)
        if decision is None:
            continue
        decisions.append(decision)
        if len(decisions) == most:
            break
        if isinstance(decision, Assign):
            chosen = teams[ticket.team_id][decision.agent_id]
            laden = replace(chosen, load=chosen.load + ticket.weight, last_assigned_at=at)
            for team in chosen.teams:
                teams[team][chosen.agent_id] = laden
            at += _TICK
    return decisions


def _by_team(workers: Iterable[Worker]) -> dict[UUID, dict[UUID, Worker]]:
    teams: dict[UUID, dict[UUID, Worker]] = {}
    for worker in workers:
        for team in worker.teams:
            teams.setdefault(team, {})[worker.agent_id] = worker
    return teams


def urgency(ticket: Waiting) -> tuple[int, datetime, datetime, UUID]:
    return (ticket.priority, ticket.due_at or _NEVER, ticket.waiting_since, ticket.ticket_id)


def dropped(queue: Queue, waited: timedelta) -> tuple[str, ...]:
    """What the queue no longer asks of somebody for a ticket that has waited so long."""
    return tuple(dict.fromkeys(step.drop.value for step in queue.relaxation if waited >= step.after))


def _one(
    ticket: Waiting,
    staff: Mapping[UUID, Worker],
    queues: Mapping[UUID, Queue],
    now: datetime,
    at: datetime,
) -> Decision | None:
    queue = queues.get(ticket.team_id)
    if queue is None or queue.routing is Routing.MANUAL:
        return None
    waited = now - ticket.queued_at
    if why := _not_here(ticket, queue):
        return _overflow(ticket, queue, queues, why) if _moves(queue, why) else None
    relaxed = dropped(queue, waited)
    able = [worker for worker in staff.values() if _is_able(worker, ticket, queue, relaxed)]
    others = [worker for worker in able if worker.agent_id not in ticket.missed_by]
    chosen, rule = _choose(ticket, queue, [one for one in others or able if _has_room(one, ticket)])
    if chosen is not None:
        return Assign(ticket.ticket_id, chosen.agent_id, rule, chosen.load, waited, relaxed, at)
    if queue.overflow_after is not None and waited >= queue.overflow_after:
        return _overflow(ticket, queue, queues, "waited")
    if queue.overflow_unskilled and not able:
        return _overflow(ticket, queue, queues, "unskilled")
    return None


def _not_here(ticket: Waiting, queue: Queue) -> str | None:
    """Why this queue pushes it to nobody now, whoever is there."""
    urgent = ticket.priority == EMERGENCY and queue.emergencies
    if not queue.is_open and queue.out_of_hours is not OutOfHours.ASSIGN and not urgent:
        return "closed"
    if queue.channels is not None and ticket.channels and not ticket.channels & queue.channels:
        return "channel"
    return None


def _moves(queue: Queue, why: str) -> bool:
    return why != "closed" or queue.out_of_hours is OutOfHours.OVERFLOW


def _overflow(ticket: Waiting, queue: Queue, queues: Mapping[UUID, Queue], why: str) -> Overflow | None:
    """To the queue that helps out; never to one where it has been, so that two queues do not play ball."""
    to = queue.overflow_team_id
    if to is None or to not in queues or to in ticket.visited or to == ticket.team_id:
        return None
    return Overflow(ticket.ticket_id, queue.team_id, to, why)


def _is_able(worker: Worker, ticket: Waiting, queue: Queue, relaxed: Sequence[str]) -> bool:
    if worker.agent_id in ticket.declined_by or (ticket.is_restricted and not worker.sees_restricted):
        return False
    level = 1 if Drop.LEVEL in relaxed else queue.level
    needed = (
        frozenset() if Drop.LANGUAGE in relaxed else ticket.language_skills,
        frozenset() if Drop.SUBJECT in relaxed else ticket.subject_skills,
    )
    return all(not skills or _has_any(worker, skills, level) for skills in needed)


def _has_any(worker: Worker, skills: frozenset[str], level: int) -> bool:
    return any(worker.skills.get(skill, 0) >= level for skill in skills)


def _has_room(worker: Worker, ticket: Waiting) -> bool:
    return worker.load + ticket.weight <= worker.capacity


def _choose(ticket: Waiting, queue: Queue, free: Sequence[Worker]) -> tuple[Worker | None, str]:
    known = next((worker for worker in free if worker.agent_id == ticket.last_agent), None)
    if known is not None:
        return known, "sticky"
    order: Callable[[Worker], tuple[object, ...]] = (
        _turn if queue.routing is Routing.ROUND_ROBIN else _idleness
    )
    return min(free, key=order, default=None), queue.routing.value


def _turn(worker: Worker) -> tuple[object, ...]:
    return (worker.last_assigned_at or _LONG_AGO, worker.agent_id)


def _idleness(worker: Worker) -> tuple[object, ...]:
    return (worker.load, worker.last_assigned_at or _LONG_AGO, worker.agent_id)
