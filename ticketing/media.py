"""Fetching inbound attachments from their provider, in the background: the message was stored without
waiting.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import puremagic
import structlog
from sqlalchemy import text

from channels.envelope import Attachment
from channels.errors import AccountRejected, PermanentFailure, TemporaryFailure
from ticketing.codec import optional_text, stored_text
from ticketing.desk import Desk, Event, Transaction
from ticketing.outbox import backoff
from ticketing.settings import MediaSettings
from ticketing.storage import Storage, storage_key
from ticketing.worker import Worker

logger = structlog.get_logger(__name__)

LONGEST_WAIT = timedelta(minutes=10)
ADAPTER_WAIT = timedelta(seconds=2)
# What several formats share says nothing: the provider's word is then better than the bytes'.
_VAGUE = frozenset(
    {"", "application/octet-stream", "text/plain", "application/zip", "application/x-ole-storage"}
)


class Fetching(Protocol):
    """What this worker needs of an adapter."""

    async def fetch(self, reference: Mapping[str, str]) -> Attachment: ...


@dataclass(frozen=True, slots=True)
class Download:
    """An attachment to fetch, leased. `attempts` counts this one too."""

    id: UUID
    message_id: UUID
    account: str
    content_type: str
    reference: dict[str, str]
    attempts: int


_CLAIM = text(
    "WITH due AS MATERIALIZED (SELECT id FROM attachments WHERE state = 'pending' AND due_at <= now()"
    " AND (leased_until IS NULL OR leased_until < now()) ORDER BY due_at LIMIT :slots FOR UPDATE SKIP LOCKED)"
    " UPDATE attachments a SET leased_until = now() + :lease_for, attempts = attempts + 1 FROM due"
    " WHERE a.id = due.id RETURNING a.id, a.message_id, a.account, a.content_type, a.reference, a.attempts"
)
_NEXT_DUE = text(
    "SELECT extract(epoch FROM min(due_at) - now()) FROM attachments WHERE state = 'pending' AND"
    " due_at > now()"
)
_STORED = text(
    "UPDATE attachments SET state = 'stored', content_type = :content_type, name = coalesce(name, :name),"
    " size = :size, storage_key = :key, sha256 = :sha256, leased_until = NULL, due_at = NULL,"
    " reference = NULL"
    " WHERE id = :id AND state = 'pending'"
)
_FAILED = text(
    "UPDATE attachments SET state = 'failed', failure = :failure, leased_until = NULL, due_at = NULL"
    " WHERE id = :id AND state = 'pending'"
)
_LATER = text(
    "UPDATE attachments SET due_at = now() + :delay, leased_until = NULL, attempts = attempts - :refund"
    " WHERE id = :id AND state = 'pending'"
)


class Media(Worker[Download]):
    """Downloads through the account's adapter; an account whose adapter cannot fetch fails the attachment."""

    topic = "media"

    def __init__(
        self,
        desk: Desk,
        sources: Callable[[str], Fetching | None],
        storage: Storage,
        settings: MediaSettings | None = None,
    ) -> None:
        self._settings = settings or MediaSettings()
        super().__init__(desk, self._settings.in_flight, self._settings.shutdown)
        self._sources = sources
        self._storage = storage

    async def claim(self, free: int) -> Sequence[Download]:
        async with self.desk.engine.begin() as connection:
            rows = await connection.execute(_CLAIM, {"slots": free, "lease_for": self._settings.lease})
            return [Download(row[0], row[1], row[2], row[3], row[4], row[5]) for row in rows]

    async def next_due(self) -> float | None:
        async with self.desk.reading() as connection:
            seconds = (await connection.execute(_NEXT_DUE)).scalar_one()
        return None if seconds is None else float(seconds)

    async def work(self, item: Download) -> None:
        source = self._sources(item.account)
        if source is None:
            await self._later(item, ADAPTER_WAIT, refund=1)
            return
        try:
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                fetched = await source.fetch(item.reference)
            await self._store(item, fetched)
        except PermanentFailure as failure:
            await self._fail(item, str(failure))
        except (TemporaryFailure, AccountRejected, TimeoutError, OSError) as failure:
            delay = failure.retry_after if isinstance(failure, TemporaryFailure) else None
            await self._again(item, str(failure) or "The provider did not answer in time.", delay)
        except Exception as error:
            logger.exception("download_raised", account=item.account, attachment=str(item.id))
            await self._again(item, f"{type(error).__name__}: {error}", None)

    async def _store(self, item: Download, fetched: Attachment) -> None:
        data = fetched.data
        if data is None:
            await self._fail(item, "The provider gave no bytes.")
            return
        if len(data) > self._settings.max_bytes:
            await self._fail(item, f"The file is larger than {self._settings.max_bytes} bytes.")
            return
        sha256 = hashlib.sha256(data).digest()
        key = storage_key(item.account, str(item.id), sha256)
        await self._storage.put(key, data)
        content_type = sniffed(data, fetched.content_type or item.content_type)
        values = {
            "id": item.id,
            "content_type": content_type,
            "name": optional_text(fetched.name, 200),
            "size": len(data),
            "key": key,
            "sha256": sha256,
        }
        async with self.desk.transaction() as transaction:
            if (await transaction.connection.execute(_STORED, values)).rowcount:
                await _announce(transaction, item, "attachment.stored")

    async def _fail(self, item: Download, reason: str) -> None:
        async with self.desk.transaction() as transaction:
            values = {"id": item.id, "failure": stored_text(reason, 2000)}
            if (await transaction.connection.execute(_FAILED, values)).rowcount:
                await _announce(transaction, item, "attachment.failed")

    async def _again(self, item: Download, reason: str, delay: timedelta | None) -> None:
        if item.attempts >= self._settings.attempts:
            await self._fail(item, reason)
        else:
            await self._later(item, delay or backoff(item.attempts, LONGEST_WAIT))

    async def _later(self, item: Download, delay: timedelta, *, refund: int = 0) -> None:
        async with self.desk.engine.begin() as connection:
            await connection.execute(_LATER, {"id": item.id, "delay": delay, "refund": refund})


async def _announce(transaction: Transaction, item: Download, event_type: str) -> None:
    row = (
        await transaction.connection.execute(
            text("SELECT ticket_id, conversation_id FROM messages WHERE id = :id"), {"id": item.message_id}
        )
    ).one_or_none()
    transaction.record(
        Event(
            event_type,
            "channel",
            ticket_id=None if row is None else row[0],
            conversation_id=None if row is None else row[1],
            message_id=item.message_id,
            data={"attachment_id": str(item.id)},
        )
    )


def sniffed(data: bytes, told: str) -> str:
    """The content type of the bytes, where they say it clearly; else what we were told.

    A page that calls itself a picture is a page: what browsers could run is never believed to be harmless.
    """
    try:
        found: Any = puremagic.from_string(data, mime=True)
    except (puremagic.PureError, ValueError):
        found = ""
    kind = stored_text(told, 200).partition(";")[0].strip().lower()
    if found in _VAGUE or found.partition("/")[0] == kind.partition("/")[0] in {"audio", "video"}:
        return kind or "application/octet-stream"
    return str(found)
