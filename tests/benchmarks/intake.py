"""How fast webhooks become committed rows, against the naive way on the same database in the same run.

    python -m tests.benchmarks.intake [--messages 5000] [--connections 32] [--rounds 9]

- naive: what one writes first: raw asyncpg, one transaction of five prepared statements for each message:
person (contact, identity, address), conversation, ticket, message (with the provider's id, unique for ever),
event. A replay is rolled back. Nothing is read from HTTP, checked, searched for danger words or folded for
search, and no turn of the assistant is queued.
- accept: `Intake.accept` in process, one message a call: all of the real intake, without HTTP.
- http: signed WhatsApp webhooks, one message each, over HTTP through the real adapter, one process, counted
for /metrics as in production; the client is a process of its own.

Every way gets the same messages, a database of its own made from the same template, and the same number of
connections, each of which waits for one message's commit before it gives the next. Durability is on, as the
server's own settings printed with the result say. Rates are messages a second from the first request to the
last commit. Texts are varied: what customers wrote, each with words and numbers of its own, so that what is
remembered from one message says little about the next. The ways take turns in short rounds, so that a busy
machine is as busy for each.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from sqlalchemy import NullPool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from config.collector import spare_the_collector
from config.postgres import EmbeddedPostgres, async_url
from tests.benchmarks.naive import naive
from tests.benchmarks.traffic import (
    ACCOUNT,
    EACH,
    PHONE_NUMBER_ID,
    SECRET,
    drive,
    sender_of,
    shares,
    text_of,
    webhook,
)

WAYS = ("naive", "accept", "http")


async def make_intake(engine: AsyncEngine, folder: str) -> Any:
    from bot.safety import detect
    from channels.whatsapp.adapter import WhatsAppAdapter
    from ticketing.accounts import Account, register_accounts
    from ticketing.bus import MemoryBus
    from ticketing.desk import Desk
    from ticketing.intake import Intake
    from ticketing.storage import Storage

    accounts = {ACCOUNT: Account(ACCOUNT, "whatsapp", WhatsAppAdapter.capabilities)}
    async with engine.begin() as connection:
        await register_accounts(connection, accounts.values())
    return Intake(Desk(engine, MemoryBus()), accounts, Storage.open(folder), detect)


async def accept(url: str, messages: int, connections: int) -> dict[str, Any]:
    from channels.envelope import Content, InboundMessage, Sender

    engine = create_async_engine(async_url(url), pool_size=20)
    with tempfile.TemporaryDirectory() as folder:
        intake = await make_intake(engine, folder)
        texts = [text_of(number) for number in range(messages)]

        async def do(_connection: int, number: int) -> None:
            sender = Sender((sender_of(number),), f"Customer {number // EACH}", "+" + sender_of(number))
            content = Content(text=texts[number])
            await intake.accept(
                [InboundMessage(ACCOUNT, f"wamid.{number:012}", sender, datetime.now(UTC), content)]
            )

        return await drive(shares(messages, connections), do)


async def serve(url: str, messages: int) -> None:
    """The server of `http`: the real adapter behind the real mounting; says its port, ends with its input."""
    from aiohttp import ClientSession, web

    from channels.web import mount
    from channels.whatsapp.adapter import WhatsAppAdapter
    from channels.whatsapp.settings import WhatsAppSettings
    from config.metrics import Metrics

    engine = create_async_engine(async_url(url), pool_size=20)
    with tempfile.TemporaryDirectory() as folder:
        intake = await make_intake(engine, folder)
        settings = WhatsAppSettings.model_validate(
            {"phone_number_id": PHONE_NUMBER_ID, "token": "t", "app_secret": SECRET, "verify_token": "v"}
        )
        async with ClientSession() as session:
            application = web.Application(middlewares=[Metrics(engine).middleware])
            mount(application.router, {ACCOUNT: WhatsAppAdapter(ACCOUNT, settings, session)}, intake)
            runner = web.AppRunner(application, access_log=None)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            cpu = time.process_time()
            print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
            await asyncio.to_thread(sys.stdin.read)
            cpu = time.process_time() - cpu
            await runner.cleanup()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"peak_mb": peak, "cpu_us": cpu / messages * 1e6}), flush=True)


async def send(port: int, messages: int, connections: int) -> dict[str, Any]:
    """The client of `http`: plain sockets, everything but the waiting prepared beforehand."""
    sent_at = int((datetime.now(UTC) - timedelta(seconds=1)).timestamp())
    requests = []
    for number in range(messages):
        body = webhook(number, sent_at)
        signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        head = (
            f"POST /channels/{ACCOUNT}/webhook HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type:"
            " application/json\r\n"
            f"X-Hub-Signature-256: sha256={signature}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        requests.append(head.encode() + body)
    streams = [await asyncio.open_connection("127.0.0.1", port) for _ in range(connections)]

    async def do(connection: int, number: int) -> None:
        reader, writer = streams[connection]
        writer.write(requests[number])
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"The server answered {answer.splitlines()[0]!r}.")

    result = await drive(shares(messages, connections), do)
    for _, writer in streams:
        writer.close()
    return result


def child(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.benchmarks.intake", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)


def output(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SystemExit(f"A part ended without a result: {process.args!r}.")
    result: dict[str, Any] = json.loads(line)
    return result


def measure(way: str, url: str, messages: int, connections: int) -> dict[str, Any]:
    sizes = ["--messages", str(messages), "--connections", str(connections)]
    if way != "http":
        return output(child("--child", way, "--url", url, *sizes))
    server = child("--child", "serve", "--url", url, *sizes, stdin=subprocess.PIPE)
    port = str(output(server)["port"])
    result = output(child("--child", "send", "--port", port, *sizes))
    assert server.stdin is not None
    server.stdin.close()
    return result | output(server)


async def prepare(server_url: str, names: Sequence[str]) -> dict[str, str]:
    """One empty migrated database for each way."""
    from ticketing.migrations.upgrade import upgrade

    def url_of(name: str) -> str:
        return make_url(server_url).set(database=name).render_as_string(hide_password=False)

    administrator = await asyncpg.connect(server_url)
    await administrator.execute("CREATE DATABASE prepared")
    engine = create_async_engine(async_url(url_of("prepared")), poolclass=NullPool)
    await upgrade(engine)
    await engine.dispose()
    prepared = await asyncpg.connect(url_of("prepared"))
    await prepared.execute(f"INSERT INTO accounts (key, channel) VALUES ('{ACCOUNT}', 'whatsapp')")
    await prepared.close()
    for name in names:
        await administrator.execute(f"CREATE DATABASE {name} TEMPLATE prepared")
    await administrator.execute("CHECKPOINT")
    await administrator.close()
    return {name: url_of(name) for name in names}


async def stored(url: str) -> int:
    connection = await asyncpg.connect(url)
    count: int = await connection.fetchval("SELECT count(*) FROM messages")
    await connection.close()
    return count


def middle(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The round with the median rate."""
    return sorted(results, key=lambda result: float(result["rate"]))[len(results) // 2]


async def durability_of(server_url: str) -> dict[str, str]:
    """What the server does for a commit to survive a loss of power."""
    connection = await asyncpg.connect(server_url)
    names = ("fsync", "synchronous_commit", "full_page_writes")
    settings = {name: str(await connection.fetchval(f"SHOW {name}")) for name in names}
    await connection.close()
    return settings


def postgres_seconds(folder: Path) -> float:
    """Processor time PostgreSQL has used so far, with the connections that have ended; 0 without /proc."""
    postmaster = (folder / "postmaster.pid").read_text("utf-8").split("\n", 1)[0]
    ticks = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text("utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        if stat.parent.name == postmaster:
            ticks += sum(map(int, fields[11:15]))  # its own, and of the processes it has waited for
        elif fields[1] == postmaster:
            ticks += sum(map(int, fields[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def report(results: dict[str, list[dict[str, Any]]], durability: dict[str, str]) -> None:
    """The median round of each way, and the ratios: each round against the naive one beside it."""
    print(
        f"{'way':8}{'messages/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'peak MB':>9}{'CPU µs':>9}{'DB µs':>8}  ratio"
    )
    for way, rounds in results.items():
        one = middle(rounds)
        ratios = sorted(
            mine["rate"] / naive["rate"]
            for mine, naive in zip(rounds, results.get("naive", ()), strict=False)
        )
        shown = f"{statistics.median(ratios):.2f} ({ratios[0]:.2f}–{ratios[-1]:.2f})" if ratios else ""
        print(
            f"{way:8}{one['rate']:>12.0f}{one['p50_ms']:>9.1f}{one['p99_ms']:>9.1f}{one['peak_mb']:>9.0f}"
            f"{one['cpu_us']:>9.0f}{one['database_us']:>8.0f}  {shown}"
        )
    print(f"PostgreSQL: {', '.join(f'{name} {value}' for name, value in durability.items())}.")
    print("CPU for each message: of the measured process, and of PostgreSQL. Ratio: median (least–most).")


def run(ways: Sequence[str], messages: int, connections: int, rounds: int) -> None:
    results: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        data = Path(folder) / "data"
        server = EmbeddedPostgres(data)
        server_url = server.start()
        try:
            durability = asyncio.run(durability_of(server_url))
            names = [f"{way}_{number}" for number in range(rounds) for way in ways]
            urls = asyncio.run(prepare(server_url, names))
            for name in names:
                way = name.partition("_")[0]
                before = postgres_seconds(data)
                result = measure(way, urls[name], messages, connections)
                result["database_us"] = (postgres_seconds(data) - before) / messages * 1e6
                results[way].append(result)
                count = asyncio.run(stored(urls[name]))
                if count != messages:
                    raise SystemExit(f"{way} stored {count} of {messages} messages.")
        finally:
            server.stop()
    report(results, durability)


def main() -> None:
    parser = argparse.ArgumentParser(description="Webhooks to committed rows, against the naive way.")
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default=",".join(WAYS))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    spare_the_collector()  # as the desk does; the naive way gets the same
    if options.child is None:
        run(options.only.split(","), options.messages, options.connections, options.rounds)
    elif options.child == "serve":
        uvloop.run(serve(options.url, options.messages))
    else:
        sizes = (options.messages, options.connections)
        ways: dict[str, Callable[[], Any]] = {
            "naive": lambda: naive(options.url, *sizes),
            "accept": lambda: accept(options.url, *sizes),
            "send": lambda: send(options.port, *sizes),
        }
        print(json.dumps(uvloop.run(ways[options.child]())), flush=True)


if __name__ == "__main__":
    main()
