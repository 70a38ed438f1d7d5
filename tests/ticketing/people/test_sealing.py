"""Secrets at rest."""

from __future__ import annotations

import pytest

from ticketing.sealing import NotOurs, Sealer


def test_sealed_and_opened() -> None:
    sealed = Sealer("key").seal(b"secret", "second_factor:1")
    assert b"secret" not in sealed
    assert Sealer("key").open(sealed, "second_factor:1") == b"secret"
    assert Sealer("key").seal(b"secret", "second_factor:1") != sealed


@pytest.mark.parametrize(("key", "purpose", "change"), [("other", "a", 0), ("key", "b", 0), ("key", "a", 1)])
def test_nothing_else_opens_it(key: str, purpose: str, change: int) -> None:
    sealed = bytearray(Sealer("key").seal(b"secret", "a"))
    sealed[-1] ^= change
    with pytest.raises(NotOurs):
        Sealer(key).open(bytes(sealed), purpose)


def test_what_a_former_key_sealed_still_opens() -> None:
    sealed = Sealer("old").seal(b"secret", "a")
    assert Sealer("new", "old").open(sealed, "a") == b"secret"
    with pytest.raises(NotOurs):
        Sealer("old").open(Sealer("new", "old").seal(b"secret", "a"), "a")
    with pytest.raises(NotOurs):
        Sealer("new").open(b"", "a")
