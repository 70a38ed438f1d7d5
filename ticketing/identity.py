"""Who wrote: every address a channel knows a person by leads to one identity and its contact.

New people are made under locks on their addresses, so that fifty first messages at once are one contact. Two
identities that turn out to be one person (a wa_id and a business-scoped id seen apart, then together) are
joined: the older stays, and gets the addresses, the conversations and the contact's tickets of the younger. Where
both have a conversation on one account, the younger's stays as history, and its open ticket goes on in the older's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from channels.envelope import Sender
from ticketing.desk import Event, Transaction
from ticketing.receipts import lock_all, lock_key

Address = tuple[str, str]  # channel, address
_JUST_NOW = datetime.max.replace(tzinfo=UTC)


@dataclass(slots=True)
class Identity:
    id: UUID
    channel: str
    contact_id: UUID
    address: str
    name: str | None
    phone: str | None
    created_at: datetime | None  # None: made in this transaction
    language: str | None = None  # the contact's


@dataclass(frozen=True, slots=True)
class Person:
    """A sender on a channel: what has to be resolved."""

    channel: str
    sender: Sender

    @property
    def addresses(self) -> tuple[Address, ...]:
        return tuple((self.channel, address) for address in self.sender.addresses)


@dataclass(slots=True)
class _Book:
    """What is known so far in this transaction."""

    by_address: dict[Address, Identity] = field(default_factory=dict)
    made: list[Identity] = field(default_factory=list)
    linked: list[tuple[Address, UUID]] = field(default_factory=list)

    def known(self, person: Person) -> list[Identity]:
        """The distinct identities behind a person's addresses, oldest first."""
        found = {
            identity.id: identity
            for address in person.addresses
            if (identity := self.by_address.get(address)) is not None
        }
        return sorted(found.values(), key=lambda one: (one.created_at or _JUST_NOW, one.id))

    def is_settled(self, person: Person) -> bool:
        return len(self.known(person)) == 1 and all(
            address in self.by_address for address in person.addresses
        )


_LOOK_UP = text(
    "SELECT a.channel, a.address, i.id, i.contact_id, i.address, i.name, i.phone, i.created_at, c.language"
    " FROM json_to_recordset(CAST(:addresses AS json)) AS r(channel text, address text)"
    " CROSS JOIN LATERAL (SELECT * FROM identity_addresses x"
    "   WHERE x.channel = r.channel AND x.address = r.address OFFSET 0) a"
    " CROSS JOIN LATERAL (SELECT * FROM identities x WHERE x.id = a.identity_id OFFSET 0) i"
    " CROSS JOIN LATERAL (SELECT x.language FROM contacts x WHERE x.id = i.contact_id OFFSET 0) c"
)
_MAKE = text(
    "WITH made AS (SELECT * FROM json_to_recordset(CAST(:made AS json))"
    "   AS r(id uuid, channel text, contact_id uuid, address text, name text, phone text)),"
    " new_contacts AS (INSERT INTO contacts (id, name) SELECT contact_id, name FROM made),"
    " new_identities AS (INSERT INTO identities (id, channel, contact_id, address, name, phone)"
    "   SELECT id, channel, contact_id, address, name, phone FROM made)"
    " INSERT INTO identity_addresses (channel, address, identity_id) SELECT channel, address, identity_id"
    " FROM json_to_recordset(CAST(:linked AS json)) AS r(channel text, address text, identity_id uuid)"
    " ORDER BY channel, address"
)
_UPDATE = text(
    "WITH changed AS (SELECT * FROM json_to_recordset(CAST(:rows AS json))"
    "   AS r(id uuid, contact_id uuid, address text, name text, phone text)),"
    " named AS (UPDATE contacts c SET name = changed.name FROM changed"
    "   WHERE c.id = changed.contact_id AND c.name IS NULL AND changed.name IS NOT NULL)"
    " UPDATE identities i SET address = changed.address, name = changed.name, phone = changed.phone"
    " FROM changed WHERE i.id = changed.id"
)


async def _look_up(connection: AsyncConnection, people: Iterable[Person], book: _Book) -> None:
    addresses = {address for person in people for address in person.addresses}
    rows = json.dumps([{"channel": channel, "address": address} for channel, address in addresses])
    identities: dict[UUID, Identity] = {}
    for row in await connection.execute(_LOOK_UP, {"addresses": rows}):
        identity = identities.setdefault(
            row[2], Identity(row[2], row[0], row[3], row[4], row[5], row[6], row[7], row[8])
        )
        book.by_address[row[0], row[1]] = identity


async def resolve(transaction: Transaction, people: Sequence[Person]) -> dict[Person, Identity]:
    """The identity of each person, made, completed or joined as needed."""
    connection = transaction.connection
    book = _Book()
    distinct = list(dict.fromkeys(people))
    await _look_up(connection, distinct, book)
    unsettled = [person for person in distinct if not book.is_settled(person)]
    if unsettled:
        await lock_all(
            connection,
            (lock_key("address", *address) for person in unsettled for address in person.addresses),
        )
        await _look_up(connection, unsettled, book)
        for person in unsettled:
            await _settle(transaction, person, book)
        await _make(connection, book)
    resolved = {person: book.by_address[person.addresses[0]] for person in distinct}
    await _refresh(connection, resolved)
    return resolved


