"""What customers thought, by agent, team, category or channel. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.visibility import VISIBLE

_GROUPS: Final = {
    "none": ("'all'", "NULL::jsonb", ""),
    "agent": ("r.agent_id::text", "to_jsonb(g.name)", "LEFT JOIN agents g ON g.id = r.agent_id"),
    "team": ("r.team_id::text", "g.names", "LEFT JOIN teams g ON g.id = r.team_id"),
    "category": ("r.category", "g.names", "LEFT JOIN categories g ON g.code = r.category"),
    "channel": ("r.channel", "NULL::jsonb", ""),
}
_FIGURES: Final = (
    "count(*) AS asked, count(r.score) AS answered, round(avg(r.score), 2) AS mean,"
    " count(*) FILTER (WHERE r.score = 1) AS ones, count(*) FILTER (WHERE r.score = 2) AS twos,"
    " count(*) FILTER (WHERE r.score = 3) AS threes, count(*) FILTER (WHERE r.score = 4) AS fours,"
    " count(*) FILTER (WHERE r.score = 5) AS fives, count(r.comment) AS comments"
)
_REPORT: Final = {
    group: text(
        f"SELECT {key} AS key, {name} AS name, {_FIGURES} FROM ratings r {join}"  # noqa: S608 - our own words
        " WHERE r.asked_at >= :since AND r.asked_at < :to GROUP BY 1, 2 ORDER BY asked DESC, key LIMIT 200"
    ).columns(name=JSONB)
    for group, (key, name, join) in _GROUPS.items()
}
_ANSWERS: Final = text(
    "SELECT r.id, r.ticket_id, t.number, r.score, r.comment, r.answered_at, r.channel, r.category,"  # noqa: S608
    " r.agent_id, a.name AS agent_name FROM ratings r JOIN tickets t ON t.id = r.ticket_id"
    " LEFT JOIN agents a ON a.id = r.agent_id WHERE r.score IS NOT NULL"
    " AND r.answered_at >= :since AND r.answered_at < :to AND r.score <= :at_most"
    " AND (NOT :with_comment OR r.comment IS NOT NULL)"
    " AND (CAST(:before_at AS timestamptz) IS NULL OR (r.answered_at, r.id) < (:before_at, :before_id))"
    f" AND {VISIBLE} ORDER BY r.answered_at DESC, r.id DESC LIMIT :count"
)


async def report(
    connection: AsyncConnection, group: str, since: datetime, to: datetime
) -> Sequence[Row[Any]]:
    """Figures of the surveys asked in this time; `group`: none, agent, team, category or channel."""
    return (await connection.execute(_REPORT[group], {"since": since, "to": to})).all()


async def answers(
    connection: AsyncConnection,
    since: datetime,
    to: datetime,
    *,
    at_most: int,
    with_comment: bool,
    restricted: bool,
    before: tuple[datetime, UUID] | None,
    count: int,
) -> Sequence[Row[Any]]:
    """Answers up to a score, the newest first."""
    values = {
        "since": since,
        "to": to,
        "at_most": at_most,
        "with_comment": with_comment,
        "restricted": restricted,
        "before_at": None if before is None else before[0],
        "before_id": None if before is None else before[1],
        "count": count,
    }
    return (await connection.execute(_ANSWERS, values)).all()
