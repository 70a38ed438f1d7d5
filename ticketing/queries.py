"""The desk's read side: tickets, their thread and the counts of the views. Reads only, decides nothing."""

from __future__ import annotations

import base64
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.visibility import VISIBLE

VIEWS: Final = ("mine", "unassigned", "assistant", "all", "closed")

# What a timeline shows as a line of its own; every other event is seen in the message or row it changed.
TIMELINE_EVENTS: Final = (
    "ticket.opened",
    "ticket.handed_over",
    "ticket.taken_over",
    "ticket.claimed",
    "ticket.released",
    "ticket.assigned",
    "ticket.closed",
    "ticket.reopened",
    "ticket.categorised",
    "danger.raised",
    "bill.disclosed",
    "verification.sent",
    "verification.passed",
    "verification.failed",
)

FIRST_ID: Final = UUID(int=0)
LAST_ID: Final = UUID(int=2**128 - 1)

# A closed ticket's conversations have moved on to the next ticket: its messages still tell its channels.
TICKET_COLUMNS = """
    t.id, t.number, t.owner, t.status, t.priority, t.version, t.contact_id, t.assignee_id, t.team_id,
    t.handover, t.opened_at, t.handed_over_at, t.closed_at, t.last_message_at, t.waiting_since,
    t.last_message, t.unread, t.category, g.names AS category_names,
    coalesce(g.restricted, false) AS is_restricted,
    coalesce(c.name, (SELECT coalesce(i.name, i.phone) FROM identities i
                      WHERE i.contact_id = c.id ORDER BY i.id LIMIT 1)) AS contact_name,
    c.language AS contact_language, a.name AS assignee_name, m.key AS team_key, m.names AS team_names,
    coalesce(
        (SELECT array_agg(DISTINCT k.channel) FROM conversations v JOIN accounts k ON k.key = v.account
         WHERE v.ticket_id = t.id),
        (SELECT array_agg(DISTINCT k.channel) FROM messages w JOIN conversations v ON v.id = w.conversation_id
         JOIN accounts k ON k.key = v.account WHERE w.ticket_id = t.id),
        '{}') AS channels
"""
TICKET_TABLES = """
    JOIN contacts c ON c.id = t.contact_id
    LEFT JOIN agents a ON a.id = t.assignee_id LEFT JOIN teams m ON m.id = t.team_id
    LEFT JOIN categories g ON g.code = t.category
"""
MESSAGE_SELECT = """
    SELECT m.id, m.ticket_id, m.conversation_id, k.channel, m.position, m.direction, m.author,
        a.name AS author_name, m.kind, m.content, m.state, m.failure, m.client_id, m.created_at,
        x.message_id AS reply_to_message_id
    FROM messages m JOIN conversations v ON v.id = m.conversation_id JOIN accounts k ON k.key = v.account
    LEFT JOIN agents a ON a.id = m.author_id
    LEFT JOIN external_ids x ON x.account = v.account AND x.external_id = m.reply_to
"""


def _typed(statement: str, *json_columns: str) -> TextClause:
    """A statement whose named columns come back as parsed JSON."""
    clause = text(statement)
    return clause.columns(**dict.fromkeys(json_columns, JSONB)) if json_columns else clause  # type: ignore[return-value]


def _ticket_statement(which: str, order: str) -> TextClause:
    """The list rows of some tickets, chosen before anything is joined to them."""
    chosen = f"(SELECT * FROM tickets t {which}) t"  # noqa: S608 - this module's own constants, values bound
    return _typed(
        f"SELECT {TICKET_COLUMNS} FROM {chosen} {TICKET_TABLES} ORDER BY {order}",  # noqa: S608 - see above
        "handover",
        "last_message",
        "team_names",
        "category_names",
    )


