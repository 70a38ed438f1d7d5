"""How fast agents find things.

    python -m tests.benchmarks.desk_lists [--tickets 200000] [--messages 1000000] [--times 60]

Search, lists and the counts of views over generated data, through the functions that the addresses call,
one question at a time, next to the naive `ILIKE` over the same rows in the same run. No question is asked
twice. Prints milliseconds. `--url` measures a database that was filled before.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from config.postgres import EmbeddedPostgres, async_url
from tests.benchmarks.desk_data import fill, words
from ticketing.migrations.upgrade import upgrade
from ticketing.reading.asked import read
from ticketing.reading.counts import ViewCounter, count_views
from ticketing.reading.filters import Reader, TicketFilter
from ticketing.reading.listing import list_tickets
from ticketing.reading.search import MessageFilter, Search, SearchOrder
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.reading.views import BUILT_IN, View, reader_of

Ask = Callable[[AsyncConnection, random.Random], Awaitable[object]]
ANY = TicketFilter()
ACTIVE = TicketFilter(status=("active",))
NAIVE = text(
    "SELECT m.ticket_id, m.id FROM messages m JOIN tickets t ON t.id = m.ticket_id"
    " WHERE m.content ->> 'text' ILIKE :pattern ORDER BY m.id DESC LIMIT 20"
)


class Questions:
    """What is asked, of words as common and as rare as people's."""

    def __init__(self, readers: list[Reader], everything: Reader, tickets: int) -> None:
        self.words = words()
        self.readers = readers
        self.everything = everything
        self.tickets = tickets

    def common(self, chance: random.Random) -> str:
        return chance.choice(self.words[:25]) + " "

    def rare(self, chance: random.Random) -> str:
        return chance.choice(self.words[10_000:]) + " "

    def searches(self) -> dict[str, Ask]:
        def search(
            make: Callable[[random.Random], str],
            asked: TicketFilter = ANY,
            order: SearchOrder = "newest",
            restricted: bool = False,
        ) -> Ask:
            async def ask(connection: AsyncConnection, chance: random.Random) -> object:
                reader = chance.choice(self.readers) if restricted or asked.is_personal else self.everything
                looking = Search(read(make(chance)), asked, MessageFilter(), reader)
                try:
                    return await looking.page(connection, order=order, limit=20, cursor=None)
                finally:
                    await connection.rollback()

            return ask

        def two(chance: random.Random) -> str:
            return f"{chance.choice(self.words[:50])} {chance.choice(self.words[50:2000])} "

        def phrase(chance: random.Random) -> str:
            return f'"{self.words[chance.randrange(9)]} {chance.choice(self.words[:60])}"'

        def name(chance: random.Random) -> str:
            return chance.choice(("fatima tazi", "محمد العلوي", "omar", "nadia berrada"))

        def phone(chance: random.Random) -> str:
            return f"06{chance.randrange(1, self.tickets // 2):08}"

        return {
            "rare word": search(self.rare),
            "common word": search(self.common),
            "unfinished word": search(lambda chance: chance.choice(self.words[30:5000])[:3]),
            "two words": search(two),
            "phrase": search(phrase),
            "telephone": search(phone),
            "end of a telephone": search(lambda chance: phone(chance)[-6:]),
            "ticket number": search(lambda chance: str(1_000_000 + chance.randrange(1, self.tickets))),
            "name": search(name),
            "common, mine": search(self.common, TicketFilter(assignee=("me",))),
            "common, one channel": search(self.common, TicketFilter(channel=("sms",))),
            "common, rare tag": search(self.common, TicketFilter(tag=("rare",))),
            "rare, active": search(self.rare, TicketFilter(status=("active",))),
            "common, best first": search(self.common, order="best"),
            "common, restricted out": search(self.common, restricted=True),
        }

    def lists(self) -> dict[str, Ask]:
        def listed(view: View, further: TicketFilter = ANY, pages: int = 1) -> Ask:
            async def ask(connection: AsyncConnection, chance: random.Random) -> object:
                cursor = None
                for _ in range(pages):
                    reader = chance.choice(self.readers)
                    page = await list_tickets(
                        connection, [view.filter, further], reader, order=view.order, cursor=cursor
                    )
                    cursor = page.next_cursor
                return cursor

            return ask

        everything = View("", ANY)
        return {
            **{f"list {name}": listed(view) for name, view in BUILT_IN.items()},
            "list by due": listed(View("", TicketFilter(status=("active",)), "due")),
            "list rare tag": listed(everything, TicketFilter(tag=("rare",))),
            "list rare category": listed(everything, TicketFilter(category=("Z27",))),
            "list one channel": listed(BUILT_IN["all"], TicketFilter(channel=("messenger",))),
            "list language": listed(BUILT_IN["all"], TicketFilter(language=("en",))),
        }


