"""Contacts: found, shown, and who might be the same person. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.text import fold
from ticketing.statuses import ACTIVE_SQL

_MOST_FOUND: Final = 1_000

_NAME: Final = (
    "coalesce(c.name, (SELECT coalesce(i.name, i.phone) FROM identities i WHERE i.contact_id = c.id"
    " ORDER BY i.id LIMIT 1))"
)
_ROW: Final = (
    f"SELECT c.id, {_NAME} AS name, c.language, c.tags, c.created_at,"  # noqa: S608 - our own words
    " (SELECT jsonb_agg(jsonb_build_object('id', i.id, 'channel', i.channel, 'address', i.address,"
    "   'name', i.name, 'phone', i.phone) ORDER BY i.id) FROM identities i WHERE i.contact_id = c.id)"
    " AS identities,"
    " (SELECT count(*) FROM tickets t WHERE t.contact_id = c.id) AS tickets,"
    f" (SELECT count(*) FROM tickets t WHERE t.contact_id = c.id AND {ACTIVE_SQL}) AS active_tickets,"
    " (SELECT max(t.last_message_at) FROM tickets t WHERE t.contact_id = c.id) AS last_message_at"
)
_AFTER: Final = (
    "(CAST(:before_at AS timestamptz) IS NULL"
    " OR (c.created_at, c.id) < (:before_at, CAST(:before_id AS uuid)))"
    " ORDER BY c.created_at DESC, c.id DESC LIMIT :count"
)
_NEWEST = text(f"{_ROW} FROM contacts c WHERE c.merged_into_id IS NULL AND {_AFTER}").columns(
    identities=JSONB
)
# Each way is answered by a trigram index of its own.
_FOUND = text(
    f"{_ROW} FROM contacts c WHERE c.merged_into_id IS NULL AND c.id IN ("  # noqa: S608 - our own words
    f" (SELECT n.id FROM contacts n WHERE search_fold(n.name) LIKE :like LIMIT {_MOST_FOUND}) UNION"
    " (SELECT i.contact_id FROM identities i WHERE search_fold(coalesce(i.name, '') || ' ' ||"
    f"   coalesce(i.phone, '') || ' ' || i.address) LIKE :like LIMIT {_MOST_FOUND})) AND {_AFTER}"
).columns(identities=JSONB)
_BY_IDS = text(
    f"{_ROW}, c.fields, c.merged_into_id FROM contacts c WHERE c.id = ANY(CAST(:ids AS uuid[]))"
).columns(identities=JSONB, fields=JSONB)
_MERGES = text(
    "SELECT m.id, m.source_id, s.name AS source_name, m.at, a.id AS agent_id, a.name AS agent_name"
    " FROM contact_merges m JOIN contacts s ON s.id = m.source_id LEFT JOIN agents a ON a.id = m.agent_id"
    " WHERE m.target_id = :id AND m.undone_at IS NULL ORDER BY m.id DESC LIMIT 50"
)
_DUPLICATES = text(
    "SELECT o.contact_id AS id, bool_or(o.phone = i.phone) AS by_phone,"
    " bool_or(o.channel = 'email' AND i.channel = 'email' AND lower(o.address) = lower(i.address))"
    "   AS by_mail,"
    " bool_or(w.contract_id IS NOT NULL) AS by_contract FROM identities i"
    " LEFT JOIN verified_identities v ON v.identity_id = i.id"
    " JOIN identities o ON o.contact_id <> i.contact_id"
    " LEFT JOIN verified_identities w ON w.identity_id = o.id AND w.contract_id = v.contract_id"
    " WHERE i.contact_id = :id AND (o.phone = i.phone OR w.contract_id IS NOT NULL"
    "   OR (o.channel = 'email' AND i.channel = 'email' AND lower(o.address) = lower(i.address)))"
    " AND NOT EXISTS (SELECT 1 FROM distinct_contacts d WHERE d.one = least(o.contact_id, i.contact_id)"
    "   AND d.other = greatest(o.contact_id, i.contact_id))"
    " GROUP BY o.contact_id ORDER BY o.contact_id LIMIT 20"
)
_DISTINCT = text(
    "INSERT INTO distinct_contacts (one, other, agent_id) VALUES"
    " (least(CAST(:one AS uuid), CAST(:other AS uuid)), greatest(CAST(:one AS uuid), CAST(:other AS uuid)),"
    " :agent)"
    " ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """`reason`: telephone, mail or contract, the surest first."""

    reason: str
    row: Row[Any]


async def list_contacts(
    connection: AsyncConnection, search: str | None, *, before: tuple[datetime, UUID] | None, count: int
) -> Sequence[Row[Any]]:
    """The newest first; `search` is part of a name, a telephone or an address, in any spelling."""
    values: dict[str, Any] = {
        "before_at": None if before is None else before[0],
        "before_id": None if before is None else before[1],
        "count": count,
    }
    if not search:
        return (await connection.execute(_NEWEST, values)).all()
    folded = fold(search).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return (await connection.execute(_FOUND, values | {"like": f"%{folded}%"})).all()


async def contact_by_id(connection: AsyncConnection, contact_id: UUID) -> Row[Any] | None:
    """Also one that was merged: its `merged_into_id` says where it went."""
    return (await _by_id(connection, [contact_id])).get(contact_id)


async def merges_into(connection: AsyncConnection, contact_id: UUID) -> Sequence[Row[Any]]:
    """What was merged into a contact and can be told apart again."""
    return (await connection.execute(_MERGES, {"id": contact_id})).all()


async def duplicates_of(connection: AsyncConnection, contact_id: UUID) -> list[Duplicate]:
    """Contacts with the same telephone, mailbox or verified contract, but those said to be somebody else."""
    likely = (await connection.execute(_DUPLICATES, {"id": contact_id})).all()
    shown = await _by_id(connection, [row.id for row in likely])
    found = []
    for row in likely:
        if shown[row.id].merged_into_id is None:
            reason = "telephone" if row.by_phone else "mail" if row.by_mail else "contract"
            found.append(Duplicate(reason, shown[row.id]))
    return found


async def _by_id(connection: AsyncConnection, ids: list[UUID]) -> dict[UUID, Row[Any]]:
    """Unknown ids are absent."""
    return {row.id: row for row in await connection.execute(_BY_IDS, {"ids": ids})}


async def say_distinct(connection: AsyncConnection, one: UUID, other: UUID, agent_id: UUID) -> None:
    """They look alike and are not the same. The same twice is once."""
    await connection.execute(_DISTINCT, {"one": one, "other": other, "agent": agent_id})
