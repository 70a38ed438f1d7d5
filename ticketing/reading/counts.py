"""How many tickets each view holds.

`ViewCounter` keeps the counts of everyone who watches: one index of the active tickets in a process, changed
by the tickets that events name, and each question counted once however many agents ask it. `count_views` asks
the database, for who does not watch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.facets import FacetIndex, Question, question
from ticketing.reading.filters import Reader
from ticketing.reading.listing import where
from ticketing.reading.views import View
from ticketing.statuses import ACTIVE_SQL

_AT_ONCE: Final = 1000  # rows between two looks at what else the process has to do
_ACTIVE = text(
    "SELECT t.id, t.status, t.status_key, t.owner, t.priority, t.assignee_id, t.team_id, t.category,"  # noqa: S608
    " coalesce(g.restricted, false) AS is_restricted, t.accounts, t.tags, t.contact_id, t.unread, t.rating,"
    " t.waiting_since, t.last_message_at, c.language AS contact_language,"
    " ARRAY(SELECT DISTINCT k.channel FROM accounts k WHERE k.key = ANY(t.accounts)) AS channels"
    " FROM tickets t JOIN contacts c ON c.id = t.contact_id LEFT JOIN categories g ON g.code = t.category"
    f" WHERE {ACTIVE_SQL}"
)


@dataclass(frozen=True, slots=True)
class Watch:
    """The views one agent looks at: their ids, and the number of the question each asks."""

    reader: Reader
    views: tuple[tuple[str, int], ...]


@dataclass(slots=True)
class ViewCounter:
    """Counts for everyone who watches, from memory."""

    _index: FacetIndex = field(default_factory=FacetIndex)
    _numbers: dict[Question, int] = field(default_factory=dict)
    _questions: list[Question] = field(default_factory=list)
    _counts: list[int | None] = field(default_factory=list)  # by a question's number; None: count anew

    async def load(self, connection: AsyncConnection) -> None:
        """Read every active ticket. What changes meanwhile must be given to `apply` afterwards."""
        index = FacetIndex()
        async with connection.stream(_ACTIVE) as rows:
            async for some in rows.partitions(_AT_ONCE):
                for row in some:
                    index.put(row)
                await asyncio.sleep(0)
        self._index = index
        self._forget()

    def apply(self, rows: Iterable[Row[Any]]) -> bool:
        """Take tickets as they are now. Returns whether any count may have changed."""
        changed = False
        for row in rows:
            changed |= self._index.put(row)
        if changed:
            self._forget()
        return changed

    def _forget(self) -> None:
        self._counts = [None] * len(self._counts)

    def watch(self, reader: Reader, views: Sequence[View]) -> Watch:
        """What to count for one agent."""
        numbered = []
        for view in views:
            if view.is_counted:
                asked = question(view.filter, reader)
                number = self._numbers.setdefault(asked, len(self._numbers))
                if number == len(self._questions):
                    self._questions.append(asked)
                    self._counts.append(None)
                numbered.append((view.id, number))
        return Watch(reader, tuple(numbered))

    def of(self, watch: Watch) -> dict[str, int]:
        """The counts as one agent sees them, by the views' ids."""
        return {view_id: self._count(number) for view_id, number in watch.views}

    def _count(self, number: int) -> int:
        known = self._counts[number]
        if known is None:
            known = self._counts[number] = self._index.count(self._questions[number])
        return known


async def count_views(
    connection: AsyncConnection, views: Iterable[View], reader: Reader
) -> Mapping[str, int]:
    """The counts from the database: one look at the active tickets, whatever the number of views."""
    counted = [view for view in views if view.is_counted]
    columns: list[str] = []
    values: dict[str, Any] = {}
    for number, view in enumerate(counted):
        condition, wanted = where([view.filter], reader)
        columns.append(f"count(*) FILTER (WHERE {condition.replace(':f0_', f':v{number}_')}) AS v{number}")
        values |= {name.replace("f0_", f"v{number}_", 1): value for name, value in wanted.items()}
    statement = text(f"SELECT {', '.join(columns)} FROM tickets t WHERE {ACTIVE_SQL}")  # noqa: S608
    row = (await connection.execute(statement, values)).one()
    return {view.id: count for view, count in zip(counted, row, strict=True)}
