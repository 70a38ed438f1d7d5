"""What a turn consists of, read from the database outside any lock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from bot.contract import Language, Turn, TurnMessage
from ticketing.accounts import Accounts
from ticketing.arrivals import UNANSWERED
from ticketing.desk import Desk
from ticketing.statuses import ACTIVE_SQL

BUBBLES = 100  # of a turn, the newest: nobody writes more before he is answered


@dataclass(frozen=True, slots=True)
class LoadedTurn:
    """A turn and where it stands: it answers positions above `turn_position` up to `last_position`."""

    turn: Turn
    turn_position: int
    last_position: int

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.turn.messages)


_HEAD = text(
    "SELECT c.ticket_id, c.identity_id, c.account, c.language, c.turn_position, t.contact_id, i.phone"  # noqa: S608
    " FROM conversations c JOIN tickets t ON t.id = c.ticket_id JOIN identities i ON i.id = c.identity_id"
    f" WHERE c.id = :id AND t.owner = 'assistant' AND {ACTIVE_SQL}"
)
_BUBBLES = text(
    "SELECT position, kind, content FROM messages WHERE conversation_id = :id AND position > :after"
    " AND direction = 'inbound' AND ticket_id = :ticket_id ORDER BY position DESC LIMIT :limit"
)


async def load_turn(desk: Desk, accounts: Accounts, conversation_id: UUID) -> LoadedTurn | None:
    """What the assistant has to answer; None when the conversation is not its own or nothing waits."""
    async with desk.reading() as connection:
        head = (await connection.execute(_HEAD, {"id": conversation_id})).one_or_none()
        if head is None:
            return None
        values = {"id": conversation_id, "after": head[4], "ticket_id": head[0], "limit": BUBBLES}
        rows = (await connection.execute(_BUBBLES, values)).all()[::-1]
    messages = tuple(_bubble(row[1], row[2]) for row in rows if row[1] not in UNANSWERED)
    if not messages:
        return None
    account = accounts.get(head[2])
    turn = Turn(
        conversation_id=conversation_id,
        ticket_id=head[0],
        contact_id=head[5],
        identity_id=head[1],
        channel="" if account is None else account.channel,
        messages=messages,
        language=_language(head[3]),
        attested_phone=head[6] if account is not None and account.capabilities.attests_phone else None,
        at=datetime.now(UTC),
    )
    return LoadedTurn(turn, head[4], int(rows[-1][0]))


def _bubble(kind: str, content: dict[str, Any]) -> TurnMessage:
    location = content.get("location")
    return TurnMessage(
        text=content.get("text", ""),
        kind=kind,
        choice_id=content.get("choice_id"),
        location=None if location is None else (location["latitude"], location["longitude"]),
    )


def _language(stored: str | None) -> Language | None:
    return Language(stored) if stored in set(Language) else None
