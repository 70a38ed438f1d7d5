"""What has run out is forgotten: sessions, challenges, links, mails that never left, tokens long dead."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

# A token that ended is listed for a while, so that its owner can see why a program stopped.
TOKENS_LISTED: Final = timedelta(days=90)

_FORGET: Final = (
    text("DELETE FROM sessions WHERE expires_at < now()"),
    text("DELETE FROM sign_in_challenges WHERE expires_at < now()"),
    text("DELETE FROM account_links WHERE expires_at < now()"),
    text("DELETE FROM mails WHERE expires_at < now()"),
    text("DELETE FROM second_factors WHERE confirmed_at IS NULL AND created_at < now() - interval '1 day'"),
)
_FORGET_TOKENS: Final = text(
    "DELETE FROM access_tokens WHERE least(expires_at, coalesce(revoked_at, expires_at))"
    " < now() - CAST(:listed AS interval)"
)


async def forget_expired(connection: AsyncConnection) -> None:
    """Nothing here still opens anything: this only keeps the tables small."""
    for statement in _FORGET:
        await connection.execute(statement)
    await connection.execute(_FORGET_TOKENS, {"listed": TOKENS_LISTED})
