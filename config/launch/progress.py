"""Says what is going on: one updating line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from config.launch.children import Children
from config.launch.trouble import Stopped, explain

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
REMINDER_SECONDS = 30.0
TAIL_BYTES = 20_000


def elapsed(seconds: float) -> str:
    """`4 s`, `1 min 05 s`."""
    whole = int(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class Progress:
    """Prints for several threads at once. Only the main thread's step owns the updating line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stdout
        self.live = self.stream.isatty()
        self._lock = threading.Lock()
        self._status = ""

    def line(self, text: str = "") -> None:
        """Print a line that stays."""
        with self._lock:
            self._erase()
            self._write(text + "\n")
            self._write(self._status)

    def status(self, text: str) -> None:
        """Replace the updating line ("" removes it). Does nothing where lines cannot be replaced."""
        if not self.live:
            return
        width = shutil.get_terminal_size().columns - 1
        with self._lock:
            self._erase()
            self._status = text[:width]
            self._write(self._status)

    def _erase(self) -> None:
        if self._status:
            self._write("\r\x1b[2K")

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            pass  # the terminal went away: the work goes on


class Steps:
    """Runs the long programs of a set-up, one log file a step."""

    def __init__(self, progress: Progress, children: Children, logs: Path) -> None:
        self.progress = progress
        self.children = children
        self.logs = logs

    def run(
        self,
        title: str,
        command: Sequence[str],
        *,
        directory: Path,
        environment: Mapping[str, str],
        log: str,
        background: bool = False,
    ) -> None:
        """Run to the end; raise Trouble when it fails, Stopped when we are asked to end meanwhile.

        `title` is a phrase in the -ing form; `log` the name of the file; `background` prints plain lines
        so as not to fight for the updating line.
        """
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{log}.log"
        live = self.progress.live and not background
        started = time.monotonic()
        sentence = title[0].upper() + title[1:]
        if not live:
            self.progress.line(f"  {sentence} …")
        with path.open("wb") as output:
            process = self.children.spawn(
                command, directory=directory, environment=environment, output=output
            )
            try:
                self._wait(process, sentence, started, live=live)
            finally:
                self.children.reap(process)
                if live:
                    self.progress.status("")
        if process.returncode != 0:
            raise explain(title, process.returncode, tail(path), str(path))
        self.progress.line(f"  ✓ {sentence} ({elapsed(time.monotonic() - started)})")

    def _wait(self, process: subprocess.Popen[bytes], sentence: str, started: float, *, live: bool) -> None:
        reminded = started
        while process.poll() is None:
            if self.children.stopping.wait(0.1):
                raise Stopped
            now = time.monotonic()
            if live:
                wheel = SPINNER[int((now - started) * 10) % len(SPINNER)]
                self.progress.status(f"  {wheel} {sentence} … {elapsed(now - started)}")
            elif now - reminded >= REMINDER_SECONDS:
                reminded = now
                self.progress.line(f"  {sentence} … {elapsed(now - started)}")


def tail(path: Path, size: int = TAIL_BYTES) -> str:
    """The last `size` bytes of a file as text."""
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - size))
        return file.read().decode("utf-8", "replace")
