"""Lists of tickets: a view or a search, a page at a time. Reads only."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import phonenumbers
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.ticket_rows import ticket_statement
from ticketing.statuses import ACTIVE_SQL
from ticketing.visibility import VISIBLE

VIEWS: Final = ("mine", "unassigned", "assistant", "all", "closed")


@dataclass(frozen=True, slots=True)
class TicketPage:
    rows: Sequence[Row[Any]]
    next_cursor: str | None


class BadCursor(ValueError):
    """The cursor was not made by `list_tickets` for this view."""


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
    "mine": f"t.assignee_id = :agent_id AND {ACTIVE_SQL}",
    "unassigned": f"t.owner = 'agents' AND t.assignee_id IS NULL AND {ACTIVE_SQL}",
    "assistant": f"t.owner = 'assistant' AND {ACTIVE_SQL}",
    "all": ACTIVE_SQL,
    "closed": f"NOT ({ACTIVE_SQL})",
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
    statement = ticket_statement(chosen, order.sql)
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
