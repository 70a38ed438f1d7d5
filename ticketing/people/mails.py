"""The desk's own mails: written in the transaction that needs them, sent by a worker, gone once sent."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

import structlog
from sqlalchemy import Row, text

from ticketing.desk import Desk, Transaction, utc_now
from ticketing.sealing import NotOurs, Sealer
from ticketing.worker import Worker

logger = structlog.get_logger(__name__)

TOPIC: Final = "mail"
LEASE: Final = timedelta(minutes=2)
SHUTDOWN: Final = timedelta(seconds=5)
AT_ONCE: Final = 4
_LONGEST_PAUSE: Final = timedelta(minutes=30)
_PURPOSE: Final = "mail"

_WRITE: Final = text("INSERT INTO mails (sealed, expires_at) VALUES (:sealed, :expires_at)")
_CLAIM: Final = text(
    "UPDATE mails SET leased_until = now() + CAST(:lease AS interval), attempts = attempts + 1"
    " WHERE id IN (SELECT id FROM mails WHERE due_at <= now()"
    " AND (leased_until IS NULL OR leased_until < now())"
    " ORDER BY due_at LIMIT :free FOR UPDATE SKIP LOCKED)"
    " RETURNING id, sealed, attempts, expires_at"
)
_NEXT: Final = text(
    "SELECT extract(epoch FROM min(greatest(due_at, coalesce(leased_until, due_at))) - now()) FROM mails"
)
_DONE: Final = text("DELETE FROM mails WHERE id = :id")
_LATER: Final = text(
    "UPDATE mails SET leased_until = NULL, due_at = now() + CAST(:pause AS interval) WHERE id = :id"
)


@dataclass(frozen=True, slots=True)
class Mail:
    """A plain text whose paragraphs are separated by empty lines."""

    to: str
    subject: str
    text: str
    language: str


class MailRefused(Exception):
    """The mail server will never take this mail: trying again is of no use."""


class Mailer(Protocol):
    """Hands one mail to a mail server. Any error but MailRefused is tried again."""

    async def send(self, mail: Mail) -> None: ...


async def ask_for_reset(transaction: Transaction, sealer: Sealer, email: str, expires_at: datetime) -> None:
    """Written in the same way whether an account has this address or not: only the worker looks."""
    await _queue(transaction, sealer, {"reset_for": email}, expires_at)


async def write_mail(transaction: Transaction, sealer: Sealer, mail: Mail, expires_at: datetime) -> None:
    """Send it after the commit; given up at `expires_at`, when what it says is no longer true."""
    await _queue(transaction, sealer, {"mail": asdict(mail)}, expires_at)


async def _queue(
    transaction: Transaction, sealer: Sealer, content: Mapping[str, Any], expires_at: datetime
) -> None:
    sealed = sealer.seal(json.dumps(content).encode(), _PURPOSE)
    await transaction.connection.execute(_WRITE, {"sealed": sealed, "expires_at": expires_at})
    transaction.wake(TOPIC)


class Mails(Worker[Row[Any]]):
    """Sends what was written.

    `reset_mail` writes to an address whose password was forgotten, or None.
    """

    topic = TOPIC

    def __init__(
        self,
        desk: Desk,
        mailer: Mailer,
        sealer: Sealer,
        reset_mail: Callable[[str], Awaitable[Mail | None]],
    ) -> None:
        super().__init__(desk, slots=AT_ONCE, shutdown=SHUTDOWN)
        self._mailer = mailer
        self._sealer = sealer
        self._reset_mail = reset_mail

    async def claim(self, free: int) -> Sequence[Row[Any]]:
        async with self.desk.engine.begin() as connection:
            return (await connection.execute(_CLAIM, {"lease": LEASE, "free": free})).all()

    async def next_due(self) -> float | None:
        async with self.desk.reading() as connection:
            seconds = await connection.scalar(_NEXT)
        return None if seconds is None else float(seconds)

    async def work(self, item: Row[Any]) -> None:
        """A mail is sent twice only when the process dies between the server's yes and our commit."""
        pause = await self._send(item)
        async with self.desk.engine.begin() as connection:
            if pause is None:
                await connection.execute(_DONE, {"id": item.id})
            else:
                await connection.execute(_LATER, {"id": item.id, "pause": pause})

    async def _send(self, item: Row[Any]) -> timedelta | None:
        """How long to wait before the next attempt; None: it is done with."""
        try:
            content = json.loads(self._sealer.open(item.sealed, _PURPOSE))
            mail = (
                await self._reset_mail(content["reset_for"])
                if "reset_for" in content
                else Mail(**content["mail"])
            )
            if mail is not None:
                await self._mailer.send(mail)
        except (NotOurs, MailRefused) as error:
            logger.warning("mail_refused", mail=str(item.id), error=str(error))
        except Exception as error:
            pause = min(_LONGEST_PAUSE, timedelta(seconds=5 * 2 ** min(int(item.attempts), 12)))
            expires_at: datetime = item.expires_at
            if expires_at > utc_now() + pause:
                logger.warning("mail_delayed", mail=str(item.id), error=repr(error), seconds=pause.seconds)
                return pause
            logger.warning("mail_given_up", mail=str(item.id), error=repr(error))
        return None
