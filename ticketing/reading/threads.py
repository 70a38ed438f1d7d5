"""A ticket's thread: its messages with their attachments, and the events among them. Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.reading.ticket_rows import tickets_by_id, typed
from ticketing.visibility import VISIBLE

# What a timeline shows as a line of its own; every other event is seen in the message or row it changed.
TIMELINE_EVENTS: Final = (
    "ticket.opened",
    "ticket.handed_over",
    "ticket.taken_over",
    "ticket.claimed",
    "ticket.released",
    "ticket.assigned",
    "ticket.bounced",
    "ticket.overflowed",
    "ticket.closed",
    "ticket.reopened",
    "ticket.resumed",
    "ticket.solved",
    "ticket.woken",
    "ticket.status_changed",
    "ticket.prioritised",
    "ticket.categorised",
    "ticket.tagged",
    "ticket.fields_changed",
    "ticket.conversation_added",
    "ticket.merged",
    "ticket.unmerged",
    "ticket.split",
    "ticket.unsplit",
    "ticket.linked",
    "ticket.unlinked",
    "contact.merged",
    "contact.unmerged",
    "contact.renamed",
    "contact.language_changed",
    "contact.contract_linked",
    "contact.contract_unlinked",
    "contact.consent_changed",
    "ticket.survey_sent",
    "ticket.rated",
    "ticket.commented",
    "danger.raised",
    "sla.warned",
    "sla.escalated",
    "sla.breached",
    "bill.disclosed",
    "verification.sent",
    "verification.passed",
    "verification.failed",
)

FIRST_ID: Final = UUID(int=0)
LAST_ID: Final = UUID(int=2**128 - 1)

MESSAGE_SELECT = """
    SELECT m.id, m.ticket_id, m.conversation_id, k.channel, m.position, m.direction, m.author,
        a.name AS author_name, m.kind, m.content, m.state, m.failure, m.client_id, m.created_at, m.due_at,
        x.message_id AS reply_to_message_id
    FROM messages m JOIN conversations v ON v.id = m.conversation_id JOIN accounts k ON k.key = v.account
    LEFT JOIN agents a ON a.id = m.author_id
    LEFT JOIN external_ids x ON x.account = v.account AND x.external_id = m.reply_to
"""

MESSAGES_BY_ID = typed(f"{MESSAGE_SELECT} WHERE m.id = ANY(:ids)", "content", "failure")
MESSAGES_BEFORE = typed(
    f"{MESSAGE_SELECT} WHERE m.ticket_id = :ticket_id AND m.id < :before ORDER BY m.id DESC LIMIT :count",
    "content",
    "failure",
)
# From some messages before one of them on: what a search result opens.
MESSAGES_AROUND = typed(
    f"{MESSAGE_SELECT} WHERE m.ticket_id = :ticket_id AND m.id >= ("  # noqa: S608 - our own constant
    "SELECT id FROM (SELECT id FROM messages WHERE ticket_id = :ticket_id AND id <= :around"
    " ORDER BY id DESC LIMIT :count) AS before ORDER BY id LIMIT 1) ORDER BY m.id DESC LIMIT 2000",
    "content",
    "failure",
)
HAS_OLDER = text("SELECT EXISTS (SELECT FROM messages WHERE ticket_id = :ticket_id AND id < :oldest)")
ATTACHMENTS_OF = text(
    "SELECT id, message_id, kind, content_type, name, size, state FROM attachments"
    " WHERE message_id = ANY(:ids) ORDER BY message_id, position"
)
EVENTS_BETWEEN = typed(
    "SELECT e.id, e.type, e.ticket_id, e.actor, a.name AS actor_name, e.data, e.at"
    " FROM events e LEFT JOIN agents a ON a.id = e.actor_id"
    " WHERE e.ticket_id = :ticket_id AND e.id > :after AND e.id < :before AND e.type = ANY(:types)"
    " ORDER BY e.id DESC LIMIT 500",
    "data",
)
CONVERSATIONS_OF = text(
    "SELECT v.id, v.account, k.channel, i.address, i.name, i.phone, v.window_expires_at, v.language"
    " FROM conversations v JOIN accounts k ON k.key = v.account JOIN identities i ON i.id = v.identity_id"
    " WHERE v.id IN (SELECT id FROM conversations WHERE ticket_id = :ticket_id"
    " UNION SELECT conversation_id FROM messages WHERE ticket_id = :ticket_id)"
    " ORDER BY v.last_inbound_at DESC NULLS LAST, v.id"
)
IDENTITIES_OF = text(
    "SELECT id, channel, address, name, phone FROM identities WHERE contact_id = :contact_id ORDER BY id"
)
OTHER_TICKETS = text(
    "SELECT id, number, status, opened_at FROM tickets t WHERE contact_id = :contact_id AND id <> :ticket_id"  # noqa: S608
    f" AND {VISIBLE} ORDER BY opened_at DESC LIMIT 5"
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message and its attachments, in order."""

    row: Row[Any]
    attachments: Sequence[Row[Any]]


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of a ticket's thread, oldest first. `has_more`: there are older messages."""

    messages: Sequence[MessageRow]
    events: Sequence[Row[Any]]
    has_more: bool


