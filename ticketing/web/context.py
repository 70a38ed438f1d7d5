"""What every handler reaches through the application: the dependencies and what is built from them."""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from ticketing.bus import Bus
from ticketing.desk import Desk
from ticketing.editing import Editing
from ticketing.ownership import Ownership
from ticketing.people.services import People
from ticketing.replies import Replies
from ticketing.web.auth.guard import Guard
from ticketing.web.auth.limits import SignInLimits
from ticketing.web.auth.passwords import PasswordChecker
from ticketing.web.auth.sessions import Sessions
from ticketing.web.dependencies import WebDependencies, WebSettings
from ticketing.web.feed import FeedLimits, LiveFeed


@dataclass(frozen=True, slots=True)
class Context:
    dependencies: WebDependencies
    sessions: Sessions
    guard: Guard
    sign_ins: SignInLimits
    passwords: PasswordChecker
    feed: LiveFeed
    ownership: Ownership
    editing: Editing
    replies: Replies
    uploading: asyncio.Semaphore
    reading_engine: AsyncEngine
    people: People

    @property
    def desk(self) -> Desk:
        return self.dependencies.desk

    @property
    def bus(self) -> Bus:
        return self.dependencies.desk.bus

    @property
    def settings(self) -> WebSettings:
        return self.dependencies.settings

    def reading(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """A connection on which each statement stands alone."""
        return self.reading_engine.connect()

    @classmethod
    def build(cls, dependencies: WebDependencies, limits: FeedLimits | None = None) -> Context:
        settings, engine = dependencies.settings, dependencies.desk.engine
        sessions = Sessions(engine, settings.session_lifetime)
        return cls(
            dependencies,
            sessions,
            Guard(sessions, settings),
            SignInLimits(settings.limits_storage),
            PasswordChecker(),
            LiveFeed(engine, dependencies.desk.bus, sessions, limits),
            Ownership(dependencies.desk),
            Editing(dependencies.desk, lambda: dependencies.timetable),
            Replies(dependencies.desk, dependencies.accounts, settings.undo_send),
            asyncio.Semaphore(settings.uploads.at_once),
            engine.execution_options(isolation_level="AUTOCOMMIT"),
            _people(dependencies),
        )


def _people(dependencies: WebDependencies) -> People:
    settings = dependencies.settings
    return People.build(
        dependencies.desk,
        dependencies.sealer,
        brand=settings.brand_name,
        short_name=settings.brand_short_name,
        desk_url=settings.public_url,
        sends_mail=settings.sends_mail,
    )


CONTEXT: Final = web.AppKey("context", Context)