TICKETS_BY_ID = _ticket_statement("WHERE t.id = ANY(:ids)", "t.id")
MESSAGES_BY_ID = _typed(f"{MESSAGE_SELECT} WHERE m.id = ANY(:ids)", "content", "failure")
MESSAGES_BEFORE = _typed(
    f"{MESSAGE_SELECT} WHERE m.ticket_id = :ticket_id AND m.id < :before ORDER BY m.id DESC LIMIT :count",
    "content",
    "failure",
)
ATTACHMENTS_OF = text(
    "SELECT id, message_id, kind, content_type, name, size, state FROM attachments"
    " WHERE message_id = ANY(:ids) ORDER BY message_id, position"
)
EVENTS_BETWEEN = _typed(
    "SELECT e.id, e.type, e.ticket_id, e.actor, a.name AS actor_name, e.data, e.at"
    " FROM events e LEFT JOIN agents a ON a.id = e.actor_id"
    " WHERE e.ticket_id = :ticket_id AND e.id > :after AND e.id < :before AND e.type = ANY(:types)"
    " ORDER BY e.id DESC LIMIT 500",
    "data",
)
CONVERSATIONS_OF = text(
    "SELECT v.id, v.account, k.channel, i.address, i.name, i.phone, v.window_expires_at, v.language"
    " FROM conversations v JOIN accounts k ON k.key = v.account JOIN identities i ON i.id = v.identity_id"
    " WHERE v.id IN (SELECT id FROM conversations WHERE ticket_id = :ticket_id"
    " UNION SELECT conversation_id FROM messages WHERE ticket_id = :ticket_id)"
    " ORDER BY v.last_inbound_at DESC NULLS LAST, v.id"
)
IDENTITIES_OF = text(
    "SELECT channel, address, name, phone FROM identities WHERE contact_id = :contact_id ORDER BY id"
)
OTHER_TICKETS = text(
    "SELECT id, number, status, opened_at FROM tickets t WHERE contact_id = :contact_id AND id <> :ticket_id"  # noqa: S608
    f" AND {VISIBLE} ORDER BY opened_at DESC LIMIT 5"
)
COUNTS = text(
    "SELECT t.owner, t.assignee_id, coalesce(g.restricted, false) AS is_restricted, count(*) AS tickets"
    " FROM tickets t LEFT JOIN categories g ON g.code = t.category WHERE t.status <> 'closed'"
    " GROUP BY 1, 2, 3"
)


@dataclass(slots=True)
class Tally:
    """How many open tickets each view holds; `mine` by assignee."""

    unassigned: int = 0
    assistant: int = 0
    all: int = 0
    mine: dict[UUID, int] = field(default_factory=dict)

    def add(self, owner: str, assignee_id: UUID | None, tickets: int) -> None:
        self.all += tickets
        if owner == "assistant":
            self.assistant += tickets
        elif assignee_id is None:
            self.unassigned += tickets
        if assignee_id is not None:
            self.mine[assignee_id] = self.mine.get(assignee_id, 0) + tickets


@dataclass(frozen=True, slots=True)
class Counts:
    """The open tickets that everybody sees, and beside them the restricted ones."""

    common: Tally = field(default_factory=Tally)
    restricted: Tally = field(default_factory=Tally)

    def of(self, agent_id: UUID, *, restricted: bool) -> dict[str, int]:
        """The counts as one agent sees them."""
        seen = (self.common, self.restricted) if restricted else (self.common,)
        return {
            "mine": sum(tally.mine.get(agent_id, 0) for tally in seen),
            "unassigned": sum(tally.unassigned for tally in seen),
            "assistant": sum(tally.assistant for tally in seen),
            "all": sum(tally.all for tally in seen),
        }


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message and its attachments, in order."""

    row: Row[Any]
    attachments: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a ticket's thread, oldest first. `has_more`: there are older messages."""

    messages: Sequence[MessageRow]
    events: Sequence[Row[Any]]
    has_more: bool


