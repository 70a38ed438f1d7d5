"""How fast webhooks become committed rows, against the naive way on the same database in the same run.

    python -m tests.benchmarks.intake [--messages 20000] [--connections 32] [--rounds 3]

- naive: what one writes first: raw asyncpg, one transaction of five statements for each message (provider
id, person, conversation, message, event). It opens no ticket and queues no work, and no HTTP is in its way.
- accept: `Intake.accept` in process, one message a call: all of the real intake, without HTTP.
- http: signed WhatsApp webhooks, one message each, over HTTP through the real adapter, one process; the
client is a process of its own.

Every way gets the same messages, a database of its own made from the same template, and the same number of
connections. Durability is on. Rates are messages a second from the first request to the last commit.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import uvloop
from sqlalchemy import NullPool
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from config.postgres import EmbeddedPostgres, async_url

SECRET = "benchmark"
PHONE_NUMBER_ID = "106540352242922"
ACCOUNT = "whatsapp-main"
WAYS = ("naive", "accept", "http")
EACH = 4  # messages of one customer

NAIVE = (
    (
        "INSERT INTO external_ids (account, external_id, message_id) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING RETURNING message_id"
    ),
    (
        "WITH found AS (SELECT identity_id FROM identity_addresses WHERE channel = 'whatsapp'"
        "   AND address = $1),"
        " c AS (INSERT INTO contacts (name) SELECT $2 WHERE NOT EXISTS (SELECT FROM found) RETURNING id),"
        " i AS (INSERT INTO identities (channel, contact_id, address, name)"
        "   SELECT 'whatsapp', id, $1, $2 FROM c RETURNING id),"
        " a AS (INSERT INTO identity_addresses (channel, address, identity_id)"
        "   SELECT 'whatsapp', $1, id FROM i RETURNING identity_id)"
        " SELECT identity_id FROM found UNION ALL SELECT identity_id FROM a"
    ),
    (
        "INSERT INTO conversations (id, account, identity_id, last_position, last_inbound_at)"
        " VALUES (uuidv7(), $1, $2, 1, now()) ON CONFLICT (account, identity_id)"
        " DO UPDATE SET last_position = conversations.last_position + 1, last_inbound_at = now()"
        " RETURNING id, last_position"
    ),
    (
        "INSERT INTO messages (id, conversation_id, position, direction, author, kind, content, search_text,"
        " external_id, provider_at) VALUES ($1, $2, $3, 'inbound', 'customer', 'text', $4, $5, $6, $7)"
    ),
    (
        "INSERT INTO events (type, conversation_id, message_id, actor) VALUES ('message.received',"
        " $1, $2, 'customer')"
    ),
)


def text_of(number: int) -> str:
    return f"السلام عليكم، بغيت نعرف شحال فالفاتورة ديالي ديال الما و الضو رقم {number}"


def sender_of(number: int) -> str:
    return f"2126{number // EACH:08}"


def webhook(number: int, sent_at: int) -> bytes:
    """A body as Meta sends it, with one message."""
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "212522000000", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": [{"profile": {"name": f"Customer {number // EACH}"}, "wa_id": sender_of(number)}],
        "messages": [
            {
                "from": sender_of(number),
                "id": f"wamid.{number:012}",
                "timestamp": str(sent_at),
                "type": "text",
                "text": {"body": text_of(number)},
            }
        ],
    }
    entry = {"id": "1", "changes": [{"value": value, "field": "messages"}]}
    return json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()


async def drive(shares: Sequence[Sequence[int]], do: Callable[[int, int], Awaitable[None]]) -> dict[str, Any]:
    """Run `do(connection, number)` for every number of every share, one after the other within a share."""
    latencies: list[float] = []

    async def run(connection: int, numbers: Sequence[int]) -> None:
        for number in numbers:
            started = time.perf_counter()
            await do(connection, number)
            latencies.append(time.perf_counter() - started)

    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(run(connection, numbers) for connection, numbers in enumerate(shares)))
    elapsed, cpu = time.perf_counter() - started, time.process_time() - cpu
    latencies.sort()
    return {
        "rate": len(latencies) / elapsed,
        "p50_ms": latencies[len(latencies) // 2] * 1000,
        "p99_ms": latencies[int(len(latencies) * 0.99)] * 1000,
        "cpu_us": cpu / len(latencies) * 1e6,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def shares(messages: int, connections: int) -> list[list[int]]:
    """A customer's messages stay on one connection, in order."""
    parts: list[list[int]] = [[] for _ in range(connections)]
    for number in range(messages):
        parts[(number // EACH) % connections].append(number)
    return parts


async def naive(url: str, messages: int, connections: int) -> dict[str, Any]:
    from uuid_utils.compat import uuid7

    pool = [await asyncpg.connect(url) for _ in range(connections)]
    claim, person, converse, say, tell = NAIVE

    async def do(number_of: int, number: int) -> None:
        connection, message_id, words = pool[number_of], uuid7(), text_of(number)
        async with connection.transaction():
            if await connection.fetchval(claim, ACCOUNT, f"wamid.{number:012}", message_id) is None:
                return
            identity_id = await connection.fetchval(person, sender_of(number), f"Customer {number // EACH}")
            place = await connection.fetchrow(converse, ACCOUNT, identity_id)
            assert place is not None
            conversation_id, position = place
            content = json.dumps({"text": words}, ensure_ascii=False)
            external_id, sent_at = f"wamid.{number:012}", datetime.now(UTC)
            await connection.execute(
                say, message_id, conversation_id, position, content, words, external_id, sent_at
            )
            await connection.execute(tell, conversation_id, message_id)

    try:
        return await drive(shares(messages, connections), do)
    finally:
        for connection in pool:
            await connection.close()


async def make_intake(url: str, folder: str) -> Any:
    from bot.safety import detect
    from channels.whatsapp.adapter import WhatsAppAdapter
    from ticketing.accounts import Account, register_accounts
    from ticketing.bus import MemoryBus
    from ticketing.desk import Desk
    from ticketing.intake import Intake
    from ticketing.storage import Storage

    engine = create_async_engine(async_url(url), pool_size=20)
    accounts = {ACCOUNT: Account(ACCOUNT, "whatsapp", WhatsAppAdapter.capabilities)}
    async with engine.begin() as connection:
        await register_accounts(connection, accounts.values())
    return Intake(Desk(engine, MemoryBus()), accounts, Storage.open(folder), detect)


async def accept(url: str, messages: int, connections: int) -> dict[str, Any]:
    from channels.envelope import Content, InboundMessage, Sender

    with tempfile.TemporaryDirectory() as folder:
        intake = await make_intake(url, folder)

        async def do(_connection: int, number: int) -> None:
            sender = Sender((sender_of(number),), f"Customer {number // EACH}", "+" + sender_of(number))
            content = Content(text=text_of(number))
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

    with tempfile.TemporaryDirectory() as folder:
        intake = await make_intake(url, folder)
        settings = WhatsAppSettings.model_validate(
            {"phone_number_id": PHONE_NUMBER_ID, "token": "t", "app_secret": SECRET, "verify_token": "v"}
        )
        async with ClientSession() as session:
            application = web.Application()
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


def report(results: dict[str, list[dict[str, Any]]]) -> None:
    """The median round of each way, and the ratios of all rounds: each against the naive one beside it."""
    print(f"{'way':8}{'messages/s':>12}{'p50 ms':>9}{'p99 ms':>9}{'peak MB':>9}{'CPU µs':>9}  ratio to naive")
    for way, rounds in results.items():
        one = middle(rounds)
        ratios = [
            f"{mine['rate'] / naive['rate']:.2f}"
            for mine, naive in zip(rounds, results.get("naive", ()), strict=False)
        ]
        print(
            f"{way:8}{one['rate']:>12.0f}{one['p50_ms']:>9.1f}{one['p99_ms']:>9.1f}{one['peak_mb']:>9.0f}"
            f"{one['cpu_us']:>9.0f}  {' '.join(ratios)}"
        )
    print("CPU: of the measured process, for each message; PostgreSQL's is not in it.")


def run(ways: Sequence[str], messages: int, connections: int, rounds: int) -> None:
    results: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    with tempfile.TemporaryDirectory(prefix="wasl-bench-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data")
        server_url = server.start()
        try:
            names = [f"{way}_{number}" for number in range(rounds) for way in ways]
            urls = asyncio.run(prepare(server_url, names))
            for name in names:
                way = name.partition("_")[0]
                results[way].append(measure(way, urls[name], messages, connections))
                count = asyncio.run(stored(urls[name]))
                if count != messages:
                    raise SystemExit(f"{way} stored {count} of {messages} messages.")
        finally:
            server.stop()
    report(results)


def main() -> None:
    parser = argparse.ArgumentParser(description="Webhooks to committed rows, against the naive way.")
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default=",".join(WAYS))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
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
