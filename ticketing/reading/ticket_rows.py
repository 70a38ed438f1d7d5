"""Tickets as the lists show them: one row each, whoever asks. Reads only, decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, TextClause, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

TICKET_COLUMNS = """
    t.id, t.number, t.owner, t.status, t.priority, t.version, t.contact_id, t.assignee_id, t.team_id,
    t.handover, t.opened_at, t.handed_over_at, t.closed_at, t.last_message_at, t.waiting_since,
    t.last_message, t.unread, t.category, g.names AS category_names,
    t.snoozed_until, t.solved_at, t.close_reason, t.status_key, y.names AS status_names,
    y.color AS status_color,
    t.follows_id, f.number AS follows_number, t.tags, t.due_at, t.sla,
    t.fields - ARRAY(SELECT key FROM custom_fields WHERE roles <> '{}') AS fields,
    coalesce(g.restricted, false) AS is_restricted,
    coalesce(c.name, (SELECT coalesce(i.name, i.phone) FROM identities i
                      WHERE i.contact_id = c.id ORDER BY i.id LIMIT 1)) AS contact_name,
    c.language AS contact_language, a.name AS assignee_name, m.key AS team_key, m.names AS team_names,
    t.merged_into_id, o.number AS merged_into_number, t.parent_id, p.number AS parent_number,
    t.rating, t.accounts,
    ARRAY(SELECT DISTINCT k.channel FROM accounts k WHERE k.key = ANY(t.accounts)
          ORDER BY k.channel) AS channels
"""
TICKET_TABLES = """
    JOIN contacts c ON c.id = t.contact_id
    LEFT JOIN agents a ON a.id = t.assignee_id LEFT JOIN teams m ON m.id = t.team_id
    LEFT JOIN categories g ON g.code = t.category
    LEFT JOIN ticket_statuses y ON y.key = t.status_key LEFT JOIN tickets f ON f.id = t.follows_id
    LEFT JOIN tickets o ON o.id = t.merged_into_id LEFT JOIN tickets p ON p.id = t.parent_id
"""


def typed(statement: str, *json_columns: str) -> TextClause:
    """A statement whose named columns come back as parsed JSON."""
    clause = text(statement)
    return clause.columns(**dict.fromkeys(json_columns, JSONB)) if json_columns else clause  # type: ignore[return-value]


def ticket_statement(which: str, order: str) -> TextClause:
    """The list rows of some tickets, chosen before anything is joined to them."""
    chosen = f"(SELECT * FROM tickets t {which}) t"  # noqa: S608 - this module's own constants, values bound
    return typed(
        f"SELECT {TICKET_COLUMNS} FROM {chosen} {TICKET_TABLES} ORDER BY {order}",  # noqa: S608 - see above
        "handover",
        "last_message",
        "team_names",
        "category_names",
        "status_names",
        "sla",
        "fields",
    )


TICKETS_BY_ID = ticket_statement("WHERE t.id = ANY(:ids)", "t.id")


async def tickets_by_id(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """List rows of these tickets; unknown ids are absent."""
    wanted = list(ids)
    if not wanted:
        return {}
    return {row.id: row for row in await connection.execute(TICKETS_BY_ID, {"ids": wanted})}