@dataclass(frozen=True, slots=True)
class TicketPage:
    rows: Sequence[Row[Any]]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with its conversations and what else is known of its contact."""

    row: Row[Any]
    conversations: Sequence[Row[Any]]
    identities: Sequence[Row[Any]]
    other_tickets: Sequence[Row[Any]]


class BadCursor(ValueError):
    """The cursor was not made by `list_tickets` for this view."""


async def view_counts(connection: AsyncConnection) -> Counts:
    """Counts of all views for all agents in one statement."""
    counts = Counts()
    for owner, assignee_id, is_restricted, tickets in await connection.execute(COUNTS):
        (counts.restricted if is_restricted else counts.common).add(owner, assignee_id, tickets)
    return counts


async def tickets_by_id(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """List rows of these tickets; unknown ids are absent."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: row for row in await connection.execute(TICKETS_BY_ID, {"ids": wanted})}


async def messages_by_id(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, MessageRow]:
    """These messages with their attachments; unknown ids are absent."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = (await connection.execute(MESSAGES_BY_ID, {"ids": wanted})).all()
    return {message.row.id: message for message in await _with_attachments(connection, rows)}


async def _with_attachments(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[MessageRow]:
    attachments: dict[UUID, list[Row[Any]]] = defaultdict(list)
    if rows:
        for attachment in await connection.execute(ATTACHMENTS_OF, {"ids": [row.id for row in rows]}):
            attachments[attachment.message_id].append(attachment)
    return [MessageRow(row, attachments.get(row.id, ())) for row in rows]


async def timeline(
    connection: AsyncConnection, ticket_id: UUID, *, before: UUID | None, limit: int
) -> Timeline:
    """The newest `limit` messages older than `before`, with the events that happened among them."""
    upper = before or LAST_ID
    rows = (
        await connection.execute(
            MESSAGES_BEFORE, {"ticket_id": ticket_id, "before": upper, "count": limit + 1}
        )
    ).all()
    has_more = len(rows) > limit
    page = list(reversed(rows[:limit]))
    events = await connection.execute(
        EVENTS_BETWEEN,
        {
            "ticket_id": ticket_id,
            "after": page[0].id if has_more else FIRST_ID,
            "before": upper,
            "types": list(TIMELINE_EVENTS),
        },
    )
    return Timeline(await _with_attachments(connection, page), list(reversed(events.all())), has_more)


async def ticket_detail(
    connection: AsyncConnection, ticket_id: UUID, *, restricted: bool
) -> TicketDetail | None:
    """Everything the thread and the customer panel need about one ticket, or None when it is not there.

    `restricted`: other tickets of the contact that only some may see are named too.
    """
    row = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
    if row is None:
        return None
    keys = {"contact_id": row.contact_id, "ticket_id": ticket_id, "restricted": restricted}
    return TicketDetail(
        row,
        (await connection.execute(CONVERSATIONS_OF, {"ticket_id": ticket_id})).all(),
        (await connection.execute(IDENTITIES_OF, {"contact_id": row.contact_id})).all(),
        (await connection.execute(OTHER_TICKETS, keys)).all(),
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """How a view is sorted, and the comparison that continues after the last row of a page."""

    sql: str
    after: str
    keys: tuple[str, ...]


_BY_TIME = _Order(
    "t.last_message_at DESC, t.id DESC",
    "(t.last_message_at, t.id) < (CAST(:last_message_at AS timestamptz), CAST(:id AS uuid))",
    ("last_message_at", "id"),
)
_BY_URGENCY = _Order(
    "t.priority, coalesce(t.waiting_since, 'infinity'), t.id",
    "(t.priority, coalesce(t.waiting_since, 'infinity'), t.id) >"
    " (CAST(:priority AS smallint), coalesce(CAST(:waiting_since AS timestamptz), 'infinity'),"
    " CAST(:id AS uuid))",
    ("priority", "waiting_since", "id"),
)
_CONDITIONS: Final[Mapping[str, str]] = {
    "mine": "t.assignee_id = :agent_id AND t.status <> 'closed'",
    "unassigned": "t.owner = 'agents' AND t.assignee_id IS NULL AND t.status <> 'closed'",
    "assistant": "t.owner = 'assistant' AND t.status <> 'closed'",
    "all": "t.status <> 'closed'",
    "closed": "t.status = 'closed'",
}
# Candidates come from look-ups of their own; one WHERE with OR would read every ticket.
_BY_NUMBER_OR_PHONE = """t.id IN (
    SELECT s.id FROM tickets s WHERE s.number = :number
    UNION
    SELECT s.id FROM tickets s WHERE s.contact_id IN (
        SELECT i.contact_id FROM identities i WHERE i.phone = :phone))"""
# Answered by the trigram indexes on both names.
_BY_NAME = """t.contact_id IN (
    SELECT i.contact_id FROM identities i WHERE i.name ILIKE :pattern
    UNION
    SELECT n.id FROM contacts n WHERE n.name ILIKE :pattern)"""
_NUMERIC: Final = re.compile(r"[\d\s#+()./-]*\d[\d\s#+()./-]*")


async def list_tickets(
    connection: AsyncConnection,
    view: str,
    agent_id: UUID,
    *,
    limit: int = 50,
    cursor: str | None = None,
    search: str | None = None,
    category: str | None = None,
    restricted: bool = False,
) -> TicketPage:
    """One page of a view. A search in `all` finds closed tickets too: who looks for a number wants it found.

    `restricted`: the tickets that only some may see are among them.

    Raises BadCursor, and KeyError for a view that does not exist.
    """
    condition = "TRUE" if search and view == "all" else _CONDITIONS[view]
    order = _BY_URGENCY if view == "unassigned" else _BY_TIME
    values: dict[str, Any] = {"count": limit + 1}
    if not restricted:
        condition += f" AND {VISIBLE}"
        values["restricted"] = False
    if category is not None:
        condition += " AND t.category = :category"
        values["category"] = category
    if ":agent_id" in condition:
        values["agent_id"] = agent_id
    if search:
        found, wanted = _search(search)
        condition += f" AND {found}"
        values |= wanted
    if cursor:
        condition += f" AND {order.after}"
        values |= _read_cursor(cursor, order)
    chosen = f"WHERE {condition} ORDER BY {order.sql} LIMIT :count"
    statement = _ticket_statement(chosen, order.sql)
    rows = (await connection.execute(statement, values)).all()
    more = len(rows) > limit
    return TicketPage(rows[:limit], _make_cursor(rows[limit - 1], order) if more else None)


def _search(search: str) -> tuple[str, dict[str, Any]]:
    """What to look for, and the condition that finds it: digits are a ticket or a telephone, else a name."""
    if _NUMERIC.fullmatch(search):
        digits = "".join(str(int(character)) for character in search if character.isdigit())
        phone = None
        with suppress(phonenumbers.NumberParseException):
            parsed = phonenumbers.parse(search, "MA")  # a national number is a Moroccan one
            phone = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
        return _BY_NUMBER_OR_PHONE, {"number": digits, "phone": phone}
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return _BY_NAME, {"pattern": f"%{escaped}%"}


class _Keys(BaseModel):
    """What a cursor holds: the sort keys of the last row of a page."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    last_message_at: datetime | None = None
    waiting_since: datetime | None = None
    priority: int = Field(default=4, ge=1, le=4)


def _read_cursor(cursor: str, order: _Order) -> dict[str, Any]:
    try:
        keys = _Keys.model_validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:  # binascii.Error and pydantic's ValidationError are both
        raise BadCursor("This page's cursor is not readable.") from error
    return {key: getattr(keys, key) for key in order.keys}


def _make_cursor(row: Row[Any], order: _Order) -> str:
    keys = _Keys(**{key: getattr(row, key) for key in order.keys})
    encoded = keys.model_dump_json(include=set(order.keys)).encode()
    return base64.urlsafe_b64encode(encoded).decode().rstrip("=")
