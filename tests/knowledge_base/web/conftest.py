"""The help centre on a real server, with the demonstration's records."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, web
from aiohttp.test_utils import TestServer
from sqlalchemy import NullPool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from config.postgres import async_url
from config.sample.help_articles import load_articles
from config.sample.network import load_network
from knowledge_base.time_zones import pinned_zone
from knowledge_base.web.app import mount_help
from knowledge_base.web.site import HelpSettings

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)  # a Tuesday
SETTINGS = HelpSettings(
    "SRM Casablanca-Settat", "SRM-CS", "https://help.example", pinned_zone("Africa/Casablanca"), True
)


class Visitor:
    """A browser without scripts."""

    def __init__(self, server: TestServer, http: ClientSession, engine: AsyncEngine) -> None:
        self.server = server
        self.http = http
        self.engine = engine

    async def get(self, path: str, **more: object) -> ClientResponse:
        """`path` is within our own and percent-encoded; redirects are not followed."""
        url = f"{str(self.server.make_url('/')).rstrip('/')}{path}"
        return await self.http.get(url, allow_redirects=False, **more)  # type: ignore[arg-type]

    async def reads(self, path: str, expect: int = 200) -> str:
        response = await self.get(path)
        assert response.status == expect, path
        return await response.text()


@pytest.fixture(scope="session")
async def help_template(postgres_url: str, template_database: str) -> AsyncIterator[str]:
    """A database with the demonstration's network and articles, to copy."""
    name = f"help_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    engine = create_async_engine(make_url(async_url(postgres_url)).set(database=name), poolclass=NullPool)
    async with engine.begin() as loading:
        await load_network(loading, NOW.date())
        await load_articles(loading, NOW.date())
    await engine.dispose()
    yield name
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
async def visitor(postgres_url: str, help_template: str) -> AsyncIterator[Visitor]:
    name = f"help_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {help_template}")
    engine = create_async_engine(make_url(async_url(postgres_url)).set(database=name))
    app = web.Application()
    mount_help(app, engine, SETTINGS, lambda: NOW)
    # The address of a test server is a number, for which browsers keep cookies and aiohttp does not.
    async with TestServer(app) as server, ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
        yield Visitor(server, http, engine)
    await engine.dispose()
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()
