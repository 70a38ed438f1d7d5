"""Where attachments' bytes live: a folder here, S3 elsewhere, one API."""

from __future__ import annotations

import hashlib
from pathlib import Path

import obstore
from obstore.store import LocalStore, ObjectStore, from_url


class Storage:
    """Bytes by key. Keys are ours and never what a customer named a file."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    @classmethod
    def open(cls, place: str | Path) -> Storage:
        """A folder (made when missing), or a URL such as s3://bucket/prefix; credentials come from the
        environment.
        """
        if isinstance(place, str) and "://" in place:
            return cls(from_url(place))
        return cls(LocalStore(prefix=Path(place).resolve(), mkdir=True))

    async def put(self, key: str, data: bytes) -> None:
        """Store; the same key again replaces. OSError or obstore's BaseError when it cannot be kept."""
        await obstore.put_async(self._store, key, data)

    async def get(self, key: str) -> bytes:
        """The bytes. FileNotFoundError when there are none."""
        result = await obstore.get_async(self._store, key)
        return bytes(await result.bytes_async())

    async def read(self, key: str, start: int, end: int) -> bytes:
        """The bytes from `start` up to but not including `end`. FileNotFoundError when there are none."""
        return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))

    async def delete(self, key: str) -> None:
        await obstore.delete_async(self._store, key)

    async def probe(self) -> None:
        """Write and remove a byte: raises when files cannot be kept."""
        await self.put("probe", b"\x00")
        await self.delete("probe")


def storage_key(*parts: str | bytes) -> str:
    """A key made from what identifies the bytes, so that a replay is stored over itself."""
    digest = hashlib.sha256()
    for part in parts:
        encoded = part.encode() if isinstance(part, str) else part
        digest.update(len(encoded).to_bytes(8, "big"))
        digest.update(encoded)
    name = digest.hexdigest()
    return f"{name[:2]}/{name[2:]}"
