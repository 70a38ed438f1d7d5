"""What was found in a ticket, as excerpts that say why it is there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.text import fold
from ticketing.reading.asked import Asked
from ticketing.reading.excerpts import Part, excerpt
from ticketing.reading.finding import Kind

MOST: Final = 3  # of one ticket

_MESSAGES = text(
    "SELECT id, ticket_id, author, direction, content, created_at FROM messages"
    " WHERE id = ANY(CAST(:ids AS uuid[]))"
).columns(content=JSONB)
_NAMES = text(
    "SELECT contact_id, name, phone, address FROM identities"
    " WHERE contact_id = ANY(CAST(:contacts AS uuid[])) ORDER BY id"
)
_FILES = text(
    "SELECT m.ticket_id, f.message_id, f.name, m.author, m.direction, m.created_at"
    " FROM messages m JOIN attachments f ON f.message_id = m.id"
    " WHERE m.ticket_id = ANY(CAST(:tickets AS uuid[])) AND f.name IS NOT NULL ORDER BY f.id DESC LIMIT 500"
)


class Why(Protocol):
    @property
    def kinds(self) -> Sequence[Kind]: ...
    @property
    def messages(self) -> Sequence[UUID]: ...


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something was found. The message's fields are None where it is none."""

    kind: str
    parts: Sequence[Part]
    message_id: UUID | None = None
    author: str | None = None
    direction: str | None = None
    at: datetime | None = None


async def hits_of(
    connection: AsyncConnection, asked: Asked, found: Mapping[UUID, Why], rows: Mapping[UUID, Row[Any]]
) -> dict[UUID, list[Hit]]:
    """At most three for each ticket: what it is first, then what was said."""
    hits: dict[UUID, list[Hit]] = {ticket_id: [] for ticket_id in found}
    for ticket_id, why in found.items():
        row = rows.get(ticket_id)
        if row is not None:
            hits[ticket_id] += [
                hit for kind in why.kinds if (hit := _of_ticket(asked, kind, row)) is not None
            ]
    await _add_people(connection, asked, found, rows, hits)
    await _add_files(connection, asked, found, hits)
    await _add_messages(connection, asked, found, hits)
    return {ticket_id: some[:MOST] for ticket_id, some in hits.items()}


def _of_ticket(asked: Asked, kind: Kind, row: Row[Any]) -> Hit | None:
    """What the ticket's own row tells."""
    if kind == "number":
        return Hit(kind, [Part(row.number or "", hit=True)])
    if kind == "tag":
        wanted = fold(asked.text)
        return Hit(kind, [Part(tag, hit=True) for tag in row.tags if fold(tag) == wanted])
    if kind == "handover":
        handover = row.handover or {}
        told = [handover.get(name) for name in ("summary", "summary_ar", "summary_fr")]
        slots = handover.get("slots") or {}
        told += (
            [value for value in slots.values() if isinstance(value, str)] if isinstance(slots, dict) else []
        )
        best = max((excerpt(one, asked.shown) for one in told if one), key=_marked, default=[Part("")])
        return Hit(kind, best)
    if kind == "contract":
        return Hit(kind, [Part(asked.text, hit=True)])
    return None


def _marked(parts: Iterable[Part]) -> int:
    return sum(part.hit for part in parts)


async def _add_people(
    connection: AsyncConnection,
    asked: Asked,
    found: Mapping[UUID, Why],
    rows: Mapping[UUID, Row[Any]],
    hits: dict[UUID, list[Hit]],
) -> None:
    """The name, number or address by which a customer was found."""
    wanted = {
        ticket_id: rows[ticket_id]
        for ticket_id, why in found.items()
        if "contact" in why.kinds and ticket_id in rows
    }
    if not wanted:
        return
    known: dict[UUID, list[str]] = {}
    contacts = list({row.contact_id for row in wanted.values()})
    for person in await connection.execute(_NAMES, {"contacts": contacts}):
        known.setdefault(person.contact_id, []).extend(
            filter(None, (person.name, person.phone, person.address))
        )
    for ticket_id, row in wanted.items():
        names = [row.contact_name or "", *known.get(row.contact_id, ())]
        hits[ticket_id].append(
            Hit("contact", max((_marked_name(asked, name) for name in names), key=_marked))
        )


def _marked_name(asked: Asked, name: str) -> list[Part]:
    """A part of a word counts here: `661223` is looked for within +212661223344."""
    if asked.digits is not None:
        core = asked.likes[0].strip("%") if asked.likes else asked.digits
        at = name.find(core)
        if at >= 0:
            end = at + len(core)
            pieces = (Part(name[:at]), Part(name[at:end], hit=True), Part(name[end:]))
            return [part for part in pieces if part.text]
        return [Part(name)]
    parts = excerpt(name, asked.shown)
    if _marked(parts):
        return parts
    within = all(term.word in fold(name) for term in asked.terms)
    return [Part(name, hit=within)]


async def _add_files(
    connection: AsyncConnection, asked: Asked, found: Mapping[UUID, Why], hits: dict[UUID, list[Hit]]
) -> None:
    tickets = [ticket_id for ticket_id, why in found.items() if "attachment" in why.kinds]
    if not tickets:
        return
    patterns = [pattern.strip("%") for pattern in asked.likes]
    for row in await connection.execute(_FILES, {"tickets": tickets}):
        if all(pattern in fold(row.name) for pattern in patterns):
            parts = excerpt(row.name, asked.shown)
            shown = parts if _marked(parts) else [Part(row.name, hit=True)]
            hits[row.ticket_id].append(
                Hit("attachment", shown, row.message_id, row.author, row.direction, row.created_at)
            )


async def _add_messages(
    connection: AsyncConnection, asked: Asked, found: Mapping[UUID, Why], hits: dict[UUID, list[Hit]]
) -> None:
    ids = [message_id for why in found.values() for message_id in why.messages[:MOST]]
    if not ids:
        return
    read = {row.id: row for row in await connection.execute(_MESSAGES, {"ids": ids})}
    for ticket_id, why in found.items():
        for message_id in why.messages[:MOST]:
            row = read.get(message_id)
            if row is not None:
                parts = excerpt(row.content.get("text") or "", asked.shown)
                hits[ticket_id].append(
                    Hit("message", parts, row.id, row.author, row.direction, row.created_at)
                )
