"""Which tickets belong to a ticket, and which might. Reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.facts import place_of
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.statuses import ACTIVE_SQL

SAME_INCIDENT: Final = timedelta(hours=48)
_MOST = 20

_LINKED = text(
    "SELECT 'merged_into' AS link, merged_into_id AS id FROM tickets"
    " WHERE id = :id AND merged_into_id IS NOT NULL"
    " UNION ALL SELECT 'split_from', split_from_id FROM tickets WHERE id = :id AND split_from_id IS NOT NULL"
    " UNION ALL SELECT 'parent', parent_id FROM tickets WHERE id = :id AND parent_id IS NOT NULL"
    " UNION ALL SELECT 'merged', id FROM tickets WHERE merged_into_id = :id"
    " UNION ALL SELECT 'split_into', id FROM tickets WHERE split_from_id = :id AND merged_into_id IS NULL"
    " UNION ALL SELECT 'children', id FROM tickets WHERE parent_id = :id"
    " UNION ALL SELECT 'related', CASE WHEN one = :id THEN other ELSE one END FROM ticket_relations"
    " WHERE one = :id OR other = :id"
)
_MOVES = text(
    "SELECT m.id, m.kind, m.source_id, s.number AS source_number, m.target_id, t.number AS target_number,"
    " a.id AS agent_id, a.name AS agent_name, m.at, m.undo_until"
    " FROM ticket_moves m JOIN tickets s ON s.id = m.source_id JOIN tickets t ON t.id = m.target_id"
    " LEFT JOIN agents a ON a.id = m.agent_id"
    " WHERE (m.source_id = :id OR m.target_id = :id) AND m.undone_at IS NULL AND m.undo_until > :now"
    " ORDER BY m.id DESC"
)
_OF_CONTACT = text(
    f"SELECT t.id FROM tickets t WHERE t.contact_id = :contact AND t.id <> :id AND {ACTIVE_SQL}"  # noqa: S608
    " AND t.merged_into_id IS NULL ORDER BY t.id DESC LIMIT :most"
)
# Other contacts with an address of this one: the same telephone or mailbox on another channel.
_OF_ADDRESS = text(
    "SELECT t.id, bool_or(o.phone IS NOT NULL AND o.phone = i.phone) AS by_phone FROM identities i"  # noqa: S608
    " JOIN identities o ON o.contact_id <> i.contact_id"
    " AND (o.phone = i.phone OR (o.channel = 'email' AND i.channel = 'email'"
    " AND lower(o.address) = lower(i.address)))"
    f" JOIN tickets t ON t.contact_id = o.contact_id AND {ACTIVE_SQL} AND t.merged_into_id IS NULL"
    " WHERE i.contact_id = :contact GROUP BY t.id ORDER BY t.id DESC LIMIT :most"
)
_OF_CATEGORY = text(
    "SELECT t.id, t.handover FROM tickets t WHERE t.category = :category AND t.id <> :id"  # noqa: S608
    f" AND {ACTIVE_SQL} AND t.merged_into_id IS NULL AND t.opened_at BETWEEN :from AND :to"
    " ORDER BY t.last_message_at DESC LIMIT 300"
).columns(handover=JSONB)


@dataclass(frozen=True, slots=True)
class Links:
    """List rows of the tickets that belong to one, by how; and the moves that can still be undone."""

    by_link: Mapping[str, Sequence[Row[Any]]]
    moves: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`reason`: contact, telephone, mail or incident (the same request from the same commune)."""

    reason: str
    row: Row[Any]


async def links_of(connection: AsyncConnection, ticket_id: UUID, now: datetime, *, restricted: bool) -> Links:
    """`restricted`: tickets that only some may see are among them."""
    linked = (await connection.execute(_LINKED, {"id": ticket_id})).all()
    rows = await tickets_by_id(connection, {row.id for row in linked})
    by_link: dict[str, list[Row[Any]]] = {}
    for link, linked_id in linked:
        row = rows.get(linked_id)
        if row is not None and (restricted or not row.is_restricted):
            by_link.setdefault(link, []).append(row)
    moves = (await connection.execute(_MOVES, {"id": ticket_id, "now": now})).all()
    return Links(by_link, moves)


async def suggestions_for(
    connection: AsyncConnection, ticket: Row[Any], *, restricted: bool
) -> list[Suggestion]:
    """Active tickets that might be the same matter, the likeliest first; without those already linked."""
    reasons: dict[UUID, str] = {}
    keys = {"id": ticket.id, "contact": ticket.contact_id, "most": _MOST}
    for row in await connection.execute(_OF_CONTACT, keys):
        reasons.setdefault(row.id, "contact")
    for row in await connection.execute(_OF_ADDRESS, {"contact": ticket.contact_id, "most": _MOST}):
        reasons.setdefault(row.id, "telephone" if row.by_phone else "mail")
    for other in await _same_incident(connection, ticket):
        reasons.setdefault(other, "incident")
    known = {row.id for row in (await connection.execute(_LINKED, {"id": ticket.id})).all()}
    rows = await tickets_by_id(connection, [one for one in reasons if one not in known][:_MOST])
    found = [Suggestion(reason, rows[one]) for one, reason in reasons.items() if one in rows]
    return [one for one in found if restricted or not one.row.is_restricted]


async def _same_incident(connection: AsyncConnection, ticket: Row[Any]) -> list[UUID]:
    place = place_of((ticket.handover or {}).get("slots") or {})
    if ticket.category is None or place is None:
        return []
    span = {"from": ticket.opened_at - SAME_INCIDENT, "to": ticket.opened_at + SAME_INCIDENT}
    rows = await connection.execute(_OF_CATEGORY, {"id": ticket.id, "category": ticket.category} | span)
    return [
        row.id
        for row in rows
        if (other := place_of((row.handover or {}).get("slots") or {}))
        and other.commune_id == place.commune_id
    ]
