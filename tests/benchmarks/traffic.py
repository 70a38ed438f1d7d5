"""What the benchmarks send, and how it is sent and measured."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import resource
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

SECRET = "benchmark"
PHONE_NUMBER_ID = "106540352242922"
ACCOUNT = "whatsapp-main"
EACH = 4  # messages of one customer
DATA = Path(__file__).parents[1] / "bot" / "data" / "held_out.tsv"


@cache
def written() -> tuple[str, ...]:
    """What customers wrote, without the alarms: those take another path, which a flood does not take."""
    from bot.safety import detect

    with DATA.open(encoding="utf-8", newline="") as lines:
        texts = [row["text"] for row in csv.DictReader(lines, delimiter="\t")]
    return tuple(text for text in texts if detect(text) is None)


def text_of(number: int) -> str:
    """What message `number` says, with a name and a contract nobody else has."""
    dice = random.Random(number)  # the same texts in every run
    name = "".join(dice.choice("بتجدرزسشعفقكلمنهوي") for _ in range(dice.randint(3, 7)))
    town = "".join(dice.choice("bdfklmnrstz") + dice.choice("aeiou") for _ in range(dice.randint(2, 4)))
    return f"{dice.choice(written())} {name} {town} {dice.randint(10**6, 10**7)}"


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
