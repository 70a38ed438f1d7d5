"""A conversation as the customer may see it: for channels whose provider keeps no thread (web chat)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Attachment, Kind, ThreadEntry
from ticketing.accounts import Accounts
from ticketing.arrivals import known_account
from ticketing.codec import content_from_json
from ticketing.desk import Desk
from ticketing.storage import Storage

_CONVERSATION = text(
    "SELECT c.id FROM identity_addresses a JOIN conversations c ON c.identity_id = a.identity_id"
    " WHERE a.channel = :channel AND a.address = :address AND c.account = :account"
)
_ENTRIES = (
    "SELECT m.id, m.position, m.direction, m.author, g.name, m.kind, m.content, m.state,"
    " m.external_id, m.created_at"
    " FROM messages m LEFT JOIN agents g ON g.id = m.author_id"
    " WHERE m.conversation_id = :conversation AND m.position > :after AND m.direction <> 'note'"
    " AND m.state IS DISTINCT FROM 'cancelled' ORDER BY m.position"
)
_FORWARD = text(_ENTRIES + " LIMIT :limit")
_NEWEST = text(_ENTRIES + " DESC LIMIT :limit")
_ATTACHMENTS = text(
    "SELECT id, message_id, kind, content_type, name, size, state FROM attachments"
    " WHERE message_id = ANY(CAST(:ids AS uuid[])) ORDER BY message_id, position"
)
_ATTACHMENT = text(
    "SELECT kind, content_type, name, size, storage_key FROM attachments"
    " WHERE id = :id AND conversation_id = :conversation AND message_id IS NOT NULL AND state = 'stored'"
)


async def read_thread(
    desk: Desk, accounts: Accounts, account: str, address: str, *, after: int, limit: int
) -> Sequence[ThreadEntry]:
    """Entries above position `after`, oldest first (0: the newest `limit`). Empty for an unknown address.

    Attachments carry `reference={"attachment_id": …, "state": …}` and no bytes. ValueError: no such account.
    """
    async with desk.reading() as connection:
        conversation = await _conversation_id(connection, accounts, account, address)
        if conversation is None:
            return ()
        statement = _FORWARD if after > 0 else _NEWEST
        rows = (
            await connection.execute(
                statement, {"conversation": conversation, "after": after, "limit": max(1, min(limit, 500))}
            )
        ).all()
        files = await attachments_of(connection, [row[0] for row in rows])
    entries = [_entry(row, files.get(row[0], ())) for row in rows]
    return entries if after > 0 else entries[::-1]


async def read_attachment(
    desk: Desk, accounts: Accounts, storage: Storage, *, account: str, address: str, attachment_id: UUID
) -> Attachment | None:
    """A file of this address's own conversation, with its bytes; None for anybody else's."""
    async with desk.reading() as connection:
        conversation = await _conversation_id(connection, accounts, account, address)
        row = (
            await connection.execute(_ATTACHMENT, {"id": attachment_id, "conversation": conversation})
        ).one_or_none()
    if row is None:
        return None
    return Attachment(Kind(row[0]), row[1], row[2], row[3], data=await storage.get(row[4]))


async def _conversation_id(
    connection: AsyncConnection, accounts: Accounts, account: str, address: str
) -> UUID | None:
    channel = known_account(accounts, account).channel
    found: UUID | None = (
        await connection.execute(_CONVERSATION, {"channel": channel, "address": address, "account": account})
    ).scalar_one_or_none()
    return found


async def attachments_of(
    connection: AsyncConnection, message_ids: Iterable[UUID]
) -> Mapping[UUID, list[Attachment]]:
    """Attachments without bytes, by message, each with its id and state as reference."""
    found: dict[UUID, list[Attachment]] = {}
    for row in await connection.execute(_ATTACHMENTS, {"ids": list(message_ids)}):
        reference = {"attachment_id": str(row[0]), "state": row[6]}
        found.setdefault(row[1], []).append(Attachment(Kind(row[2]), row[3], row[4], row[5], reference))
    return found


def _entry(row: Any, files: Sequence[Attachment]) -> ThreadEntry:
    return ThreadEntry(
        message_id=row[0],
        position=row[1],
        direction=row[2],
        author=row[3],
        author_name=row[4],
        content=content_from_json(row[5], row[6], files),
        state=row[7],
        external_id=row[8],
        at=row[9],
    )
