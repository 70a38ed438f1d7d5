"""Delivery receipts: the state of a message only grows, in whatever order reports arrive.

sent < failed < delivered < read: a failure is final unless a later report proves delivery.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import DeliveryReceipt, DeliveryState
from ticketing.codec import failure_to_json, to_utc
from ticketing.desk import Event, Transaction

_GROWTH = {DeliveryState.SENT: 1, DeliveryState.FAILED: 2, DeliveryState.DELIVERED: 3, DeliveryState.READ: 4}


def growth(state: str) -> int:
    """How far a state is; what no provider reports (pending, sending, unknown, cancelled) is at the start."""
    return _GROWTH[DeliveryState(state)] if state in set(DeliveryState) else 0


def advance(current: str, reported: DeliveryState) -> str:
    """The state after a report. Commutative, associative and idempotent over reports."""
    return reported.value if growth(reported) > growth(current) else current


@dataclass(slots=True)
class _Target:
    message_id: UUID
    ticket_id: UUID | None
    conversation_id: UUID
    before: str
    state: str
    failure: dict[str, Any] | None
    external_id: str | None


def lock_key(*parts: str) -> int:
    """A 64-bit key for an advisory lock."""
    digest = blake2b("\x1f".join(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


async def lock_all(connection: AsyncConnection, keys: Iterable[int]) -> None:
    """Take advisory locks until the end of the transaction, in one order everywhere."""
    await connection.execute(
        text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key"),
        {"keys": sorted(set(keys))},
    )


async def lock_provider_ids(connection: AsyncConnection, pairs: Iterable[tuple[str, str]]) -> None:
    """Keep a receipt and the commit of its own send apart: whoever comes second sees the first."""
    await lock_all(
        connection, (lock_key("external_id", account, external_id) for account, external_id in pairs)
    )


_FIND = text(
    "SELECT r.ordinal, coalesce(known.message_id, echoed.message_id)"
    " FROM json_to_recordset(CAST(:receipts AS json))"
    " AS r(ordinal integer, account text, external_id text, message_id uuid)"
    " LEFT JOIN LATERAL (SELECT e.message_id FROM external_ids e"
    "   WHERE e.account = r.account AND e.external_id = r.external_id OFFSET 0) known ON true"
    " LEFT JOIN LATERAL (SELECT m.id AS message_id FROM messages m JOIN conversations c ON c.id"
    " = m.conversation_id"
    "   WHERE m.id = r.message_id AND m.direction = 'outbound' AND c.account = r.account OFFSET"
    " 0) echoed ON true"
)
_LOCK_MESSAGES = text(
    "SELECT id, ticket_id, conversation_id, state, failure, external_id FROM messages"
    " WHERE id = ANY(CAST(:ids AS uuid[])) AND direction = 'outbound' ORDER BY id FOR NO KEY UPDATE"
)
_KEEP_EARLY = text(
    "INSERT INTO early_receipts (account, external_id, state, failure, at)"
    " SELECT DISTINCT ON (account, external_id, state) account, external_id, state, failure, at"
    " FROM json_to_recordset(CAST(:receipts AS json))"
    " AS r(account text, external_id text, state text, failure jsonb, at timestamptz)"
    " ORDER BY account, external_id, state ON CONFLICT DO NOTHING"
)
_UPDATE = text(
    "UPDATE messages m SET state = r.state, failure = r.failure, external_id = r.external_id"
    " FROM json_to_recordset(CAST(:messages AS json)) AS r(id uuid, state text, failure jsonb,"
    " external_id text)"
    " WHERE m.id = r.id"
)
_REMEMBER = text(
    "INSERT INTO external_ids (account, external_id, message_id)"
    " SELECT account, external_id, message_id FROM json_to_recordset(CAST(:ids AS json))"
    " AS r(account text, external_id text, message_id uuid) ORDER BY account, external_id ON"
    " CONFLICT DO NOTHING"
)


async def apply_receipts(transaction: Transaction, receipts: Sequence[DeliveryReceipt]) -> None:
    """Bring messages forward; keep the receipts of messages whose send is not committed yet."""
    if not receipts:
        return
    connection = transaction.connection
    await lock_provider_ids(connection, ((receipt.account, receipt.external_id) for receipt in receipts))
    found = await _find(connection, receipts)
    early = [receipt for ordinal, receipt in enumerate(receipts) if found.get(ordinal) is None]
    if early:
        await connection.execute(
            _KEEP_EARLY, {"receipts": json.dumps([_early_row(receipt) for receipt in early])}
        )
    matched = [(found[ordinal], receipt) for ordinal, receipt in enumerate(receipts) if found.get(ordinal)]
    if not matched:
        return
    targets = await _lock(connection, {message_id for message_id, _ in matched})
    for message_id, receipt in matched:
        if message_id in targets:
            _advance(targets[message_id], receipt)
    await _remember(connection, matched, targets)
    await _write(transaction, targets)


async def _find(connection: AsyncConnection, receipts: Sequence[DeliveryReceipt]) -> dict[int, UUID]:
    rows = [
        {
            "ordinal": ordinal,
            "account": receipt.account,
            "external_id": receipt.external_id,
            "message_id": None if receipt.message_id is None else str(receipt.message_id),
        }
        for ordinal, receipt in enumerate(receipts)
    ]
    found = await connection.execute(_FIND, {"receipts": json.dumps(rows)})
    return {ordinal: message_id for ordinal, message_id in found if message_id is not None}


def _early_row(receipt: DeliveryReceipt) -> dict[str, Any]:
    return {
        "account": receipt.account,
        "external_id": receipt.external_id,
        "state": receipt.state.value,
        "failure": None if receipt.failure is None else failure_to_json(receipt.failure),
        "at": to_utc(receipt.at).isoformat(),
    }


async def _lock(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, _Target]:
    rows = await connection.execute(_LOCK_MESSAGES, {"ids": sorted(ids)})
    return {row[0]: _Target(row[0], row[1], row[2], row[3], row[3], row[4], row[5]) for row in rows}


def _advance(target: _Target, receipt: DeliveryReceipt) -> None:
    before = target.state
    target.state = advance(before, receipt.state)
    if target.state != before:
        failed = target.state == DeliveryState.FAILED and receipt.failure is not None
        target.failure = failure_to_json(receipt.failure) if failed and receipt.failure else None
    if target.external_id is None:
        target.external_id = receipt.external_id


async def _remember(
    connection: AsyncConnection,
    matched: Iterable[tuple[UUID, DeliveryReceipt]],
    targets: Mapping[UUID, _Target],
) -> None:
    """A message found by the id we gave the provider is found by the provider's own id from now on."""
    rows = [
        {"account": receipt.account, "external_id": receipt.external_id, "message_id": str(message_id)}
        for message_id, receipt in matched
        if receipt.message_id == message_id and message_id in targets
    ]
    if rows:
        await connection.execute(_REMEMBER, {"ids": json.dumps(rows)})


