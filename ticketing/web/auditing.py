"""Writes down who looked at personal data and who changed settings, before the answer leaves.

A look is written once in ten minutes for the same agent and thing, so that the audit stays readable. What
cannot be written down is not shown. A change is written by the transaction that makes it.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.auditing.entries import Entry, write
from ticketing.desk import Transaction
from ticketing.web.auth.guard import IN_PERSON, PUBLIC, SESSION
from ticketing.web.auth.origin import client_address
from ticketing.web.context import CONTEXT
from ticketing.web.errors import Handler, NotSignedIn, TooMany
from ticketing.web.requests import BODY_LIMIT, json_without_nul, preread
from ticketing.web.routes.route import WRITES, File, Route

log = logging.getLogger(__name__)

AGAIN_AFTER: Final = 600.0  # seconds
MOST_REMEMBERED: Final = 50_000  # looks
DETAIL_LIMIT: Final = 8_000  # bytes of a change's body that are kept
_SECRET: Final = re.compile(r"password|secret|token|code|key", re.IGNORECASE)

# These tell of themselves by events, or are no more than marks on one's own screen.
_TOLD_BY_EVENTS: Final = (
    "/tickets",
    "/messages",
    "/uploads",
    "/session",
    "/presence",
    "/notifications",
    "/bulk",
    "/moves",
    "/drafts",
    "/contacts",
)

Subject = Callable[[web.Request], Mapping[str, Any] | None]


def _id(name: str) -> Subject:
    def subject(request: web.Request) -> Mapping[str, Any] | None:
        try:
            return {name: UUID(request.match_info["id"])}
        except ValueError:
            return None

    return subject


def _list(request: web.Request) -> Mapping[str, Any]:
    """A list by its view, a search by its words."""
    asked = (request.query.get("q") or request.query.get("view") or "all").replace("\x00", "")
    return {"subject": asked}


# The addresses that show personal data, by the kind of thing.
LOOKS: Final[Mapping[str, tuple[str, Subject]]] = {
    "/tickets": ("list", _list),
    "/search": ("search", _list),
    "/tickets/{id}": ("ticket", _id("ticket_id")),
    "/tickets/{id}/timeline": ("ticket", _id("ticket_id")),
    "/attachments/{id}": ("attachment", _id("attachment_id")),
    "/contacts": ("contacts", _list),
    "/contacts/{id}": ("contact", _id("contact_id")),
    "/contacts/{id}/contracts": ("contracts", _id("contact_id")),
}


@dataclass(slots=True)
class _Doing:
    """A change under way: written with the first transaction that makes it."""

    entry: Entry
    written: bool = False


_DOING: Final[ContextVar[_Doing | None]] = ContextVar("audited_change", default=None)


async def keep(transaction: Transaction) -> None:
    """A keeper of the desk: what a request changes commits together with the line that says who."""
    doing = _DOING.get()
    if doing is not None and not doing.written:
        await write(transaction.connection, doing.entry)
        doing.written = True


@dataclass(slots=True)
class Audit:
    """Stands before handlers. One for each process."""

    engine: AsyncEngine
    _seen: dict[tuple[Any, ...], float] = field(default_factory=dict)

    def __call__(self, route: Route, handler: Handler) -> Handler:
        if route.needs == PUBLIC:
            return (
                self._doors(handler)
                if route.path.startswith("/session") and route.method == "POST"
                else handler
            )
        if route.method == "GET":
            look = LOOKS.get(route.path)
            return handler if look is None else self._looking(*look, handler)
        if route.method in WRITES and not route.path.startswith(_TOLD_BY_EVENTS):
            return self._changing(route, handler)
        return handler

    def _looking(self, what: str, subject: Subject, handler: Handler) -> Handler:
        async def looking(request: web.Request) -> web.StreamResponse:
            named = subject(request)
            session = request[SESSION]
            thing = (session.agent_id, session.token_id, what, *(named or {}).values())
            answer: web.StreamResponse | None = None
            if what == "attachment":
                await self._once(
                    thing, _entry(request, "view", what, named)
                )  # a file is streamed: first the line
                return await handler(request)
            answer = await handler(request)
            if answer.status == 200 and named is not None:
                await self._once(thing, _entry(request, "view", what, named))
            return answer

        return looking

    async def _once(self, thing: tuple[Any, ...], entry: Entry) -> None:
        now = time.monotonic()
        if now - self._seen.get(thing, -AGAIN_AFTER) < AGAIN_AFTER:
            return
        async with self.engine.begin() as connection:
            await write(connection, entry)
        if len(self._seen) >= MOST_REMEMBERED:
            self._seen = {one: at for one, at in self._seen.items() if now - at < AGAIN_AFTER}
        self._seen[thing] = now

    def _changing(self, route: Route, handler: Handler) -> Handler:
        what = f"{route.method} {route.path}"

        async def changing(request: web.Request) -> web.StreamResponse:
            named = {"subject": "/".join(request.match_info.values()) or None}
            doing = _Doing(_entry(request, "change", what, named, await _body(request, route)))
            running = _DOING.set(doing)
            try:
                answer = await handler(request)
            finally:
                _DOING.reset(running)
            if answer.status < 400 and not doing.written:
                async with self.engine.begin() as connection:
                    await write(connection, doing.entry)
            return answer

        return changing

    def _doors(self, handler: Handler) -> Handler:
        """Who was turned away at sign-in, by the address he gave."""

        async def doors(request: web.Request) -> web.StreamResponse:
            raw = await preread(request, BODY_LIMIT)
            try:
                return await handler(request)
            except (NotSignedIn, TooMany) as refusal:
                entry = Entry("sign_in", refusal.code, None, subject=_email(raw), address=_address(request))
                async with self.engine.begin() as connection:
                    await write(connection, entry)
                raise

        return doors


def _entry(
    request: web.Request,
    kind: str,
    what: str,
    named: Mapping[str, Any] | None,
    detail: Mapping[str, Any] | None = None,
) -> Entry:
    session = request[SESSION]
    entry = Entry(
        kind, what, session.agent_id, session.token_id, detail=detail or {}, address=_address(request)
    )
    return replace(entry, **dict(named or {}))


def _address(request: web.Request) -> str:
    return client_address(request, request.app[CONTEXT].settings.trusted_proxies)


async def _body(request: web.Request, route: Route) -> Mapping[str, Any]:
    """What the change says, without what is secret; nothing of files and of how somebody signs in."""
    if route.needs == IN_PERSON or route.secret or isinstance(route.body, File) or route.body is None:
        return {}
    raw = json_without_nul(await preread(request, BODY_LIMIT))
    try:
        told = json.loads(raw or b"{}")
    except ValueError:
        return {}
    if not isinstance(told, dict) or len(raw) > DETAIL_LIMIT:
        return {"fields": sorted(told)[:50]} if isinstance(told, dict) else {}
    return {name: value for name, value in told.items() if not _SECRET.search(name)}


def _email(raw: bytes) -> str | None:
    try:
        told = json.loads(raw)
    except ValueError:
        return None
    email = told.get("email") if isinstance(told, dict) else None
    return email.strip().lower()[:320].replace("\x00", "") if isinstance(email, str) else None
