"""The same steps on many tickets: begun, looked at, cancelled, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Actor, Step
from ticketing.actions.steps import check, dumped, permit
from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.reading.filters import Reader, TicketFilter, to_sql
from ticketing.visibility import VISIBLE

MOST: Final = 1000  # tickets of a job
UNDO_FOR: Final = timedelta(hours=24)
TOPIC: Final = "bulk"

_ADD = text(
    "INSERT INTO bulk_jobs (agent_id, actions, undoes, total)"
    " VALUES (:agent_id, CAST(:actions AS jsonb), :undoes, :total) RETURNING id"
)
_ITEMS = text(
    "INSERT INTO bulk_items (job_id, ticket_id, position)"
    " SELECT :job_id, w.id, w.position FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS w(id, position)"
)
_VISIBLE = text(
    "SELECT t.id FROM tickets t JOIN unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS w(id, position)"  # noqa: S608
    f" ON w.id = t.id WHERE {VISIBLE} ORDER BY w.position"
)
_JOB = (
    "SELECT j.id, j.agent_id, j.state, j.actions, j.undoes, j.total, j.created_at, j.finished_at,"
    " (SELECT u.id FROM bulk_jobs u WHERE u.undoes = j.id) AS undone_by, c.done, c.nothing, c.refused"
    " FROM bulk_jobs j CROSS JOIN LATERAL (SELECT count(*) FILTER (WHERE i.state = 'done') AS done,"
    "   count(*) FILTER (WHERE i.state = 'nothing') AS nothing,"
    "   count(*) FILTER (WHERE i.state = 'refused') AS refused FROM bulk_items i WHERE i.job_id = j.id) c"
)
_ONE = text(f"{_JOB} WHERE j.id = :id AND j.agent_id = :agent_id").columns(actions=JSONB)
_MINE = text(
    f"{_JOB} WHERE j.agent_id = :agent_id AND j.created_at > now() - interval '24 hours'"
    " ORDER BY j.id DESC LIMIT 10"
).columns(actions=JSONB)
_REFUSALS = text(
    "SELECT i.job_id, i.ticket_id, t.number, i.refusal FROM bulk_items i"
    " LEFT JOIN tickets t ON t.id = i.ticket_id"
    " WHERE i.job_id = ANY(CAST(:ids AS uuid[])) AND i.state = 'refused' AND i.position <= :most"
    " ORDER BY i.job_id, i.position"
).columns(refusal=JSONB)
_LOCK = text(
    "SELECT id, state, undoes, finished_at FROM bulk_jobs WHERE id = :id AND agent_id = :agent_id FOR UPDATE"
)
_STOP = text("UPDATE bulk_items SET state = 'cancelled' WHERE job_id = :id AND state = 'waiting'")
_STOPPED = text("UPDATE bulk_jobs SET state = 'cancelled', finished_at = now() WHERE id = :id")
_UNDOABLE = text(
    "INSERT INTO bulk_items (job_id, ticket_id, position, undo)"
    " SELECT :new_id, ticket_id, position, undo FROM bulk_items WHERE job_id = :id AND state = 'done'"
)
_DONE_COUNT = text("SELECT count(*) FROM bulk_items WHERE job_id = :id AND state = 'done'")
_UNDONE = text("SELECT 1 FROM bulk_jobs WHERE undoes = :id")


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its counts and the tickets that refused."""

    row: Row[Any]
    refusals: Sequence[Row[Any]]


