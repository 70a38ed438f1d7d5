"""The Table objects and the migrated database say the same."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, inspect
from sqlalchemy.ext.asyncio import AsyncEngine

import knowledge_base.announcements
import knowledge_base.articles.tables
import knowledge_base.billing.tables
import knowledge_base.network.tables
import knowledge_base.outages.tables  # noqa: F401  # registers its tables, as those above do
from knowledge_base.tables import metadata


@pytest.mark.parametrize("name", sorted(metadata.tables))
async def test_a_table_is_as_migrated(database: AsyncEngine, name: str) -> None:
    def columns(connection: Connection) -> dict[str, tuple[bool, bool]]:
        keys = set(inspect(connection).get_pk_constraint(name)["constrained_columns"])
        found: list[Any] = inspect(connection).get_columns(name)
        return {column["name"]: (column["nullable"], column["name"] in keys) for column in found}

    async with database.connect() as connection:
        migrated = await connection.run_sync(columns)
    declared = {
        column.name: (bool(column.nullable), bool(column.primary_key))
        for column in metadata.tables[name].columns
    }
    assert declared == migrated
