"""Limits on failed sign-ins, so that neither a password nor a code can be guessed at the door."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Awaitable, Callable
from typing import Any, Final

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from valkey.asyncio import ConnectionPool

from ticketing.web.errors import TooMany

log = logging.getLogger(__name__)

# Attempts on one account from one address; on one account from anywhere (slow enough to be useless, high
# enough that a stranger hardly locks an agent out); failures from one address (a whole office shares one).
OF_PAIR: Final = RateLimitItemPerMinute(5, 5, namespace="sign-in-pair")
OF_EMAIL: Final = RateLimitItemPerMinute(50, 15, namespace="sign-in-email")
OF_ADDRESS: Final = RateLimitItemPerMinute(100, 5, namespace="sign-in-address")

# Codes of the second factor: one in 300 000 guesses fits, and each costs the right password first.
OF_CODE: Final = RateLimitItemPerMinute(5, 5, namespace="code-pair")
OF_CODES: Final = RateLimitItemPerHour(20, 1, namespace="code-account")
# Mails to one address, and mails asked for from one address (a whole office shares one).
OF_MAIL: Final = RateLimitItemPerHour(3, 1, namespace="mail-to")
OF_MAILS: Final = RateLimitItemPerHour(30, 1, namespace="mail-from")
# Tries of links and of the answers of an OpenID provider.
OF_LINK: Final = RateLimitItemPerMinute(60, 5, namespace="link")


class SignInLimits:
    """Counts attempts before the password is looked at, so that a burst of parallel guesses counts too.

    With a shared storage all processes count together; while it is away each counts for itself, so that its
    loss neither locks everyone out nor opens the door to guessing.
    """

    def __init__(self, storage: str) -> None:
        self._pool: ConnectionPool | None = None
        options: dict[str, Any] = {}
        if "valkey" in storage:
            # A pool of our own, because the library does not close its connections.
            url = storage.removeprefix("async+").replace("valkey+unix", "unix")
            options["connection_pool"] = self._pool = ConnectionPool.from_url(url)
        self._shared = MovingWindowRateLimiter(storage_from_string(storage, wrap_exceptions=True, **options))
        self._own = MovingWindowRateLimiter(MemoryStorage())

    async def attempt(self, email: str, address: str) -> None:
        """Raises TooMany when this attempt is one too many."""

        async def count(limiter: MovingWindowRateLimiter) -> None:
            if not await limiter.test(OF_ADDRESS, address):
                raise await _too_many(limiter, OF_ADDRESS, address)
            if not await limiter.hit(OF_PAIR, email, address):
                raise await _too_many(limiter, OF_PAIR, email, address)
            if not await limiter.hit(OF_EMAIL, email):
                raise await _too_many(limiter, OF_EMAIL, email)

        await self._counted(count)

    async def failed(self, address: str) -> None:
        await self._counted(lambda limiter: limiter.hit(OF_ADDRESS, address))

    async def succeeded(self, email: str, address: str) -> None:
        """The right password clears what this person mistyped before."""
        await self._counted(lambda limiter: limiter.clear(OF_PAIR, email, address))

    async def code_attempt(self, account: str, address: str) -> None:
        """A code of the second factor. Raises TooMany."""
        await self._hit((OF_CODE, account, address), (OF_CODES, account))

    async def code_accepted(self, account: str, address: str) -> None:
        await self._counted(lambda limiter: limiter.clear(OF_CODE, account, address))

    async def mail_asked(self, email: str, address: str) -> None:
        """A forgotten password. Raises TooMany, whether the account exists or not."""
        await self._hit((OF_MAILS, address), (OF_MAIL, email))

    async def link_tried(self, address: str) -> None:
        await self._hit((OF_LINK, address))

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.disconnect()

    async def _hit(self, *limits: tuple[RateLimitItem, *tuple[str, ...]]) -> None:
        async def count(limiter: MovingWindowRateLimiter) -> None:
            for limit, *identifiers in limits:
                if not await limiter.hit(limit, *identifiers):
                    raise await _too_many(limiter, limit, *identifiers)

        await self._counted(count)

    async def _counted(self, count: Callable[[MovingWindowRateLimiter], Awaitable[object]]) -> None:
        try:
            await count(self._shared)
        except StorageError as error:
            log.warning("Failed sign-ins are counted by this process alone: %s", error.storage_error)
            await count(self._own)


async def _too_many(limiter: MovingWindowRateLimiter, limit: RateLimitItem, *identifiers: str) -> TooMany:
    stats = await limiter.get_window_stats(limit, *identifiers)
    seconds = max(1, math.ceil(stats.reset_time - time.time()))
    return TooMany("too_many_attempts", "Too many attempts; wait before trying again.", seconds)
