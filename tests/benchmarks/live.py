"""How long a customer's message takes from the webhook to an agent's socket, with many sockets open.

    python -m tests.benchmarks.live [--sockets 200] [--messages 300] [--rate 10]

The server runs in a process of its own on a PostgreSQL of its own. This process plays the provider, who signs
WhatsApp webhooks and posts them over HTTP, and all the agents, whose sockets stay open. Measured is the time
from before the post to the arrival of the message's frame, on every socket.

The baseline runs in the same server with as many sockets: a request that commits one row and then sends as
many bytes straight to every socket. The ratio tells what the desk's rules cost (signature, identity, ticket,
events in commit order, rendering); the rest is what any server would need. The two take turns, so that a busy
machine is as busy for both.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import hmac
import itertools
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

from aiohttp import ClientSession, ClientWebSocketResponse, TCPConnector, WSMsgType, web
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bot import safety
from channels.adapter import ChannelAdapter, InboundSink
from channels.registry import load
from channels.web import mount
from config.collector import spare_the_collector
from config.postgres import EmbeddedPostgres, async_url
from ticketing.accounts import Account, register_accounts
from ticketing.bus import MemoryBus
from ticketing.desk import Desk
from ticketing.intake import Intake
from ticketing.migrations.upgrade import upgrade
from ticketing.storage import Storage
from ticketing.web.app import setup
from ticketing.web.auth.sessions import Sessions
from ticketing.web.dependencies import WebDependencies, WebSettings

SECRET = "benchmark"
NUMBER = "106540352242922"
ACCOUNT = "whatsapp-main"
CUSTOMERS = 50
TURNS = 4
PADDING = "x" * 1200  # makes a baseline frame as long as a real one

MARKERS = itertools.count()  # a marker used twice would be a replay, stored once and shown once

Post = Callable[[ClientSession, str, int, str], Coroutine[Any, Any, None]]


# The server's process


async def serve(database_url: str, folder: str) -> None:
    """Until killed. Prints its port and the session token of an agent."""
    engine = create_async_engine(database_url, pool_size=20)
    await upgrade(engine)
    async with ClientSession() as http:
        secrets = dict.fromkeys(("token", "app_secret", "verify_token"), SECRET)
        kind = load("whatsapp")
        adapter = kind(
            ACCOUNT, kind.settings_type.model_validate({"phone_number_id": NUMBER, **secrets}), http
        )
        runner = web.AppRunner(await build(engine, adapter, folder), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        spare_the_collector()  # as the desk does
        sys.stdout.write(json.dumps({"port": runner.addresses[0][1], "token": await an_agent(engine)}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def build(engine: AsyncEngine, adapter: ChannelAdapter[Any], folder: str) -> web.Application:
    desk, storage = Desk(engine, MemoryBus()), Storage.open(folder)
    accounts = {ACCOUNT: Account(ACCOUNT, "whatsapp", adapter.capabilities)}
    async with engine.begin() as connection:
        await register_accounts(connection, accounts.values())
        await connection.execute(text("CREATE TABLE baseline (id bigserial PRIMARY KEY, words text)"))

    async def nothing(_: Any) -> None:
        return None

    settings = WebSettings("Benchmark", "Benchmark", "Africa/Casablanca")
    app = web.Application()
    setup(app, WebDependencies(desk, storage, settings, accounts, dict, nothing, nothing))
    intake = Intake(desk, accounts, storage, safety.detect)
    mount(app.router, {ACCOUNT: adapter}, cast(InboundSink, intake))
    app.router.add_routes(baseline_routes(engine))
    return app


def baseline_routes(engine: AsyncEngine) -> list[web.RouteDef]:
    sockets: set[web.WebSocketResponse] = set()

    async def connect(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        sockets.add(socket)
        async for _ in socket:
            pass
        sockets.discard(socket)
        return socket

    async def message(request: web.Request) -> web.Response:
        words = await request.text()
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO baseline (words) VALUES (:words)"), {"words": words})
        frame = json.dumps({"words": words, "padding": PADDING}).encode()
        for socket in sockets:
            await socket.send_frame(frame, WSMsgType.TEXT)
        return web.Response()

    return [web.get("/baseline", connect), web.post("/baseline", message)]


async def an_agent(engine: AsyncEngine) -> str:
    async with engine.begin() as connection:
        agent_id = (
            await connection.execute(
                text(
                    "INSERT INTO agents (email, name, password_hash, role)"
                    " VALUES ('agent@desk.example', 'Agent', '-', 'agent') RETURNING id"
                )
            )
        ).scalar_one()
    return await Sessions(engine, timedelta(hours=1)).open(agent_id, None)


@dataclass(frozen=True)
class Server:
    address: str
    token: str  # an agent's session
    process_id: int


# The provider and the agents


async def post_webhook(http: ClientSession, address: str, number: int, marker: str) -> None:
    """One text message as Meta posts it, signed."""
    customer = f"2126{number % CUSTOMERS:08}"
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "212522000000", "phone_number_id": NUMBER},
        "contacts": [{"profile": {"name": "Customer"}, "wa_id": customer}],
        "messages": [
            {
                "from": customer,
                "id": f"wamid.{marker}",
                "timestamp": str(int(time.time())),
                "type": "text",
                "text": {"body": f"When does the agency come? {marker}"},
            }
        ],
    }
    entry = {"id": "1", "changes": [{"field": "messages", "value": value}]}
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry]}).encode()
    signature = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}
    async with http.post(f"{address}/channels/{ACCOUNT}/webhook", data=body, headers=headers) as response:
        response.raise_for_status()


async def post_baseline(http: ClientSession, address: str, _: int, marker: str) -> None:
    async with http.post(f"{address}/baseline", data=marker.encode()) as response:
        response.raise_for_status()


def processor_seconds(process_id: int) -> float:
    """What the server has computed so far: a busy machine hardly stretches it. 0 where unknown."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Result:
    """Seconds from post to arrival, one per message and socket, and the server's processor seconds."""

    delays: list[float] = field(default_factory=list)
    processor: float = 0.0

    def __iadd__(self, other: Result) -> Result:
        self.delays += other.delays
        self.processor += other.processor
        return self


