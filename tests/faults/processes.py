"""Programs that are killed and come back: each is started again whenever it ends, as a service would be."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

PAUSE = 0.3  # seconds between an end and the next start
ENDING = 15.0  # seconds a program may take to end when it is asked to


@dataclass(frozen=True, slots=True)
class Program:
    """What to start, where, and the file its output is appended to."""

    name: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    log: Path


class Kept:
    """Keeps one program running while it is entered. Its whole process group dies with it."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.killed = 0
        self.ended_by_itself: list[int] = []  # exit codes
        self._process: asyncio.subprocess.Process | None = None
        self._killing = False
        self._keeper: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.program.name}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def kill(self) -> bool:
        """SIGKILL to all of its processes; False when none runs just now."""
        if self._process is None or self._killing:
            return False
        self._killing = _signal(self._process.pid, signal.SIGKILL)
        self.killed += self._killing
        return self._killing

    async def stop(self) -> None:
        """Ask it to end, and do not start it again."""
        if self._keeper is None:
            return
        self._keeper.cancel()
        await asyncio.gather(self._keeper, return_exceptions=True)
        self._keeper = None
        process, self._process = self._process, None
        if process is None:
            return
        _signal(process.pid, signal.SIGTERM)
        try:
            async with asyncio.timeout(ENDING):
                await process.wait()
        finally:
            _signal(process.pid, signal.SIGKILL)
            await process.wait()

    async def _keep(self) -> None:
        program = self.program
        while True:
            with program.log.open("ab") as log:
                process = self._process = await asyncio.create_subprocess_exec(
                    *program.command,
                    cwd=program.directory,
                    env=dict(program.environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            code = await process.wait()
            if not self._killing:
                self.ended_by_itself.append(code)
            _signal(process.pid, signal.SIGKILL)  # what it left in its group
            self._process, self._killing = None, False
            await asyncio.sleep(PAUSE)


def _signal(group: int, number: signal.Signals) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
        return True
    return False


def free_port() -> int:
    """A port nobody listens on now: a program that comes back needs the same one each time."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
