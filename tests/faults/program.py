"""The whole course: start everything, rage, wait, audit, report."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.launch.trouble import Trouble
from tests.faults.audit import Verdict, audit, table
from tests.faults.database import Database
from tests.faults.evidence import Evidence
from tests.faults.installation import Installation, Rasa, installed
from tests.faults.raging import Course, Raging
from tests.faults.storm import plan

STARTING = 120.0  # seconds everything may take to come up
# The longest lease is a minute: what a dead desk was sending is looked at again after it.
PATIENCE = 150.0


@dataclass(frozen=True, slots=True)
class Options:
    messages: int
    customers: int
    seed: int
    seconds: float  # of the storm


@dataclass(frozen=True, slots=True)
class Result:
    verdicts: list[Verdict]
    quiet: bool  # before our patience ended
    report: str

    @property
    def holds(self) -> bool:
        return self.quiet and all(verdict.holds for verdict in self.verdicts)


def tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def rage(folder: Path, rasa: Rasa, options: Options, say: Callable[[str], None] = tell) -> Result:
    """Everything in `folder`, from nothing; logs stay there."""
    folder.mkdir(parents=True, exist_ok=True)
    storm = plan(
        seed=options.seed, messages=options.messages, customers=options.customers, seconds=options.seconds
    )
    database = Database(folder / "postgres")
    await database.start()
    try:
        async with installed(folder / "data", database.url, rasa=rasa) as installation:
            began = time.monotonic()
            try:
                async with asyncio.timeout(STARTING):
                    await installation.ready(assistant=True)
            except TimeoutError:
                raise Trouble(
                    f"Not everything is up after {STARTING:.0f} s; see the logs in {folder}."
                ) from None
            say(
                f"Everything is up after {time.monotonic() - began:.0f} s; the storm has seed {options.seed}."
            )
            raging = Raging(installation, database, storm, options.seed, say)
            evidence = await raging.run(patience=PATIENCE)
            verdicts = audit(evidence)
            return Result(
                verdicts, raging.course.quiet, report(raging.course, evidence, installation, verdicts)
            )
    finally:
        await database.stop()


def report(course: Course, evidence: Evidence, installation: Installation, verdicts: list[Verdict]) -> str:
    states = Counter(message.state for message in evidence.messages if message.direction == "outbound")
    owners = Counter(conversation.owner for conversation in evidence.conversations)
    reasons = Counter(conversation.reason for conversation in evidence.conversations if conversation.reason)
    customers = len({one.customer for one in course.written})
    told = sum(len(screen.events) for screen in evidence.screens)
    alone = installation.desk.ended_by_itself
    lines = (
        f"{len(course.written)} messages of {customers} customers in {course.seconds:.0f} s;",
        f"{len(course.replies)} replies of agents.",
        f"Struck: {_counts(course.struck)}. It was down already: {_counts(course.missed)}.",
        f"The desk ended by itself {len(alone)} times (codes {sorted(set(alone))}).",
        f"{'Quiet' if course.quiet else 'NOT QUIET'} after {course.recovery:.0f} s more.",
        f"The provider took {len(evidence.taken)} messages; ours are: {_counts(states)}.",
        f"Customers are with: {_counts(owners)}; handed over because: {_counts(reasons)}.",
        f"The screen of an agent: {told} events over {course.connections} connections.",
        "",
        table(verdicts),
    )
    return "\n".join(lines)


def _counts(counter: Counter[Any]) -> str:
    return ", ".join(f"{number} {what}" for what, number in counter.most_common()) or "nothing"
