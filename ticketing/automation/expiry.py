"""What automations and bulk changes leave behind is kept for a time."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

RUNS_KEPT: Final = timedelta(days=90)
BULK_KEPT: Final = timedelta(days=30)

# A run of a ticket that is not over is what keeps its rule from running again.
_RUNS = text(
    "DELETE FROM automation_runs r WHERE r.at < now() - CAST(:kept AS interval)"
    " AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.id = r.ticket_id AND t.status <> 'closed')"
)
_BULK = text("DELETE FROM bulk_jobs WHERE finished_at < now() - CAST(:kept AS interval)")


async def forget_runs(connection: AsyncConnection) -> None:
    """Delete what is older, once a day."""
    await connection.execute(_RUNS, {"kept": RUNS_KEPT})
    await connection.execute(_BULK, {"kept": BULK_KEPT})
