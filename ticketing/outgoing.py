"""Outbound rows as the outbox sees them, and what people may do to them: cancel, send again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.envelope import Attachment, Content, FailureReason, Kind, OutboundMessage
from channels.errors import PermanentFailure, TemporaryFailure
from ticketing.codec import content_from_json, content_to_json
from ticketing.desk import Desk, Transaction
from ticketing.posting import is_secret
from ticketing.receipts import message_updated
from ticketing.storage import Storage


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to send, with everything but its files' bytes."""

    id: UUID
    conversation_id: UUID
    ticket_id: UUID | None
    account: str
    recipient: str
    state: str
    author: str
    kind: str
    content: dict[str, Any]
    reply_to: str | None
    attempts: int
    age: timedelta
    wait: timedelta  # until it may leave: zero or less for nearly all


_NEXT = text(
    "SELECT m.id, m.conversation_id, m.ticket_id, c.account, i.address, m.state, m.author, m.kind, m.content,"
    " m.reply_to, m.attempts, now() - m.created_at, coalesce(m.due_at - now(), interval '0')"
    " FROM messages m JOIN conversations c ON c.id = m.conversation_id JOIN identities i ON i.id"
    " = c.identity_id"
    " WHERE m.conversation_id = :conversation_id AND m.state IN ('pending', 'sending')"
    " AND m.direction = 'outbound'"
    " ORDER BY greatest(m.due_at, now()), m.position LIMIT 1 FOR NO KEY UPDATE OF m"
)
_ATTACHMENTS = text(
    "SELECT kind, content_type, name, size, storage_key FROM attachments WHERE message_id = :id"
    " ORDER BY position"
)


async def find_next(connection: AsyncConnection, conversation_id: UUID) -> Outgoing | None:
    """Lock the first message of a conversation that is not settled yet; one whose time has not come only when
    there is no other.
    """
    row = (await connection.execute(_NEXT, {"conversation_id": conversation_id})).one_or_none()
    if row is None:
        return None
    return Outgoing(*row)


async def mark_sending(connection: AsyncConnection, outgoing: Outgoing) -> None:
    await connection.execute(
        text("UPDATE messages SET state = 'sending', failure = NULL, attempts = attempts + 1 WHERE id = :id"),
        {"id": outgoing.id},
    )


async def mark_unknown(transaction: Transaction, outgoing: Outgoing) -> None:
    """Nobody knows whether the provider has it: people decide."""
    failure = {
        "reason": FailureReason.OTHER.value,
        "provider_code": None,
        "detail": "The sender died while sending.",
    }
    await transaction.connection.execute(
        text(
            "UPDATE messages SET state = 'unknown', failure = CAST(:failure AS jsonb),"
            " content = CAST(:content AS jsonb) WHERE id = :id"
        ),
        {
            "id": outgoing.id,
            "failure": json.dumps(failure),
            "content": json.dumps(kept(outgoing.kind, outgoing.content)),
        },
    )
    transaction.record(
        message_updated(
            outgoing.id,
            outgoing.ticket_id,
            outgoing.conversation_id,
            "unknown",
            failure=failure,
            actor="system",
        )
    )


async def load_files(desk: Desk, storage: Storage, outgoing: Outgoing) -> OutboundMessage:
    """The message with its files' bytes. TemporaryFailure or PermanentFailure when they cannot be read."""
    async with desk.reading() as connection:
        rows = (await connection.execute(_ATTACHMENTS, {"id": outgoing.id})).all()
    content = content_from_json(outgoing.kind, outgoing.content)
    files = tuple([await _load(storage, row) for row in rows])
    return OutboundMessage(
        message_id=outgoing.id,
        account=outgoing.account,
        recipient=outgoing.recipient,
        content=replace(content, attachments=files),
        author=outgoing.author,
        reply_to=outgoing.reply_to,
    )


async def _load(storage: Storage, row: Any) -> Attachment:
    kind, content_type, name, size, key = row
    try:
        data = await storage.get(key)
    except FileNotFoundError as error:
        raise PermanentFailure(FailureReason.OTHER, "The attached file is gone.") from error
    except Exception as error:
        raise TemporaryFailure(f"The attached file cannot be read now: {error}") from error
    return Attachment(Kind(kind), content_type, name, size, data=data)


SECRET = "••••••"  # noqa: S105 what is left of one


def kept(kind: str, stored: dict[str, Any]) -> dict[str, Any]:
    """What the row holds once a message may be out: all of it, or of a secret that it was one."""
    content = content_from_json(kind, stored)
    return content_to_json(scrubbed(content)) if is_secret(content) else stored


def scrubbed(content: Content) -> Content:
    """What is kept of a secret once it is out."""
    template = content.template
    if template is not None:
        template = replace(
            template,
            parameters=tuple(SECRET for _ in template.parameters),
            one_time_code=None if template.one_time_code is None else SECRET,
        )
    return replace(content, text=SECRET, template=template)
