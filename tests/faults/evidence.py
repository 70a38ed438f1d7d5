"""What a storm leaves, as plain rows: what was written, what the provider took, what the database holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg

from tests.faults.installation import ACCOUNT


@dataclass(frozen=True, slots=True)
class Written:
    """What a customer wrote; a list of them is in the order of writing."""

    customer: str
    external_id: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What the provider took from us, in order. `tracker` is our message's id."""

    external_id: str
    customer: str
    tracker: str | None


@dataclass(frozen=True, slots=True)
class AgentReply:
    client_id: UUID
    answered: bool  # the desk said that it is stored


@dataclass(frozen=True, slots=True)
class Message:
    id: UUID
    conversation_id: UUID
    position: int
    direction: str
    state: str | None
    external_id: str | None
    client_id: UUID | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One thread with its customer and its current ticket."""

    id: UUID
    customer: str
    last_position: int
    turn_position: int
    ticket_id: UUID | None
    owner: str | None
    status: str | None
    number: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Address:
    """One address a customer is known by."""

    address: str
    identity_id: UUID
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the log; a list of them is in the log's order."""

    id: UUID
    transaction: int
    sequence: int
    type: str
    message_id: UUID | None
    ticket_id: UUID | None


@dataclass(frozen=True, slots=True)
class Screen:
    """What an agent's live socket told of the log after a place in it, in the order of telling."""

    after: tuple[int, int]  # transaction, sequence
    events: Sequence[UUID]
    resets: int  # times the desk could not replay what was missed


@dataclass(frozen=True, slots=True)
class OpenTicket:
    id: UUID
    contact_id: UUID


@dataclass(frozen=True, slots=True)
class Evidence:
    written: Sequence[Written]
    taken: Sequence[Taken]
    replies: Sequence[AgentReply]
    messages: Sequence[Message] = ()
    external_ids: Sequence[tuple[str, UUID]] = ()  # (provider's id, message)
    conversations: Sequence[Conversation] = ()
    addresses: Sequence[Address] = ()
    open_tickets: Sequence[OpenTicket] = ()
    events: Sequence[Event] = ()
    work: Sequence[tuple[str, UUID]] = ()  # (kind, conversation) still to be done
    failed_events: Sequence[str] = ()  # reasons
    screens: Sequence[Screen] = ()


MESSAGES = (
    "SELECT m.id, m.conversation_id, m.position, m.direction, m.state, m.external_id, m.client_id"
    " FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE c.account = $1"
)
CONVERSATIONS = (
    "SELECT c.id, i.address AS customer, c.last_position, c.turn_position, t.id AS ticket_id, t.owner,"
    " t.status, t.number, t.handover->>'reason' AS reason FROM conversations c"
    " JOIN identities i ON i.id = c.identity_id LEFT JOIN tickets t ON t.id = c.ticket_id"
    " WHERE c.account = $1"
)
ADDRESSES = (
    "SELECT a.address, a.identity_id, i.contact_id FROM identity_addresses a JOIN identities i"
    " ON i.id = a.identity_id JOIN conversations c ON c.identity_id = i.id WHERE c.account = $1"
)
OPEN_TICKETS = "SELECT id, contact_id FROM tickets WHERE status <> 'closed'"
EVENTS = (
    "SELECT id, transaction_id::text::bigint AS transaction, sequence, type, message_id, ticket_id"
    " FROM events ORDER BY transaction_id, sequence"
)


def shown(events: Sequence[Event]) -> list[Event]:
    """Those that an agent's screen is told."""
    return [event for event in events if event.ticket_id is not None or event.type.startswith("contact.")]


async def gather(
    connection: asyncpg.Connection,
    written: Sequence[Written],
    taken: Sequence[dict[str, Any]],
    replies: Sequence[AgentReply],
) -> Evidence:
    """Read everything the audit looks at, in one snapshot. `taken` is the provider's own list."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        external_ids = await connection.fetch(
            "SELECT external_id, message_id FROM external_ids WHERE account = $1", ACCOUNT
        )
        work = await connection.fetch("SELECT kind, conversation_id FROM work")
        failed = await connection.fetch("SELECT reason FROM failed_events")
        return Evidence(
            written=written,
            taken=[Taken(one["id"], one["to"], one["tracker"]) for one in taken],
            replies=replies,
            messages=[Message(**row) for row in await connection.fetch(MESSAGES, ACCOUNT)],
            external_ids=[(row[0], row[1]) for row in external_ids],
            conversations=[Conversation(**row) for row in await connection.fetch(CONVERSATIONS, ACCOUNT)],
            addresses=[Address(**row) for row in await connection.fetch(ADDRESSES, ACCOUNT)],
            open_tickets=[OpenTicket(**row) for row in await connection.fetch(OPEN_TICKETS)],
            events=[Event(**row) for row in await connection.fetch(EVENTS)],
            work=[(row[0], row[1]) for row in work],
            failed_events=[row[0] for row in failed],
        )