def naive(make: Callable[[random.Random], str]) -> Ask:
    async def ask(connection: AsyncConnection, chance: random.Random) -> object:
        return (await connection.execute(NAIVE, {"pattern": f"%{make(chance).strip()}%"})).all()

    return ask


async def measure(connection: AsyncConnection, ask: Ask, times: int) -> list[float]:
    chance = random.Random(7)
    for _ in range(3):
        await ask(connection, chance)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await ask(connection, chance)
        took.append((time.perf_counter() - began) * 1000)
    return sorted(took)


def tell(name: str, took: list[float]) -> None:
    p50, p95 = took[len(took) // 2], took[min(len(took) - 1, int(len(took) * 0.95))]
    print(f"{name:24} p50 {p50:7.1f}   p95 {p95:7.1f}   longest {took[-1]:7.1f}", flush=True)


async def deep_pages(connection: AsyncConnection, reader: Reader) -> None:
    """The whole list of everything, page by page: the last page costs what the first does."""
    cursor, took = None, []
    for _ in range(300):
        began = time.perf_counter()
        page = await list_tickets(connection, [ANY], reader, limit=200, cursor=cursor)
        took.append((time.perf_counter() - began) * 1000)
        cursor = page.next_cursor
    tell("pages 1 to 300 of 200", sorted(took))
    tell("pages 290 to 300", sorted(took[-10:]))


class Changed:
    """A ticket as it is after somebody set its priority."""

    def __init__(self, row: Any, priority: int) -> None:
        self._row = row
        self.priority = priority

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def views_of_each() -> list[View]:
    """40: the built-in ones, 20 that are shared and 12 that everybody has of his own."""
    shared = [
        View(f"s{number}", ACTIVE.model_copy(update={"category": (f"Z{1 + number % 28}",)}))
        for number in range(20)
    ]
    own = [
        View(f"o{number}", ACTIVE.model_copy(update={"assignee": ("me",), "category": (f"Z{1 + number}",)}))
        for number in range(12)
    ]
    return [*BUILT_IN.values(), *shared, *own]


async def counting(engine: AsyncEngine, readers: list[Reader]) -> None:
    """How long one change takes until the counts of everyone who watches are known."""
    views = views_of_each()
    newest = text("SELECT id FROM tickets ORDER BY id DESC LIMIT 50")
    async with engine.connect() as connection:
        began = time.perf_counter()
        counter = ViewCounter()
        await counter.load(connection)
        print(f"reading the active tickets  {(time.perf_counter() - began) * 1000:.0f} ms")
        rows = list((await tickets_by_id(connection, (await connection.execute(newest)).scalars())).values())
        began = time.perf_counter()
        for _ in range(20):
            await count_views(connection, views, readers[0])
        print(f"40 views from the database  {(time.perf_counter() - began) * 50:.1f} ms")
    for agents in (50, 500):
        watches = [counter.watch(reader, views) for reader in readers[:agents]]
        took = []
        for number, row in enumerate(rows):
            began = time.perf_counter()
            changed: list[Any] = [Changed(row, 1 + (row.priority + number + agents // 50) % 4)]
            counter.apply(changed)
            for watch in watches:
                counter.of(watch)
            took.append((time.perf_counter() - began) * 1000)
        tell(f"counts of {agents} agents", sorted(took))


async def run(arguments: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="wasl-lists-") as folder:
        server = None if arguments.url else EmbeddedPostgres(Path(folder) / "data")
        url = arguments.url or (server.start() if server else "")
        engine = create_async_engine(async_url(url), poolclass=NullPool)
        try:
            if server is not None:
                await upgrade(engine)
                await fill(url, arguments.tickets, arguments.messages)
            autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
            async with autocommit.connect() as connection:
                agents = await connection.execute(text("SELECT id FROM agents ORDER BY id"))
                ids: list[UUID] = list(agents.scalars())
                readers = [await reader_of(connection, one, restricted=False) for one in ids]
                everything = replace(readers[0], restricted=True)
                questions = Questions(readers, everything, arguments.tickets)
                async with engine.connect() as searching:
                    for name, ask in questions.searches().items():
                        tell(name, await measure(searching, ask, arguments.times))
                for name, make in (("rare", questions.rare), ("common", questions.common)):
                    took = await measure(connection, naive(make), max(5, arguments.times // 10))
                    tell(f"ILIKE {name} word", took)
                for name, ask in questions.lists().items():
                    tell(name, await measure(connection, ask, arguments.times))
                await deep_pages(connection, everything)
            await counting(engine, readers)
        finally:
            await engine.dispose()
            if server is not None:
                server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--url", help="a database that is filled already")
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
