"""One automation on one ticket for one cause: done once, in one transaction with the record that it was."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import text

from ticketing.actions.base import RULE, Services
from ticketing.actions.steps import Outcome, Refused, open_scene, perform
from ticketing.automation.rules import MOST_RUNS, Rule, loops
from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Transaction
from ticketing.errors import NotFound
from ticketing.patience import is_away

logger = structlog.get_logger(__name__)

_KNOWN = text(
    "SELECT (SELECT outcome FROM automation_runs WHERE automation_id = :rule AND ticket_id = :ticket_id"
    "   AND cause = :cause) AS outcome,"
    " EXISTS (SELECT 1 FROM automation_pauses WHERE automation_id = :rule AND ticket_id = :ticket_id)"
    "   AS paused,"
    " (SELECT count(*) FROM automation_runs WHERE automation_id = :rule AND ticket_id = :ticket_id"
    "   AND outcome = 'done' AND at > CAST(:now AS timestamptz) - interval '1 hour') AS runs"
)
_RECORD = text(
    "INSERT INTO automation_runs (automation_id, ticket_id, cause, trigger, outcome, steps, refusal, at)"
    " VALUES (:rule, :ticket_id, :cause, :trigger, :outcome, CAST(:steps AS jsonb), CAST(:refusal AS jsonb),"
    " :now) ON CONFLICT (automation_id, ticket_id, cause) DO NOTHING RETURNING id"
)
_PAUSE = text(
    "INSERT INTO automation_pauses (automation_id, ticket_id, reason) VALUES (:rule, :ticket_id, :reason)"
    " ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a rule is tried. `key` is unique for the rule and ticket.

    `chain` are the rules that led to it, `depth` how many of them answered one another; `earlier` those that
    changed the ticket for this very cause before: what follows is their doing, too.
    """

    key: str
    trigger: str
    ticket_id: UUID
    message_id: UUID | None = None
    chain: Sequence[str] = ()
    depth: int = 0
    earlier: Sequence[str] = ()


class _DoneBefore(Exception):
    """Another process was faster: nothing of ours may stay."""


@dataclass(frozen=True, slots=True)
class Firing:
    desk: Desk
    services: Callable[[], Services]

    async def fire(
        self, rule: Rule, cause: Cause, applies: Callable[[Transaction], Awaitable[bool]]
    ) -> str | None:
        """Run the rule if it applies to the locked ticket; returns the outcome, also of an earlier run.

        None: it does not apply, or was switched off for this ticket.
        """
        try:
            async with self.desk.transaction() as transaction:
                return await self._fire(transaction, rule, cause, applies)
        except NotFound:
            return None  # the ticket is gone
        except _DoneBefore:
            return "done"
        except Refused as refusal:
            return await self._refused(rule, cause, refusal.as_json())
        except Exception as error:
            if is_away(error):
                raise
            # One ticket that cannot be dealt with must not hold up all others.
            logger.exception("automation_failed", automation=str(rule.id), ticket=str(cause.ticket_id))
            return await self._refused(rule, cause, _because("internal"))

    async def _refused(self, rule: Rule, cause: Cause, refusal: dict[str, Any]) -> str:
        async with self.desk.transaction() as transaction:
            await _record(transaction, rule, cause, "refused", refusal=refusal)
        return "refused"

    async def _fire(
        self,
        transaction: Transaction,
        rule: Rule,
        cause: Cause,
        applies: Callable[[Transaction], Awaitable[bool]],
    ) -> str | None:
        scene = await open_scene(transaction, cause.ticket_id, RULE, self.services())
        values = {"rule": rule.id, "ticket_id": cause.ticket_id, "cause": cause.key, "now": transaction.now}
        known = (await transaction.connection.execute(_KNOWN, values)).one()
        if known.outcome is not None:
            return str(known.outcome)
        if known.paused or not await applies(transaction):
            return None
        looping = loops(rule.id, cause.chain, cause.depth)
        if looping is not None:
            await _record(transaction, rule, cause, "looped", refusal=_because(looping))
            return "looped"
        if known.runs >= MOST_RUNS:
            values = {"rule": rule.id, "ticket_id": cause.ticket_id, "reason": "too_many_runs"}
            await transaction.connection.execute(_PAUSE, values)
            await _record(transaction, rule, cause, "switched_off", refusal=_because("too_many_runs"))
            return "switched_off"
        outcome = await perform(scene, rule.steps)
        _sign(transaction, rule, cause)
        name = "done" if outcome.changed else "nothing"
        if not await _record(transaction, rule, cause, name, outcome=outcome):
            raise _DoneBefore
        return name


def _sign(transaction: Transaction, rule: Rule, cause: Cause) -> None:
    """Every event says which rule caused it, and what led to that: readers know, and rules cannot loop."""
    chain = list(dict.fromkeys([*cause.chain, *cause.earlier, str(rule.id)]))
    signature = {"id": str(rule.id), "names": rule.names, "chain": chain, "depth": cause.depth + 1}
    for event in transaction.changes.events:
        event["data"] = {**event["data"], "automation": signature}


def _because(code: str) -> dict[str, Any]:
    return {"step": None, "code": code, "message": _REASONS[code]}


_REASONS = {
    "internal": "Something went wrong on our side; it has been logged.",
    "own_effect": "What happened was its own effect.",
    "chain_too_long": "Rules caused one another one time too often.",
    "too_many_runs": f"It ran {MOST_RUNS} times within an hour on this ticket.",
}


async def _record(
    transaction: Transaction,
    rule: Rule,
    cause: Cause,
    name: str,
    *,
    outcome: Outcome | None = None,
    refusal: dict[str, Any] | None = None,
) -> bool:
    """False when it was recorded before."""
    steps = [] if outcome is None else [result.as_json() for result in outcome.results]
    values = {
        "rule": rule.id,
        "ticket_id": cause.ticket_id,
        "cause": cause.key,
        "trigger": cause.trigger,
        "outcome": name,
        "steps": rows_as_json(steps),
        "refusal": None if refusal is None else rows_as_json(refusal),
        "now": transaction.now,
    }
    return (await transaction.connection.execute(_RECORD, values)).first() is not None
