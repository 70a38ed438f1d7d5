"""What is to be said to customers unasked: an outage is over, a van does not come tomorrow.

    await announce(connection, [Announcement(
        key=f"incident_over:{incident.id}:{conversation_id}",
        conversation_id=conversation_id,
        language=None,                       # the conversation's own
        kind="incident_over",                # the text `notice_incident_over` (bot/notices.py)
        data={"place": {"ar": "الزمامرة", "fr": "Zemamra"}},
    )])

The rows are the truth: what was announced in a transaction that commits is said once, whoever says it. A
worker of the desk finds due rows by itself; waking it (`transaction.wake("announcement")`) makes it prompt.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Table, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.tables import id_column, metadata, moment_column, text_column, uuid_column

_ANNOUNCE = text(
    "INSERT INTO announcements (key, conversation_id, language, kind, data, due_at, expires_at)"
    " SELECT key, conversation_id, language, kind, data, coalesce(due_at, now()), expires_at"
    " FROM json_to_recordset(CAST(:rows AS json)) AS r(key text, conversation_id uuid, language text,"
    " kind text, data jsonb, due_at timestamptz, expires_at timestamptz) ORDER BY key"
    " ON CONFLICT (key) DO NOTHING"
)

announcements = Table(
    "announcements",
    metadata,
    id_column(),
    text_column("key"),
    uuid_column("conversation_id"),
    text_column("language", nullable=True),
    text_column("kind"),
    Column("data", JSONB, nullable=False),
    moment_column("due_at"),
    moment_column("expires_at", nullable=True),
    text_column("state"),
    text_column("reason", nullable=True),
    moment_column("created_at"),
    moment_column("said_at", nullable=True),
)


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing to say in one conversation. The same `key` is never said twice.

    `language` is a `bot.contract.Language` (None: the conversation's). `data` is JSON; bot/notices.py tells
    what its values become. Said at `due_at` (None: at once), and not after `expires_at`, when it would be
    wrong or useless ("comes tomorrow").
    """

    key: str
    conversation_id: UUID
    language: str | None
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    due_at: datetime | None = None
    expires_at: datetime | None = None


async def announce(connection: AsyncConnection, wanted: Iterable[Announcement]) -> int:
    """Write down what is to be said, in the caller's transaction; returns how many were new.

    A key that was ever announced before, said or not, is left as it is.
    """
    by_key = {each.key: each for each in wanted}
    if not by_key:
        return 0
    # In one order everywhere, or two transactions with the same keys wait for each other in a circle.
    rows = [_row(by_key[key]) for key in sorted(by_key)]
    return (await connection.execute(_ANNOUNCE, {"rows": json.dumps(rows)})).rowcount


def _row(wanted: Announcement) -> dict[str, Any]:
    return {
        "key": wanted.key,
        "conversation_id": str(wanted.conversation_id),
        "language": wanted.language,
        "kind": wanted.kind,
        "data": dict(wanted.data),
        "due_at": _iso(wanted.due_at),
        "expires_at": _iso(wanted.expires_at),
    }


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
