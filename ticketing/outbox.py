"""Sending what is pending: the message row is the outbox.

A conversation is drained in the order of its positions, one message at a time: commit `sending`, send,
commit what became of it together with the next `sending`. What a crash leaves at `sending` becomes
`unknown`: shown to people, never sent twice by itself.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import uniform
from typing import Protocol
from uuid import UUID

import structlog

from channels.envelope import Failure, FailureReason, OutboundMessage, Sent
from channels.errors import AccountRejected, PermanentFailure, TemporaryFailure
from ticketing import work
from ticketing.accounts import Accounts
from ticketing.desk import Desk
from ticketing.outgoing import Outgoing, find_next, load_files, mark_sending, mark_unknown
from ticketing.patience import patiently
from ticketing.settings import OutboxSettings
from ticketing.settling import Ended, Outcome, Rejected, Retried, settle
from ticketing.storage import Storage
from ticketing.work import Claim
from ticketing.worker import Worker

logger = structlog.get_logger(__name__)


class Sending(Protocol):
    """What the outbox needs of an adapter."""

    async def send(self, message: OutboundMessage) -> Sent: ...


@dataclass(frozen=True, slots=True)
class _Attempt:
    outgoing: Outgoing
    outcome: Outcome


class Outbox(Worker[Claim]):
    """Drains conversations through their account's adapter. An account without one waits."""

    topic = "send"

    def __init__(
        self,
        desk: Desk,
        adapters: Callable[[str], Sending | None],
        accounts: Accounts,
        storage: Storage,
        settings: OutboxSettings | None = None,
    ) -> None:
        self._settings = settings or OutboxSettings()
        super().__init__(desk, self._settings.per_account * max(1, len(accounts)), self._settings.shutdown)
        self._adapters = adapters
        self._accounts = accounts
        self._storage = storage
        self._in_flight: Counter[str] = Counter()

    async def claim(self, free: int) -> Sequence[Claim]:
        slots = {
            key: self._settings.per_account - self._in_flight[key]
            for key in self._accounts
            if self._in_flight[key] < self._settings.per_account and self._adapters(key) is not None
        }
        if not slots:
            return ()
        async with self.desk.engine.begin() as connection:
            claims = await work.claim_sends(connection, slots, self._settings.lease)
        self._in_flight.update(claim.account for claim in claims)
        return claims

    async def next_due(self) -> float | None:
        async with self.desk.reading() as connection:
            return await work.next_due(connection, "send")

    async def work(self, item: Claim) -> None:
        try:
            attempt: _Attempt | None = None
            while (outgoing := await self._step(item, attempt)) is not None:
                attempt = _Attempt(outgoing, await self._send(outgoing))
        finally:
            self._in_flight[item.account] -= 1
            if self._in_flight[item.account] + 1 == self._settings.per_account:
                self.desk.bus.publish(self.topic)  # the account was full: others may wait for this slot

    async def _step(self, claim: Claim, attempt: _Attempt | None) -> Outgoing | None:
        marked: set[UUID] = set()
        return await patiently(lambda: self._transaction(claim, attempt, marked))

    async def _transaction(
        self, claim: Claim, attempt: _Attempt | None, marked: set[UUID]
    ) -> Outgoing | None:
        """Write down what became of the last message and take the next: one commit. None: nothing more now.

        `marked` are messages we meant to take before, by a commit that may have happened unheard.
        Rows are locked messages first, then work, as everywhere.
        """
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            if attempt is not None:
                await settle(transaction, claim, attempt.outgoing, attempt.outcome)
                if isinstance(attempt.outcome, Retried | Rejected):
                    delay = attempt.outcome.delay if isinstance(attempt.outcome, Retried) else timedelta(0)
                    await work.give_back(connection, claim, delay=delay)
                    return None
            following = await find_next(connection, claim.conversation_id)
            while following is not None and following.state == "sending" and following.id not in marked:
                if not await work.is_ours(connection, claim):
                    return None  # whoever has taken over is sending it
                # An earlier holder died between the yes and its commit.
                await mark_unknown(transaction, following)
                following = await find_next(connection, claim.conversation_id)
            if following is None:
                await work.finish(connection, claim)
                return None
            if not await work.renew(connection, claim, self._settings.lease):
                return None  # somebody else has taken over
            if following.state == "pending" and following.wait > timedelta(0):
                await work.give_back(connection, claim, delay=following.wait, held=True)
                return None
            marked.add(following.id)
            if following.state == "pending":
                await mark_sending(connection, following)
            return following

    async def _send(self, outgoing: Outgoing) -> Outcome:
        adapter = self._adapters(outgoing.account)
        if adapter is None:
            return Retried(self._settings.adapter_wait)
        try:
            message = await patiently(lambda: load_files(self.desk, self._storage, outgoing))
            async with asyncio.timeout(self._settings.deadline.total_seconds()):
                return await adapter.send(message)
        except Exception as error:
            return self._outcome_of(outgoing, error)

    def _outcome_of(self, outgoing: Outgoing, error: Exception) -> Outcome:
        """The failure classes, each with its consequence. Whatever may have been sent is `unknown`."""
        if isinstance(error, PermanentFailure):
            return Ended("failed", error.failure)
        if isinstance(error, AccountRejected):
            return Rejected(str(error))
        if isinstance(error, TemporaryFailure) and not error.maybe_sent:
            return self._later(outgoing, error)
        detail = str(error) if isinstance(error, TemporaryFailure) else f"{type(error).__name__}: {error}"
        if isinstance(error, TimeoutError):
            detail = "The provider did not answer in time."
        elif not isinstance(error, TemporaryFailure):
            logger.error("send_raised", account=outgoing.account, message=str(outgoing.id), exc_info=error)
        return Ended("unknown", Failure(FailureReason.OTHER, None, detail))

    def _later(self, outgoing: Outgoing, failure: TemporaryFailure) -> Outcome:
        if outgoing.age > self._settings.give_up_after:
            return Ended("failed", Failure(FailureReason.EXPIRED, None, str(failure)))
        return Retried(failure.retry_after or backoff(outgoing.attempts, self._settings.longest_wait))


def backoff(attempts: int, longest: timedelta) -> timedelta:
    """1, 2, 4 … seconds, spread by a quarter so that a recovering provider is not met by everyone at once."""
    seconds = min(longest.total_seconds(), 2.0 ** min(attempts, 30))
    return timedelta(seconds=seconds * uniform(0.75, 1.25))  # noqa: S311 no secret depends on it
