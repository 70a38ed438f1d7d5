"""The tickets a customer may hear of: those of the contact he writes as, and nobody else's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.statuses import ACTIVE_SQL

MOST: Final = 10  # tickets told of without a number

# The next thing due: the first answer until people answered, then the visit, then the solution.
_FIND: Final = text(
    "SELECT t.number, t.category, t.opened_at, coalesce(t.closed_at, t.solved_at) AS closed_at,"  # noqa: S608 - our own constants
    f" CASE WHEN NOT ({ACTIVE_SQL}) THEN 'closed' WHEN t.status = 'new' THEN 'new' ELSE 'open' END AS status,"
    f" CASE WHEN NOT ({ACTIVE_SQL}) THEN NULL ELSE"
    "   CASE WHEN EXISTS (SELECT 1 FROM messages m WHERE m.ticket_id = t.id AND m.author = 'agent'"
    "       AND m.direction = 'outbound' AND m.created_at >= p.given_at)"
    "     THEN coalesce(CASE WHEN p.action_by > now() THEN p.action_by END, p.resolve_by, p.action_by)"
    "     ELSE coalesce(p.first_answer_by, p.action_by, p.resolve_by) END"
    " END AS promised_at"
    " FROM identities i JOIN tickets t ON t.contact_id = i.contact_id"
    " LEFT JOIN promises p ON p.ticket_id = t.id"
    " WHERE i.id = :identity_id AND t.number IS NOT NULL AND t.handed_over_at IS NOT NULL"
    " AND (CAST(:number AS text) IS NULL OR t.number = :number)"
    " ORDER BY t.opened_at DESC, t.id DESC LIMIT :most"
)


async def known_tickets(
    connection: AsyncConnection, identity_id: UUID, number: str | None
) -> Sequence[Row[Any]]:
    """Tickets that reached people, newest first, with `promised_at`; by number only the contact's own.

    A customer hears of three statuses: "new", "open" and "closed", which a solved one is to him.

    Eastern digits count as digits, and blanks and hyphens in a number as nothing.
    """
    wanted = None
    if number is not None:
        wanted = "".join(str(int(character)) for character in number if character.isdecimal())
    values = {"identity_id": identity_id, "number": wanted, "most": MOST}
    return (await connection.execute(_FIND, values)).all()
