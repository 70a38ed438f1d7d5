"""Rate limits at the door of one process, by visitor and by address."""

from __future__ import annotations

import ipaddress
import math
import time
from collections.abc import Sequence

from limits import RateLimitItem, parse_many
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from channels.webchat.refused import Refused
from channels.webchat.settings import WebchatSettings


class Rates:
    """Each method counts one request and refuses it with `rate_limited` (429) when there were too many."""

    def __init__(self, settings: WebchatSettings) -> None:
        # Fixed windows: the moving ones of this storage hand every key to a thread to expire it.
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._message = parse_many(settings.message_rate)
        self._file = parse_many(settings.file_rate)
        self._address_message = parse_many(settings.address_message_rate)
        self._address_visitor = parse_many(settings.address_visitor_rate)

    async def message(self, visitor: str, address: str) -> None:
        await self._take(self._message, "message", visitor)
        await self._take(self._address_message, "message", address)

    async def file(self, visitor: str, address: str) -> None:
        await self._take(self._file, "file", visitor)
        await self._take(self._address_message, "message", address)

    async def visitor(self, address: str) -> None:
        await self._take(self._address_visitor, "visitor", address)

    async def _take(self, items: Sequence[RateLimitItem], *names: str) -> None:
        for item in items:
            if not await self._limiter.hit(item, *names):
                window = await self._limiter.get_window_stats(item, *names)
                wait = max(1, math.ceil(window.reset_time - time.time()))
                raise Refused(
                    "rate_limited", "Too many at once; wait a moment.", status=429, retry_after=wait
                )


def network(address: str) -> str:
    """What counts as one caller: an IPv4 address, or the /64 that one IPv6 line is given."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
