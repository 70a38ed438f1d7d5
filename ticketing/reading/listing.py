"""Lists of tickets: what a view or a filter chooses, a page at a time. Reads only."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.filters import Reader, TicketFilter, to_sql
from ticketing.reading.ticket_rows import ticket_statement
from ticketing.reading.views import Order
from ticketing.visibility import VISIBLE


@dataclass(frozen=True, slots=True)
class TicketPage:
    rows: Sequence[Row[Any]]
    next_cursor: str | None


class BadCursor(ValueError):
    """The cursor was not made by `list_tickets` for this order."""


@dataclass(frozen=True, slots=True)
class _Sorting:
    """How a list is sorted, and the comparison that continues after the last row of a page."""

    sql: str
    after: str
    keys: tuple[str, ...]


_NEVER = "'infinity'::timestamptz"


def _later(column: str) -> str:
    """A row without the time comes last."""
    return f"coalesce(t.{column}, {_NEVER})"


def _bound(column: str) -> str:
    return f"coalesce(CAST(:{column} AS timestamptz), {_NEVER})"


# Ids grow with the time a ticket was opened (UUIDv7): sorting by them needs no index of its own.
SORTINGS: Final[Mapping[Order, _Sorting]] = {
    "newest": _Sorting(
        "t.last_message_at DESC, t.id DESC",
        "(t.last_message_at, t.id) < (CAST(:last_message_at AS timestamptz), CAST(:id AS uuid))",
        ("last_message_at", "id"),
    ),
    "waiting": _Sorting(
        f"{_later('waiting_since')}, t.id",
        f"({_later('waiting_since')}, t.id) > ({_bound('waiting_since')}, CAST(:id AS uuid))",
        ("waiting_since", "id"),
    ),
    "priority": _Sorting(
        f"t.priority, {_later('waiting_since')}, t.id",
        f"(t.priority, {_later('waiting_since')}, t.id) >"
        f" (CAST(:priority AS smallint), {_bound('waiting_since')}, CAST(:id AS uuid))",
        ("priority", "waiting_since", "id"),
    ),
    "due": _Sorting(
        f"{_later('due_at')}, t.id",
        f"({_later('due_at')}, t.id) > ({_bound('due_at')}, CAST(:id AS uuid))",
        ("due_at", "id"),
    ),
    "created": _Sorting("t.id DESC", "t.id < CAST(:id AS uuid)", ("id",)),
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A further condition over tickets `t`, with the values it is bound with."""

    sql: str
    values: Mapping[str, Any]


async def list_tickets(
    connection: AsyncConnection,
    filters: Sequence[TicketFilter],
    reader: Reader,
    *,
    order: Order = "newest",
    limit: int = 50,
    cursor: str | None = None,
    further: Condition | None = None,
) -> TicketPage:
    """One page of the tickets that all `filters` choose and the reader may see.

    `further` is one of `ticketing.reading.finding`. Raises BadCursor.
    """
    sorting = SORTINGS[order]
    condition, values = where(filters, reader)
    values["count"] = limit + 1
    if further is not None:
        condition += f" AND {further.sql}"
        values |= further.values
    if cursor:
        condition += f" AND {sorting.after}"
        values |= _read_cursor(cursor, sorting)
    chosen = f"WHERE {condition} ORDER BY {sorting.sql} LIMIT :count"
    rows = (await connection.execute(ticket_statement(chosen, sorting.sql), values)).all()
    more = len(rows) > limit
    return TicketPage(rows[:limit], _make_cursor(rows[limit - 1], sorting) if more else None)


def where(filters: Sequence[TicketFilter], reader: Reader) -> tuple[str, dict[str, Any]]:
    """The condition over tickets `t` that all filters hold and the reader may see, with its values."""
    parts: list[str] = []
    values: dict[str, Any] = {}
    for number, asked in enumerate(filters):
        condition, wanted = to_sql(asked, reader)
        # Each filter's values have names of their own.
        parts.append(condition.replace(":f_", f":f{number}_"))
        values |= {name.replace("f_", f"f{number}_", 1): value for name, value in wanted.items()}
    if not reader.restricted:
        parts.append(VISIBLE)
        values["restricted"] = False
    return " AND ".join(part for part in parts if part != "TRUE") or "TRUE", values


class _Keys(BaseModel):
    """What a cursor holds: the sort keys of the last row of a page."""

    model_config = ConfigDict(extra="forbid")

    id: UUID
    last_message_at: datetime | None = None
    waiting_since: datetime | None = None
    due_at: datetime | None = None
    priority: int = Field(default=4, ge=1, le=4)


def _read_cursor(cursor: str, sorting: _Sorting) -> dict[str, Any]:
    try:
        keys = _Keys.model_validate_json(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:  # binascii.Error and pydantic's ValidationError are both
        raise BadCursor("This page's cursor is not readable.") from error
    if keys.model_fields_set != set(sorting.keys):
        raise BadCursor("This page's cursor is of another order.")
    return {key: getattr(keys, key) for key in sorting.keys}


def _make_cursor(row: Row[Any], sorting: _Sorting) -> str:
    keys = _Keys(**{key: getattr(row, key) for key in sorting.keys})
    encoded = keys.model_dump_json(include=set(sorting.keys)).encode()
    return base64.urlsafe_b64encode(encoded).decode().rstrip("=")
