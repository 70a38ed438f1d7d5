"""A Rasa with the trained assistant, in its own process on loopback."""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession

from bot.rasa import RasaAssistant
from tests.bot.world import SECRET

ROOT = Path(__file__).parents[2]
PROJECT = ROOT / "bot" / "assistant"


def model_of_the_sources() -> Path:
    """Return where the tests keep the assistant that is trained from the sources as they are now."""
    digest = hashlib.sha256()
    sources = [
        *PROJECT.rglob("*.yml"),
        *PROJECT.rglob("*.py"),
        *(ROOT / "knowledge_base").glob("text.py"),
        *(ROOT / "knowledge_base" / "network" / name for name in ("places.py", "spellings.py")),
        *(ROOT / "knowledge_base" / "network" / "data").iterdir(),
        ROOT / "bot" / "language.py",
    ]
    for source in sorted(path for path in sources if path.is_file() and path.suffix != ".pyc"):
        digest.update(source.read_bytes())
    return ROOT / ".wasl" / "cache" / "test-models" / f"{digest.hexdigest()[:32]}.tar.gz"


def rasa_variables(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **kept,
        "PYTHONPATH": str(ROOT),
        "RASA_TELEMETRY_ENABLED": "false",
        "RASA_CACHE_DIRECTORY": str(ROOT / ".wasl" / "cache" / "rasa-tests"),
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        **more,
    }


@asynccontextmanager
async def running_rasa(
    python: Path,
    model: Path,
    log: Path,
    actions_url: str,
    *,
    endpoints: Path = PROJECT / "endpoints.yml",
    patience: float = 90,
    **variables: str,
) -> AsyncIterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start Rasa, yield its address and process when the model is loaded, and stop it.

    `patience` is in seconds; loading takes about 7 alone.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [
                *(str(python), "-m", "rasa", "run", "-i", "127.0.0.1", "-p", str(port)),
                *("--model", str(model), "--credentials", "credentials.yml"),
                *("--endpoints", str(endpoints)),
            ],
            cwd=PROJECT,
            env=rasa_variables(WASL_RASA_SECRET=SECRET, WASL_ACTIONS_URL=actions_url, **variables),
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with ClientSession() as http, asyncio.timeout(patience):
            while not await RasaAssistant(http, url, SECRET).ready():
                written = log.read_text(errors="replace")
                assert process.poll() is None, written[-3000:]
                assert "Could not load model" not in written, written[-3000:]
                await asyncio.sleep(0.2)
        yield url, process
    finally:
        process.terminate()
        process.wait(timeout=20)
