"""What every channel's tests use."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from channels.sandbox.app import GRAPH_PATH, SANDBOX, sandbox_app
from channels.sandbox.sandbox import Sandbox
from channels.sandbox.settings import SandboxSettings
from tests.channels.recorder import Recorder
from tests.contracts.whatsapp import check_request

NOW = timedelta()


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def sink() -> Recorder:
    return Recorder()


@pytest.fixture
async def sandbox_server() -> AsyncIterator[TestServer]:
    """A sandbox without delays that checks every send against Meta's own description."""
    settings = SandboxSettings(
        sent_after=NOW,
        delivered_after=NOW,
        retry_first=timedelta(milliseconds=5),
        retry_longest=timedelta(milliseconds=20),
    )
    app = web.Application()
    provider = sandbox_app(settings, validate=check_request)
    app.add_subapp("/sandbox", provider)
    app[SANDBOX] = provider[SANDBOX]
    server = TestServer(app)
    async with server:
        yield server
    assert provider[SANDBOX].violations == []


@pytest.fixture
def sandbox(sandbox_server: TestServer) -> Sandbox:
    return sandbox_server.app[SANDBOX]


@pytest.fixture
def graph_url(sandbox_server: TestServer) -> str:
    """What an account has as its `graph_url`."""
    return str(sandbox_server.make_url("/sandbox" + GRAPH_PATH))
