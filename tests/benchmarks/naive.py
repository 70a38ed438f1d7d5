"""The naive way of storing a message: what one writes first (see `tests.benchmarks.intake`)."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import asyncpg
from uuid_utils.compat import uuid7

from tests.benchmarks.traffic import ACCOUNT, EACH, drive, sender_of, shares, text_of

NAIVE = (
    (
        "WITH found AS (SELECT a.identity_id, i.contact_id FROM identity_addresses a"
        "   JOIN identities i ON i.id = a.identity_id WHERE a.channel = 'whatsapp' AND a.address = $1),"
        " c AS (INSERT INTO contacts (name) SELECT $2 WHERE NOT EXISTS (SELECT FROM found) RETURNING id),"
        " i AS (INSERT INTO identities (channel, contact_id, address, name, phone)"
        "   SELECT 'whatsapp', id, $1, $2, '+' || $1 FROM c RETURNING id, contact_id),"
        " a AS (INSERT INTO identity_addresses (channel, address, identity_id)"
        "   SELECT 'whatsapp', $1, id FROM i)"
        " SELECT identity_id, contact_id FROM found UNION ALL SELECT id, contact_id FROM i"
    ),
    (
        "INSERT INTO conversations (id, account, identity_id, last_position, last_inbound_at)"
        " VALUES (uuidv7(), $1, $2, 1, now()) ON CONFLICT (account, identity_id)"
        " DO UPDATE SET last_position = conversations.last_position + 1, last_inbound_at = now()"
        " RETURNING id, last_position, ticket_id"
    ),
    (
        "WITH held AS (INSERT INTO tickets (id, contact_id, owner, status, opened_at, last_message_at,"
        "   waiting_since, last_message, unread)"
        "   VALUES ($1, $2, 'assistant', 'open', now(), now(), now(), $4, 1)"
        "   ON CONFLICT (id) DO UPDATE SET last_message_at = now(), last_message = excluded.last_message,"
        "   unread = tickets.unread + 1 RETURNING id)"
        " UPDATE conversations SET ticket_id = held.id FROM held"
        " WHERE conversations.id = $3 AND conversations.ticket_id IS NULL"
    ),
    (
        "WITH claimed AS (INSERT INTO external_ids (account, external_id, message_id) VALUES ($8, $6, $1)"
        "   ON CONFLICT DO NOTHING RETURNING message_id)"
        " INSERT INTO messages (id, conversation_id, ticket_id, position, direction, author, kind, content,"
        " search_text, external_id, provider_at)"
        " SELECT message_id, $2, $9, $3, 'inbound', 'customer', 'text', $4, $5, $6, $7"
        " FROM claimed RETURNING id"
    ),
    (
        "INSERT INTO events (type, conversation_id, ticket_id, message_id, actor) VALUES ('message.received',"
        " $1, $2, $3, 'customer')"
    ),
)


class Replayed(Exception):
    """The naive way's reason to roll back."""


async def naive(url: str, messages: int, connections: int) -> dict[str, Any]:
    pool = [await asyncpg.connect(url) for _ in range(connections)]
    person, converse, file, say, tell = NAIVE
    texts = [text_of(number) for number in range(messages)]

    async def store(connection: Any, number: int) -> None:
        message_id, words = uuid7(), texts[number]
        who = await connection.fetchrow(person, sender_of(number), f"Customer {number // EACH}")
        place = await connection.fetchrow(converse, ACCOUNT, who[0])
        conversation_id, position, ticket_id = place[0], place[1], place[2] or uuid7()
        shown = json.dumps({"author": "customer", "text": words[:140], "kind": "text"}, ensure_ascii=False)
        await connection.execute(file, ticket_id, who[1], conversation_id, shown)
        content, at = json.dumps({"text": words}, ensure_ascii=False), datetime.now(UTC)
        told = (message_id, conversation_id, position, content, words, f"wamid.{number:012}", at)
        if await connection.fetchval(say, *told, ACCOUNT, ticket_id) is None:
            raise Replayed
        await connection.execute(tell, conversation_id, ticket_id, message_id)

    async def do(number_of: int, number: int) -> None:
        with suppress(Replayed):
            async with pool[number_of].transaction():
                await store(pool[number_of], number)

    try:
        return await drive(shares(messages, connections), do)
    finally:
        for connection in pool:
            await connection.close()
