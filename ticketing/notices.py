"""Messages of the desk itself to an address, outside any ticket: one-time codes, news of an outage."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from channels.envelope import Content, Sender
from ticketing.accounts import Account
from ticketing.desk import Transaction
from ticketing.identity import Person, resolve
from ticketing.posting import fit, is_secret, post
from ticketing.state import CONVERSATION_COLUMNS, conversation_of

_CONVERSATION = text(
    f"SELECT {CONVERSATION_COLUMNS} FROM conversations"  # noqa: S608 our own column names
    " WHERE account = :account AND identity_id = :identity_id FOR NO KEY UPDATE"
)
_MAKE = text(
    "INSERT INTO conversations (id, account, identity_id) VALUES (:id, :account, :identity_id)"
    " ON CONFLICT (account, identity_id) DO NOTHING"
)


async def send_notice(
    transaction: Transaction, account: Account, address: str, content: Content, language: str | None = None
) -> list[UUID]:
    """Queue a message to an address, in the caller's transaction; returns the messages' ids.

    `content.extra["secret"] = True` marks a one-time code: it is scrubbed from the row once it is out, and never
    searched or shown in lists. Undeliverable when the channel cannot carry it.
    """
    person = Person(account.channel, Sender((address,)))
    identity = (await resolve(transaction, [person]))[person]
    key = {"account": account.key, "identity_id": identity.id}
    await transaction.connection.execute(_MAKE, {**key, "id": uuid7()})
    conversation = conversation_of((await transaction.connection.execute(_CONVERSATION, key)).one())
    conversation.language = conversation.language or language
    parts = fit([content], account.capabilities)
    if is_secret(content):
        # Each part of a secret is one, whatever the fitting made of it.
        parts = tuple(replace(part, extra={**part.extra, "secret": True}) for part in parts)
    rows = post(transaction, conversation, None, parts, author="system")
    return [row["id"] for row in rows]
