"""A database that takes no connections is the desk's passing trouble, not an error of the request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import NullPool, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from config.postgres import async_url
from ticketing.web.errors import errors_as_problems


@pytest.fixture
async def refusing(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """A database like one whose server is starting: it is there, and takes nobody."""
    name = f"refusing_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} WITH ALLOW_CONNECTIONS false")
    engine = create_async_engine(make_url(async_url(postgres_url)).set(database=name), poolclass=NullPool)
    yield engine
    await engine.dispose()
    await connection.execute(f"DROP DATABASE {name}")
    await connection.close()


async def test_a_database_that_takes_no_connections_is_told_as_such(refusing: AsyncEngine) -> None:
    async def look(_request: web.Request) -> web.Response:
        async with refusing.connect():
            raise AssertionError("it took the connection")

    app = web.Application(middlewares=[errors_as_problems])
    app.router.add_get("/", look)
    async with TestClient(TestServer(app)) as client:
        response = await client.get("/")
        assert response.status == 503
        assert response.headers["Retry-After"] == "1"
        assert (await response.json())["code"] == "unavailable"
