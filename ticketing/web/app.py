"""The desk's web side as an aiohttp application, and how it is mounted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from functools import cache

from aiohttp import web

from knowledge_base.time_zones import pinned_zone
from ticketing.desk import Desk
from ticketing.web import auditing
from ticketing.web.api.reference import REFERENCE, Reference
from ticketing.web.auditing import Audit
from ticketing.web.context import CONTEXT, Context
from ticketing.web.dependencies import WebDependencies
from ticketing.web.errors import errors_as_problems
from ticketing.web.feed import FeedLimits
from ticketing.web.headers import add_security_headers
from ticketing.web.idempotency import IdempotencyKeys, keep
from ticketing.web.keepers import OVERVIEW, PRESENCE, OverviewKeeper, PresenceKeeper
from ticketing.web.live import FEED
from ticketing.web.openapi import document
from ticketing.web.reference.page import reference_of
from ticketing.web.requests import no_nul_in_path
from ticketing.web.routes import ROUTES
from ticketing.web.visibility import visible

PREFIX = "/api"


def desk_app(dependencies: WebDependencies, limits: FeedLimits | None = None) -> web.Application:
    """Everything below /api. Built inside a running event loop."""
    app = web.Application(middlewares=[errors_as_problems, no_nul_in_path])
    desk = dependencies.desk
    once, audit = IdempotencyKeys(desk.engine), Audit(desk.engine)
    marking = Desk(desk.engine, desk.bus, (*desk.keepers, keep, auditing.keep))
    context = Context.build(replace(dependencies, desk=marking), limits)
    app[CONTEXT] = context
    app[FEED] = context.feed
    app[REFERENCE] = _reference()
    for route in ROUTES:
        handler = context.guard(visible(route.path, once(route, audit(route, route.handler))), route.needs)
        if route.method == "GET":
            app.router.add_get(route.path, handler)  # HEAD comes with it
        else:
            app.router.add_route(route.method, route.path, handler)
    app[PRESENCE] = PresenceKeeper(context.desk)
    app[OVERVIEW] = OverviewKeeper(context.desk, context.feed.hub, pinned_zone(context.settings.time_zone))
    app.cleanup_ctx.extend((_feeding, _keeping))
    app.on_shutdown.append(_close_sockets)
    return app


@cache
def _reference() -> Reference:
    return reference_of(document(ROUTES))


def setup(app: web.Application, dependencies: WebDependencies, limits: FeedLimits | None = None) -> None:
    """Mount the desk under /api and put security headers on whatever `app` serves."""
    app.on_response_prepare.append(add_security_headers)
    app.add_subapp(PREFIX, desk_app(dependencies, limits))


async def _feeding(app: web.Application) -> AsyncIterator[None]:
    task = asyncio.create_task(app[FEED].run(), name="live-feed")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await app[CONTEXT].sign_ins.close()


async def _keeping(app: web.Application) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(app[PRESENCE].run(), name="presence"),
        asyncio.create_task(app[OVERVIEW].run(), name="overview"),
    ]
    yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _close_sockets(app: web.Application) -> None:
    app[FEED].stop()