@dataclass(frozen=True, slots=True)
class TicketDetail:
    """A ticket with its conversations and what else is known of its contact."""

    row: Row[Any]
    conversations: Sequence[Row[Any]]
    identities: Sequence[Row[Any]]
    other_tickets: Sequence[Row[Any]]


async def messages_by_id(connection: AsyncConnection, ids: Iterable[UUID]) -> dict[UUID, MessageRow]:
    """These messages with their attachments; unknown ids are absent."""
    wanted = list(ids)
    if not wanted:
        return {}
    rows = (await connection.execute(MESSAGES_BY_ID, {"ids": wanted})).all()
    return {message.row.id: message for message in await _with_attachments(connection, rows)}


async def _with_attachments(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[MessageRow]:
    attachments: dict[UUID, list[Row[Any]]] = defaultdict(list)
    if rows:
        for attachment in await connection.execute(ATTACHMENTS_OF, {"ids": [row.id for row in rows]}):
            attachments[attachment.message_id].append(attachment)
    return [MessageRow(row, attachments.get(row.id, ())) for row in rows]


async def timeline(
    connection: AsyncConnection, ticket_id: UUID, *, before: UUID | None, limit: int
) -> Timeline:
    """The newest `limit` messages older than `before`, with the events that happened among them."""
    upper = before or LAST_ID
    rows = (
        await connection.execute(
            MESSAGES_BEFORE, {"ticket_id": ticket_id, "before": upper, "count": limit + 1}
        )
    ).all()
    has_more = len(rows) > limit
    page = list(reversed(rows[:limit]))
    events = await connection.execute(
        EVENTS_BETWEEN,
        {
            "ticket_id": ticket_id,
            "after": page[0].id if has_more else FIRST_ID,
            "before": upper,
            "types": list(TIMELINE_EVENTS),
        },
    )
    return Timeline(await _with_attachments(connection, page), list(reversed(events.all())), has_more)


async def timeline_around(
    connection: AsyncConnection, ticket_id: UUID, *, around: UUID, limit: int
) -> Timeline:
    """From at most `limit` messages up to `around` on to the newest, so that it joins what comes live.

    Empty when the ticket has no message so old.
    """
    values = {"ticket_id": ticket_id, "around": around, "count": limit}
    page = list(reversed((await connection.execute(MESSAGES_AROUND, values)).all()))
    if not page:
        return Timeline((), (), False)
    oldest = page[0].id
    older = await connection.scalar(HAS_OLDER, {"ticket_id": ticket_id, "oldest": oldest})
    between = {"ticket_id": ticket_id, "before": LAST_ID, "types": list(TIMELINE_EVENTS)}
    events = await connection.execute(EVENTS_BETWEEN, between | {"after": oldest if older else FIRST_ID})
    return Timeline(await _with_attachments(connection, page), list(reversed(events.all())), bool(older))


async def ticket_detail(
    connection: AsyncConnection, ticket_id: UUID, *, restricted: bool
) -> TicketDetail | None:
    """Everything the thread and the customer panel need about one ticket, or None when it is not there.

    `restricted`: other tickets of the contact that only some may see are named too.
    """
    row = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
    if row is None:
        return None
    keys = {"contact_id": row.contact_id, "ticket_id": ticket_id, "restricted": restricted}
    return TicketDetail(
        row,
        (await connection.execute(CONVERSATIONS_OF, {"ticket_id": ticket_id})).all(),
        (await connection.execute(IDENTITIES_OF, {"contact_id": row.contact_id})).all(),
        (await connection.execute(OTHER_TICKETS, keys)).all(),
    )
