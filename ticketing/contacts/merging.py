"""Two contacts that are one person become one, and can be told apart again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as UUID_TYPE
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound

_KEPT: Final = ("name", "language", "tags", "fields")

# Intake locks tickets, then identities, and holds a contact while it adds either to it: the same order here.
# Whoever adds one meanwhile is waited for by the contacts' lock, and what was added is moved too.
_LOCK_TICKETS = text(
    "SELECT id FROM tickets WHERE contact_id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE"
)
_LOCK_IDENTITIES = text(
    "SELECT id FROM identities WHERE contact_id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR NO KEY UPDATE"
)
_LOCK = text(
    "SELECT id, name, language, tags, fields, merged_into_id FROM contacts"
    " WHERE id = ANY(CAST(:ids AS uuid[])) ORDER BY id FOR UPDATE"
).columns(fields=JSONB)
_IDENTITIES = text("UPDATE identities SET contact_id = :target WHERE contact_id = :source RETURNING id")
_TICKETS = text(
    "UPDATE tickets SET contact_id = :target, version = version + 1 WHERE contact_id = :source RETURNING id"
)
_RATINGS = text("UPDATE ratings SET contact_id = :target WHERE contact_id = :source")
_KEEP = text(
    "UPDATE contacts SET name = :name, language = :language, tags = CAST(:tags AS text[]), fields = :fields"
    " WHERE id = :id"
).bindparams(bindparam("fields", type_=JSONB))
_POINT = text("UPDATE contacts SET merged_into_id = CAST(:target AS uuid) WHERE id = :source")
_REMEMBER = text(
    "INSERT INTO contact_merges (id, source_id, target_id, agent_id, at, identities, tickets, before)"
    " VALUES (:id, :source, :target, :agent, :at, CAST(:identities AS uuid[]), CAST(:tickets AS uuid[]),"
    " :before)"
).bindparams(bindparam("before", type_=JSONB))
_MERGE = text(
    "SELECT id, source_id, target_id, at, identities, tickets, before FROM contact_merges WHERE id = :id"
).columns(identities=ARRAY(UUID_TYPE(as_uuid=True)), tickets=ARRAY(UUID_TYPE(as_uuid=True)), before=JSONB)
_UNDONE = text(
    "UPDATE contact_merges SET undone_at = :at, undone_by = :agent WHERE id = :id AND undone_at IS NULL"
)
_GIVE_IDENTITIES = text(
    "UPDATE identities SET contact_id = :source WHERE contact_id = :target"
    " AND id = ANY(CAST(:identities AS uuid[])) RETURNING id"
)
# With the tickets of the journal go those that came since through an address that goes back.
_GIVE_TICKETS = text(
    "UPDATE tickets SET contact_id = :source, version = version + 1 WHERE contact_id = :target"
    " AND (id = ANY(CAST(:tickets AS uuid[])) OR (opened_at >= :at AND id IN ("
    "   SELECT m.ticket_id FROM messages m JOIN conversations v ON v.id = m.conversation_id"
    "   WHERE v.identity_id = ANY(CAST(:identities AS uuid[])) AND m.created_at >= :at))) RETURNING id"
)
_RATINGS_FOLLOW = text(
    "UPDATE ratings r SET contact_id = t.contact_id FROM tickets t WHERE t.id = r.ticket_id"
    " AND t.id = ANY(CAST(:tickets AS uuid[]))"
)
_STRAYS = text(
    "UPDATE tickets t SET contact_id = c.merged_into_id FROM contacts c"
    " WHERE c.id = t.contact_id AND c.merged_into_id IS NOT NULL"
)


@dataclass(frozen=True, slots=True)
class Merge:
    """One row of the journal."""

    id: UUID
    source_id: UUID
    target_id: UUID
    at: datetime
    identities: list[UUID]
    tickets: list[UUID]
    before: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Contacts:
    """Each method is one transaction; permissions were checked at the door."""

    desk: Desk

    async def merge(
        self, source_id: UUID, target_id: UUID, agent_id: UUID, *, take: frozenset[str] = frozenset()
    ) -> UUID:
        """The source's addresses and tickets become the target's; the source stays as a sign to it.

        `take` names what the target takes from the source (`name`, `language`, or a field's key); what the
        target does not have it takes anyway, and tags are joined. Returns the id by which it is undone.
        Conflict `contact_merged`; Invalid `same_contact`; NotFound `contact_unknown`.
        """
        if source_id == target_id:
            raise Invalid("same_contact", "A contact cannot be merged with itself.")
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            source, target = await _locked_pair(connection, source_id, target_id)
            if source.merged_into_id is not None or target.merged_into_id is not None:
                raise Conflict("contact_merged", "One of these contacts was merged into another.")
            before, after = _standing(target), _joined(source, target, take)
            pair = {"source": source_id, "target": target_id}
            identities = list((await connection.execute(_IDENTITIES, pair)).scalars())
            tickets = list((await connection.execute(_TICKETS, pair)).scalars())
            await connection.execute(_RATINGS, pair)
            await connection.execute(_KEEP, after | {"id": target_id})
            await connection.execute(_POINT, pair)
            merge_id: UUID = uuid7()
            values = {
                "id": merge_id,
                "agent": agent_id,
                "at": transaction.now,
                "identities": identities,
                "tickets": tickets,
                "before": {"before": before, "after": after},
            }
            await connection.execute(_REMEMBER, pair | values)
            _record(transaction, "contact.merged", (source, target), agent_id, tickets)
            return merge_id

    async def undo(self, merge_id: UUID, agent_id: UUID) -> Merge:
        """Tell the two apart again. What arrived since through an address that goes back goes with it.

        What was changed of the target since stays. Conflict: `undone_already`; `contact_merged` when the
        target itself went into a third (take that back first). NotFound `merge_unknown`.
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            merge = await merge_to_undo(connection, merge_id)
            source, target = await _locked_pair(connection, merge.source_id, merge.target_id)
            undone = await connection.execute(
                _UNDONE, {"id": merge_id, "at": transaction.now, "agent": agent_id}
            )
            if undone.rowcount == 0:
                raise Conflict("undone_already", "This was already taken back.")
            if target.merged_into_id is not None or source.merged_into_id != target.id:
                raise Conflict("contact_merged", "The contact went on into a third: take that back first.")
            values = {
                "source": source.id,
                "target": target.id,
                "identities": merge.identities,
                "tickets": merge.tickets,
                "at": merge.at,
            }
            await connection.execute(_GIVE_IDENTITIES, values)
            tickets = list((await connection.execute(_GIVE_TICKETS, values)).scalars())
            await connection.execute(_RATINGS_FOLLOW, {"tickets": tickets})
            await connection.execute(_KEEP, _restored(target, merge.before) | {"id": target.id})
            await connection.execute(_POINT, {"source": source.id, "target": None})
            _record(transaction, "contact.unmerged", (source, target), agent_id, tickets)
            return merge


async def merge_to_undo(connection: AsyncConnection, merge_id: UUID) -> Merge:
    """NotFound when there is no such merge."""
    row = (await connection.execute(_MERGE, {"id": merge_id})).one_or_none()
    if row is None:
        raise NotFound("merge_unknown", "There is no such merge.")
    return Merge(*row)


async def follow_merged(connection: AsyncConnection, _now: datetime) -> None:
    """A periodic producer: a ticket that was being opened in the very moment of a merge follows it."""
    await connection.execute(_STRAYS)


async def _locked_pair(connection: AsyncConnection, source: UUID, target: UUID) -> tuple[Row[Any], Row[Any]]:
    wanted = {"ids": [source, target]}
    await connection.execute(_LOCK_TICKETS, wanted)
    await connection.execute(_LOCK_IDENTITIES, wanted)
    rows = {row.id: row for row in await connection.execute(_LOCK, wanted)}
    if len(rows) < 2:
        raise NotFound("contact_unknown", "This contact does not exist.")
    return rows[source], rows[target]


def _standing(row: Row[Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in _KEPT}


def _joined(source: Row[Any], target: Row[Any], take: frozenset[str]) -> dict[str, Any]:
    """What the target keeps: its own, unless it has none or is to take the other's."""
    kept: dict[str, Any] = {}
    for name in ("name", "language"):
        own, others = getattr(target, name), getattr(source, name)
        kept[name] = others if others and (name in take or not own) else own
    own_fields, others_fields = target.fields or {}, source.fields or {}
    taken = {key: value for key, value in others_fields.items() if key in take or key not in own_fields}
    kept["fields"] = own_fields | taken
    kept["tags"] = [*target.tags, *(tag for tag in source.tags if tag not in target.tags)]
    return kept


def _restored(target: Row[Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """As before the merge, but for what somebody changed since."""
    before, after = told["before"], told["after"]
    now = _standing(target)
    kept = {name: before[name] if now[name] == after[name] else now[name] for name in ("name", "language")}
    kept["tags"] = [tag for tag in now["tags"] if tag in before["tags"] or tag not in after["tags"]]
    fields = {
        key: before["fields"].get(key) if value == after["fields"].get(key) else value
        for key, value in (now["fields"] or {}).items()
    }
    kept["fields"] = {key: value for key, value in fields.items() if value is not None}
    return kept


def _record(
    transaction: Transaction, kind: str, pair: tuple[Row[Any], Row[Any]], agent_id: UUID, tickets: list[UUID]
) -> None:
    """One line for each contact, and one for each ticket whose contact is another now."""
    source, target = pair
    data = {
        "from": source.name,
        "into": target.name,
        "from_id": str(source.id),
        "into_id": str(target.id),
    }
    for contact_id in (source.id, target.id):
        event = Event(kind, "agent", contact_id=contact_id, actor_id=agent_id, data=data)
        transaction.record(event)
    for ticket_id in tickets:
        transaction.record(Event(kind, "agent", ticket_id=ticket_id, actor_id=agent_id, data=data))
