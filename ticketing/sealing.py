"""Secrets at rest: AES-256-GCM under a key that lies outside the database.

A sealed value is bound to what it is for: moved to another row or purpose it opens no more.
"""

from __future__ import annotations

import hashlib
import os
from typing import Final, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE: Final = 12  # bytes, as NIST SP 800-38D asks


class NotOurs(Exception):
    """It was sealed with another key, for another purpose, or changed."""


class Sealer:
    """Seals with the first secret; opens what any of them sealed, so that a key can be changed."""

    def __init__(self, secret: str, *former: str) -> None:
        self._keys = [AESGCM(hashlib.sha256(b"wasl:" + each.encode()).digest()) for each in (secret, *former)]

    @classmethod
    def fresh(cls) -> Self:
        """With a key that nobody keeps: what it sealed is lost with the process."""
        return cls(os.urandom(32).hex())

    def seal(self, value: bytes, purpose: str) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + self._keys[0].encrypt(nonce, value, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """Raises NotOurs."""
        for key in self._keys:
            try:
                return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
            except (InvalidTag, ValueError):
                continue
        raise NotOurs(purpose)
