"""The assistant needs no network but loopback, and asks for none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.contract import HandoverReason
from bot.rasa import RasaAssistant
from tests.bot.rasa_process import ROOT, running_rasa
from tests.bot.world import SECRET, Customer, SharedWorld, World, choices_of, texts_of

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(300)]

WATCH = Path(__file__).parent / "network_watch"
ATTEMPTS = "WASL_TEST_NETWORK_ATTEMPTS"
AIOHTTP = """
import asyncio, aiohttp
async def main():
    async with aiohttp.ClientSession() as http:
        await http.get("http://192.0.2.1/")
asyncio.run(main())
"""
TALKS = "test_a_conversation_with_nothing_but_loopback"


@pytest.fixture
async def cut_off(
    rasa_python: Path,
    rasa_model: Path,
    tmp_path: Path,
    world: World,
    http: ClientSession,
    actions_server: tuple[SharedWorld, str],
) -> AsyncIterator[tuple[Customer, Path]]:
    """A customer of an assistant that is refused everything but loopback, and where it is written down."""
    attempts = tmp_path / "attempts"
    shared, actions_url = actions_server
    shared.world = world
    variables = {"PYTHONPATH": f"{WATCH}{os.pathsep}{ROOT}", ATTEMPTS: str(attempts)}
    async with running_rasa(rasa_python, rasa_model, tmp_path / "rasa.log", actions_url, **variables) as (
        url,
        _,
    ):
        yield Customer(RasaAssistant(http, url, SECRET), world, attested_phone="+212661000002"), attempts
    shared.world = None


async def test_a_conversation_with_nothing_but_loopback(cut_off: tuple[Customer, Path]) -> None:
    customer, attempts = cut_off
    assert "26 nowanbir" in texts_of(await customer.says("salam, imta tji lagence mobile l zemamra"))
    assert "143,76" in texts_of(await customer.says("et combien je dois payer ?"))
    both = texts_of(await customer.says("شحال عليا فالضو و فوقاش كتجي لاكاميونة لزمامرة"))
    assert "143,76" in both
    assert "26 نونبر" in both
    assert choices_of(await customer.says("Bonjour"))
    reply = await customer.says("I would like to talk to a person")
    assert reply.handover is not None
    assert reply.handover.reason is HandoverReason.ASKED
    assert not attempts.exists(), attempts.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("attempt", "told"),
    [
        ("import socket; socket.create_connection(('192.0.2.1', 80), 5)", "getaddrinfo '192.0.2.1'"),
        ("import socket; socket.socket().connect(('192.0.2.1', 80))", "connect '192.0.2.1'"),
        ("import socket; socket.getaddrinfo('api.example.org', 443)", "getaddrinfo 'api.example.org'"),
        (
            "import socket; socket.socket(type=socket.SOCK_DGRAM).sendto(b'?', ('192.0.2.53', 53))",
            "sendto '192.0.2.53'",
        ),
        (AIOHTTP, "connect '192.0.2.1'"),
    ],
)
def test_who_reaches_out_is_refused_and_written_down(
    rasa_python: Path, tmp_path: Path, attempt: str, told: str
) -> None:
    """So that the conversation above can fail."""
    attempts = tmp_path / "attempts"
    ended = subprocess.run(
        [rasa_python, "-W", "ignore", "-c", attempt],
        env={"PYTHONPATH": str(WATCH), ATTEMPTS: str(attempts)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode != 0
    assert "is not loopback" in ended.stderr
    assert f"socket.{told}" in attempts.read_text(encoding="utf-8")


def test_the_same_where_there_is_no_other_network(rasa_model: Path) -> None:
    """Database, desk's actions, Rasa and customer in a network of their own that has loopback alone."""
    alone = ["unshare", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    if not (shutil.which("unshare") and shutil.which("ip")):
        pytest.skip("unshare and ip are not installed here")
    if subprocess.run([*alone, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("a network of one's own is not allowed here")
    reached = "import socket; socket.create_connection(('192.0.2.1', 80), 5)"
    assert subprocess.run(
        [*alone, sys.executable, "-c", reached], capture_output=True, check=False
    ).returncode
    test = f"{Path(__file__)}::{TALKS}"
    ended = subprocess.run(
        [*alone, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
        cwd=ROOT,
        env={**os.environ, "WASL_RASA_MODEL": str(rasa_model)},
        capture_output=True,
        text=True,
        timeout=250,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-3000:]
    assert "1 passed" in ended.stdout
