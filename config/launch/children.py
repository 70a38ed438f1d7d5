"""Every process we start: in a group of its own, known to the guard, ended with us."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from config.launch import guard
from config.launch.trouble import Stopped, Trouble


class Children:
    """Starts processes and ends all of them; thread-safe.

    `stopping` is set once by a signal or by an error: everything that waits looks at it.
    """

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self._lock = threading.Lock()
        self._live: dict[int, subprocess.Popen[bytes]] = {}
        self._guard: subprocess.Popen[bytes] | None = None
        self._postgres: list[Path] = []

    def start_guard(self, held_descriptors: Sequence[int] = ()) -> None:
        """Start the process that cleans up should we be killed; it keeps `held_descriptors` open."""
        self._guard = subprocess.Popen(
            [sys.executable, "-S", "-E", str(Path(guard.__file__).resolve())],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=tuple(held_descriptors),
        )

    def watch_postgres(self, folder: Path) -> None:
        """Make sure that no server is left running in this folder, however we end."""
        self._postgres.append(folder)
        self._tell_guard(f"postgres {folder}")

    def spawn(
        self,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        output: IO[bytes] | None,
    ) -> subprocess.Popen[bytes]:
        """Start a program; raise Trouble when it cannot be, Stopped when we are already ending."""
        with self._lock:
            if self.stopping.is_set():
                raise Stopped
            try:
                process = subprocess.Popen(
                    command,
                    cwd=directory,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT if output is not None else None,
                    start_new_session=True,
                )
            except OSError as error:
                reason = "it is not there" if error.errno == errno.ENOENT else error.strerror
                raise Trouble(f"{command[0]} cannot be started: {reason}.") from error
            self._live[process.pid] = process
            self._tell_guard(f"+{process.pid}")
        return process

    def reap(self, process: subprocess.Popen[bytes]) -> None:
        """Forget an ended process and kill what it left in its group."""
        guard.signal_group(process.pid, signal.SIGKILL)
        process.wait()
        with self._lock:
            self._live.pop(process.pid, None)
            self._tell_guard(f"-{process.pid}")

    def end(self, process: subprocess.Popen[bytes], patience: float, *, ask: bool = True) -> None:
        """Ask the process to end unless it was asked already; kill its group after `patience` seconds."""
        if ask:
            process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        self.reap(process)

    def end_all(self, patience: float = 10) -> None:
        """End what is left, then the guard. Nothing can be started afterwards."""
        self.stopping.set()
        with self._lock:
            left = list(self._live.values())
        for process in left:
            guard.signal_group(process.pid, signal.SIGTERM)
        for process in left:
            self.end(process, patience, ask=False)
        for folder in self._postgres:
            guard.end_postgres(folder)
        if self._guard is not None and self._guard.stdin is not None:
            with contextlib.suppress(OSError):  # it was killed: there is nothing left for it to do
                self._guard.stdin.close()
            self._guard.wait()

    def _tell_guard(self, order: str) -> None:
        if self._guard is None or self._guard.stdin is None:
            return
        try:
            os.write(self._guard.stdin.fileno(), (order + "\n").encode())
        except OSError:
            self._guard = None  # somebody killed it; ending normally works without it
