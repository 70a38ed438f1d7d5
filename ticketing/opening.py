"""The first statement of intake: claims the provider's ids, and reads and locks all that is known, in one go.

The conversations and tickets of known senders come along locked, unless the batch is stored with care:
people are then made or joined under locks on their addresses, which are taken before those on conversations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import rows_as_json
from ticketing.conversations import Pair
from ticketing.identity import Book, Identity
from ticketing.state import (
    CONVERSATION_COLUMNS,
    TICKET_COLUMNS,
    Conversation,
    Ticket,
    conversation_of,
    ticket_of,
)

if TYPE_CHECKING:
    from ticketing.arrivals import Arrival


def _qualified(columns: str, table: str) -> str:
    return ", ".join(f"{table}.{column}" for column in columns.split(", "))


_CLAIMED = 0
_PERSON = slice(1, 10)
_CONVERSATION = slice(10, 10 + len(CONVERSATION_COLUMNS.split(",")))
_TICKET = slice(_CONVERSATION.stop, _CONVERSATION.stop + len(TICKET_COLUMNS.split(",")))
# LATERAL with OFFSET 0 makes each look-up one walk of an index, whatever the planner believes about the
# tables' sizes.
_OPEN = text(
    "WITH arrivals AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(:arrivals AS json))"  # noqa: S608
    "   AS r(ordinal integer, account text, external_id text, message_id uuid)),"
    " claimed AS (INSERT INTO external_ids (account, external_id, message_id)"
    "   SELECT account, external_id, message_id FROM arrivals ORDER BY account, external_id, ordinal"
    "   ON CONFLICT DO NOTHING RETURNING message_id),"
    " senders AS MATERIALIZED (SELECT * FROM json_to_recordset(CAST(:senders AS json))"
    "   AS s(account text, channel text, address text)),"
    " known AS MATERIALIZED (SELECT s.account, a.channel, a.address, i.id, i.contact_id,"
    " i.address AS preferred,"
    "   i.name, i.phone, i.created_at, c.language FROM senders s"
    "   CROSS JOIN LATERAL (SELECT * FROM identity_addresses x"
    "     WHERE x.channel = s.channel AND x.address = s.address OFFSET 0) a"
    "   CROSS JOIN LATERAL (SELECT * FROM identities x WHERE x.id = a.identity_id OFFSET 0) i"
    "   CROSS JOIN LATERAL (SELECT x.language FROM contacts x WHERE x.id = i.contact_id OFFSET 0) c),"
    # Ids are claimed before anything is locked: two deliveries of one webhook wait for each other there.
    " conversations_held AS MATERIALIZED (SELECT c.* FROM"
    "   (SELECT DISTINCT account, id FROM known ORDER BY account, id) k"
    f"  CROSS JOIN LATERAL (SELECT {CONVERSATION_COLUMNS} FROM conversations x"
    "     WHERE x.account = k.account AND x.identity_id = k.id FOR NO KEY UPDATE) c"
    "   WHERE (SELECT count(*) FROM claimed) > 0 AND :hold),"
    " tickets_held AS MATERIALIZED (SELECT t.* FROM"
    "   (SELECT DISTINCT ticket_id FROM conversations_held WHERE ticket_id IS NOT NULL ORDER BY ticket_id) h"
    f"  CROSS JOIN LATERAL (SELECT {TICKET_COLUMNS} FROM tickets x WHERE x.id = h.ticket_id FOR"
    " NO KEY UPDATE) t)"
    " SELECT (SELECT array_agg(message_id) FROM claimed), k.channel, k.address, k.id,"
    " k.contact_id, k.preferred,"
    f" k.name, k.phone, k.created_at, k.language, {_qualified(CONVERSATION_COLUMNS, 'c')},"
    f" {_qualified(TICKET_COLUMNS, 't')}"
    " FROM (SELECT) one LEFT JOIN known k ON true"
    " LEFT JOIN conversations_held c ON c.account = k.account AND c.identity_id = k.id"
    " LEFT JOIN tickets_held t ON t.id = c.ticket_id"
)


@dataclass(slots=True)
class Opening:
    """Which message ids are new, who the senders are, and the rows that are locked already."""

    claimed: frozenset[UUID] = frozenset()
    book: Book = field(default_factory=Book)
    conversations: dict[Pair, Conversation] = field(default_factory=dict)
    tickets: dict[UUID, Ticket] = field(default_factory=dict)


async def open_batch(connection: AsyncConnection, arrivals: Sequence[Arrival], *, careful: bool) -> Opening:
    values = {
        "arrivals": rows_as_json(_arrival_rows(arrivals)),
        "senders": rows_as_json(_sender_rows(arrivals)),
        "hold": not careful,
    }
    opening = Opening()
    for row in await connection.execute(_OPEN, values):
        opening.claimed = frozenset(row[_CLAIMED] or ())
        _enter(opening, row)
    return opening


def _arrival_rows(arrivals: Iterable[Arrival]) -> list[dict[str, Any]]:
    return [
        {
            "ordinal": ordinal,
            "account": arrival.account.key,
            "external_id": arrival.message.external_id,
            "message_id": arrival.message_id,
        }
        for ordinal, arrival in enumerate(arrivals)
    ]


def _sender_rows(arrivals: Iterable[Arrival]) -> list[dict[str, Any]]:
    senders = {
        (arrival.account.key, arrival.account.channel, address): None
        for arrival in arrivals
        for address in arrival.message.sender.addresses
    }
    return [
        {"account": account, "channel": channel, "address": address} for account, channel, address in senders
    ]


def _enter(opening: Opening, row: Any) -> None:
    person, conversation, ticket = row[_PERSON], row[_CONVERSATION], row[_TICKET]
    if person[0] is None:
        return
    opening.book.enter(person[0], person[1], Identity(person[2], person[0], *person[3:]))
    if conversation[0] is not None:
        held = conversation_of(conversation)
        opening.conversations.setdefault((held.account, held.identity_id), held)
    if ticket[0] is not None and ticket[0] not in opening.tickets:
        opening.tickets[ticket[0]] = ticket_of(ticket)
