"""Messages of the desk itself to an address, outside any ticket: one-time codes, news of an outage."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from channels.envelope import Content, Sender
from ticketing.accounts import Account
from ticketing.conversations import open_conversations
from ticketing.desk import Transaction
from ticketing.identity import Person, resolve
from ticketing.posting import fit, is_secret, post


async def send_notice(
    transaction: Transaction, account: Account, address: str, content: Content, language: str | None = None
) -> list[UUID]:
    """Queue a message to an address, in the caller's transaction; returns the messages' ids.

    `content.extra["secret"] = True` marks a one-time code: it is scrubbed from the row once it is out, and
    never searched or shown in lists. Undeliverable when the channel cannot carry it.
    """
    person = Person(account.channel, Sender((address,)))
    identity = (await resolve(transaction, [person]))[person]
    (conversation,) = (await open_conversations(transaction, [(account.key, identity)])).values()
    conversation.language = conversation.language or language
    parts = fit([content], account.capabilities)
    if is_secret(content):
        # Each part of a secret is one, whatever the fitting made of it.
        parts = tuple(replace(part, extra={**part.extra, "secret": True}) for part in parts)
    rows = post(transaction, conversation, None, parts, author="system")
    return [row["id"] for row in rows]
