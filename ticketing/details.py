"""What an agent's screen shows of a handover beside the ticket's row: proposal, promise and queue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.promises import Queue
from ticketing.queue import queue_before

_PROMISE: Final = text(
    "SELECT first_answer_by, action_by, resolve_by, legal_by FROM promises WHERE ticket_id = :ticket_id"
)
_PROPOSAL: Final = text(
    "SELECT c.code, c.names, c.restricted, m.id AS team_id, m.key AS team_key, m.names AS team_names"
    " FROM (SELECT) one LEFT JOIN categories c ON c.code = :category LEFT JOIN teams m ON m.key = :team"
).columns(names=JSONB, team_names=JSONB)


@dataclass(frozen=True, slots=True)
class Details:
    """`proposal` are the category and the team that the handover proposed, by name."""

    promise: Row[Any] | None
    queue: Queue | None
    proposal: Row[Any] | None


async def details_of(connection: AsyncConnection, ticket: Row[Any]) -> Details:
    """For a ticket's list row."""
    promise = (await connection.execute(_PROMISE, {"ticket_id": ticket.id})).one_or_none()
    handover = ticket.handover
    proposal = None
    if handover:
        wanted = {"category": handover.get("category"), "team": handover.get("team")}
        proposal = (await connection.execute(_PROPOSAL, wanted)).one()
    return Details(promise, await queue_before(connection, ticket), proposal)
