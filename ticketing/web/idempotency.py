"""Idempotency-Key: a request that may have been done already is not done again.

A row for the key is there before anything is done. The transaction that does it marks the row (`keep`), so
that after a crash the next attempt knows: what was not committed is simply done now, and what was committed
without its answer being kept is refused with a sentence that says so. An attempt that was given up for lost
cannot commit any more once another has begun.
"""

from __future__ import annotations

import hashlib
import logging
import re
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine
from uuid_utils.compat import uuid7

from ticketing.desk import Transaction
from ticketing.errors import Conflict, Invalid
from ticketing.web.auth.guard import IN_PERSON, PUBLIC, SESSION
from ticketing.web.errors import Handler, answered
from ticketing.web.requests import BODY_LIMIT, preread
from ticketing.web.routes.route import WRITES, File, Route

log = logging.getLogger(__name__)

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
KEY: Final = re.compile(r"[A-Za-z0-9_.:-]{8,100}")
KEPT: Final = timedelta(hours=24)  # ticketing.maintenance forgets older ones
LOST_AFTER: Final = timedelta(minutes=2)  # no request takes as long
FILE_LIMIT: Final = 16 * 2**20  # bytes of a file as a body

# What is too old counts no more; what was given up for lost and never committed may be done now.
_CLAIM: Final = text(
    "INSERT INTO idempotency_keys AS k (agent_id, key, fingerprint, attempt)"
    " VALUES (:agent_id, :key, :fingerprint, :attempt)"
    " ON CONFLICT (agent_id, key) DO UPDATE SET fingerprint = excluded.fingerprint,"
    " attempt = excluded.attempt, created_at = now(), begun_at = now(), committed_at = NULL,"
    " answered_at = NULL, status = NULL, content_type = NULL, body = NULL"
    " WHERE k.created_at < now() - CAST(:kept AS interval)"
    " OR (k.fingerprint = excluded.fingerprint AND k.answered_at IS NULL AND k.committed_at IS NULL"
    " AND k.begun_at < now() - CAST(:lost_after AS interval))"
    " RETURNING k.attempt"
)
_FIND: Final = text(
    "SELECT fingerprint, committed_at, answered_at, status, content_type, body,"
    " begun_at < now() - CAST(:lost_after AS interval) AS is_lost"
    " FROM idempotency_keys WHERE agent_id = :agent_id AND key = :key"
)
_MINE: Final = "WHERE agent_id = :agent_id AND key = :key AND attempt = :attempt"
_COMMIT: Final = text(f"UPDATE idempotency_keys SET committed_at = now() {_MINE}")  # noqa: S608 - our own constant
_ANSWER: Final = text(
    "UPDATE idempotency_keys SET answered_at = now(), status = :status, content_type = :content_type,"  # noqa: S608
    f" body = :body {_MINE}"
)
_RELEASE: Final = text(f"DELETE FROM idempotency_keys {_MINE} AND committed_at IS NULL")  # noqa: S608
_GIVE_UP: Final = text(
    f"UPDATE idempotency_keys SET begun_at = begun_at - CAST(:lost_after AS interval) {_MINE}"  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Attempt:
    agent_id: UUID
    key: str
    attempt: UUID

    @property
    def values(self) -> dict[str, Any]:
        return {"agent_id": self.agent_id, "key": self.key, "attempt": self.attempt}


_RUNNING: Final[ContextVar[Attempt | None]] = ContextVar("idempotent_attempt", default=None)


async def keep(transaction: Transaction) -> None:
    """A keeper of the desk: what is done under a key commits together with the mark that it was done."""
    attempt = _RUNNING.get()
    if attempt is None:
        return
    marked = await transaction.connection.execute(_COMMIT, attempt.values)
    if not marked.rowcount:
        raise Conflict("idempotency_in_progress", "A later attempt of this request has taken over.")


def takes_key(route: Route) -> bool:
    """Whether an Idempotency-Key counts there: not where nobody is known, nor where passwords are sent.

    Not even the fingerprint of a request with a password is kept.
    """
    return route.method in WRITES and route.needs not in (PUBLIC, IN_PERSON)


class IdempotencyKeys:
    """The `idempotency_keys` table, and what stands before handlers that write."""

    def __init__(self, engine: AsyncEngine, lost_after: timedelta = LOST_AFTER) -> None:
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lost_after = lost_after

    def __call__(self, route: Route, handler: Handler) -> Handler:
        """The handler, done once for each key."""
        if not takes_key(route):
            return handler

        async def once(request: web.Request) -> web.StreamResponse:
            key = request.headers.get(HEADER)
            if key is None:
                return await handler(request)
            if not KEY.fullmatch(key):
                allowed = "8 to 100 letters, digits and _ . : -"
                raise Invalid("invalid", f"An {HEADER} has {allowed}.", {HEADER: allowed})
            fingerprint = await _fingerprint(request, route)
            attempt = Attempt(request[SESSION].agent_id, key, uuid7())
            earlier = await self._claim(attempt, fingerprint)
            if earlier is not None:
                return _again(earlier, fingerprint)
            return await self._first(request, handler, attempt, is_secret=route.secret)

        return once

    async def _claim(self, attempt: Attempt, fingerprint: bytes) -> Row[Any] | None:
        """None when this attempt is the one to do it; else what there is of an earlier one."""
        claim = {
            **attempt.values,
            "fingerprint": fingerprint,
            "kept": KEPT,
            "lost_after": self._lost_after,
        }
        find = {"agent_id": attempt.agent_id, "key": attempt.key, "lost_after": self._lost_after}
        async with self._engine.connect() as connection:
            while True:
                if (await connection.execute(_CLAIM, claim)).first() is not None:
                    return None
                earlier = (await connection.execute(_FIND, find)).one_or_none()
                if earlier is not None:  # else it was released this instant
                    return earlier

    async def _first(
        self, request: web.Request, handler: Handler, attempt: Attempt, *, is_secret: bool
    ) -> web.StreamResponse:
        running = _RUNNING.set(attempt)
        try:
            response = await answered(request, handler)
        finally:
            _RUNNING.reset(running)
        try:
            await self._keep_answer(attempt, response, is_secret=is_secret)
        except Exception:
            # The answer is right, and whoever asks again is told that it is not known any more.
            log.exception("The answer to a request with an %s was not kept", HEADER)
        return response

    async def _keep_answer(self, attempt: Attempt, response: web.StreamResponse, *, is_secret: bool) -> None:
        async with self._engine.connect() as connection:
            if response.status >= 500 or response.status == 429:
                released = await connection.execute(_RELEASE, attempt.values)
                if not released.rowcount:
                    await connection.execute(_GIVE_UP, {**attempt.values, "lost_after": self._lost_after})
                return
            body = None if is_secret and response.status < 400 else _body(response)
            answer = {"status": response.status, "content_type": response.content_type, "body": body}
            await connection.execute(_ANSWER, {**attempt.values, **answer})


async def _fingerprint(request: web.Request, route: Route) -> bytes:
    """What makes two requests the same. The file of a form is not looked at: only where it goes."""
    body = b""
    if not isinstance(route.body, File):
        body = await preread(request, BODY_LIMIT)
    elif route.body.field is None:
        body = await preread(request, FILE_LIMIT)
    return hashlib.sha256(b"\0".join((request.method.encode(), request.path_qs.encode(), body))).digest()


def _again(earlier: Row[Any], fingerprint: bytes) -> web.Response:
    if earlier.fingerprint != fingerprint:
        raise Invalid("idempotency_mismatch", "This key was used for another request.", {HEADER: "used"})
    if earlier.answered_at is not None and earlier.body is not None:
        return web.Response(
            body=earlier.body,
            status=earlier.status,
            headers={"Cache-Control": "no-store", REPLAYED: "true"}
            | ({"Content-Type": f"{earlier.content_type}; charset=utf-8"} if earlier.body else {}),
        )
    if earlier.answered_at is not None:
        raise Conflict("idempotency_answer_gone", "This was done; its answer was shown once and is not kept.")
    if earlier.is_lost and earlier.committed_at is not None:
        raise Conflict(
            "idempotency_answer_lost",
            "This was done, but its answer was lost: look before doing it again with another key.",
        )
    raise Conflict("idempotency_in_progress", "The same request is being done: ask again in a moment.")


def _body(response: web.StreamResponse) -> bytes | None:
    if not isinstance(response, web.Response):
        return None
    return b"" if response.body is None else response.body if isinstance(response.body, bytes) else None
