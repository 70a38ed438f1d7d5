"""Events that could not be stored: kept raw, shown, and replayable."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from channels.envelope import Broken, DeliveryReceipt, InboundEvent, InboundMessage
from ticketing.arrivals import Arrival
from ticketing.codec import event_from_json, event_to_json, stored_json, stored_text
from ticketing.desk import Desk, Transaction
from ticketing.errors import Conflict, Invalid, NotFound

REASON_LIMIT = 2000


@dataclass(frozen=True, slots=True)
class FailedEvent:
    """One event, why it could not be stored, and all of it as JSON."""

    account: str
    reason: str
    raw: Any

    @classmethod
    def broken(cls, event: Broken) -> FailedEvent:
        """What a channel could not read: `raw` is the provider's own part of the body."""
        try:
            raw = stored_json(event.raw)
        except ValueError:
            raw = stored_text(repr(event.raw))
        return cls(
            stored_text(event.account), stored_text(event.reason, REASON_LIMIT), {"type": "raw", "raw": raw}
        )

    @classmethod
    def of(
        cls, event: InboundMessage | DeliveryReceipt | Arrival | FailedEvent, error: Exception
    ) -> FailedEvent:
        if isinstance(event, FailedEvent):
            return event
        whole = event.message if isinstance(event, Arrival) else event
        reason = stored_text(str(error) or type(error).__name__, REASON_LIMIT)
        return cls(stored_text(whole.account), reason, event_to_json(whole))


_KEEP = text(
    "INSERT INTO failed_events (account, reason, raw) SELECT account, reason, raw"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(account text, reason text, raw jsonb)"
)

Reader = Callable[[str, Any], Sequence[InboundEvent]]  # account, raw → events; by the account's channel


async def keep_failed(transaction: Transaction, failed: Sequence[FailedEvent]) -> None:
    if failed:
        rows = [{"account": one.account, "reason": one.reason, "raw": one.raw} for one in failed]
        await transaction.connection.execute(_KEEP, {"rows": json.dumps(rows)})


async def replay(
    desk: Desk,
    failed_event_id: UUID,
    accept: Callable[[Sequence[InboundEvent]], Awaitable[None]],
    read: Reader | None = None,
) -> None:
    """Store a failed event again. What fails again is a new failed event; replays are told apart by their
    ids.

    NotFound, Conflict when it was replayed before, Invalid when nobody can read it (no `read` for a
    provider's raw part).
    """
    async with desk.reading() as connection:
        row = (
            await connection.execute(
                text("SELECT account, raw, replayed_at FROM failed_events WHERE id = :id"),
                {"id": failed_event_id},
            )
        ).one_or_none()
    if row is None:
        raise NotFound("failed_event_unknown", "There is no such failed event.")
    if row[2] is not None:
        raise Conflict("already_replayed", "This event was replayed before.")
    # Two replays at once are harmless: the event's id stores it once.
    await accept(_read(row[0], row[1], read))
    async with desk.transaction() as transaction:
        await transaction.connection.execute(
            text("UPDATE failed_events SET replayed_at = now() WHERE id = :id"), {"id": failed_event_id}
        )


def _read(account: str, raw: Any, read: Reader | None) -> Sequence[InboundEvent]:
    try:
        if raw["type"] != "raw":
            return [event_from_json(raw)]
        if read is not None:
            return read(account, raw["raw"])
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid("not_readable", f"This event still cannot be read: {error}.") from error
    raise Invalid("not_readable", "This channel cannot read single events again.")
