"""A process that is killed outright in the middle of its work: all is done in the end, and once."""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import Any
from uuid import UUID

import pytest

CHILD = """
import asyncio, sys
from uuid import UUID
from sqlalchemy.ext.asyncio import create_async_engine
from ticketing.actions.base import Services
from ticketing.automation.worker import Automations
from ticketing.bulk.worker import BulkWorker
from ticketing.bus import MemoryBus
from ticketing.calendar import ALWAYS_OPEN
from ticketing.desk import Desk

async def main(url, kind):
    desk, services = Desk(create_async_engine(url), MemoryBus()), Services({}, ALWAYS_OPEN)
    worker = (Automations if kind == "rules" else BulkWorker)(desk, lambda: services)
    print("ready", flush=True)
    await worker.run()

asyncio.run(main(*sys.argv[1:]))
"""
NOTES = "SELECT count(*) FROM messages WHERE direction = 'note'"
NOTE = {"action": "add_note", "text": "once"}
TICKETS = 40


async def _kill_in_the_middle(rules: Any, url: str, kind: str) -> int:
    """Start a process, kill it once it has begun; how many tickets it had done."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CHILD, url, kind, stdout=asyncio.subprocess.PIPE
    )
    assert child.stdout is not None
    await child.stdout.readline()
    while await rules.world.one(NOTES) < 3:
        await asyncio.sleep(0)
        assert child.returncode is None
    child.send_signal(signal.SIGKILL)
    await child.wait()
    done: int = await rules.world.one(NOTES)
    return done


async def _tickets(rules: Any) -> list[UUID]:
    return [await rules.ticket(f"2126000005{number:02}") for number in range(TICKETS)]


@pytest.mark.parametrize("kind", ["rules", "bulk"])
async def test_killed_in_the_middle(rules: Any, database_url: str, kind: str) -> None:
    tickets = await _tickets(rules)
    if kind == "rules":
        await rules.rule("customer.wrote", [NOTE])
        await rules.world.execute("UPDATE automation_progress SET lease = NULL")
        for number in range(TICKETS):
            await rules.world.write("encore", sender=f"2126000005{number:02}")
    else:
        await rules.bulk(tickets, NOTE)
    done = await _kill_in_the_middle(rules, database_url, kind)
    assert 3 <= done < TICKETS
    # As if the dead process's lease had run out.
    await rules.world.execute("UPDATE automation_progress SET leased_until = now() - interval '1 second'")
    if kind == "rules":
        await rules.worker().drain()
    else:
        await rules.bulk_worker().drain()
    noted = await rules.world.rows(
        "SELECT ticket_id, count(*) FROM messages WHERE direction = 'note' GROUP BY ticket_id"
    )
    assert {row[0]: row[1] for row in noted} == dict.fromkeys(tickets, 1)
