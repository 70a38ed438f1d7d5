"""Agents' passwords: Argon2id, computed in threads because it is slow on purpose."""

from __future__ import annotations

import asyncio

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# The second recommended option of RFC 9106: 64 MiB and three passes.
_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=4)

# Verified when the e-mail is unknown, so that the time taken does not tell who has an account.
_NOBODY = _HASHER.hash("nobody")

# Each verification takes 64 MiB: a crowd at the door waits instead of filling the memory.
_AT_ONCE = 4


def hash_password(password: str) -> str:
    """Slow (about a tenth of a second): call it in a thread."""
    return _HASHER.hash(password)


class PasswordChecker:
    """Checks passwords in threads, a few at a time."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def matches(self, password_hash: str | None, password: str) -> bool:
        """False for a wrong password, an unreadable hash, or no hash at all."""
        async with self._places:
            right = await asyncio.to_thread(_verify, password_hash or _NOBODY, password)
        return right and password_hash is not None

    async def hash(self, password: str) -> str:
        async with self._places:
            return await asyncio.to_thread(hash_password, password)


def is_outdated(password_hash: str) -> bool:
    """Whether it was made with other parameters than today's: the next right password makes it anew."""
    try:
        return _HASHER.check_needs_rehash(password_hash)
    except InvalidHashError:
        return True


def _verify(password_hash: str, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
