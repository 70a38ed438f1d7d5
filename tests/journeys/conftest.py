"""A whole installation, started as its users start it, and a real browser in front of it."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Browser, async_playwright

from tests.contracts.whatsapp import check_request

ROOT = Path(__file__).parent.parent.parent
START_DEADLINE = 240  # seconds: a fresh machine trains the assistant first
BROWSER_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True)
class Installation:
    """A running Wasl: its address, its data folder, and a session for plain requests."""

    url: str
    data: Path
    http: aiohttp.ClientSession

    async def get(self, path: str) -> Any:
        async with self.http.get(self.url + path) as response:
            assert response.status == 200, f"{path}: {response.status} {await response.text()}"
            return await response.json()

    async def post(self, path: str, body: Any) -> Any:
        async with self.http.post(self.url + path, json=body) as response:
            text = await response.text()
            assert response.status < 300, f"{path}: {response.status} {text}"
            return json.loads(text) if text else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def borrow_model(data: Path) -> None:
    """Use the model the suite has trained already; without one the installation trains its own."""
    model = os.environ.get("WASL_RASA_MODEL")
    if model and Path(model).is_file():
        (data / "models").mkdir(parents=True, exist_ok=True)
        shutil.copy2(model, data / "models" / Path(model).name)


@pytest.fixture(scope="session")
async def wasl() -> AsyncIterator[Installation]:
    """`./wasl run` on a free port with a data folder of its own, the assistant ready."""
    # Not below pytest's own folder, which the embedded PostgreSQL's system user may not enter.
    with tempfile.TemporaryDirectory(prefix="wasl-journeys-") as folder:
        data = Path(folder)
        borrow_model(data)
        port = free_port()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, str(ROOT / "wasl"), "run", "--port", str(port), "--data", str(data)),
            cwd=ROOT,
            # A test types faster than people, and has nothing to take back.
            env=os.environ | {"WASL_WEBCHAT_MESSAGE_RATE": "1000/minute", "WASL_UNDO_SEND": "PT0S"},
        )
        try:
            async with aiohttp.ClientSession() as http:
                installation = Installation(f"http://127.0.0.1:{port}", data, http)
                await until_ready(installation, process)
                yield installation
                await keeps_the_contract(installation)
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
                await asyncio.wait_for(process.wait(), 60)


async def keeps_the_contract(installation: Installation) -> None:
    """Every message the journeys sent to WhatsApp is one that Meta's own description allows."""
    sent = (await installation.get("/sandbox/api/accepted"))["accepted"]
    for message in sent:
        check_request(message["body"])


async def until_ready(installation: Installation, process: asyncio.subprocess.Process) -> None:
    verdict: Any = None
    async with asyncio.timeout(START_DEADLINE):
        while True:
            assert process.returncode is None, "./wasl run ended by itself"
            try:
                async with installation.http.get(installation.url + "/readyz") as response:
                    verdict = await response.json()
                    if verdict["ready"] and verdict["parts"]["assistant"]["ready"]:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.3)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium: WASL_CHROMIUM, which `./wasl test` sets to the pinned one."""
    executable = os.environ.get("WASL_CHROMIUM") or shutil.which("chromium")
    assert executable, "No browser: run these tests by ./wasl test, or set WASL_CHROMIUM."
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=executable, args=BROWSER_ARGUMENTS)
        try:
            yield running
        finally:
            await running.close()
