"""Unsent words of an agent on a ticket, kept so that every device of the agent has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import stored_text
from ticketing.desk import Desk
from ticketing.errors import NotFound

TOPIC: Final = "drafts"

_COLUMNS = "d.agent_id, d.ticket_id, d.mode, d.reply, d.note, d.conversation_id, d.counter, d.changed_at"
_OWN: Final = text(
    f"SELECT {_COLUMNS} FROM drafts d WHERE d.agent_id = :agent_id"  # noqa: S608 - our own column names
    " AND (d.reply <> '' OR d.note <> '') ORDER BY d.changed_at DESC LIMIT 500"
)
_ONE: Final = text(
    f"SELECT {_COLUMNS} FROM drafts d"  # noqa: S608 - our own column names
    " WHERE d.agent_id = :agent_id AND d.ticket_id = :ticket_id"
)
# A device that does not know the newest words does not overwrite them.
_PUT: Final = text(
    "INSERT INTO drafts AS d (agent_id, ticket_id, mode, reply, note, conversation_id)"  # noqa: S608 - see above
    " SELECT :agent_id, t.id, :mode, :reply, :note, :conversation_id FROM tickets t WHERE t.id = :ticket_id"
    " ON CONFLICT (agent_id, ticket_id) DO UPDATE SET mode = excluded.mode, reply = excluded.reply,"
    " note = excluded.note, conversation_id = excluded.conversation_id, counter = nextval('draft_changes'),"
    " changed_at = now() WHERE d.counter <= :seen OR (d.reply = '' AND d.note = '')"
    f" RETURNING {_COLUMNS}"
)
_EMPTY: Final = text(
    "UPDATE drafts SET reply = '', note = '', counter = nextval('draft_changes'), changed_at = now()"
    " WHERE agent_id = :agent_id AND ticket_id = :ticket_id AND (reply <> '' OR note <> '')"
)
_CHANGED: Final = text(
    f"SELECT {_COLUMNS} FROM drafts d"  # noqa: S608 - our own column names
    " WHERE d.changed_at > now() - CAST(:within AS interval) AND d.agent_id = ANY(CAST(:agents AS uuid[]))"
    " ORDER BY d.counter"
)


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the composer: both texts, and which of them is before the eyes."""

    mode: str
    reply: str
    note: str
    conversation_id: UUID | None = None


class Drafts:
    """Every method is one transaction, and an agent reaches nothing but the own drafts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def put(self, agent_id: UUID, ticket_id: UUID, words: Words, seen: int) -> tuple[Row[Any], bool]:
        """The draft as it stands now, and whether it is this one: not when another device has written what
        this one (`seen`: the counter it knew) has not read.
        """
        keys = {"agent_id": agent_id, "ticket_id": ticket_id}
        values = keys | {
            "mode": words.mode,
            "reply": stored_text(words.reply),
            "note": stored_text(words.note),
            "conversation_id": words.conversation_id,
            "seen": seen,
        }
        async with self._desk.transaction() as transaction:
            row = (await transaction.connection.execute(_PUT, values)).one_or_none()
            if row is not None:
                transaction.wake(TOPIC)
                return row, True
            standing = (await transaction.connection.execute(_ONE, keys)).one_or_none()
            if standing is None:
                raise NotFound("ticket_unknown", "This ticket does not exist.")
            return standing, False

    async def empty(self, agent_id: UUID, ticket_id: UUID) -> None:
        async with self._desk.transaction() as transaction:
            keys = {"agent_id": agent_id, "ticket_id": ticket_id}
            if (await transaction.connection.execute(_EMPTY, keys)).rowcount:
                transaction.wake(TOPIC)


async def own_drafts(connection: AsyncConnection, agent_id: UUID) -> Sequence[Row[Any]]:
    """Those with words in them, newest first."""
    return (await connection.execute(_OWN, {"agent_id": agent_id})).all()


async def changed_drafts(
    connection: AsyncConnection, agents: Sequence[UUID], within: timedelta
) -> Sequence[Row[Any]]:
    """What these agents wrote lately, emptied drafts too."""
    return (await connection.execute(_CHANGED, {"agents": agents, "within": within})).all()
