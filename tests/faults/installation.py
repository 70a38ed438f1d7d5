"""Wasl as separate processes, so that each can be killed alone: the provider, the desk and Rasa."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from config.launch.places import Places, child_environment
from config.launch.training import rasa_environment_variables
from tests.faults.processes import Kept, Program, free_port

ROOT = Path(__file__).resolve().parents[2]
SECRET = "faults-secret-of-rasa-and-desk"
TOKEN = "faults-token"
APP_SECRET = "faults-app-secret"
ACCOUNT = "whatsapp-main"


@dataclass(frozen=True, slots=True)
class Rasa:
    """The assistant's own environment and a trained model."""

    python: Path
    model: Path


class Provider:
    """The sandbox' control interface."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url + "/sandbox/api"

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        async with self._http.request(method, self._url + path, json=body) as response:
            assert response.status < 300, f"{method} {path}: {response.status} {await response.text()}"
            return await response.json() if response.status != 204 else None

    async def write(self, messages: list[tuple[str, str]], *, per_webhook: int = 1) -> list[str]:
        """Customers (number, text) write; the provider's ids in the same order."""
        bodies = [{"from": number, "text": text} for number, text in messages]
        answer = await self.call("POST", "/inject", {"messages": bodies, "per_webhook": per_webhook})
        return [str(one) for one in answer["ids"]]

    async def accepted(self) -> list[dict[str, Any]]:
        """What was sent, in the order in which it was taken."""
        taken: list[dict[str, Any]] = (await self.call("GET", "/accepted?limit=1000000"))["accepted"]
        return taken

    async def queued(self) -> int:
        """Webhooks that have not been answered with 200."""
        return int((await self.call("GET", "/stats"))["webhooks"]["queued"])


@dataclass(frozen=True, slots=True)
class Installation:
    """Running processes; `http` is for whoever talks to them."""

    http: aiohttp.ClientSession
    desk_url: str
    desk: Kept
    rasa: Kept | None
    provider: Provider

    async def ready(self, *, assistant: bool) -> None:
        """Return when the desk and its account are ready, and Rasa too when it is asked for."""
        wanted = {"database", "workers"} | ({"assistant"} if assistant else set())
        while True:
            parts = await self._parts()
            if parts is not None and _are_ready(parts, wanted):
                return
            await asyncio.sleep(0.2)

    async def _parts(self) -> dict[str, Any] | None:
        try:
            async with self.http.get(self.desk_url + "/readyz") as response:
                return dict((await response.json())["parts"])
        except (aiohttp.ClientError, ValueError, KeyError):
            return None


def _are_ready(parts: Mapping[str, Any], wanted: Iterable[str]) -> bool:
    """Other accounts may be off: a web chat whose widget is not built, say."""
    return all(parts[name]["ready"] for name in wanted) and ACCOUNT not in parts["accounts"]["detail"]


@asynccontextmanager
async def installed(
    folder: Path,
    database_url: str,
    *,
    rasa: Rasa | None = None,
    rasa_url: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Installation]:
    """Everything started, nothing ready yet. `rasa`: start it too; `rasa_url`: somebody plays it there."""
    folder.mkdir(parents=True, exist_ok=True)
    desk_port, sandbox_port, rasa_port = free_port(), free_port(), free_port()
    desk_url, sandbox_url = f"http://127.0.0.1:{desk_port}", f"http://127.0.0.1:{sandbox_port}"
    if rasa is not None:
        rasa_url = f"http://127.0.0.1:{rasa_port}"
    settings = _desk_settings(folder, database_url, desk_port, sandbox_url, rasa_url) | dict(
        environment or {}
    )
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)))
        await stack.enter_async_context(Kept(_sandbox(folder, sandbox_port, desk_url)))
        if rasa is not None:
            assistant = await stack.enter_async_context(Kept(_rasa(folder, rasa, rasa_port, desk_url)))
        desk = await stack.enter_async_context(Kept(_desk(folder, settings)))
        provider = Provider(http, sandbox_url)
        yield Installation(http, desk_url, desk, assistant if rasa is not None else None, provider)


def _places(folder: Path) -> Places:
    return Places.of(ROOT, os.environ, str(folder))


def _desk_settings(
    folder: Path, database_url: str, port: int, sandbox_url: str, rasa_url: str | None
) -> dict[str, str]:
    settings = {
        "WASL_HOST": "127.0.0.1",
        "WASL_PORT": str(port),
        "WASL_DATA": str(folder),
        "WASL_SANDBOX": "0",  # the provider is a process of its own, which outlives the desk
        "WASL_DEMONSTRATION": "1",
        "WASL_RASA_SECRET": SECRET,
        "WASL_WHATSAPP_BASE_URL": f"{sandbox_url}/sandbox/graph",
        "WASL_WHATSAPP_TOKEN": TOKEN,
        "WASL_WHATSAPP_APP_SECRET": APP_SECRET,
        "WASL_WHATSAPP_VERIFY_TOKEN": "faults-verify-token",
        "DATABASE_URL": database_url,
    }
    return settings | ({"WASL_RASA_URL": rasa_url} if rasa_url else {})


def _desk(folder: Path, settings: Mapping[str, str]) -> Program:
    command = [sys.executable, "-m", "config.cli", "serve"]
    environment = child_environment(_places(folder), settings)
    return Program("the desk", command, ROOT, environment, folder / "desk.log")


def _sandbox(folder: Path, port: int, desk_url: str) -> Program:
    command = [sys.executable, "-m", "channels.sandbox", "--port", str(port), "--no-window"]
    command += ["--webhook", f"{desk_url}/channels/{ACCOUNT}/webhook", "--token", TOKEN]
    command += ["--app-secret", APP_SECRET, "--sent-after", "0.1", "--delivered-after", "0.2"]
    command += ["--retry-longest", "2"]
    return Program("the provider", command, ROOT, child_environment(_places(folder)), folder / "provider.log")


def _rasa(folder: Path, rasa: Rasa, port: int, desk_url: str) -> Program:
    places = _places(folder)
    settings = {
        **rasa_environment_variables(places),
        "WASL_RASA_SECRET": SECRET,
        "WASL_ACTIONS_URL": f"{desk_url}/internal/rasa/actions",
    }
    command = [str(rasa.python), "-m", "rasa", "run", "--enable-api", "-i", "127.0.0.1", "-p", str(port)]
    command += ["--model", str(rasa.model), "--credentials", "credentials.yml"]
    command += ["--endpoints", "endpoints.yml"]
    environment = child_environment(places, settings)
    return Program("Rasa", command, places.assistant, environment, folder / "rasa.log")
