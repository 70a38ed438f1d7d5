"""Who wrote: every address a channel knows a person by leads to one identity and its contact.

New people are made under locks on their addresses, so that fifty first messages at once are one contact. Two
identities that turn out to be one person (a wa_id and a business-scoped id seen apart, then together) are
joined: the older stays, and gets the addresses, the conversations and the contact's tickets of the younger.
Where both have a conversation on one account, the younger's stays as history, and its open ticket goes on in
the older's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
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
from ticketing.statuses import active_sql

Address = tuple[str, str]  # channel, address
_JUST_NOW = datetime.max.replace(tzinfo=UTC)


class NeedsCare(Exception):
    """People have to be made or joined under locks: begin again, carefully."""


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
class Book:
    """Whom the addresses at hand are known to lead to."""

    by_address: dict[Address, Identity] = field(default_factory=dict)
    by_id: dict[UUID, Identity] = field(default_factory=dict)

    def known(self, person: Person) -> list[Identity]:
        """The distinct identities behind a person's addresses, oldest first."""
        found = {
            identity.id: identity
            for address in person.addresses
            if (identity := self.by_address.get(address)) is not None
        }
        return sorted(found.values(), key=lambda one: (one.created_at or _JUST_NOW, one.id))

    def enter(self, channel: str, address: str, identity: Identity) -> None:
        """Note a row that was read; the same identity under two addresses stays one object."""
        self.by_address[channel, address] = self.by_id.setdefault(identity.id, identity)

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
_UPDATE = text(
    "WITH changed AS (SELECT * FROM json_to_recordset(CAST(:rows AS json))"
    "   AS r(id uuid, contact_id uuid, address text, name text, phone text)),"
    " named AS (UPDATE contacts c SET name = changed.name FROM changed"
    "   WHERE c.id = changed.contact_id AND c.name IS NULL AND changed.name IS NOT NULL)"
    " UPDATE identities i SET address = changed.address, name = changed.name, phone = changed.phone"
    " FROM changed WHERE i.id = changed.id"
)


async def look_up(connection: AsyncConnection, people: Iterable[Person], book: Book) -> None:
    """Read whom these people's addresses lead to."""
    addresses = {address for person in people for address in person.addresses}
    rows = json.dumps([{"channel": channel, "address": address} for channel, address in addresses])
    for row in await connection.execute(_LOOK_UP, {"addresses": rows}):
        book.enter(row[0], row[1], Identity(row[2], row[0], *row[3:]))


async def resolve(
    transaction: Transaction, people: Iterable[Person], book: Book | None = None, *, careful: bool = True
) -> dict[Person, Identity]:
    """The identity of each person, made, completed or joined as needed. `book`: what was looked up already.

    New rows are written when the transaction ends or is flushed. Careless, new people are made without a
    lock: where two do so at once, the second fails on the unique address and has to come again with care.
    NeedsCare: somebody is known by some of his addresses only.
    """
    connection = transaction.connection
    distinct = list(dict.fromkeys(people))
    if book is None:
        book = Book()
        await look_up(connection, distinct, book)
    unsettled = [person for person in distinct if not book.is_settled(person)]
    if unsettled and careful:
        await lock_all(
            connection,
            (lock_key("address", *address) for person in unsettled for address in person.addresses),
        )
        await look_up(connection, unsettled, book)
    elif any(book.known(person) for person in unsettled):
        raise NeedsCare
    for person in unsettled:
        await _settle(transaction, person, book)
    resolved = {person: book.by_address[person.addresses[0]] for person in distinct}
    await _refresh(transaction, resolved)
    return resolved


async def _settle(transaction: Transaction, person: Person, book: Book) -> None:
    known = book.known(person)
    if known:
        identity, *younger = known
        if younger:
            await transaction.flush()  # one of them may have been made in this very transaction
        for other in younger:
            await _join(transaction, identity, other)
            for address, holder in book.by_address.items():
                if holder is other:
                    book.by_address[address] = identity
    else:
        identity = _make(transaction, person)
    for each in person.addresses:
        if each not in book.by_address:
            book.by_address[each] = identity
            transaction.changes.addresses.append(
                {"channel": each[0], "address": each[1], "identity_id": identity.id}
            )


def _make(transaction: Transaction, person: Person) -> Identity:
    sender = person.sender
    identity = Identity(
        uuid7(), person.channel, uuid7(), sender.addresses[0], sender.name, sender.phone, created_at=None
    )
    transaction.changes.contacts.append({"id": identity.contact_id, "name": identity.name})
    transaction.changes.identities.append(
        {
            "id": identity.id,
            "channel": identity.channel,
            "contact_id": identity.contact_id,
            "address": identity.address,
            "name": identity.name,
            "phone": identity.phone,
        }
    )
    return identity


async def _refresh(transaction: Transaction, resolved: Mapping[Person, Identity]) -> None:
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
        await transaction.flush()  # one of them may have been made in this very transaction
        rows = [changed[identity_id] for identity_id in sorted(changed)]
        await transaction.connection.execute(_UPDATE, {"rows": json.dumps(rows)})


_JOIN = (
    # Locks of conversations first, then of tickets, as everywhere.
    (
        "SELECT id FROM conversations WHERE identity_id IN (:older, :younger)"
        " ORDER BY account, identity_id FOR UPDATE"
    ),
    (
        "SELECT t.id FROM tickets t WHERE t.id IN (SELECT ticket_id FROM conversations"
        " WHERE identity_id IN (:older, :younger)) ORDER BY t.id FOR NO KEY UPDATE"
    ),
    "UPDATE identity_addresses SET identity_id = :older WHERE identity_id = :younger",
    (
        "UPDATE tickets SET contact_id = :older_contact WHERE contact_id = :younger_contact AND id IN"
        " (SELECT ticket_id FROM messages WHERE conversation_id IN"
        " (SELECT id FROM conversations WHERE identity_id = :younger))"
    ),
    # An open ticket of the younger goes on in the older's conversation, unless people hold the older's own.
    (
        "UPDATE conversations mine SET ticket_id = theirs.ticket_id FROM conversations theirs"  # noqa: S608
        " JOIN tickets their_ticket ON their_ticket.id = theirs.ticket_id"
        f" AND {active_sql('their_ticket')}"
        " WHERE mine.identity_id = :older AND theirs.identity_id = :younger AND theirs.account = mine.account"
        " AND NOT EXISTS (SELECT FROM tickets my_ticket WHERE my_ticket.id = mine.ticket_id"
        f" AND {active_sql('my_ticket')}"
        " AND (my_ticket.owner = 'agents' OR their_ticket.owner = 'assistant'))"
    ),
    (
        "UPDATE conversations theirs SET identity_id = :older WHERE theirs.identity_id = :younger"
        " AND NOT EXISTS (SELECT FROM conversations mine"
        " WHERE mine.identity_id = :older AND mine.account = theirs.account)"
    ),
    "UPDATE identities SET contact_id = :older_contact WHERE id = :younger",
    # What one refused to hear stays refused.
    (
        "INSERT INTO contact_consents AS kept (contact_id, purpose, channel, state, source, agent_id, at)"
        " SELECT :older_contact, purpose, channel, state, source, agent_id, at FROM contact_consents"
        " WHERE contact_id = :younger_contact ON CONFLICT (contact_id, purpose, channel) DO UPDATE"
        " SET state = excluded.state, source = excluded.source, agent_id = excluded.agent_id,"
        " at = excluded.at WHERE excluded.at > kept.at"
    ),
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
