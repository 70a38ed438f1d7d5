"""Reads the event log in commit order and renders each event once, for every socket of this process.

Events are ordered by (transaction_id, sequence) below `pg_snapshot_xmin`: a sequence number is drawn before
the commit, so a reader that follows numbers alone steps over a transaction that commits late. Below the
horizon every transaction is settled, and nothing can appear behind the cursor any more.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.reading.threads import MessageRow, messages_by_id
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.visibility import RESTRICTED
from ticketing.web import render

log = logging.getLogger(__name__)

PRESENCE: Final = "presence.changed"

VIEW_CHANGED: Final = "view.changed"

# With these a ticket may become one of a restricted category.
HIDING: Final = frozenset({"ticket.categorised", "ticket.handed_over"})

# Rows beyond the horizon come along, unread: they tell that more is about to settle.
READ: Final = text(
    "SELECT e.id, e.type, e.ticket_id, e.message_id, e.actor, a.name AS actor_name, e.data, e.at,"
    " CAST(CAST(e.transaction_id AS text) AS bigint) AS transaction_number, e.sequence,"
    " e.transaction_id < pg_snapshot_xmin(pg_current_snapshot()) AS settled"
    " FROM events e LEFT JOIN agents a ON a.id = e.actor_id"
    " WHERE (e.transaction_id, e.sequence) > (CAST(CAST(:transaction AS text) AS xid8), :sequence)"
    " ORDER BY e.transaction_id, e.sequence LIMIT :count"
).columns(data=JSONB)
HORIZON: Final = text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
NEWEST: Final = text(
    "SELECT CAST(CAST(transaction_id AS text) AS bigint), sequence FROM events"
    " WHERE transaction_id < pg_snapshot_xmin(pg_current_snapshot())"
    " ORDER BY transaction_id DESC, sequence DESC OFFSET :back LIMIT 1"
)
SINCE: Final = text(
    "SELECT count(*) FROM (SELECT 1 FROM events WHERE (transaction_id, sequence) >"
    " (CAST(CAST(:transaction AS text) AS xid8), :sequence) LIMIT :count) AS since"
)


class Position(NamedTuple):
    """A place in the event log: everything up to and including it has been read."""

    transaction: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.transaction}:{self.sequence}"

    @classmethod
    def parse(cls, cursor: str) -> Self:
        """Raises ValueError when it is no cursor."""
        transaction, _, sequence = cursor.partition(":")
        if not (_is_number(transaction) and _is_number(sequence)):
            raise ValueError("A cursor is two numbers with a colon between them.")
        return cls(int(transaction), int(sequence))


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 18


BEGINNING: Final = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Frame:
    """One event, rendered: what goes to every socket whose agent has `permission`, and what the others
    are told instead, if anything.
    """

    position: Position
    permission: str
    data: bytes
    otherwise: bytes | None = None

    def for_whom(self, permissions: Collection[str]) -> bytes | None:
        """What an agent with these permissions gets; None: nothing."""
        return self.data if self.permission in permissions else self.otherwise


@dataclass(frozen=True, slots=True)
class Batch:
    """What one read brought. `position`: how far it came. `more`: the limit was reached, read on at once.
    `held`: later events are committed but an older transaction is still open. `tickets`: those the events
    name, as they are now. `views`: events of views that were made, changed or deleted."""

    frames: Sequence[Frame]
    position: Position
    more: bool
    held: bool
    tickets: Mapping[UUID, Row[Any]]
    views: Sequence[Row[Any]]


def encode(frame: dict[str, Any]) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def permission_for(event: Row[Any]) -> str | None:
    """What an agent needs to see this event; None: it is nobody's business at the desk (a one-time code is a
    message without a ticket)."""
    if event.type.startswith("account."):
        return "channel:read"
    if event.type.startswith("outage."):
        return "outage:read"
    if event.type == PRESENCE:
        return "agent:read"
    if event.ticket_id is not None or event.type.startswith("contact."):
        return "ticket:read"
    return None


class EventReader:
    """The event log of one database, from any position on."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")

    async def newest(self, back: int = 0) -> Position:
        """The position after which `back` settled events follow (fewer when there are not so many)."""
        async with self._engine.connect() as connection:
            if back == 0:
                return Position((await connection.execute(HORIZON)).scalar_one(), 0)
            row = (await connection.execute(NEWEST, {"back": back})).one_or_none()
            return Position(*row) if row else BEGINNING

    async def can_replay(self, position: Position, most: int) -> bool:
        """Whether `position` lies in this log's past with at most `most` events since."""
        values = {"transaction": str(position.transaction), "sequence": position.sequence}
        async with self._engine.connect() as connection:
            horizon = (await connection.execute(HORIZON)).scalar_one()
            if position.transaction > horizon:
                return False  # this database has not come so far: another one's cursor, or a restored backup
            since = (await connection.execute(SINCE, values | {"count": most + 1})).scalar_one()
        return bool(since <= most)

    async def read(self, after: Position, limit: int) -> Batch:
        """Up to `limit` settled events after this position, rendered."""
        values = {"transaction": str(after.transaction), "sequence": after.sequence, "count": limit}
        async with self._engine.connect() as connection:
            rows = (await connection.execute(READ, values)).all()
            events = [row for row in rows if row.settled]
            shown = [row for row in events if permission_for(row)]
            tickets = await tickets_by_id(connection, {row.ticket_id for row in shown if row.ticket_id})
            messages = await messages_by_id(
                connection, {row.message_id for row in shown if row.message_id and row.ticket_id}
            )
        frames = [frame for row in shown if (frame := _frame(row, tickets, messages))]
        last = Position(events[-1].transaction_number, events[-1].sequence) if events else after
        return Batch(
            frames,
            last,
            more=len(events) == limit,
            held=len(events) < len(rows),
            tickets=tickets,
            views=[row for row in events if row.type == VIEW_CHANGED],
        )


def _frame(event: Row[Any], tickets: dict[Any, Row[Any]], messages: dict[Any, MessageRow]) -> Frame | None:
    permission = permission_for(event)
    if permission is None:
        return None
    position = Position(event.transaction_number, event.sequence)
    if event.type == PRESENCE:
        return Frame(position, permission, _presence(event, position))
    its_ticket = tickets.get(event.ticket_id)
    if its_ticket is not None and its_ticket.is_restricted:
        permission = RESTRICTED
    frame: dict[str, Any] = {"type": "event", "cursor": str(position), "event": render.event(event)}
    try:
        message = messages.get(event.message_id)
        frame["ticket"] = its_ticket and render.ticket(its_ticket)
        frame["message"] = message and render.message(message)
    except Exception:
        # One row that cannot be shown must not stop the feed of everyone.
        log.exception("Event %s cannot be rendered whole", event.id)
        frame["ticket"] = frame["message"] = None
    hides = permission == RESTRICTED and event.type in HIDING
    return Frame(position, permission, encode(frame), _hidden(event, position) if hides else None)


def _presence(event: Row[Any], position: Position) -> bytes:
    told = {key: event.data.get(key) for key in ("agent_id", "state", "reason")}
    presence = told | {"since": render.time(event.at)}
    return encode({"type": "presence", "cursor": str(position), "presence": presence})


def _hidden(event: Row[Any], position: Position) -> bytes:
    """For those who saw the ticket until now: it is not there any more, and nothing about why."""
    bare = render.event(event) | {"type": "ticket.hidden", "actor_name": None, "data": {}}
    frame = {"type": "event", "cursor": str(position), "event": bare, "ticket": None, "message": None}
    return encode(frame)
