"""Limits on failed sign-ins, so that a password cannot be guessed at the door."""

from __future__ import annotations

import math
import time
from typing import Final

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string

from ticketing.web.errors import TooMany

# Attempts on one account from one address; on one account from anywhere (slow enough to be useless, high
# enough that a stranger hardly locks an agent out); failures from one address (a whole office shares one).
OF_PAIR: Final = RateLimitItemPerMinute(5, 5, namespace="sign-in-pair")
OF_EMAIL: Final = RateLimitItemPerMinute(50, 15, namespace="sign-in-email")
OF_ADDRESS: Final = RateLimitItemPerMinute(100, 5, namespace="sign-in-address")


class SignInLimits:
    """Counts attempts before the password is looked at, so that a burst of parallel guesses counts too."""

    def __init__(self, storage: str) -> None:
        self._limiter = MovingWindowRateLimiter(storage_from_string(storage))

    async def attempt(self, email: str, address: str) -> None:
        """Raises TooMany when this attempt is one too many."""
        if not await self._limiter.test(OF_ADDRESS, address):
            raise await self._too_many(OF_ADDRESS, address)
        if not await self._limiter.hit(OF_PAIR, email, address):
            raise await self._too_many(OF_PAIR, email, address)
        if not await self._limiter.hit(OF_EMAIL, email):
            raise await self._too_many(OF_EMAIL, email)

    async def failed(self, address: str) -> None:
        await self._limiter.hit(OF_ADDRESS, address)

    async def succeeded(self, email: str, address: str) -> None:
        """The right password clears what this person mistyped before."""
        await self._limiter.clear(OF_PAIR, email, address)

    async def _too_many(self, limit: RateLimitItem, *identifiers: str) -> TooMany:
        stats = await self._limiter.get_window_stats(limit, *identifiers)
        seconds = max(1, math.ceil(stats.reset_time - time.time()))
        return TooMany("too_many_attempts", "Too many failed sign-ins; wait before trying again.", seconds)
