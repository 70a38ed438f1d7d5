"""What the composition root hands to the desk's web side: one frozen value under one key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network
from typing import Protocol
from uuid import UUID

from knowledge_base.billing.source import BillingSource
from ticketing.accounts import Accounts
from ticketing.calendar import Calendar, Timetable
from ticketing.desk import Desk
from ticketing.sealing import Sealer
from ticketing.storage import Storage
from ticketing.web.auth.oidc import OidcClient


class AccountHealth(Protocol):
    """How one account's connection to its provider is doing."""

    @property
    def state(self) -> str: ...
    @property
    def reason(self) -> str | None: ...
    @property
    def since(self) -> datetime: ...


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Largest file of an agent, in bytes, and how many may be in memory at once."""

    max_bytes: int = 25 * 2**20
    at_once: int = 8


@dataclass(frozen=True, slots=True)
class WebSettings:
    """What the desk's web side must know.

    `allowed_origins` are origins (scheme://host) that may talk to the desk beside its own address, and
    `trusted_proxies` the networks whose X-Forwarded-* headers are believed. `secure_cookies`: None means
    Secure whenever the request came over HTTPS. `limits_storage` is a URL of the `limits` library;
    several processes share one Valkey.
    """

    brand_name: str
    brand_short_name: str
    time_zone: str
    demonstration: bool = False
    sandbox_url: str | None = None
    session_lifetime: timedelta = timedelta(hours=12)
    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    secure_cookies: bool | None = None
    limits_storage: str = "async+memory://"
    uploads: UploadLimits = field(default_factory=UploadLimits)
    public_url: str = ""  # as customers reach us, for addresses that agents send
    sends_mail: bool = False  # invitations and resets travel by mail; otherwise people hand links over
    undo_send: timedelta = timedelta(0)  # how long a reply can be taken back


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """The desk with its engine and bus, and what only the composition root can reach.

    `health` tells how each running account is. `replay` parses and stores a failed event again: DeskError
    when it still cannot be read. `retry` has an account that its provider had rejected probed again.
    `calendar` holds the teams' hours as they are now, `intents` what an example may teach the assistant.
    """

    desk: Desk
    storage: Storage
    settings: WebSettings
    accounts: Accounts
    health: Callable[[], Mapping[str, AccountHealth]]
    replay: Callable[[UUID], Awaitable[None]]
    retry: Callable[[str], Awaitable[None]]
    calendar: Calendar = field(default_factory=Calendar)
    intents: frozenset[str] = frozenset()
    sealer: Sealer = field(default_factory=Sealer.fresh)
    oidc: OidcClient | None = None
    billing: BillingSource | None = None  # none: our own tables

    @property
    def timetable(self) -> Timetable:
        return self.calendar.current
