"""Runs a migration's SQL as it stands, many statements at once."""

from __future__ import annotations

from typing import Any

from alembic import op
from sqlalchemy.util import await_only


def run(sql: str) -> None:
    """Execute a script inside the migration's transaction.

    asyncpg's prepared statements take one command each; its simple protocol takes a whole script.
    """
    bind = op.get_bind()
    bind.exec_driver_sql("SELECT 1")  # opens the transaction that the driver would otherwise start lazily
    driver: Any = bind.connection.driver_connection
    await_only(driver.execute(sql))
