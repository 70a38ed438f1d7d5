"""PostgreSQL under attack: a server of its own, as safe as in production, whose connections are cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from config.postgres import EmbeddedPostgres, _import_library


class Database:
    """A server with fsync on. `url` is for whoever uses it."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)
        self.url = ""
        self.connections_cut = 0
        self.crashes = 0

    async def start(self) -> None:
        self.url = await asyncio.to_thread(self._server.start)

    async def stop(self) -> None:
        await asyncio.to_thread(self._server.stop)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.url)
        try:
            yield connection
        finally:
            await connection.close()

    async def cut_connections(self) -> int:
        """Terminate every connection but this one; how many there were."""
        async with self.connected() as connection:
            cut: int = await connection.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        self.connections_cut += cut
        return cut

    async def crash(self) -> None:
        """End the server without a checkpoint, as a power cut does, and start it again."""
        await asyncio.to_thread(self._crash)
        self.crashes += 1

    def _crash(self) -> None:
        folder = self._server.folder
        _import_library().pg_ctl(
            ["-w", "-t", "60", "-m", "immediate", "-l", str(folder / "log"), "restart"],
            pgdata=folder,
            user=self._server.server.system_user,
        )
