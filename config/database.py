"""Opens the database: the server of DATABASE_URL, or PostgreSQL from the wheel; brought up to date."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from config.postgres import EmbeddedPostgres, PostgresUnavailable, async_url
from config.settings import Settings, SettingsError
from ticketing.migrations.upgrade import ensure_partitions, upgrade

# Each process: the message path needs few connections because it works in sets; the interface needs the rest.
POOL_SIZE = 20
POOL_OVERFLOW = 10


@asynccontextmanager
async def open_database(settings: Settings, *, serving: bool = False) -> AsyncIterator[AsyncEngine]:
    """An engine on a database at the newest version; SettingsError in one sentence when there is none.

    `serving`: this process is the desk, and takes an embedded server down with it even when an earlier,
    killed desk had started it. Others leave a server that was running as they found it.
    """
    server: EmbeddedPostgres | None = None
    try:
        if settings.database_url:
            url = async_url(settings.database_url)
        else:
            server = EmbeddedPostgres(settings.data / "postgres")
            url = async_url(await asyncio.to_thread(server.start))
        engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=POOL_OVERFLOW, pool_pre_ping=True)
        try:
            await _probe(engine)
            await upgrade(engine)
            await ensure_partitions(engine)
            yield engine
        finally:
            await engine.dispose()
    except PostgresUnavailable as error:
        raise SettingsError(str(error)) from error
    finally:
        if server is not None and (serving or not server.was_running):
            await asyncio.to_thread(server.stop)


async def _probe(engine: AsyncEngine) -> None:
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("SHOW server_version_num"))).scalar_one()
    except Exception as error:
        raise SettingsError(f"The database does not answer ({type(error).__name__}: {error}).") from error
    if int(version) < 180000:
        raise SettingsError("Wasl needs PostgreSQL 18 or newer: it makes its UUIDv7 keys itself.")