async def _write(transaction: Transaction, targets: Mapping[UUID, _Target]) -> None:
    changed = [target for target in targets.values() if target.state != target.before]
    if not changed:
        return
    rows = [
        {
            "id": str(target.message_id),
            "state": target.state,
            "failure": target.failure,
            "external_id": target.external_id,
        }
        for target in changed
    ]
    await transaction.connection.execute(_UPDATE, {"messages": json.dumps(rows)})
    for target in changed:
        transaction.record(
            message_updated(
                target.message_id,
                target.ticket_id,
                target.conversation_id,
                target.state,
                failure=target.failure,
            )
        )


def message_updated(
    message_id: UUID,
    ticket_id: UUID | None,
    conversation_id: UUID,
    state: str,
    *,
    failure: Mapping[str, Any] | None = None,
    actor: str = "channel",
) -> Event:
    return Event(
        "message.updated",
        actor,
        ticket_id=ticket_id,
        conversation_id=conversation_id,
        message_id=message_id,
        data={"state": state, "failure": failure},
    )


async def early_reports(connection: AsyncConnection, account: str, external_id: str) -> list[tuple[str, Any]]:
    """(state, failure) of receipts that came before our commit, which are forgotten here.

    Call it after `lock_provider_ids`, in the transaction that commits the send.
    """
    rows = await connection.execute(
        text(
            "DELETE FROM early_receipts WHERE account = :account AND external_id = :external_id"
            " RETURNING state, failure"
        ),
        {"account": account, "external_id": external_id},
    )
    return [(state, failure) for state, failure in rows]
