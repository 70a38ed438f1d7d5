"""What conditions are asked about: a ticket with its contact, as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.automation.conditions import (
    FieldHolds,
    Group,
    HoursAre,
    OneOf,
    Says,
    Tagged,
    Waits,
    searchable,
)
from ticketing.calendar import Timetable

_LOAD = text("""
    SELECT t.id, w.message_id, t.status, CAST(t.priority AS text) AS priority, t.category,
        CAST(t.team_id AS text) AS team,
        m.key AS team_key, CAST(t.assignee_id AS text) AS assignee, t.owner,
        t.handover ->> 'reason' AS handover_reason, t.tags, t.fields, t.waiting_since,
        c.tags AS contact_tags, c.fields AS contact_fields,
        coalesce((SELECT array_agg(DISTINCT k.channel) FROM conversations v
            JOIN accounts k ON k.key = v.account WHERE v.ticket_id = t.id), '{}') AS channels,
        (SELECT v.language FROM conversations v WHERE v.ticket_id = t.id
            ORDER BY v.last_inbound_at DESC NULLS LAST, v.id DESC LIMIT 1) AS language,
        coalesce(
            (SELECT m.search_text FROM messages m WHERE m.id = CAST(w.message_id AS uuid)),
            (SELECT m.search_text FROM messages m WHERE m.ticket_id = t.id AND m.direction = 'inbound'
                ORDER BY m.id DESC LIMIT 1), '') AS words
    FROM unnest(CAST(:ids AS uuid[]), CAST(:message_ids AS uuid[])) AS w(ticket_id, message_id)
    JOIN tickets t ON t.id = w.ticket_id
    JOIN contacts c ON c.id = t.contact_id LEFT JOIN teams m ON m.id = t.team_id
""").columns(fields=JSONB, contact_fields=JSONB)


@dataclass(frozen=True, slots=True)
class Subject:
    """`words` are folded and searchable; ids are text; `now` is the moment of the question."""

    ticket_id: UUID
    message_id: UUID | None
    now: datetime
    status: str
    priority: str
    owner: str
    category: str | None = None
    team: str | None = None
    assignee: str | None = None
    language: str | None = None
    handover_reason: str | None = None
    channels: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    contact_tags: frozenset[str] = frozenset()
    fields: Mapping[str, Any] = field(default_factory=dict)
    contact_fields: Mapping[str, Any] = field(default_factory=dict)
    words: str = ""
    waiting_since: datetime | None = None
    is_open: bool = True


async def load_subjects(
    connection: AsyncConnection,
    tickets: Iterable[tuple[UUID, UUID | None]],
    timetable: Timetable,
    now: datetime,
) -> list[Subject]:
    """Subjects of (ticket, message) pairs; with a message its words are the customer's. Unknown tickets are
    left out.
    """
    wanted = list(tickets)
    if not wanted:
        return []
    values = {"ids": [one[0] for one in wanted], "message_ids": [one[1] for one in wanted]}
    return [
        Subject(
            ticket_id=row.id,
            message_id=row.message_id,
            now=now,
            status=row.status,
            priority=row.priority,
            owner=row.owner,
            category=row.category,
            team=row.team,
            assignee=row.assignee,
            language=row.language,
            handover_reason=row.handover_reason,
            channels=frozenset(row.channels),
            tags=frozenset(row.tags),
            contact_tags=frozenset(row.contact_tags),
            fields=row.fields,
            contact_fields=row.contact_fields,
            words=searchable(row.words),
            waiting_since=row.waiting_since,
            is_open=timetable.of(row.team_key).is_open(now),
        )
        for row in await connection.execute(_LOAD, values)
    ]


def matches(subject: Subject, group: Group) -> bool:
    """Whether the conditions hold."""
    if group.any is not None:
        return not group.any or any(_part_holds(subject, part) for part in group.any)
    return all(_part_holds(subject, part) for part in group.parts)


def _part_holds(subject: Subject, part: Any) -> bool:
    if isinstance(part, Group):
        return matches(subject, part)
    return _HOLDS[type(part)](subject, part)


def _is_one_of(subject: Subject, condition: OneOf) -> bool:
    wanted = set(condition.texts())
    if condition.field == "channel":
        held = set(subject.channels) or {""}
    else:
        held = {getattr(subject, condition.field) or ""}
    return bool(held & wanted) == (condition.relation == "in")


def _is_tagged(subject: Subject, condition: Tagged) -> bool:
    held: frozenset[str] = subject.tags if condition.field == "tags" else subject.contact_tags
    wanted = set(condition.value)
    if condition.relation == "all":
        return wanted <= held
    return bool(held & wanted) == (condition.relation == "any")


def _field_holds(subject: Subject, condition: FieldHolds) -> bool:
    fields = subject.fields if condition.field == "field" else subject.contact_fields
    value = fields.get(condition.key)
    filled = value is not None and value not in ("", [])
    if condition.relation in {"filled", "empty"}:
        return filled == (condition.relation == "filled")
    values = value if isinstance(value, list) else [value]
    wanted = condition.value
    equal = any(isinstance(one, bool) == isinstance(wanted, bool) and one == wanted for one in values)
    return equal == (condition.relation == "equals")


def _waits(subject: Subject, condition: Waits) -> bool:
    waited = timedelta(0) if subject.waiting_since is None else subject.now - subject.waiting_since
    return (waited >= timedelta(minutes=condition.value)) == (condition.relation == "at_least")


def _says(subject: Subject, condition: Says) -> bool:
    found = [needle in subject.words for needle in condition.needles()]
    if condition.relation == "contains_all":
        return all(found)
    return any(found) == (condition.relation == "contains_any")


def _hours_are(subject: Subject, condition: HoursAre) -> bool:
    return ("open" if subject.is_open else "closed") in condition.value


_HOLDS: Mapping[type, Callable[[Subject, Any], bool]] = {
    OneOf: _is_one_of,
    Tagged: _is_tagged,
    FieldHolds: _field_holds,
    Says: _says,
    HoursAre: _hours_are,
    Waits: _waits,
}
