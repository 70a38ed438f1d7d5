"""A database that is away comes back: what is only waiting for it is done again, not given up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ticketing.desk import sqlstate

logger = structlog.get_logger(__name__)

T = TypeVar("T")

# Classes of SQLSTATE that pass by themselves: the connection died (none at all, 08) or was in a transaction
# that had failed (25), somebody was faster (40), no room or a lock (53, 55), the server stops or starts
# (57, 58).
_PASSING: Final = frozenset({"", "08", "25", "40", "53", "55", "57", "58"})

SHORTEST, LONGEST = 0.02, 1.0  # seconds between two tries
PATIENCE: Final = timedelta(minutes=10)  # a restart or a failover takes seconds


def is_away(error: BaseException) -> bool:
    """Whether the same may well succeed later: it was the database's trouble, not the statement's."""
    if isinstance(error, DBAPIError):
        return error.connection_invalidated or sqlstate(error)[:2] in _PASSING
    return isinstance(error, PoolTimeout | ConnectionError | TimeoutError | FileNotFoundError)


async def patiently(run: Callable[[], Awaitable[T]], *, within: timedelta = PATIENCE) -> T:
    """Run a transaction, again and again while the database is away, for at most this long.

    A commit may have happened although its answer was lost: `run` must bear being done twice.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + within.total_seconds()
    pause = SHORTEST
    while True:
        try:
            return await run()
        except Exception as error:
            if not is_away(error) or loop.time() + pause > until:
                raise
            logger.info("database_away", tried_again_after=pause, reason=str(error).partition("\n")[0])
        await asyncio.sleep(pause)
        pause = min(LONGEST, pause * 2)
