"""What a migration does it can undo, and do again."""

from __future__ import annotations

from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from ticketing.migrations.upgrade import alembic_config, upgrade

TABLES = text("SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'")
ROLES = text("SELECT key, permissions FROM roles ORDER BY key")


async def shape(engine: AsyncEngine) -> tuple[set[tuple[str, str]], list[tuple[str, list[str]]]]:
    async with engine.connect() as connection:
        columns = {(row[0], row[1]) for row in await connection.execute(TABLES)}
        roles = [(row[0], sorted(row[1])) for row in await connection.execute(ROLES)]
    return columns, roles


async def test_down_to_the_first_and_up_again(database: AsyncEngine) -> None:
    """Migration by migration; the first is the empty database itself."""
    before = await shape(database)

    def down(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.downgrade(config, "0001")

    async with database.connect() as connection:
        await connection.run_sync(down)
        await connection.commit()
    assert "outages" not in {table for table, _ in (await shape(database))[0]}
    await upgrade(database)
    assert await shape(database) == before
