"""The one address: desk, channels, sandbox, interfaces and operations, mounted side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_network
from typing import Any
from uuid import UUID

from aiohttp import web
from sqlalchemy import text

from bot.actions.endpoint import routes as action_routes
from bot.intents import INTENTS
from channels.adapter import DemonstrationPage, Rereading
from channels.envelope import InboundEvent
from channels.web import mount
from config.accounts import AccountConfig
from config.assistant import ActionServices
from config.health import Part, Probe, healthz, readyz
from config.interfaces import desk_routes
from config.metrics import Metrics
from config.parts import Parts
from knowledge_base.web.app import mount_help
from knowledge_base.web.site import HelpSettings
from ticketing.desk import utc_now
from ticketing.failed_events import replay
from ticketing.web.app import setup as setup_desk
from ticketing.web.dependencies import UploadLimits, WebDependencies, WebSettings

# What a customer's words may teach; the fallback is what the assistant falls back to, and "inform" answers a
# question of ours.
TEACHABLE = INTENTS - {"nlu_fallback", "inform"}
# Without a proxy the address of a request is the caller's; with one, the proxy on the same host is believed.
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))


def web_application(parts: Parts, workers_alive: dict[str, bool]) -> web.Application:
    """Everything one process serves. `workers_alive` is kept up to date by whoever runs the workers."""
    metrics = Metrics(parts.engine)
    app = web.Application(middlewares=[metrics.middleware])
    setup_desk(app, _desk_dependencies(parts))
    mount(app.router, parts.adapters, parts.sink)
    actions = ActionServices(parts.desk, parts.settings.zone, parts.accounts, parts.codes, parts.billing)
    services = replace(actions.services(), public_url=parts.settings.url)
    app.router.add_routes(action_routes(services, _rasa_secret(parts)))
    app.router.add_get("/healthz", healthz)
    app.router.add_get("/readyz", readyz(_probes(parts, workers_alive)))
    app.router.add_get("/metrics", metrics.handler)
    if parts.settings.demonstration or parts.settings.sandbox:
        app.router.add_routes(_demonstration(parts))
    mount_help(app, parts.engine, _help_settings(parts), utc_now)
    app.router.add_routes(desk_routes())
    return app


def _help_settings(parts: Parts) -> HelpSettings:
    settings = parts.settings
    return HelpSettings(
        settings.brand.name,
        settings.brand.short_name,
        settings.url,
        settings.zone,
        settings.demonstration,
    )


def _demonstration(parts: Parts) -> list[web.RouteDef]:
    """The page of the first account that can show itself: there is one /demo."""
    for adapter in parts.adapters.values():
        if isinstance(adapter, DemonstrationPage):
            return list(adapter.demonstration("/demo"))
    return []


def _rasa_secret(parts: Parts) -> str:
    given = parts.settings.rasa_secret
    return given.get_secret_value() if given else parts.secrets.get("rasa")


def _desk_dependencies(parts: Parts) -> WebDependencies:
    settings = parts.settings

    def read(account: str, raw: Any) -> Sequence[InboundEvent]:
        adapter: object = parts.adapters.get(account)
        if isinstance(adapter, Rereading):
            return adapter.replay(raw)
        raise ValueError("its channel cannot read single events again")

    async def replay_event(event_id: UUID) -> None:
        await replay(parts.desk, event_id, parts.sink.accept, read)

    async def retry(account: str) -> None:
        parts.supervisor.retry(account)

    return WebDependencies(
        desk=parts.desk,
        storage=parts.storage,
        settings=WebSettings(
            brand_name=settings.brand.name,
            brand_short_name=settings.brand.short_name,
            time_zone=settings.time_zone,
            demonstration=settings.demonstration,
            sandbox_url="/sandbox" if settings.sandbox else None,
            session_lifetime=settings.session_lifetime,
            allowed_origins=frozenset(settings.allowed_origins),
            trusted_proxies=LOOPBACK if settings.trust_forwarded else (),
            limits_storage=_limits_storage(settings.valkey_url),
            uploads=UploadLimits(max_bytes=settings.max_upload_bytes),
            public_url=settings.url,
            sends_mail=parts.doors.mails is not None,
            undo_send=settings.undo_send,
        ),
        accounts=parts.accounts,
        health=parts.supervisor.report,
        replay=replay_event,
        retry=retry,
        calendar=parts.calendar,
        intents=TEACHABLE,
        sealer=parts.doors.sealer,
        oidc=parts.doors.oidc,
        billing=parts.billing,
    )


def _limits_storage(valkey_url: str | None) -> str:
    return "async+memory://" if valkey_url is None else f"async+{valkey_url}"


def _probes(parts: Parts, workers_alive: dict[str, bool]) -> dict[str, Probe]:
    async def database() -> Part:
        async with parts.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return Part(ready=True, detail="answers")

    async def files() -> Part:
        await parts.storage.probe()
        return Part(ready=True, detail="can be written")

    async def assistant() -> Part:
        ready = await parts.assistant.ready()
        detail = "answers" if ready else "not ready: messages go to people"
        return Part(ready, detail, required=False)

    async def workers() -> Part:
        dead = sorted(name for name, alive in workers_alive.items() if not alive)
        return Part(not dead, "running" if not dead else f"restarting: {', '.join(dead)}")

    async def accounts() -> Part:
        """Messages of a lost account wait; the desk itself is ready without it."""
        states = {account.key: _account_state(parts, account) for account in parts.configured}
        lost = {key: state for key, state in states.items() if state != "ready"}
        detail = "; ".join(f"{key}: {state}" for key, state in lost.items()) or "all ready"
        return Part(not lost, detail, required=False)

    return {
        "database": database,
        "files": files,
        "assistant": assistant,
        "workers": workers,
        "accounts": accounts,
    }


def _account_state(parts: Parts, account: AccountConfig) -> str:
    if account.problem is not None:
        return f"off ({account.problem})"
    health = parts.supervisor.health(account.key)
    return f"{health.state} ({health.reason})" if health.reason else str(health.state)
