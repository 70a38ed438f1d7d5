"""How many tickets each view holds: counted once for all agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.statuses import ACTIVE_SQL

COUNTS = text(
    "SELECT t.owner, t.assignee_id, coalesce(g.restricted, false) AS is_restricted, count(*) AS tickets"  # noqa: S608
    f" FROM tickets t LEFT JOIN categories g ON g.code = t.category WHERE {ACTIVE_SQL}"
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


async def view_counts(connection: AsyncConnection) -> Counts:
    """Counts of all views for all agents in one statement."""
    counts = Counts()
    for owner, assignee_id, is_restricted, tickets in await connection.execute(COUNTS):
        (counts.restricted if is_restricted else counts.common).add(owner, assignee_id, tickets)
    return counts
