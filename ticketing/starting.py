"""Answering a ticket on another channel: a conversation with another identity of its contact joins it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from channels.envelope import Sender
from ticketing.accounts import Account, Accounts
from ticketing.conversations import open_conversations
from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid
from ticketing.identity import Book, Identity, Person, look_up
from ticketing.ownership import locked_ticket
from ticketing.receipts import lock_all, lock_key
from ticketing.state import Conversation, Ticket, lock_conversations, lock_tickets
from ticketing.statuses import is_active

_CONTACT: Final = text("SELECT contact_id FROM tickets WHERE id = :id")
_IDENTITY: Final = text(
    "SELECT id, channel, contact_id, address, name, phone, created_at FROM identities WHERE id = :id"
)
_LAST_ACCOUNT: Final = text(
    "SELECT account FROM conversations WHERE identity_id = :identity_id"
    " ORDER BY last_inbound_at DESC NULLS LAST LIMIT 1"
)
_CHANNEL: Final = text("SELECT channel FROM identities WHERE id = :identity_id")
_CONVERSATION: Final = text(
    "SELECT id FROM conversations WHERE account = :account AND identity_id = :identity_id"
)


@dataclass(frozen=True, slots=True)
class Starting:
    """Permissions were checked at the door."""

    desk: Desk
    accounts: Accounts

    async def start(
        self,
        ticket_id: UUID,
        agent_id: UUID,
        account_key: str | None,
        *,
        identity_id: UUID | None = None,
        address: str | None = None,
    ) -> tuple[UUID, bool]:
        """The conversation, and whether it was begun: a contact's own one, or a new one where the channel can
        begin one.

        Invalid `account_unknown`, `identity_unsuitable`, `cannot_begin`, `template_needed`; Conflict
        `conversation_elsewhere` (another ticket is worked on there), `address_taken` (another contact's).
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            contact_id = await connection.scalar(_CONTACT, {"id": ticket_id})
            if contact_id is None:
                await locked_ticket(connection, ticket_id)  # says that it is not there
            account = await self._account(connection, account_key, identity_id)
            identity = await _identity(transaction, account, contact_id, identity_id, address)
            conversation, created = await _conversation(transaction, account, identity)
            tickets = await lock_tickets(
                connection, [each for each in (ticket_id, conversation.ticket_id) if each]
            )
            _join(transaction, conversation, tickets[ticket_id], tickets)
            transaction.record(
                Event(
                    "ticket.conversation_added",
                    "agent",
                    ticket_id=ticket_id,
                    conversation_id=conversation.id,
                    actor_id=agent_id,
                    data={"channel": account.channel, "account": account.key},
                )
            )
            return conversation.id, created

    async def _account(
        self, connection: AsyncConnection, key: str | None, identity_id: UUID | None
    ) -> Account:
        """The one named; else where the identity spoke last, else one of its channel that can begin."""
        if key is None and identity_id is not None:
            key = await connection.scalar(_LAST_ACCOUNT, {"identity_id": identity_id})
            channel = await connection.scalar(_CHANNEL, {"identity_id": identity_id})
            able = [one for one in self.accounts.values() if one.channel == channel]
            able.sort(key=lambda one: not one.capabilities.begins)
            key = key or (able[0].key if able else None)
        account = None if key is None else self.accounts.get(key)
        if account is None:
            raise Invalid("account_unknown", "There is no such account.", {"account": "unknown"})
        return account


def _join(
    transaction: Transaction, conversation: Conversation, ticket: Ticket, tickets: dict[UUID, Ticket]
) -> None:
    if not is_active(ticket):
        raise Conflict("ticket_closed", "This ticket is solved or closed: reopen it first.")
    if ticket.owner == "assistant":
        raise Conflict("with_assistant", "The assistant has this ticket: take it over.")
    theirs = None if conversation.ticket_id is None else tickets.get(conversation.ticket_id)
    if theirs is not None and theirs.id != ticket.id and is_active(theirs):
        raise Conflict(
            "conversation_elsewhere",
            "Another ticket is worked on in this conversation.",
            {"number": theirs.number or "", "ticket_id": str(theirs.id)},
        )
    conversation.ticket_id = ticket.id
    conversation.turn_position = conversation.last_position
    transaction.save(conversation)


async def _identity(
    transaction: Transaction,
    account: Account,
    contact_id: UUID,
    identity_id: UUID | None,
    address: str | None,
) -> Identity:
    if (identity_id is None) == (address is None):
        raise Invalid("invalid", "Name an identity or an address.", {"identity_id": "one of the two"})
    if address is not None:
        return await _by_address(transaction, account, contact_id, address.strip())
    row: Row[Any] | None = (
        await transaction.connection.execute(_IDENTITY, {"id": identity_id})
    ).one_or_none()
    if row is None or row.contact_id != contact_id or row.channel != account.channel:
        raise Invalid(
            "identity_unsuitable",
            "This is no identity of the contact on the account's channel.",
            {"identity_id": "unsuitable"},
        )
    return Identity(row.id, row.channel, row.contact_id, row.address, row.name, row.phone, row.created_at)


async def _by_address(transaction: Transaction, account: Account, contact_id: UUID, address: str) -> Identity:
    """The contact's identity with this address, made where nobody has it."""
    person = Person(account.channel, Sender((address,)))
    await lock_all(transaction.connection, [lock_key("address", *each) for each in person.addresses])
    book = Book()
    await look_up(transaction.connection, [person], book)
    known = book.known(person)
    if known and known[0].contact_id != contact_id:
        raise Conflict("address_taken", "This address belongs to another contact.", {"address": "taken"})
    if known:
        return known[0]
    _check_begins(account)
    identity = Identity(uuid7(), account.channel, contact_id, address, None, None, created_at=None)
    transaction.changes.identities.append(
        {
            "id": identity.id,
            "channel": identity.channel,
            "contact_id": contact_id,
            "address": address,
            "name": None,
            "phone": None,
        }
    )
    transaction.changes.addresses.append(
        {"channel": account.channel, "address": address, "identity_id": identity.id}
    )
    return identity


async def _conversation(
    transaction: Transaction, account: Account, identity: Identity
) -> tuple[Conversation, bool]:
    values = {"account": account.key, "identity_id": identity.id}
    known = await transaction.connection.scalar(_CONVERSATION, values)
    if known is not None:
        return (await lock_conversations(transaction.connection, [known]))[known], False
    _check_begins(account)
    opened = await open_conversations(transaction, [(account.key, identity)])
    return opened[account.key, identity.id], True


def _check_begins(account: Account) -> None:
    """Only some channels let us write first."""
    if account.capabilities.begins:
        return
    if account.capabilities.templates:
        raise Invalid(
            "template_needed", "A conversation begins with a template here.", {"account": "template_needed"}
        )
    raise Invalid(
        "cannot_begin", "On this channel the customer has to write first.", {"account": "cannot_begin"}
    )
