"""Categories of requests and their targets, as the desk's tables hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

ALWAYS, OPEN_HOURS, WORKING_DAYS, CALENDAR_DAYS = "always", "open_hours", "working_days", "calendar_days"


@dataclass(frozen=True, slots=True)
class Target:
    """How much of which clock: one of the four above. Days are whole for the two that count days."""

    amount: timedelta
    clock: str


@dataclass(frozen=True, slots=True)
class Category:
    """What a request is about. `team` is a key; `legal_days` are calendar days a law allows at most.

    `receipt`: a dated receipt is owed at once (law 55-19). `visit`: the action is a visit.
    `restricted`: its tickets are for roles with ticket:restricted alone. `parent` is the key of its group;
    one that is not `is_active` is no longer given to tickets.
    """

    code: str
    names: Mapping[str, str]
    priority: int
    team: str | None
    first_answer: Target | None = None
    action: Target | None = None
    resolve: Target | None = None
    legal_days: int | None = None
    receipt: bool = False
    visit: bool = False
    restricted: bool = False
    parent: str | None = None
    is_active: bool = True
    position: int = 0


_COLUMNS = (
    "c.code, c.names, coalesce(o.priority, c.priority) AS priority, coalesce(o.team, c.team) AS team,"
    " coalesce(o.first_answer, c.first_answer) AS first_answer, c.first_answer_clock,"
    " coalesce(o.action, c.action) AS action, c.action_clock,"
    " coalesce(o.resolve, c.resolve) AS resolve, c.resolve_clock,"
    " c.legal_days, c.receipt, c.visit, c.restricted, c.parent, c.is_active, c.position"
)
_FIND = text(
    f"SELECT {_COLUMNS} FROM categories c"  # noqa: S608 - our own column names
    " LEFT JOIN category_overrides o ON o.code = c.code AND o.province = :province"
    " WHERE c.code = :code OR (CAST(:code AS text) IS NULL AND :intent = ANY(c.intents))"
    " ORDER BY c.position LIMIT 1"
).columns(names=JSONB)
_ALL = text(
    f"SELECT {_COLUMNS} FROM categories c"  # noqa: S608 - our own column names
    " LEFT JOIN category_overrides o ON false WHERE :restricted OR NOT c.restricted ORDER BY c.position"
).columns(names=JSONB)


async def find_category(
    connection: AsyncConnection,
    code: str | None,
    *,
    intent: str | None = None,
    province: str | None = None,
) -> Category | None:
    """The category with this code, or without one that of the intent, as it is in a province (by its
    French name).
    """
    values = {"code": code, "intent": intent, "province": province}
    row = (await connection.execute(_FIND, values)).one_or_none()
    return None if row is None else _category(row)


async def all_categories(connection: AsyncConnection, *, restricted: bool) -> list[Category]:
    """In the order shown; the restricted ones too if `restricted`."""
    rows = await connection.execute(_ALL, {"restricted": restricted})
    return [_category(row) for row in rows]


def _category(row: Row[Any]) -> Category:
    return Category(
        row.code,
        row.names,
        row.priority,
        row.team,
        _target(row.first_answer, row.first_answer_clock),
        _target(row.action, row.action_clock),
        _target(row.resolve, row.resolve_clock),
        row.legal_days,
        row.receipt,
        row.visit,
        row.restricted,
        row.parent,
        row.is_active,
        row.position,
    )


def _target(amount: timedelta | None, clock: str | None) -> Target | None:
    return None if amount is None or clock is None else Target(amount, clock)
