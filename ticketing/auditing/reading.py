"""The audit in the order of time: the event log's part and the entries beside it. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

KINDS: Final = ("view", "change", "sign_in", "export", "retention")

# Signing in and out are events; what a message goes through is no act of an agent.
_SIGN_INS: Final = "('agent.signed_in', 'agent.signed_out')"
_EVENTS: Final = (
    f"SELECT e.id, e.at, CASE WHEN e.type IN {_SIGN_INS} THEN 'sign_in' ELSE 'change' END AS kind,"  # noqa: S608
    " e.type AS what, e.actor, e.actor_id AS agent_id, NULL::uuid AS token_id, e.ticket_id, e.contact_id,"
    " NULL AS subject, e.data AS detail, e.data ->> 'address' AS address FROM events e WHERE"
    " e.type NOT IN ('message.updated', 'attachment.stored', 'attachment.failed', 'sla.updated')"
)
_ENTRIES: Final = (
    "SELECT e.id, e.at, e.kind, e.what, 'agent' AS actor, e.agent_id, e.token_id, e.ticket_id, e.contact_id,"
    " e.subject, e.detail, e.address FROM audit_entries e WHERE true"
)
_NAMED: Final = (
    "SELECT f.*, a.name AS agent_name, o.name AS token_name, t.number AS ticket_number,"
    " coalesce(c.name, (SELECT coalesce(i.name, i.phone) FROM identities i"
    "  WHERE i.contact_id = c.id ORDER BY i.id LIMIT 1)) AS contact_name, c.id AS shown_contact_id"
    " FROM ({found}) f LEFT JOIN agents a ON a.id = f.agent_id LEFT JOIN access_tokens o ON o.id = f.token_id"
    " LEFT JOIN tickets t ON t.id = f.ticket_id"
    " LEFT JOIN contacts c ON c.id = coalesce(f.contact_id, t.contact_id) ORDER BY f.id DESC LIMIT :count"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for; None is anything. Times are aware, `to` excluded."""

    agent_id: UUID | None = None
    contact_id: UUID | None = None
    ticket_id: UUID | None = None
    kind: str | None = None
    what: str | None = None
    since: datetime | None = None
    to: datetime | None = None


async def read(
    connection: AsyncConnection, wanted: Wanted, *, before: UUID | None, count: int
) -> Sequence[Row[Any]]:
    """Lines older than `before`, the newest first: each branch is answered by an index and cut at `count`."""
    found = " UNION ALL ".join(
        f"({source} AND {whose} {_further(source, wanted, before)} ORDER BY e.id DESC LIMIT :count)"
        for source in _sources(wanted)
        for whose in _whose(wanted, source)
    )
    statement = text(_NAMED.format(found=found)).columns(detail=JSONB)
    given = {"before": before, **{name: getattr(wanted, name) for name in Wanted.__slots__}}
    values = {name: value for name, value in given.items() if value is not None and f":{name}" in found}
    return (await connection.execute(statement, {"count": count, **values})).all()


def _sources(wanted: Wanted) -> tuple[str, ...]:
    """Looks and exports are no events."""
    return (_ENTRIES,) if wanted.kind in {"view", "export", "retention"} else (_EVENTS, _ENTRIES)


def _whose(wanted: Wanted, source: str) -> list[str]:
    """The conditions that choose, one for each index that answers them; together without doubles."""
    conditions = []
    if wanted.agent_id is not None:
        conditions.append(f"e.{'actor_id' if source is _EVENTS else 'agent_id'} = :agent_id")
    if wanted.ticket_id is not None:
        conditions.append("e.ticket_id = :ticket_id")
    both = " AND ".join(conditions) or "true"
    if wanted.contact_id is None:
        # Without anything asked for: what agents did, not what customers wrote.
        only = " AND e.actor_id IS NOT NULL" if source is _EVENTS and not conditions else ""
        return [both + only]
    own = f"{both} AND e.contact_id = :contact_id"
    if source is _ENTRIES:
        return [own]
    of_tickets = (
        f"{both} AND e.contact_id IS DISTINCT FROM :contact_id"  # noqa: S608 - our own words, values bound
        " AND e.ticket_id = ANY(ARRAY(SELECT id FROM tickets WHERE contact_id = :contact_id))"
    )
    return [own, of_tickets]


def _further(source: str, wanted: Wanted, before: UUID | None) -> str:
    is_event = source is _EVENTS
    parts = [_kind(wanted.kind, is_event=is_event)]
    if wanted.what is not None:
        parts.append(f"AND e.{'type' if is_event else 'what'} = :what")
    if wanted.since is not None:
        parts.append("AND e.at >= :since")
    if wanted.to is not None:
        parts.append("AND e.at < :to")
    if before is not None:
        parts.append("AND e.id < :before")
    return " ".join(part for part in parts if part)


def _kind(kind: str | None, *, is_event: bool) -> str:
    if kind is None:
        return ""
    if not is_event:
        return "AND e.kind = :kind"
    return f"AND e.type {'IN' if kind == 'sign_in' else 'NOT IN'} {_SIGN_INS}"
