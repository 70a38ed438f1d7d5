"""The fixtures themselves: a test that reaches out fails, and each test has its own database."""

from __future__ import annotations

import socket

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine


def test_the_internet_is_out_of_reach() -> None:
    with pytest.raises(pytest.fail.Exception, match="loopback only"):
        socket.create_connection(("192.0.2.1", 80), timeout=1)
    with pytest.raises(pytest.fail.Exception, match="loopback only"):
        socket.getaddrinfo("graph.facebook.com", 443)


async def test_a_database_is_migrated_and_empty(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM messages"))).scalar_one() == 0
        assert (await connection.execute(text("SELECT count(*) FROM roles"))).scalar_one() == 3
