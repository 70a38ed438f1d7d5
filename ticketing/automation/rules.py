"""Automations as they are stored, and when one must not run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from pydantic import TypeAdapter
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Step
from ticketing.actions.steps import STEPS
from ticketing.automation.conditions import AfterTime, Conditions, OnEvent, Trigger

logger = structlog.get_logger(__name__)

TRIGGER: Final[TypeAdapter[OnEvent | AfterTime]] = TypeAdapter(Trigger)

LONGEST_CHAIN: Final = 3
MOST_RUNS: Final = 10  # of one rule on one ticket within an hour

# What rules call these events of the log.
EVENT_TYPES: Final = {
    "ticket.opened": ("ticket.opened",),
    "ticket.handed_over": ("ticket.handed_over",),
    "ticket.assigned": ("ticket.assigned", "ticket.claimed", "ticket.taken_over", "ticket.released"),
    "ticket.status_changed": (
        "ticket.status_changed",
        "ticket.solved",
        "ticket.closed",
        "ticket.reopened",
        "ticket.resumed",
        "ticket.woken",
    ),
    "ticket.categorised": ("ticket.categorised",),
    "customer.wrote": ("message.received",),
    "agent.replied": ("message.queued",),
    "ticket.tagged": ("ticket.tagged",),
    "ticket.rated": ("ticket.rated",),
    "sla.warned": ("sla.warned",),
    "sla.breached": ("sla.breached",),
}

_ENABLED = text(
    "SELECT id, names, trigger, conditions, actions, stops FROM automations WHERE enabled"
    " ORDER BY position, id"
).columns(names=JSONB, trigger=JSONB, conditions=JSONB, actions=JSONB)


@dataclass(frozen=True, slots=True)
class Rule:
    id: UUID
    names: dict[str, str]
    trigger: OnEvent | AfterTime
    conditions: Conditions
    steps: Sequence[Step]
    stops: bool

    def listens(self, event_type: str, actor: str) -> bool:
        """Whether this event of the log is what it waits for."""
        if not isinstance(self.trigger, OnEvent) or event_type not in EVENT_TYPES[self.trigger.event]:
            return False
        return self.trigger.event != "agent.replied" or actor == "agent"

    @property
    def event_types(self) -> tuple[str, ...]:
        return EVENT_TYPES[self.trigger.event] if isinstance(self.trigger, OnEvent) else ()


def rule_of(row: Row[Any]) -> Rule:
    """ValueError (pydantic's) for one that this version does not understand."""
    return Rule(
        row.id,
        row.names,
        TRIGGER.validate_python(row.trigger),
        Conditions.model_validate(row.conditions),
        STEPS.validate_python(row.actions),
        row.stops,
    )


async def enabled_rules(connection: AsyncConnection) -> list[Rule]:
    """In the order in which they are tried, without those that this version does not understand."""
    rules = []
    for row in await connection.execute(_ENABLED):
        try:
            rules.append(rule_of(row))
        except ValueError:
            logger.warning("automation_unreadable", automation=str(row.id), exc_info=True)
    return rules


def loops(rule: UUID, chain: Sequence[str], depth: int) -> str | None:
    """Why a rule must not answer what rules caused; None: it may.

    `chain`: the rules that had a hand in it; `depth`: how many of them answered one another.
    """
    if str(rule) in chain:
        return "own_effect"
    return "chain_too_long" if depth >= LONGEST_CHAIN else None
