"""What every test may use: a real PostgreSQL, a fresh database each, and no way out to the internet."""

from __future__ import annotations

import ipaddress
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import NullPool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from config.postgres import EmbeddedPostgres, async_url
from ticketing.migrations.upgrade import upgrade

ROOT = Path(__file__).parent.parent
TEMPLATE = "wasl_template"
MEMORY_NEEDED = 4 * 2**30  # bytes: write-ahead log, and as many databases as tests hold at once


def _is_local(host: str) -> bool:
    if host in {"localhost", ""}:
        return True
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


def _refuse_the_internet(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        if isinstance(address, tuple) and not _is_local(str(address[0])):
            pytest.fail(f"A test tried to reach {address[0]}: tests talk to loopback only.")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if not _is_local(name):
            pytest.fail(f"A test tried to look up {name}: tests talk to loopback only.")


sys.addaudithook(_refuse_the_internet)


def _memory() -> str | None:
    """Where hundreds of short-lived databases cost no disk; None for the usual place."""
    shared = Path("/dev/shm")
    if shared.is_dir() and os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > MEMORY_NEEDED:
        return str(shared)
    return None


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL server with a migrated template database (WASL_TEST_DATABASE_URL: one of yours)."""
    given = os.environ.get("WASL_TEST_DATABASE_URL")
    if given:
        yield given
        return
    with tempfile.TemporaryDirectory(prefix="wasl-pg-", dir=_memory()) as folder:
        server = EmbeddedPostgres(Path(folder) / "data")
        url = server.start()
        try:
            yield url
        finally:
            server.stop()


async def _administrate(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _database_url(server_url: str, name: str) -> str:
    return make_url(async_url(server_url)).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
async def template_database(postgres_url: str) -> str:
    await _administrate(
        postgres_url,
        # Durability is not under test here; the programs under tests/faults/ use their own server.
        "ALTER SYSTEM SET fsync = off",
        "ALTER SYSTEM SET full_page_writes = off",
        "SELECT pg_reload_conf()",
        f"DROP DATABASE IF EXISTS {TEMPLATE}",
        f"CREATE DATABASE {TEMPLATE}",
    )
    engine = create_async_engine(_database_url(postgres_url, TEMPLATE), poolclass=NullPool)
    await upgrade(engine)
    await engine.dispose()
    return TEMPLATE


@pytest.fixture
async def database_url(postgres_url: str, template_database: str) -> AsyncIterator[str]:
    """The postgresql+asyncpg:// URL of a fresh, migrated database of this test's own."""
    name = f"test_{uuid4().hex}"
    await _administrate(postgres_url, f"CREATE DATABASE {name} TEMPLATE {template_database}")
    try:
        yield _database_url(postgres_url, name)
    finally:
        await _administrate(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[AsyncEngine]:
    """An engine on a fresh, migrated database."""
    engine = create_async_engine(database_url, pool_size=20, max_overflow=20)
    try:
        yield engine
    finally:
        await engine.dispose()


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], Any]]:
    """Tests run on the loop that production runs on."""
    import uvloop

    return {"uvloop": uvloop.new_event_loop}