async def _settle(transaction: Transaction, person: Person, book: _Book) -> None:
    known = book.known(person)
    if not known:
        sender = person.sender
        identity = Identity(
            uuid7(), person.channel, uuid7(), sender.addresses[0], sender.name, sender.phone, created_at=None
        )
        book.made.append(identity)
    else:
        identity, *younger = known
        if younger:
            await _make(transaction.connection, book)
        for other in younger:
            await _join(transaction, identity, other)
            for address, holder in book.by_address.items():
                if holder is other:
                    book.by_address[address] = identity
    for address in person.addresses:
        if address not in book.by_address:
            book.by_address[address] = identity
            book.linked.append((address, identity.id))


async def _make(connection: AsyncConnection, book: _Book) -> None:
    """Insert what was made so far."""
    if not book.linked:
        return
    made = [
        {
            "id": str(identity.id),
            "channel": identity.channel,
            "contact_id": str(identity.contact_id),
            "address": identity.address,
            "name": identity.name,
            "phone": identity.phone,
        }
        for identity in book.made
    ]
    linked = [
        {"channel": channel, "address": address, "identity_id": str(identity_id)}
        for (channel, address), identity_id in book.linked
    ]
    await connection.execute(_MAKE, {"made": json.dumps(made), "linked": json.dumps(linked)})
    book.made, book.linked = [], []


async def _refresh(connection: AsyncConnection, resolved: dict[Person, Identity]) -> None:
    """Keep the name, the attested telephone and the preferred address as the channel tells them now."""
    changed: dict[UUID, dict[str, Any]] = {}
    for person, identity in resolved.items():
        sender = person.sender
        name, phone = sender.name or identity.name, sender.phone or identity.phone
        # Only a sender who shows both addresses can say which of them is preferred.
        address = sender.addresses[0] if identity.address in sender.addresses else identity.address
        if (name, phone, address) != (identity.name, identity.phone, identity.address):
            identity.name, identity.phone, identity.address = name, phone, address
            changed[identity.id] = {
                "id": str(identity.id),
                "contact_id": str(identity.contact_id),
                "address": address,
                "name": name,
                "phone": phone,
            }
    if changed:
        rows = [changed[identity_id] for identity_id in sorted(changed)]
        await connection.execute(_UPDATE, {"rows": json.dumps(rows)})


_JOIN = (
    # Locks of conversations first, then of tickets, as everywhere.
    "SELECT id FROM conversations WHERE identity_id IN (:older, :younger) ORDER BY id FOR UPDATE",
    "SELECT t.id FROM tickets t WHERE t.id IN (SELECT ticket_id FROM conversations"
    " WHERE identity_id IN (:older, :younger)) ORDER BY t.id FOR NO KEY UPDATE",
    "UPDATE identity_addresses SET identity_id = :older WHERE identity_id = :younger",
    "UPDATE tickets SET contact_id = :older_contact WHERE contact_id = :younger_contact AND id IN"
    " (SELECT ticket_id FROM messages WHERE conversation_id IN"
    " (SELECT id FROM conversations WHERE identity_id = :younger))",
    # An open ticket of the younger goes on in the older's conversation, unless people hold the older's own.
    "UPDATE conversations mine SET ticket_id = theirs.ticket_id FROM conversations theirs"
    " JOIN tickets their_ticket ON their_ticket.id = theirs.ticket_id AND their_ticket.status <> 'closed'"
    " WHERE mine.identity_id = :older AND theirs.identity_id = :younger AND theirs.account = mine.account"
    " AND NOT EXISTS (SELECT FROM tickets my_ticket WHERE my_ticket.id = mine.ticket_id"
    " AND my_ticket.status <> 'closed' AND (my_ticket.owner = 'agents' OR their_ticket.owner = 'assistant'))",
    "UPDATE conversations theirs SET identity_id = :older WHERE theirs.identity_id = :younger AND NOT EXISTS"
    " (SELECT FROM conversations mine WHERE mine.identity_id = :older AND mine.account = theirs.account)",
    "UPDATE identities SET contact_id = :older_contact WHERE id = :younger",
)


async def _join(transaction: Transaction, older: Identity, younger: Identity) -> None:
    values = {
        "older": older.id,
        "younger": younger.id,
        "older_contact": older.contact_id,
        "younger_contact": younger.contact_id,
    }
    for statement in _JOIN:
        await transaction.connection.execute(text(statement), values)
    older.phone = older.phone or younger.phone
    older.name = older.name or younger.name
    transaction.record(
        Event(
            "contact.updated",
            "system",
            contact_id=older.contact_id,
            data={"joined": str(younger.contact_id), "address": younger.address},
        )
    )
