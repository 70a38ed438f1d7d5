"""The conversation of a person on one of our accounts, found and locked, or made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from uuid_utils.compat import uuid7

from ticketing.desk import Transaction
from ticketing.identity import Identity
from ticketing.state import CONVERSATION_COLUMNS, Conversation, conversation_of, new_conversation

Pair = tuple[str, UUID]  # account, identity

_LOCK = text(
    f"SELECT {CONVERSATION_COLUMNS} FROM conversations"  # noqa: S608 our own column names
    " WHERE (account, identity_id) IN (SELECT account, identity_id"
    " FROM json_to_recordset(CAST(:pairs AS json)) AS r(account text, identity_id uuid))"
    " ORDER BY account, identity_id FOR NO KEY UPDATE"
)
_MAKE = text(
    "INSERT INTO conversations (id, account, identity_id) SELECT id, account, identity_id"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(id uuid, account text, identity_id uuid)"
    " ORDER BY account, identity_id ON CONFLICT (account, identity_id) DO NOTHING"
)


async def open_conversations(
    transaction: Transaction, wanted: Iterable[tuple[str, Identity]]
) -> dict[Pair, Conversation]:
    """Locked conversations by account and identity. One of an identity made in this transaction is new for
    sure.
    """
    opened: dict[Pair, Conversation] = {}
    known: set[Pair] = set()
    for account, identity in wanted:
        pair = account, identity.id
        if identity.created_at is not None:
            known.add(pair)
        elif pair not in opened:
            opened[pair] = new_conversation(uuid7(), *pair)
            transaction.save(opened[pair])
    if known:
        opened |= await _lock(transaction.connection, known)
        missing = sorted(known - opened.keys())
        if missing:
            await _make(transaction.connection, missing)
            opened |= await _lock(transaction.connection, set(missing))
    return opened


async def _make(connection: AsyncConnection, pairs: Iterable[Pair]) -> None:
    rows = [
        {"id": str(uuid7()), "account": account, "identity_id": str(identity_id)}
        for account, identity_id in pairs
    ]
    await connection.execute(_MAKE, {"rows": json.dumps(rows)})


async def _lock(connection: AsyncConnection, pairs: Iterable[Pair]) -> dict[Pair, Conversation]:
    rows = [{"account": account, "identity_id": str(identity_id)} for account, identity_id in pairs]
    locked = await connection.execute(_LOCK, {"pairs": json.dumps(rows)})
    conversations = [conversation_of(row) for row in locked]
    return {(conversation.account, conversation.identity_id): conversation for conversation in conversations}