class Arrivals:
    """When each message came, on every socket. A message is known by its marker."""

    def __init__(self, sockets: int) -> None:
        self.sockets = sockets
        self.posted: dict[str, float] = {}
        self.delays: dict[str, list[float]] = {}
        self.complete = asyncio.Event()

    async def watch(self, socket: ClientWebSocketResponse) -> None:
        async for frame in socket:
            now = time.perf_counter()
            if '"message.received"' not in frame.data and '"padding"' not in frame.data:
                continue
            start = frame.data.rfind("#m")
            marker = frame.data[start : start + 8]
            delays = self.delays.setdefault(marker, [])
            delays.append(now - self.posted[marker])
            if len(delays) == self.sockets:
                self.complete.set()

    def outstanding(self) -> int:
        return sum(self.sockets - len(self.delays.get(marker, ())) for marker in self.posted)


async def measure(
    server: Server, path: str, headers: dict[str, str], post: Post, options: argparse.Namespace
) -> Result:
    """One turn: open the sockets, post at the rate, wait until everything has arrived everywhere."""
    address = server.address
    arrivals = Arrivals(options.sockets)
    async with ClientSession(connector=TCPConnector(limit=0)) as http:
        sockets = [
            await http.ws_connect(f"{address}{path}", headers=headers, compress=0)
            for _ in range(options.sockets)
        ]
        watching = [asyncio.create_task(arrivals.watch(socket)) for socket in sockets]
        posting: list[asyncio.Task[None]] = []
        processor, started = processor_seconds(server.process_id), time.perf_counter()
        for number in range(options.messages):
            await asyncio.sleep(max(0.0, started + number / options.rate - time.perf_counter()))
            marker = f"#m{next(MARKERS):06}"
            arrivals.posted[marker] = time.perf_counter()
            posting.append(asyncio.create_task(post(http, address, number, marker)))
        await asyncio.gather(*posting)
        async with asyncio.timeout(60):
            while arrivals.outstanding():
                arrivals.complete.clear()
                await arrivals.complete.wait()
        processor = processor_seconds(server.process_id) - processor
        for task in watching:
            task.cancel()
    return Result([delay for delays in arrivals.delays.values() for delay in delays], processor)


def report(name: str, result: Result, messages: int) -> tuple[float, float]:
    delays = result.delays
    cuts = statistics.quantiles(delays, n=100)
    print(
        f"{name:<28} p50 {cuts[49] * 1000:7.2f} ms   p99 {cuts[98] * 1000:7.2f} ms"
        f"   server {result.processor / messages * 1000:6.2f} ms a message   ({len(delays)} arrivals)"
    )
    return cuts[49], cuts[98]


@asynccontextmanager
async def server_process() -> AsyncIterator[Server]:
    with tempfile.TemporaryDirectory(prefix="wasl-live-") as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres")
        url = async_url(await asyncio.to_thread(postgres.start))
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.benchmarks.live", "--serve", url, str(Path(folder) / "files")),
            stdout=asyncio.subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            told = json.loads(await process.stdout.readline())
            yield Server(f"http://127.0.0.1:{told['port']}", told["token"], process.pid)
        finally:
            process.terminate()
            await process.wait()
            await asyncio.to_thread(postgres.stop)


async def run(options: argparse.Namespace) -> None:
    async with server_process() as server:
        cookie = {"Cookie": f"wasl_session={server.token}"}
        print(f"{options.sockets} sockets, {options.messages} messages at {options.rate:g} a second")
        warm_up = argparse.Namespace(sockets=5, messages=30, rate=50.0)
        await measure(server, "/baseline", {}, post_baseline, warm_up)
        await measure(server, "/api/live", cookie, post_webhook, warm_up)
        turn = argparse.Namespace(
            sockets=options.sockets, messages=options.messages // TURNS, rate=options.rate
        )
        simple, whole = Result(), Result()
        for _ in range(TURNS):
            simple += await measure(server, "/baseline", {}, post_baseline, turn)
            whole += await measure(server, "/api/live", cookie, post_webhook, turn)
        p50, p99 = report("one row, straight to sockets", simple, turn.messages * TURNS)
        desk_p50, desk_p99 = report("webhook to agent's socket", whole, turn.messages * TURNS)
        print(f"ratio                        p50 {desk_p50 / p50:7.2f}      p99 {desk_p99 / p99:7.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--sockets", type=int, default=200)
    parser.add_argument("--messages", type=int, default=300)
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    import uvloop

    uvloop.run(serve(*options.serve) if options.serve else run(options))


if __name__ == "__main__":
    main()
