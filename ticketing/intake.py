"""The door for what channels bring: stored and committed before it is acknowledged.

Calls that arrive together share a commit. When a batch fails on its data it is taken apart, first by call,
then by event, so that one poisoned event lands in `failed_events` and its neighbours are stored. A sender
always rides the same lane, which keeps messages in the order in which they arrived.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID
from zlib import crc32

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from bot.contract import DangerDetector
from channels.envelope import Attachment, DeliveryReceipt, InboundEvent, InboundMessage, ThreadEntry
from ticketing import thread
from ticketing.accounts import Accounts
from ticketing.arrivals import Arrival, Stored, store_arrivals
from ticketing.desk import Desk, sqlstate
from ticketing.errors import Busy
from ticketing.failed_events import FailedEvent, keep_failed
from ticketing.identity import NeedsCare
from ticketing.patience import is_away
from ticketing.preparation import Prepared, Preparer
from ticketing.receipts import apply_receipts
from ticketing.settings import TicketingSettings
from ticketing.storage import Storage

logger = structlog.get_logger(__name__)

RETRIES = 6
UNIQUE_VIOLATION = "23505"


@dataclass(slots=True, eq=False)
class _Part:
    """What one call gave one lane, and who waits for it."""

    events: list[Prepared]
    done: asyncio.Future[dict[UUID, Stored]]


@dataclass(slots=True)
class _Lane:
    waiting: deque[_Part] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Intake:
    """Implements `channels.adapter.InboundSink` but for `converse`, which `ticketing.converse` adds."""

    def __init__(
        self,
        desk: Desk,
        accounts: Accounts,
        storage: Storage,
        danger: DangerDetector,
        settings: TicketingSettings | None = None,
    ) -> None:
        self._desk = desk
        self._settings = settings or TicketingSettings()
        self._preparer = Preparer(accounts, storage, danger)
        self._lanes = [_Lane() for _ in range(self._settings.intake.lanes)]
        self._waiting = 0

    async def accept(self, events: Sequence[InboundEvent]) -> None:
        """Store the events; once this returns they are committed. Busy when the desk cannot store now."""
        await self._store(await self._preparer.prepare(events))

    async def store_inline(self, message: InboundMessage) -> Stored | None:
        """Store a caller's message, whose turn is left to the caller; None when it was there already or
        broken.
        """
        prepared = await self._preparer.prepare([message], inline=True)
        stored = await self._store(prepared)
        return next(iter(stored.values()), None)

    async def thread(
        self, account: str, address: str, *, after: int = 0, limit: int = 100
    ) -> Sequence[ThreadEntry]:
        """What this address and we have written, oldest first (see `InboundSink`)."""
        return await thread.read_thread(
            self._desk, self._preparer.accounts, account, address, after=after, limit=limit
        )

    async def attachment(self, account: str, address: str, attachment_id: UUID) -> Attachment | None:
        """A stored file of this address's own thread, with its bytes; None when there is no such file."""
        return await thread.read_attachment(
            self._desk,
            self._preparer.accounts,
            self._preparer.storage,
            account=account,
            address=address,
            attachment_id=attachment_id,
        )

    async def close(self) -> None:
        """Wait for what is being stored."""
        await asyncio.gather(*(lane.task for lane in self._lanes if lane.task is not None))

    async def _store(self, prepared: Sequence[Prepared]) -> dict[UUID, Stored]:
        if not prepared:
            return {}
        if self._waiting + len(prepared) > self._settings.intake.waiting and self._waiting:
            raise Busy
        parts: dict[int, _Part] = {}
        loop = asyncio.get_running_loop()
        for event in prepared:
            lane = crc32(_rides_with(event).encode()) % len(self._lanes)
            if lane not in parts:
                parts[lane] = _Part([], loop.create_future())
            parts[lane].events.append(event)
        self._waiting += len(prepared)
        for number, part in parts.items():
            lane_of_part = self._lanes[number]
            lane_of_part.waiting.append(part)
            if lane_of_part.task is None:
                lane_of_part.task = asyncio.create_task(self._drain(lane_of_part))
        if len(parts) == 1:
            return await next(iter(parts.values())).done
        outcomes = await asyncio.gather(*(part.done for part in parts.values()), return_exceptions=True)
        stored: dict[UUID, Stored] = {}
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
            stored |= outcome
        return stored

    async def _drain(self, lane: _Lane) -> None:
        """Commit what waits, batch by batch, until nothing does."""
        try:
            while lane.waiting:
                batch = self._next_batch(lane)
                try:
                    await self._commit(batch)
                finally:
                    self._waiting -= sum(len(part.events) for part in batch)
                    for part in batch:
                        if not part.done.done():
                            part.done.set_exception(Busy())
        finally:
            lane.task = None

    def _next_batch(self, lane: _Lane) -> list[_Part]:
        batch = [lane.waiting.popleft()]
        size = len(batch[0].events)
        while lane.waiting and size + len(lane.waiting[0].events) <= self._settings.intake.batch:
            batch.append(lane.waiting.popleft())
            size += len(batch[-1].events)
        return batch

    async def _commit(self, batch: list[_Part]) -> None:
        try:
            stored = await self._write([event for part in batch for event in part.events])
        except Busy as busy:
            for part in batch:
                _fail(part, busy)
        except Exception as error:
            await self._take_apart(batch, error)
        else:
            for part in batch:
                ids = {event.message_id for event in part.events if isinstance(event, Arrival)}
                _settle(part, {key: value for key, value in stored.items() if key in ids})

    async def _take_apart(self, batch: list[_Part], error: Exception) -> None:
        """Find the poisoned event: call by call, then event by event."""
        if len(batch) > 1:
            for part in batch:
                await self._commit([part])
            return
        part = batch[0]
        stored: dict[UUID, Stored] = {}
        for event in part.events:
            try:
                stored |= await self._write([event])
            except Busy as busy:
                _fail(part, busy)
                return
            except Exception as reason:
                logger.warning("event_failed", reason=str(reason), first_reason=str(error))
                try:
                    await self._write([FailedEvent.of(event, reason)])
                except Exception as worse:
                    logger.exception("failed_event_not_kept")
                    refusal = Busy()
                    refusal.__cause__ = worse
                    _fail(part, refusal)
                    return
        _settle(part, stored)

    async def _write(self, events: Sequence[Prepared]) -> dict[UUID, Stored]:
        """One transaction. Busy when the database is away; anything else is about the data."""
        careful = False
        for attempt in range(RETRIES):
            last = attempt + 1 == RETRIES
            try:
                return await self._transaction(events, careful=careful)
            except NeedsCare:
                careful = True
            except DBAPIError as error:
                state = sqlstate(error)
                if state == UNIQUE_VIOLATION and not careful:
                    careful = True  # somebody else made the same person at the same time
                elif state.startswith("40") and not last:
                    continue
                elif is_away(error):
                    raise Busy from error
                else:
                    raise
            except (OSError, TimeoutError, PoolTimeout) as error:
                raise Busy from error
        raise AssertionError("unreachable: the last attempt returns or raises")

    async def _transaction(self, events: Sequence[Prepared], *, careful: bool) -> dict[UUID, Stored]:
        receipts = [event for event in events if isinstance(event, DeliveryReceipt)]
        arrivals = [event for event in events if isinstance(event, Arrival)]
        failed = [event for event in events if isinstance(event, FailedEvent)]
        stored: dict[UUID, Stored] = {}
        async with self._desk.transaction() as transaction:
            await apply_receipts(transaction, receipts)
            if arrivals:
                stored = await store_arrivals(transaction, arrivals, self._settings, careful=careful)
            await keep_failed(transaction, failed)
        return stored


def _rides_with(event: Prepared) -> str:
    """What decides the lane: one sender's messages, and one message's receipts, stay in order."""
    if isinstance(event, Arrival):
        return f"{event.account.key} {event.message.sender.addresses[0]}"
    return event.account + (f" {event.external_id}" if isinstance(event, DeliveryReceipt) else "")


def _settle(part: _Part, stored: dict[UUID, Stored]) -> None:
    if not part.done.done():
        part.done.set_result(stored)


def _fail(part: _Part, error: Exception) -> None:
    if not part.done.done():
        part.done.set_exception(error)
