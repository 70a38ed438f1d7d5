"""Claiming conversations that have work due. The row is the queue.

A claim is a lease: while it runs nobody else touches the conversation's work of that kind; when its holder
dies it runs out and another takes over. `generation` grows when work arrives meanwhile, so that a drain that
missed it does not remove the row.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection


@dataclass(frozen=True, slots=True)
class Claim:
    """One conversation's work of one kind, ours until the lease runs out.

    `abandoned`: an earlier holder's lease ran out, so it may have died half-way.
    """

    kind: str
    conversation_id: UUID
    account: str
    lease: UUID
    generation: int
    due_at: datetime
    abandoned: bool


_TAKE = (
    "UPDATE work w SET leased_until = now() + :lease_for, lease = :lease FROM due"
    " WHERE w.kind = due.kind AND w.conversation_id = due.conversation_id"
    " RETURNING w.kind, w.conversation_id, w.account, w.lease, w.generation, w.due_at,"
    " old.lease IS NOT NULL"
)
_FREE = "due_at <= now() AND (leased_until IS NULL OR leased_until < now())"
_CLAIM_TURNS = text(
    "WITH due AS MATERIALIZED (SELECT kind, conversation_id FROM work WHERE kind = 'turn'"  # noqa: S608
    f" AND {_FREE} ORDER BY due_at LIMIT :slots FOR UPDATE SKIP LOCKED) {_TAKE}"
)
_CLAIM_TURN = text(
    "WITH due AS MATERIALIZED (SELECT kind, conversation_id FROM work WHERE kind = 'turn'"  # noqa: S608
    " AND conversation_id = :conversation_id AND (leased_until IS NULL OR leased_until < now())"
    f" FOR UPDATE SKIP LOCKED) {_TAKE}"
)
_CLAIM_SENDS = text(
    "WITH due AS MATERIALIZED (SELECT w.kind, w.conversation_id"  # noqa: S608
    " FROM json_to_recordset(CAST(:slots AS json)) AS s(account text, slots integer)"
    " JOIN accounts a ON a.key = s.account AND a.state = 'active'"
    " CROSS JOIN LATERAL (SELECT kind, conversation_id FROM work x WHERE x.kind = 'send'"
    f" AND x.account = s.account AND {_FREE} ORDER BY x.due_at LIMIT s.slots FOR UPDATE SKIP"
    f" LOCKED) w) {_TAKE}"
)
_NEXT_DUE = text(
    "SELECT extract(epoch FROM min(due_at) - now()) FROM work WHERE kind = :kind AND due_at > now()"
    " AND leased_until IS NULL"
)
_HOLD = text(
    "SELECT generation FROM work WHERE kind = :kind AND conversation_id = :conversation_id AND lease = :lease"
    " FOR UPDATE"
)
_OURS = text(
    "SELECT 1 FROM work WHERE kind = :kind AND conversation_id = :conversation_id AND lease = :lease"
)
_RENEW = text(
    "UPDATE work SET leased_until = now() + :lease_for"
    " WHERE kind = :kind AND conversation_id = :conversation_id AND lease = :lease"
)
_REMOVE = text(
    "DELETE FROM work WHERE kind = :kind AND conversation_id = :conversation_id AND lease = :lease"
)
_RETURN = text(
    "UPDATE work SET leased_until = NULL, lease = NULL, held = :held,"
    " due_at = greatest(due_at, now() + CASE WHEN :held AND generation <> :generation THEN interval '0'"
    " ELSE CAST(:delay AS interval) END)"
    " WHERE kind = :kind AND conversation_id = :conversation_id AND lease = :lease"
)


def _claims(rows: Any) -> list[Claim]:
    return sorted((Claim(*row) for row in rows), key=lambda claim: claim.due_at)


async def claim_turns(connection: AsyncConnection, slots: int, lease_for: timedelta) -> list[Claim]:
    """Up to `slots` conversations whose turn is due, the longest waiting first."""
    values = {"slots": slots, "lease": uuid4(), "lease_for": lease_for}
    return _claims(await connection.execute(_CLAIM_TURNS, values))


async def claim_turn(
    connection: AsyncConnection, conversation_id: UUID, lease_for: timedelta
) -> Claim | None:
    """This conversation's turn, due or not; None when there is none or somebody else has it."""
    values = {"conversation_id": conversation_id, "lease": uuid4(), "lease_for": lease_for}
    return next(iter(_claims(await connection.execute(_CLAIM_TURN, values))), None)


async def claim_sends(
    connection: AsyncConnection, slots: Mapping[str, int], lease_for: timedelta
) -> list[Claim]:
    """Conversations with messages to send, up to the given number for each account that is not paused."""
    rows = json.dumps([{"account": account, "slots": number} for account, number in slots.items()])
    values = {"slots": rows, "lease": uuid4(), "lease_for": lease_for}
    return _claims(await connection.execute(_CLAIM_SENDS, values))


async def next_due(connection: AsyncConnection, kind: str) -> float | None:
    """Seconds until the next work of this kind falls due; None when nothing waits for its time."""
    seconds = (await connection.execute(_NEXT_DUE, {"kind": kind})).scalar_one()
    return None if seconds is None else float(seconds)


def _key(claim: Claim) -> dict[str, Any]:
    return {"kind": claim.kind, "conversation_id": claim.conversation_id, "lease": claim.lease}


async def holds(connection: AsyncConnection, claim: Claim) -> bool:
    """Whether the lease is still ours; locks the row until the transaction ends."""
    return (await connection.execute(_HOLD, _key(claim))).first() is not None


async def is_ours(connection: AsyncConnection, claim: Claim) -> bool:
    """Whether the lease is still ours; takes no lock. For whoever has locked the message in question."""
    return (await connection.execute(_OURS, _key(claim))).first() is not None


async def renew(connection: AsyncConnection, claim: Claim, lease_for: timedelta) -> bool:
    """Extend the lease; False when it is no longer ours."""
    return (await connection.execute(_RENEW, {**_key(claim), "lease_for": lease_for})).rowcount == 1


async def finish(connection: AsyncConnection, claim: Claim) -> None:
    """The work is done: remove the row, or free it when more work arrived meanwhile."""
    generation = (await connection.execute(_HOLD, _key(claim))).scalar_one_or_none()
    if generation == claim.generation:
        await connection.execute(_REMOVE, _key(claim))
    elif generation is not None:
        await give_back(connection, claim)


async def give_back(
    connection: AsyncConnection, claim: Claim, *, delay: timedelta = timedelta(0), held: bool = False
) -> None:
    """Free the row for another try after `delay`. `held`: it is the time of a message, not a pause of ours,
    and work that arrived meanwhile does not wait for it.
    """
    values = {**_key(claim), "delay": delay, "held": held, "generation": claim.generation}
    await connection.execute(_RETURN, values)
