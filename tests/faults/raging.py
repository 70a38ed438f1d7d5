"""Lets a storm loose on an installation, waits for quiet, and brings back the evidence."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random

import asyncpg

from tests.faults.agents import agents
from tests.faults.database import Database
from tests.faults.evidence import AgentReply, Evidence, Written, gather, shown
from tests.faults.installation import Installation
from tests.faults.screen import Watching
from tests.faults.storm import Burst, Storm, Target

# What befalls our calls to the provider all along: (kind, chance, seconds).
TROUBLE = (
    ("slow", 0.5, 0.6),
    ("server_error", 0.02, 0.0),
    ("rate_limit", 0.01, 0.0),
    ("drop_before", 0.01, 0.0),
    ("drop_after", 0.01, 0.0),
)
QUIET = (
    "SELECT (SELECT count(*) FROM work)"
    " + (SELECT count(*) FROM messages WHERE state IN ('pending', 'sending'))"
)
STILL = 3  # looks in a row that must find nothing: receipts are still on their way
LOOK = 1.0  # seconds
CATCHING_UP = 20.0  # seconds an agent's screen may take to show the last event


@dataclass(slots=True)
class Course:
    """What happened."""

    written: list[Written] = field(default_factory=list)
    replies: list[AgentReply] = field(default_factory=list)
    struck: Counter[Target] = field(default_factory=Counter)
    missed: Counter[Target] = field(default_factory=Counter)  # it was down already
    seconds: float = 0.0
    recovery: float = 0.0  # seconds from the last message to quiet
    quiet: bool = False
    connections: int = 0  # of the agent's screen


class Raging:
    """One storm over one installation. `say` is told what happens, as it happens."""

    def __init__(
        self,
        installation: Installation,
        database: Database,
        storm: Storm,
        seed: int,
        say: Callable[[str], None],
    ) -> None:
        self.installation = installation
        self.database = database
        self.storm = storm
        self.course = Course()
        self._random = Random(f"{seed} weather")
        self._say = say
        self._seed = seed
        self._began = 0.0

    async def run(self, *, patience: float) -> Evidence:
        """The storm, then quiet (at most `patience` seconds), then everything the audit looks at."""
        watching = Watching(self.installation.desk_url)
        watcher = asyncio.create_task(watching.run())
        try:
            await watching.greeted.wait()
            await self._rage()
            await self._settle(patience)
            async with self.database.connected() as connection:
                accepted = await self.installation.provider.accepted()
                evidence = await gather(connection, self.course.written, accepted, self.course.replies)
            await watching.caught_up(shown(evidence.events)[-1].id, CATCHING_UP)
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)
        self.course.connections = watching.connections
        return replace(evidence, screens=[watching.screen])

    async def _rage(self) -> None:
        provider = self.installation.provider
        team = agents(self.installation.desk_url, self._seed)
        stopping = asyncio.Event()
        self._began = time.monotonic()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._strike())
            weather = group.create_task(self._weather())
            working = [group.create_task(agent.work(stopping)) for agent in team]
            await self._write()
            weather.cancel()
            await provider.call("PUT", "/flow", {})
            await provider.call("DELETE", "/faults")
            stopping.set()
            await asyncio.gather(*working)
        self.course.seconds = time.monotonic() - self._began
        self.course.replies = [reply for agent in team for reply in agent.replies]

    async def _until(self, at: float) -> None:
        await asyncio.sleep(self._began + at - time.monotonic())

    async def _write(self) -> None:
        for burst in self.storm.bursts:
            await self._until(burst.at)
            await self._write_burst(burst)

    async def _write_burst(self, burst: Burst) -> None:
        ids = await self.installation.provider.write(list(burst.messages), per_webhook=burst.per_webhook)
        pairs = zip(burst.messages, ids, strict=True)
        self.course.written += [Written(number, external_id) for (number, _), external_id in pairs]

    async def _weather(self) -> None:
        """The provider repeats itself for a while, then does not; it loses statuses; calls to it fail."""
        provider = self.installation.provider
        for kind, chance, seconds in TROUBLE:
            await provider.call(
                "POST", "/faults", {"kind": kind, "count": None, "chance": chance, "seconds": seconds}
            )
        while True:
            flow = {"duplicate": self._random.random() < 0.5, "silent": self._random.random() < 0.6}
            await provider.call("PUT", "/flow", flow)
            await asyncio.sleep(self._random.uniform(0.5, 2.0))

    async def _strike(self) -> None:
        for blow in self.storm.blows:
            await self._until(blow.at)
            struck = await self._blow(blow.target)
            (self.course.struck if struck else self.course.missed)[blow.target] += 1
            self._say(f"  {blow.at:6.1f} s  {blow.target}{'' if struck else ': it was down'}")

    async def _blow(self, target: Target) -> bool:
        installation = self.installation
        if target is Target.DESK:
            return installation.desk.kill()
        if target is Target.RASA:
            return installation.rasa is not None and installation.rasa.kill()
        if target is Target.CONNECTIONS:
            return await self.database.cut_connections() > 0
        await self.database.crash()
        return True

    async def _settle(self, patience: float) -> None:
        """Wait until nothing is left to do on either side."""
        began = time.monotonic()
        still = 0
        while still < STILL and time.monotonic() - began < patience:
            still = still + 1 if await self._is_quiet() else 0
            await asyncio.sleep(LOOK)
        self.course.recovery = time.monotonic() - began
        self.course.quiet = still >= STILL

    async def _is_quiet(self) -> bool:
        try:
            async with self.database.connected() as connection:
                left = await connection.fetchval(QUIET)
        except (OSError, asyncpg.PostgresError):
            return False
        return left == 0 and await self.installation.provider.queued() == 0
