"""Stands before every handler of a ticket, a message or a file: a restricted ticket is not there for others.

The table of routes names what {id} stands for by its path, so that no handler can forget to ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from aiohttp import web
from sqlalchemy import TextClause, text

from ticketing.errors import NotFound
from ticketing.visibility import sees_restricted
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import Handler

_HIDDEN: Final = "WHERE t.category IN (SELECT code FROM categories WHERE restricted)"
_OF: Final[Mapping[str, tuple[str, TextClause]]] = {
    "/tickets/{id}": (
        "ticket",
        text(f"SELECT 1 FROM tickets t {_HIDDEN} AND t.id = :id"),  # noqa: S608 - our own constant
    ),
    "/messages/{id}": (
        "message",
        text(
            f"SELECT 1 FROM messages m JOIN tickets t ON t.id = m.ticket_id {_HIDDEN} AND m.id = :id"  # noqa: S608
        ),
    ),
    "/scheduled/{id}": (
        "scheduled",
        text(
            "SELECT 1 FROM scheduled_replies s"  # noqa: S608 - our own constant
            f" JOIN tickets t ON t.id = s.ticket_id {_HIDDEN} AND s.id = :id"
        ),
    ),
    "/attachments/{id}": (
        "attachment",
        text(
            "SELECT 1 FROM attachments f JOIN messages m ON m.id = f.message_id"  # noqa: S608
            f" JOIN tickets t ON t.id = m.ticket_id {_HIDDEN} AND f.id = :id"
        ),
    ),
}


def visible(path: str, handler: Handler) -> Handler:
    """The handler of a path, answering 404 for what belongs to a ticket that this agent may not see."""
    found = next((of for prefix, of in _OF.items() if path == prefix or path.startswith(f"{prefix}/")), None)
    if found is None:
        return handler
    what, hidden = found

    async def looking(request: web.Request) -> web.StreamResponse:
        if not sees_restricted(request[SESSION].permissions) and await _is_hidden(request, hidden):
            raise NotFound(f"{what}_unknown", f"This {what} does not exist.")
        return await handler(request)

    return looking


async def _is_hidden(request: web.Request, hidden: TextClause) -> bool:
    try:
        wanted = UUID(request.match_info["id"])
    except ValueError:
        return False  # names nothing: the handler says so
    async with request.app[CONTEXT].reading() as connection:
        return bool(await connection.scalar(hidden, {"id": wanted}))
