"""One process of the desk, composed as in production, with a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from config.parts import open_parts
from config.settings import Settings
from config.web import web_application

StartDesk = Callable[..., Awaitable[TestClient[Any, Any]]]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings.model_validate({"data": tmp_path, "database_url": database_url, "port": 0})


@pytest.fixture
async def start_desk(settings: Settings) -> AsyncIterator[StartDesk]:
    """Call it with `alive=` to say which workers run, and with settings to change."""
    async with AsyncExitStack() as stack:

        async def start(*, alive: dict[str, bool] | None = None, **changes: Any) -> TestClient[Any, Any]:
            parts = await stack.enter_async_context(open_parts(settings.model_copy(update=changes)))
            application = web_application(parts, {"turns": True} if alive is None else alive)
            return await stack.enter_async_context(TestClient(TestServer(application)))

        yield start
