"""Works off bulk changes: each ticket in a transaction of its own, with the mark that it was done.

The rows are the queue (SKIP LOCKED): several processes may share a job, and what a killed one did not commit
is still waiting.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.actions.base import Actor, Services, values_of
from ticketing.actions.steps import STEPS, Outcome, Refused, dumped, open_scene, perform
from ticketing.bulk.jobs import TOPIC
from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Transaction
from ticketing.errors import Conflict, DeskError, Invalid
from ticketing.patience import is_away
from ticketing.worker import POLL, Worker

logger = structlog.get_logger(__name__)

SHUTDOWN: Final = timedelta(seconds=5)

_RUNNING = text("SELECT id FROM bulk_jobs WHERE state = 'running' ORDER BY id LIMIT :count")
_NEXT = text(
    "SELECT i.ticket_id, i.undo, j.actions, j.undoes, j.agent_id, a.role, r.permissions FROM bulk_items i"
    " JOIN bulk_jobs j ON j.id = i.job_id AND j.state = 'running' JOIN agents a ON a.id = j.agent_id"
    " JOIN roles r ON r.key = a.role WHERE i.job_id = :job_id AND i.state = 'waiting'"
    " ORDER BY i.position LIMIT 1 FOR UPDATE OF i SKIP LOCKED"
).columns(undo=JSONB, actions=JSONB)
_DONE = text(
    "UPDATE bulk_items SET state = :state, refusal = CAST(:refusal AS jsonb),"
    " undo = CAST(:undo AS jsonb) WHERE job_id = :job_id AND ticket_id = :ticket_id AND state = 'waiting'"
)
_FINISH = text(
    "UPDATE bulk_jobs j SET state = 'done', finished_at = now() WHERE j.id = :job_id AND j.state = 'running'"
    " AND NOT EXISTS (SELECT 1 FROM bulk_items i WHERE i.job_id = j.id AND i.state = 'waiting')"
)


@dataclass(slots=True)
class _Refusal(Exception):
    """Leaves the transaction of one ticket: nothing of it stays, and why."""

    ticket_id: UUID
    reason: dict[str, Any]


class BulkWorker(Worker[UUID]):
    """One job at a time in a slot."""

    topic = TOPIC

    def __init__(self, desk: Desk, services: Callable[[], Services]) -> None:
        super().__init__(desk, slots=2, shutdown=SHUTDOWN)
        self._services = services
        self._at_work: set[UUID] = set()

    async def claim(self, free: int) -> Sequence[UUID]:
        async with self.desk.reading() as connection:
            found = (await connection.execute(_RUNNING, {"count": free + len(self._at_work)})).scalars()
            return [job_id for job_id in found if job_id not in self._at_work][:free]

    async def work(self, job_id: UUID) -> None:
        self._at_work.add(job_id)
        try:
            while await self._one(job_id):
                pass
            async with self.desk.transaction() as transaction:
                await transaction.connection.execute(_FINISH, {"job_id": job_id})
        except Exception:
            logger.warning("bulk_failed", job=str(job_id), exc_info=True)
            await asyncio.sleep(POLL)  # what failed is still waiting, and must not spin
        finally:
            self._at_work.discard(job_id)

    async def _one(self, job_id: UUID) -> bool:
        """Deal with the next ticket of the job; False when none waits."""
        try:
            async with self.desk.transaction() as transaction:
                row = (await transaction.connection.execute(_NEXT, {"job_id": job_id})).one_or_none()
                if row is None:
                    return False
                outcome = await self._change(transaction, row)
                state = "done" if outcome.changed else "nothing"
                await _mark(transaction, job_id, row.ticket_id, state, undo=_undo_of(outcome))
        except _Refusal as refusal:
            async with self.desk.transaction() as transaction:
                await _mark(transaction, job_id, refusal.ticket_id, "refused", refusal=refusal.reason)
        return True

    async def _change(self, transaction: Transaction, row: Row[Any]) -> Outcome:
        try:
            if row.undoes is not None:
                return await self._take_back(transaction, row)
            actor = Actor(row.agent_id, frozenset(row.permissions), row.role)
            scene = await open_scene(transaction, row.ticket_id, actor, self._services())
            return await perform(scene, STEPS.validate_python(row.actions))
        except Refused as refusal:
            raise _Refusal(row.ticket_id, refusal.as_json()) from refusal
        except DeskError as error:
            reason = {"step": None, "code": error.code, "message": error.message}
            raise _Refusal(row.ticket_id, reason) from error
        except Exception as error:
            if is_away(error):
                raise
            logger.exception("bulk_ticket_failed", ticket=str(row.ticket_id))
            reason = {"step": None, "code": "internal", "message": "It has been logged."}
            raise _Refusal(row.ticket_id, reason) from error

    async def _take_back(self, transaction: Transaction, row: Row[Any]) -> Outcome:
        """What one was permitted to do, one is permitted to take back."""
        actor = Actor(row.agent_id, None, row.role)
        scene = await open_scene(transaction, row.ticket_id, actor, self._services())
        if not row.undo["steps"]:
            raise Invalid("not_undoable", "What was written cannot be taken back.")
        now = values_of(scene.ticket)
        if any(now.get(name) != value for name, value in row.undo["left"].items()):
            raise Conflict("changed_since", "Somebody changed this ticket since.")
        outcome = await perform(scene, STEPS.validate_python(row.undo["steps"]))
        waited = row.undo["waiting_since"]
        if waited is not None and scene.ticket.waiting_since is None:
            # Who was done with by mistake goes on waiting where he stood.
            scene.ticket.waiting_since = datetime.fromisoformat(waited)
            transaction.save(scene.ticket)
        return outcome


def _undo_of(outcome: Outcome) -> dict[str, Any] | None:
    """The steps that take it back, last first, and the values as we left them."""
    if not outcome.changed:
        return None
    before, after = outcome.before, outcome.after
    names = {*before, *after}
    left = {name: after.get(name) for name in names if before.get(name) != after.get(name)}
    steps = [step for result in reversed(outcome.results) for step in result.undo or ()]
    waited = outcome.waiting_since
    return {
        "steps": dumped(steps),
        "left": left,
        "waiting_since": None if waited is None else waited.isoformat(),
    }


async def _mark(
    transaction: Transaction,
    job_id: UUID,
    ticket_id: UUID,
    state: str,
    *,
    refusal: dict[str, Any] | None = None,
    undo: dict[str, Any] | None = None,
) -> None:
    values = {
        "job_id": job_id,
        "ticket_id": ticket_id,
        "state": state,
        "refusal": None if refusal is None else rows_as_json(refusal),
        "undo": None if undo is None else rows_as_json(undo),
    }
    await transaction.connection.execute(_DONE, values)
