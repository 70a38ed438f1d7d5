"""What composers leave behind is forgotten: emptied drafts, undos whose time is over, sockets that died."""

from __future__ import annotations

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

_FORGET: Final = (
    # For as long as another device may still show the words.
    text("DELETE FROM drafts WHERE reply = '' AND note = '' AND changed_at < now() - interval '7 days'"),
    text("DELETE FROM reply_undos WHERE created_at < now() - interval '1 day'"),
    text("DELETE FROM lookers WHERE expires_at < now()"),
    # What was sent is a message; the rest is in the events.
    text(
        "DELETE FROM scheduled_replies WHERE state IN ('sent', 'cancelled')"
        " AND updated_at < now() - interval '30 days'"
    ),
)


async def forget_writing(connection: AsyncConnection) -> None:
    """Nothing here is anybody's words that were not sent or thrown away."""
    for statement in _FORGET:
        await connection.execute(statement)