class Bulk:
    """Each method is one transaction; that the agent may change many was checked at the door."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def begin(
        self,
        actor: Actor,
        steps: Sequence[Step],
        *,
        ids: Sequence[UUID] = (),
        asked: TicketFilter | None = None,
        reader: Reader,
    ) -> UUID:
        """Put the tickets in line. Forbidden for what the agent may not do by hand; Invalid for too many."""
        permit(steps, actor)
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            await check(steps, connection)
            wanted = await _chosen(connection, ids, asked, reader)
            job_id = await _add(transaction, actor.agent_id, steps, len(wanted), undoes=None)
            await connection.execute(_ITEMS, {"job_id": job_id, "ids": wanted})
            return job_id

    async def cancel(self, job_id: UUID, agent_id: UUID) -> None:
        """What is not done yet stays undone."""
        async with self._desk.transaction() as transaction:
            row = await _locked(transaction.connection, job_id, agent_id)
            if row.state == "running":
                await transaction.connection.execute(_STOP, {"id": job_id})
                await transaction.connection.execute(_STOPPED, {"id": job_id})

    async def undo(self, job_id: UUID, agent_id: UUID) -> UUID:
        """A job that takes this one back, where nobody changed a ticket since. Conflict when it cannot be."""
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            row = await _locked(connection, job_id, agent_id)
            if row.state == "running":
                raise Conflict("still_running", "This change is still running: cancel it first.")
            if row.undoes is not None or await connection.scalar(_UNDONE, {"id": job_id}):
                raise Conflict("undone_already", "This change was taken back already.")
            if row.finished_at is None or transaction.now - row.finished_at > UNDO_FOR:
                raise Conflict("undo_late", "A change can be taken back for 24 hours.")
            total = (await connection.execute(_DONE_COUNT, {"id": job_id})).scalar_one()
            undo_id = await _add(transaction, agent_id, (), total, undoes=job_id)
            await connection.execute(_UNDOABLE, {"id": job_id, "new_id": undo_id})
            return undo_id


async def one_job(connection: AsyncConnection, job_id: UUID, agent_id: UUID) -> Job:
    """NotFound for a job that is not there, or another agent's."""
    row = (await connection.execute(_ONE, {"id": job_id, "agent_id": agent_id})).one_or_none()
    if row is None:
        raise _unknown()
    return (await _with_refusals(connection, [row]))[0]


async def jobs_of(connection: AsyncConnection, agent_id: UUID) -> list[Job]:
    """The agent's newest of a day."""
    return await _with_refusals(connection, (await connection.execute(_MINE, {"agent_id": agent_id})).all())


async def _with_refusals(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Job]:
    ids = [row.id for row in rows if row.refused]
    found: dict[UUID, list[Row[Any]]] = {}
    if ids:
        for refusal in await connection.execute(_REFUSALS, {"ids": ids, "most": MOST}):
            found.setdefault(refusal.job_id, []).append(refusal)
    return [Job(row, found.get(row.id, ())[:100]) for row in rows]


async def _chosen(
    connection: AsyncConnection, ids: Sequence[UUID], asked: TicketFilter | None, reader: Reader
) -> list[UUID]:
    """The tickets that the agent may see, in the order told, or the newest first."""
    if asked is None:
        values: dict[str, Any] = {"ids": list(dict.fromkeys(ids)), "restricted": reader.restricted}
        return list((await connection.execute(_VISIBLE, values)).scalars())
    condition, values = to_sql(asked, reader)
    statement = (
        f"SELECT t.id FROM tickets t WHERE {condition} AND {VISIBLE}"  # noqa: S608
        " ORDER BY t.last_message_at DESC, t.id DESC LIMIT :count"
    )
    values |= {"restricted": reader.restricted, "count": MOST + 1}
    found = list((await connection.execute(text(statement), values)).scalars())
    if len(found) > MOST:
        raise Invalid("too_many", f"At most {MOST} tickets at once.", {"filter": "too_many"})
    return found


async def _add(
    transaction: Transaction, agent_id: UUID | None, steps: Sequence[Step], total: int, *, undoes: UUID | None
) -> UUID:
    values = {
        "agent_id": agent_id,
        "actions": rows_as_json(dumped(steps)),
        "undoes": undoes,
        "total": total,
    }
    transaction.wake(TOPIC)
    found: UUID = (await transaction.connection.execute(_ADD, values)).scalar_one()
    data = {"job_id": str(found), "tickets": total, "actions": dumped(steps)}
    kind = "bulk.begun" if undoes is None else "bulk.undone"
    if undoes is not None:
        data["undoes"] = str(undoes)
    transaction.record(Event(kind, "agent", actor_id=agent_id, data=data))
    return found


async def _locked(connection: AsyncConnection, job_id: UUID, agent_id: UUID) -> Row[Any]:
    row = (await connection.execute(_LOCK, {"id": job_id, "agent_id": agent_id})).one_or_none()
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("bulk_unknown", "There is no such change.")
