"""Keeps every account alive: probes it, runs its listener, restarts it with back-off, and knows how it is.

A rejected account (wrong token, suspended number) stays so until `retry()`: trying again by itself would only
get it blocked. Each account is logged once when it is lost and once when it is back.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

from channels.adapter import ChannelAdapter, InboundSink
from channels.errors import AccountRejected, ChannelError

log = logging.getLogger(__name__)


class AccountState(StrEnum):
    STARTING = "starting"
    READY = "ready"
    DEGRADED = "degraded"  # lost for now, tried again by itself
    REJECTED = "rejected"  # the provider refuses us: a person must act
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Health:
    """How an account is, since when (aware, UTC), and why it is not ready."""

    state: AccountState
    since: datetime
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double from `first` to `longest`, each shortened by up to half at random, so that accounts
    lost together do not return together. A failure after `steady` of service starts from `first` again."""

    first: timedelta = timedelta(seconds=1)
    longest: timedelta = timedelta(minutes=5)
    steady: timedelta = timedelta(minutes=1)

    def delay(self, attempt: int, chance: float) -> timedelta:
        """Wait before attempt 1, 2, …; `chance` is in [0, 1)."""
        whole: timedelta = min(self.longest, self.first * (1 << min(attempt - 1, 30)))
        return whole * (1 - chance / 2)


@dataclass(slots=True)
class _Lane:
    adapter: ChannelAdapter[Any]
    health: Health
    wake: asyncio.Event = field(default_factory=asyncio.Event)  # retry() or reject() was called
    settled: asyncio.Event = field(default_factory=asyncio.Event)  # the first probe has ended
    rejection: str | None = None
    failures: int = 0
    task: asyncio.Task[None] | None = None


class Supervisor:
    """`async with Supervisor(adapters, sink):` enters the accounts, by key, and leaves no task behind."""

    def __init__(
        self,
        adapters: Mapping[str, ChannelAdapter[Any]],
        sink: InboundSink,
        *,
        on_change: Callable[[str, Health], None] | None = None,
        backoff: Backoff | None = None,
    ) -> None:
        self._sink = sink
        self._on_change = on_change
        self._backoff = backoff or Backoff()
        now = datetime.now(UTC)
        self._lanes = {
            account: _Lane(adapter, Health(AccountState.STARTING, now))
            for account, adapter in adapters.items()
        }

    async def __aenter__(self) -> Self:
        for account, lane in self._lanes.items():
            lane.task = asyncio.create_task(self._keep(account, lane), name=f"account {account}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = [lane.task for lane in self._lanes.values() if lane.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for account, lane in self._lanes.items():
            lane.task = None
            self._set(account, lane, AccountState.STOPPED)

    def adapter(self, account: str) -> ChannelAdapter[Any]:
        """KeyError when there is no such account."""
        return self._lanes[account].adapter

    def health(self, account: str) -> Health:
        return self._lanes[account].health

    def report(self) -> dict[str, Health]:
        return {account: lane.health for account, lane in self._lanes.items()}

    def retry(self, account: str) -> None:
        """Probe now: after a rejected account was repaired, or without waiting for the back-off."""
        lane = self._lanes[account]
        lane.rejection = None
        lane.wake.set()

    def reject(self, account: str, reason: str) -> None:
        """The provider refused this account while sending: pause it until `retry()`."""
        lane = self._lanes[account]
        lane.rejection = reason
        self._set(account, lane, AccountState.REJECTED, reason)
        lane.wake.set()

    async def settled(self) -> None:
        """Return when every account has been probed once, whatever came of it."""
        for lane in self._lanes.values():
            await lane.settled.wait()

    async def _keep(self, account: str, lane: _Lane) -> None:
        loop = asyncio.get_running_loop()
        while True:
            lane.wake.clear()
            entered_at = loop.time()
            try:
                await self._serve(account, lane)
                continue
            except AccountRejected as error:
                self._set(account, lane, AccountState.REJECTED, str(error))
                wait: float | None = None
            except ChannelError as error:
                wait = self._lost(account, lane, str(error), loop.time() - entered_at)
            except Exception as error:
                if lane.health.state is not AccountState.DEGRADED:
                    log.exception("Account %s failed unexpectedly", account)
                reason = f"{type(error).__name__}: {error}"
                wait = self._lost(account, lane, reason, loop.time() - entered_at)
            lane.settled.set()
            await _wait(lane.wake, wait)

    async def _serve(self, account: str, lane: _Lane) -> None:
        """One life of an account. Returns when it is to be probed again; raises when it is lost."""
        if lane.rejection is not None:
            raise AccountRejected(lane.rejection)
        async with lane.adapter:
            self._set(account, lane, AccountState.READY)
            lane.settled.set()
            listening = asyncio.create_task(lane.adapter.listen(self._sink), name=f"listen {account}")
            waking = asyncio.create_task(lane.wake.wait())
            try:
                await asyncio.wait({listening, waking}, return_when=asyncio.FIRST_COMPLETED)
                if listening.done():
                    listening.result()
                    await waking  # nothing to listen to: the account lives on its webhooks
            finally:
                listening.cancel()
                waking.cancel()
                await asyncio.gather(listening, waking, return_exceptions=True)
        if lane.rejection is not None:
            raise AccountRejected(lane.rejection)

    def _lost(self, account: str, lane: _Lane, reason: str, lasted: float) -> float:
        lane.failures = 1 if lasted >= self._backoff.steady.total_seconds() else lane.failures + 1
        self._set(account, lane, AccountState.DEGRADED, reason)
        # Jitter, not a secret.
        return self._backoff.delay(lane.failures, random.random()).total_seconds()  # noqa: S311

    def _set(self, account: str, lane: _Lane, state: AccountState, reason: str | None = None) -> None:
        before = lane.health
        if before.state is state:
            lane.health = Health(state, before.since, reason)
            return
        lane.health = Health(state, datetime.now(UTC), reason)
        if state is AccountState.REJECTED:
            log.error("Account %s is rejected by its provider: %s", account, reason)
        elif state is AccountState.DEGRADED:
            log.warning("Account %s is lost for now: %s", account, reason)
        elif state is AccountState.READY:
            log.info("Account %s is ready (was %s)", account, before.state)
        if self._on_change is not None:
            try:
                self._on_change(account, lane.health)
            except Exception:  # whoever listens must not stop the account
                log.exception("Nobody could be told that account %s is %s", account, state)


async def _wait(event: asyncio.Event, seconds: float | None) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
