"""Writing down what became of a send: each failure class has one consequence."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from channels.envelope import DeliveryState, Failure, Sent
from ticketing import work
from ticketing.codec import failure_to_json, stored_text
from ticketing.desk import Event, Transaction
from ticketing.outgoing import Outgoing, kept
from ticketing.receipts import advance, early_reports, lock_provider_ids, message_updated
from ticketing.work import Claim


@dataclass(frozen=True, slots=True)
class Retried:
    """Not taken now: the message waits, and everything behind it in its conversation."""

    delay: timedelta


@dataclass(frozen=True, slots=True)
class Rejected:
    """The provider refuses our account: it is paused, its messages are kept."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ended:
    """`failed`, or `unknown` when it may have been sent."""

    state: str
    failure: Failure


Outcome = Sent | Ended | Retried | Rejected

_LOCK = text("SELECT state, kind, content FROM messages WHERE id = :id FOR NO KEY UPDATE")
_UPDATE = text(
    "UPDATE messages SET state = :state, failure = CAST(:failure AS jsonb), content ="
    " CAST(:content AS jsonb),"
    " external_id = coalesce(:external_id, external_id) WHERE id = :id"
)


async def settle(transaction: Transaction, claim: Claim, outgoing: Outgoing, outcome: Outcome) -> None:
    """Write it down; once more does no harm, even when somebody else has the conversation by now."""
    connection = transaction.connection
    if isinstance(outcome, Sent):
        await lock_provider_ids(connection, [(outgoing.account, outcome.external_id)])
    state, kind, stored = (await connection.execute(_LOCK, {"id": outgoing.id})).one()
    if isinstance(outcome, Retried | Rejected):
        # A receipt may have proven that it went out after all; or another worker is sending it again.
        if state == "sending" and await work.is_ours(connection, claim):
            await connection.execute(
                text("UPDATE messages SET state = 'pending' WHERE id = :id"), {"id": outgoing.id}
            )
        if isinstance(outcome, Rejected):
            await _pause(transaction, outgoing.account, outcome.reason)
        return
    failure: dict[str, Any] | None = None
    if isinstance(outcome, Sent):
        state, failure = await _sent(transaction, outgoing, outcome, state)
    elif state == "sending":
        state, failure = outcome.state, failure_to_json(outcome.failure)
    await connection.execute(
        _UPDATE,
        {
            "id": outgoing.id,
            "state": state,
            "failure": None if failure is None else json.dumps(failure),
            "content": json.dumps(kept(kind, stored)),
            "external_id": outcome.external_id if isinstance(outcome, Sent) else None,
        },
    )
    transaction.record(
        message_updated(outgoing.id, outgoing.ticket_id, outgoing.conversation_id, state, failure=failure)
    )


async def _sent(
    transaction: Transaction, outgoing: Outgoing, sent: Sent, state: str
) -> tuple[str, dict[str, Any] | None]:
    """The state and failure after the provider's yes and the receipts that overtook it."""
    await transaction.connection.execute(
        text(
            "INSERT INTO external_ids (account, external_id, message_id)"
            " VALUES (:account, :external_id, :message_id) ON CONFLICT DO NOTHING"
        ),
        {"account": outgoing.account, "external_id": sent.external_id, "message_id": outgoing.id},
    )
    state, failure = advance(state, DeliveryState.SENT), None
    for reported, report_failure in await early_reports(
        transaction.connection, outgoing.account, sent.external_id
    ):
        grown = advance(state, DeliveryState(reported))
        if grown != state:
            state, failure = grown, report_failure if grown == DeliveryState.FAILED else None
    return state, failure


async def _pause(transaction: Transaction, account: str, reason: str) -> None:
    paused = await transaction.connection.execute(
        text(
            "UPDATE accounts SET state = 'paused', state_reason = :reason, state_at = now()"
            " WHERE key = :key AND state = 'active'"
        ),
        {"key": account, "reason": stored_text(reason, 2000)},
    )
    if paused.rowcount:
        transaction.record(Event("account.paused", "system", data={"account": account, "reason": reason}))
