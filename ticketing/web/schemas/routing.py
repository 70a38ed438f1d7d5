"""Presence, queues, skills, and what a supervisor sees."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from ticketing.web.schemas.common import Answer, Names, Team
from ticketing.web.schemas.tickets import Ticket

PresenceState = Literal["online", "busy", "away", "offline"]


class Presence(Answer):
    """`reason` is a break reason's key, `idle` or `missed_offers`."""

    agent_id: UUID
    name: str
    state: PresenceState
    reason: str | None
    since: datetime


class PresenceList(Answer):
    agents: list[Presence]


class Wanted(Answer):
    """What the agent chose."""

    state: Literal["online", "busy", "away"]
    reason: str | None


class BreakReason(Answer):
    key: str
    names: Names
    state: Literal["busy", "away"]


class Offer(Answer):
    """A ticket that was pushed and not opened yet."""

    ticket_id: UUID
    until: datetime


class OwnPresence(Answer):
    """`idle_after` in seconds."""

    presence: Presence
    wanted: Wanted
    idle_after: int
    break_reasons: list[BreakReason]
    offers: list[Offer]


class ChangedPresence(OwnPresence):
    """`reassigned`: how many tickets went back to their queues."""

    reassigned: int


class OtherPresence(Answer):
    """Another agent's, changed by a supervisor."""

    presence: Presence
    reassigned: int


class Skill(Answer):
    """`matches`: languages, or groups or codes of categories."""

    key: str
    kind: Literal["language", "subject"]
    names: Names
    matches: list[str]


class SkillList(Answer):
    skills: list[Skill]


class RelaxationStep(Answer):
    """After so many seconds this is asked no longer."""

    after: int
    drop: Literal["level", "language", "subject"]


class Queue(Answer):
    """Lengths of time in seconds, shares in percent of an agent."""

    id: UUID
    key: str
    names: Names
    is_default: bool
    routing: Literal["manual", "round_robin", "longest_idle"]
    channels: list[str] | None
    needs: list[Literal["language", "subject"]]
    level: int
    relaxation: list[RelaxationStep]
    capacity: int
    out_of_hours: Literal["hold", "overflow", "assign"]
    overflow_team_id: UUID | None
    overflow_after: int | None
    overflow_unskilled: bool
    max_wait: int | None
    sticky_for: int | None
    offer_for: int | None
    reclaim_after: int | None
    members: list[UUID]


class QueueMember(Answer):
    id: UUID
    name: str
    role: str
    capacity: int | None
    skills: dict[str, int]
    teams: list[UUID]


class RoutingSettings(Answer):
    channel_weights: dict[str, int]
    default_weight: int
    idle_after: int


class Queues(Answer):
    queues: list[Queue]
    agents: list[QueueMember]
    skills: list[Skill]
    break_reasons: list[BreakReason]
    settings: RoutingSettings


class RemovedTeam(Answer):
    archived: bool


class QueueNow(Answer):
    """A queue at this moment. `waiting`: customers who wait for an answer."""

    team: Team
    routing: Literal["manual", "round_robin", "longest_idle"]
    unassigned: int
    open: int
    waiting: int
    longest_wait_since: datetime | None
    at_risk: int
    max_wait: int | None
    online: int
    capacity_used: int
    capacity: int


class AgentNow(Answer):
    agent_id: UUID
    name: str
    role: str
    teams: list[UUID]
    state: PresenceState
    reason: str | None
    since: datetime
    load: int
    capacity: int
    open: int
    waiting: int
    longest_wait_since: datetime | None


class AssistantNow(Answer):
    conversations: int
    handed_over_today: int


class Overview(Answer):
    at: datetime
    queues: list[QueueNow]
    agents: list[AgentNow]
    assistant: AssistantNow


class Tickets(Answer):
    tickets: list[Ticket]


class RefusedTicket(Answer):
    id: UUID
    code: str


class Reassigned(Answer):
    done: list[UUID]
    refused: list[RefusedTicket]
