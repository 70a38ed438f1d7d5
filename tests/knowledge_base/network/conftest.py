"""The packaged gazetteer in a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge_base.network.stored_places import seed_places


@pytest.fixture
async def connection(database: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """An open transaction that sees the gazetteer."""
    async with database.begin() as connection:
        await seed_places(connection, with_demonstration=True)
        yield connection
