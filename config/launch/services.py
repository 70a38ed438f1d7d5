"""The running parts: started, watched, started again with back-off when they die, ended in order."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from config.launch.children import Children
from config.launch.progress import Progress, tail
from config.launch.trouble import Stopped, Trouble

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
DOUBTFUL_AFTER = 60.0
LOG_KEPT = 10_000_000
LOUD = {"warning", "error", "critical"}
ERROR_LINE = re.compile(r"^[\w.]+(?:Error|Exception)\b.*", re.MULTILINE)


@dataclass(frozen=True)
class Service:
    """How to start one part. `health` is asked until it answers 200; `patience` is its time to end."""

    name: str
    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    health: str
    log: Path
    patience: float
    essential: bool = False  # when it cannot even start once, nothing else makes sense


class Supervisor(threading.Thread):
    """Keeps one service running until `stop`.

    `ready` is set while it answers; `trouble` tells why it could not be started.
    """

    def __init__(
        self, service: Service, children: Children, progress: Progress, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(name=service.name, daemon=True)
        self.service = service
        self.children = children
        self.progress = progress
        self.on_ready = on_ready
        self.ready = threading.Event()
        self.trouble: Trouble | None = None
        self.stopped = threading.Event()

    def run(self) -> None:
        pause = FIRST_PAUSE
        been_ready = False
        while not self.stopped.is_set():
            began = time.monotonic()
            try:
                exit_code = self._run_once()
            except Stopped:
                return
            except Trouble as trouble:
                self.trouble = trouble
                return
            been_ready = been_ready or self.ready.is_set()
            self.ready.clear()
            if self.stopped.is_set():
                return
            if self.service.essential and not been_ready:
                self.trouble = self._failed_start(exit_code)
                return
            pause = FIRST_PAUSE if time.monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            self.progress.line(
                f"  {self.service.name} ended (exit code {exit_code}); it starts again in {pause:.0f} s. "
                f"Log: {self.service.log}"
            )
            self.stopped.wait(pause)

    def stop(self) -> None:
        """End the service and wait until it has ended."""
        self.stopped.set()
        if self.is_alive():
            self.join(self.service.patience + 5)

    def _run_once(self) -> int:
        """Start it, watch it, return its exit code."""
        keep_log_short(self.service.log)
        with self.service.log.open("ab") as output:
            process = self.children.spawn(
                self.service.command,
                directory=self.service.directory,
                environment=self.service.environment,
                output=output,
            )
        self._watch(process)
        return process.returncode

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """Return when the process has ended; end it when we are asked to stop."""
        asked = 0.0
        doubtful_at = time.monotonic() + DOUBTFUL_AFTER
        while process.poll() is None:
            if self.stopped.wait(0.1):
                self.children.end(process, self.service.patience)
                return
            now = time.monotonic()
            if self.ready.is_set() or now - asked < 0.4:
                continue
            asked = now
            if answers(self.service.health):
                self.ready.set()
                self.on_ready()
            elif now > doubtful_at:
                doubtful_at = math.inf
                self.progress.line(
                    f"  {self.service.name} runs but is not ready after {DOUBTFUL_AFTER:.0f} s. "
                    f"Log: {self.service.log}"
                )
        self.children.reap(process)

    def _failed_start(self, exit_code: int) -> Trouble:
        lines = [message(line) for line in tail(self.service.log, 8_000).splitlines() if line.strip()]
        last = lines[-1] if lines else ""
        if exit_code == os.EX_CONFIG and last:
            return Trouble(last)  # it has told in one sentence what is wrong
        sentence = (
            f"{self.service.name} does not start (exit code {exit_code}); its log is {self.service.log}."
        )
        return Trouble(sentence, "\n".join(lines[-12:]))


def answers(url: str) -> bool:
    """Whether a GET is answered with 200."""
    try:
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({})
        )  # loopback never goes by a proxy
        with opener.open(url, timeout=2) as response:
            return bool(response.status == 200)
    except (OSError, ValueError, urllib.error.URLError):
        return False


def keep_log_short(log: Path) -> None:
    """Put a long log aside; one older log is kept."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > LOG_KEPT:
        log.replace(log.with_suffix(".1.log"))


def message(line: str) -> str:
    """The words of a log line, whether it is JSON or text."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    return str(entry.get("event", line)) if isinstance(entry, dict) else line


def loud_message(line: str) -> str:
    """What a person at the terminal should see of a log line: warnings and worse, "" for the rest."""
    try:
        entry = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(entry, dict) or entry.get("level") not in LOUD:
        return ""
    reason = ERROR_LINE.findall(str(entry.get("exception", "")))
    return ": ".join([entry["level"], str(entry.get("event", line)), *reason[-1:]])


class LogWatch(threading.Thread):
    """Shows the loud lines of a growing log at the terminal."""

    def __init__(self, log: Path, progress: Progress, stopping: threading.Event) -> None:
        super().__init__(name=f"log of {log.stem}", daemon=True)
        self.log = log
        self.progress = progress
        self.stopping = stopping
        self.position = log.stat().st_size if log.exists() else 0

    def run(self) -> None:
        while not self.stopping.wait(0.5):
            self.show_new_lines()

    def show_new_lines(self) -> None:
        try:
            with self.log.open("rb") as file:
                if file.seek(0, os.SEEK_END) < self.position:
                    self.position = 0  # it was put aside
                file.seek(self.position)
                fresh = file.read()
        except OSError:
            return
        whole, newline, _rest = fresh.rpartition(b"\n")
        self.position += len(whole) + len(newline)
        for line in whole.decode("utf-8", "replace").splitlines():
            text = loud_message(line)
            if text:
                self.progress.line(f"  {self.log.stem}: {text}")
