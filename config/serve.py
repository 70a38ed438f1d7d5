"""Runs one process of the desk: web, workers and channels on one event loop, until asked to stop."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

from config.collector import spare_the_collector
from config.demonstration import load_into
from config.logging import configure
from config.parts import Parts, open_parts
from config.sandbox import connect_sandbox, mount_sandbox
from config.settings import Settings, SettingsError
from config.web import web_application

logger = structlog.get_logger(__name__)

# A request that is being answered may end; a socket is told to reconnect.
SHUTDOWN_SECONDS = 5.0
LONGEST_ADDRESS = 32 * 1024  # bytes: two thousand characters of Arabic to search for
RESTART_PAUSE = 1.0


async def serve(settings: Settings) -> None:
    """Until SIGINT or SIGTERM. SettingsError in one sentence when it cannot start."""
    configure(settings.log_level)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with open_parts(settings, serving=True) as parts:
        await load_into(parts.engine, settings)
        async with running(parts):
            spare_the_collector()
            logger.info("desk_up", url=settings.url)
            await stopping.wait()
            logger.info("desk_stopping")


@asynccontextmanager
async def running(parts: Parts) -> AsyncIterator[web.Application]:
    """The web side listening and the workers working; all of it stopped at the end, in order."""
    alive: dict[str, bool] = {}
    app = web_application(parts, alive)
    if parts.settings.sandbox:
        mount_sandbox(app, parts)
    runner = web.AppRunner(
        app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS, max_line_size=LONGEST_ADDRESS
    )
    await runner.setup()
    try:
        await _listen(runner, parts.settings)
        connect_sandbox(app, parts)
        async with parts.supervisor, _workers(parts, alive):
            yield app
    finally:
        await runner.cleanup()


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await web.TCPSite(runner, settings.host, settings.port).start()
    except OSError as error:
        raise SettingsError(
            f"Port {settings.port} on {settings.host} cannot be used ({error.strerror}): "
            "stop what uses it, or choose another with WASL_PORT."
        ) from error


@asynccontextmanager
async def _workers(parts: Parts, alive: dict[str, bool]) -> AsyncIterator[None]:
    runs: dict[str, Callable[[], Awaitable[None]]] = {
        "turns": parts.turns.run,
        "outbox": parts.outbox.run,
        "media": parts.media.run,
        "maintenance": parts.maintenance.run,
        "announcements": parts.announcements.run,
        "automations": parts.automations.run,
        "bulk": parts.bulk.run,
        "scheduled": parts.scheduled.run,
        "surveys": parts.surveys.run,
        "periodic": parts.periodic.run,
        **({} if parts.doors.mails is None else {"mails": parts.doors.mails.run}),
        "hours": parts.hours.run,
        "alarms": parts.alarms.run,
        "router": parts.router.run,
    }
    tasks = [asyncio.create_task(_keep(name, run, alive), name=name) for name, run in runs.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _keep(name: str, run: Callable[[], Awaitable[None]], alive: dict[str, bool]) -> None:
    """A worker that ends by an error is a fault of ours: say so, and start it again."""
    while True:
        alive[name] = True
        try:
            await run()
        except Exception:
            logger.exception("worker_failed", worker=name)
        alive[name] = False
        await asyncio.sleep(RESTART_PAUSE)
