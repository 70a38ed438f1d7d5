"""The real assistant: Rasa in its own process, the action endpoint, and a database with sample data."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from aiohttp import ClientSession, web
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot.actions.endpoint import PATH, routes
from bot.rasa import RasaAssistant
from config.postgres import async_url
from config.sample.load import load
from tests.bot.rasa_process import PROJECT, ROOT, model_of_the_sources, rasa_variables, running_rasa
from tests.bot.world import NOW, SECRET, Customer, SharedWorld, World

__all__ = ["PROJECT", "ROOT", "rasa_variables"]  # tests look for them here


@pytest.fixture(scope="session")
async def sample_engine(postgres_url: str, template_database: str) -> AsyncIterator[AsyncEngine]:
    """A database with the sample data of `NOW`'s day, shared: every customer is new."""
    async with sample_database(postgres_url, template_database) as engine:
        yield engine


@pytest.fixture(scope="module")
async def engine_of_its_own(postgres_url: str, template_database: str) -> AsyncIterator[AsyncEngine]:
    """The same for one file alone: codes are counted by contract, over everyone who asks for one."""
    async with sample_database(postgres_url, template_database) as engine:
        yield engine


@asynccontextmanager
async def sample_database(postgres_url: str, template_database: str) -> AsyncIterator[AsyncEngine]:
    name = f"bot_{uuid4().hex}"
    connection = await asyncpg.connect(postgres_url)
    await connection.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    url = make_url(async_url(postgres_url)).set(database=name)
    engine = create_async_engine(url)
    async with engine.begin() as transaction:
        await load(transaction, today=NOW.date())
    yield engine
    await engine.dispose()
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


@pytest.fixture
def world(sample_engine: AsyncEngine) -> World:
    return World(sample_engine)


@pytest.fixture(scope="session")
def rasa_python() -> Path:
    environment = Path(os.environ.get("WASL_RASA_ENV", ROOT / ".wasl" / "rasa"))
    python = environment / "bin" / "python"
    assert python.exists(), f"The assistant's environment is missing at {environment}: run ./wasl train."
    return python


@pytest.fixture(scope="session")
def rasa_model(rasa_python: Path) -> Path:
    """The trained assistant: the launcher's, else one trained here and kept until its sources change."""
    given = os.environ.get("WASL_RASA_MODEL")
    if given:
        return Path(given)
    model = model_of_the_sources()
    if not model.exists():
        _rasa(
            rasa_python, "train", "--force", "--out", str(model.parent), "--fixed-model-name", model.name[:-7]
        )
    return model


def _rasa(python: Path, *arguments: str) -> None:
    ended = subprocess.run(
        [python, "-m", "rasa", *arguments],
        cwd=PROJECT,
        env=rasa_variables(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]


@pytest.fixture(scope="session")
async def actions_server() -> AsyncIterator[tuple[SharedWorld, str]]:
    shared = SharedWorld()

    async def forward(request: web.Request) -> web.StreamResponse:
        assert shared.world is not None, "an action was called outside a test"
        (route,) = routes(shared.world.services(), SECRET)
        response: web.StreamResponse = await route.handler(request)
        return response

    application = web.Application()
    application.router.add_post(PATH, forward)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    yield shared, f"http://127.0.0.1:{port}{PATH}"
    await runner.cleanup()


@pytest.fixture(scope="session")
def rasa_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rasa") / "rasa.log"


@pytest.fixture(scope="session")
async def rasa_url(
    rasa_python: Path, rasa_model: Path, rasa_log: Path, actions_server: tuple[SharedWorld, str]
) -> AsyncIterator[str]:
    """A running Rasa with the trained assistant."""
    async with running_rasa(rasa_python, rasa_model, rasa_log, actions_server[1]) as (url, _):
        yield url


@pytest.fixture
async def http() -> AsyncIterator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def assistant(
    http: ClientSession, rasa_url: str, world: World, actions_server: tuple[SharedWorld, str]
) -> Iterator[RasaAssistant]:
    actions_server[0].world = world
    yield RasaAssistant(http, rasa_url, SECRET)
    actions_server[0].world = None


@pytest.fixture
def customer(assistant: RasaAssistant, world: World) -> Customer:
    return Customer(assistant, world)
