"""`./wasl check`: a verdict for every setting, engine and account, one line each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import text

from channels.supervisor import AccountState
from config.mail import SmtpMailer
from config.parts import Parts, open_parts
from config.settings import Settings, SettingsError
from knowledge_base.billing.source import BillingUnavailable
from ticketing.bus import ValkeyBus
from ticketing.hours.tables import CALENDAR, EXPECTED
from ticketing.web.auth.oidc import OidcProblem

PROBE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Verdict:
    """`good` None: it is not used here, which is no fault."""

    what: str
    good: bool | None
    detail: str

    def __str__(self) -> str:
        mark = {True: "ok     ", False: "WRONG  ", None: "off    "}[self.good]
        return f"{mark} {self.what:<24} {self.detail}"


async def check(settings: Settings) -> int:
    """Print the verdicts; 0 when nothing is wrong, 1 otherwise."""
    wrong = False
    async for verdict in verdicts(settings):
        print(verdict)
        wrong = wrong or verdict.good is False
    return int(wrong)


async def verdicts(settings: Settings) -> AsyncIterator[Verdict]:
    """Look at everything that can be looked at; a part that cannot be opened ends the list."""
    yield Verdict(
        "settings", good=True, detail=f"{settings.brand.name}, {settings.time_zone}, {settings.url}"
    )
    try:
        async with open_parts(settings) as parts:
            async for verdict in _engines(parts):
                yield verdict
            async for verdict in _accounts(parts):
                yield verdict
            yield _codes(parts)
    except SettingsError as error:
        yield Verdict("start", good=False, detail=str(error))


async def _engines(parts: Parts) -> AsyncIterator[Verdict]:
    async with parts.engine.connect() as connection:
        version = (await connection.execute(text("SHOW server_version"))).scalar_one()
    where = "DATABASE_URL" if parts.settings.database_url else "from the wheel"
    yield Verdict("database", good=True, detail=f"PostgreSQL {version}, {where}")
    try:
        await parts.storage.probe()
        yield Verdict(
            "files", good=True, detail=parts.settings.files_url or str(parts.settings.data / "files")
        )
    except Exception as error:
        yield Verdict("files", good=False, detail=f"cannot be written ({error})")
    yield await _hours(parts)
    yield await _valkey(parts)
    yield await _billing(parts)
    yield await _assistant(parts)
    yield await _mail(parts)
    yield await _provider(parts)


async def _mail(parts: Parts) -> Verdict:
    settings = parts.settings.mail
    if settings is None:
        how = "the sandbox keeps them" if parts.doors.mailbox else "people hand links over"
        return Verdict("mail", good=None, detail=f"no WASL_MAIL__HOST: {how}")
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await SmtpMailer(settings).probe()
    except Exception as error:
        return Verdict("mail", good=False, detail=f"{settings.host}:{settings.port}: {error!r}")
    return Verdict("mail", good=True, detail=f"{settings.host}:{settings.port}, {settings.security}")


async def _provider(parts: Parts) -> Verdict:
    client = parts.doors.oidc
    if client is None:
        return Verdict("identity provider", good=None, detail="no WASL_OIDC__ISSUER")
    try:
        async with asyncio.timeout(PROBE_SECONDS):
            await client.probe()
    except (OidcProblem, TimeoutError) as error:
        return Verdict("identity provider", good=False, detail=f"{client.settings.issuer}: {error}")
    return Verdict("identity provider", good=True, detail=client.settings.issuer)


async def _hours(parts: Parts) -> Verdict:
    """Which hours hold: those of the desk's tables, once they were filled."""
    async with parts.engine.connect() as connection:
        loaded_at = (await connection.execute(CALENDAR)).one().loaded_at
        expected = (await connection.execute(EXPECTED)).scalars().all()
    since = loaded_at.astimezone(parts.settings.zone).date().isoformat()
    detail = f"from the desk's own tables (hours.yaml was read once, on {since})"
    if expected:
        days = ", ".join(day.isoformat() for day in expected)
        return Verdict("hours", good=True, detail=f"{detail}; not yet confirmed: {days}")
    return Verdict("hours", good=True, detail=detail)


async def _valkey(parts: Parts) -> Verdict:
    if not isinstance(parts.bus, ValkeyBus):
        return Verdict("valkey", good=None, detail="one process needs none (VALKEY_URL is not set)")
    try:
        await asyncio.wait_for(parts.bus.connected.wait(), PROBE_SECONDS)
    except TimeoutError:
        return Verdict("valkey", good=False, detail="VALKEY_URL is set, but nothing answers there")
    return Verdict("valkey", good=True, detail="answers")


async def _billing(parts: Parts) -> Verdict:
    try:
        return Verdict("billing", good=True, detail=await parts.billing.probe())
    except BillingUnavailable as error:
        return Verdict("billing", good=False, detail=f"{error}: bills cannot be told")


async def _assistant(parts: Parts) -> Verdict:
    if parts.settings.rasa_url is None:
        return Verdict(
            "assistant", good=None, detail="WASL_RASA_URL is not set: every message goes to people"
        )
    if await parts.assistant.ready():
        return Verdict("assistant", good=True, detail=parts.settings.rasa_url)
    detail = f"{parts.settings.rasa_url} does not answer: messages go to people"
    return Verdict("assistant", good=False, detail=detail)


async def _accounts(parts: Parts) -> AsyncIterator[Verdict]:
    """Each account is probed once, as at start."""
    async with parts.supervisor as supervisor:
        with suppress(TimeoutError):  # an account that has not settled says so below
            await asyncio.wait_for(supervisor.settled(), PROBE_SECONDS)
        for account in parts.configured:
            what = f"account {account.key}"
            if account.problem is not None:
                good = None if account.is_unset else False
                yield Verdict(what, good, f"{account.channel}: {account.problem}")
                continue
            health = supervisor.health(account.key)
            ready = health.state is AccountState.READY
            yield Verdict(what, ready, f"{account.channel}: {health.reason or health.state}")


def _codes(parts: Parts) -> Verdict:
    """Without them nobody but the holder of an attested telephone can be told a bill."""
    if parts.codes is None:
        return Verdict("one-time codes", None, "accounts.yaml names no account under `codes`")
    if parts.codes.account in parts.adapters:
        return Verdict("one-time codes", good=True, detail=f"by {parts.codes.account}")
    return Verdict("one-time codes", None, f"{parts.codes.account} is off: bills are told by people only")
