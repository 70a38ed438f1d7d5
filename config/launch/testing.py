"""`./wasl test`: format, lint, types, the interfaces' own checks, then every test."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from config.launch.context import Context
from config.launch.environments import ensure_main_environment, ensure_rasa_environment, rasa_digest
from config.launch.interfaces import ensure_chromium, ensure_interfaces, node_environment, npm
from config.launch.places import child_environment
from config.launch.progress import elapsed
from config.launch.training import ensure_model, model_path
from config.launch.trouble import Stopped

LONG = {"slow", "rasa", "browser", "faults", "bench"}
"""Markers of the tests that `--quick` leaves out."""

MOST_WORKERS = 4
"""Each has a PostgreSQL and, in a whole run, an assistant of its own: about 3 GiB."""


def known_markers(root: Path) -> set[str]:
    """The markers pyproject.toml declares; pytest refuses to hear of others."""
    declared = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))
    lines: list[str] = declared["tool"]["pytest"]["ini_options"]["markers"]
    return {line.split(":")[0].strip() for line in lines}


@dataclass(frozen=True)
class Stage:
    """One check; its output goes straight to the terminal."""

    name: str
    command: Sequence[str]
    extra: Mapping[str, str] = field(default_factory=dict)


class Suite:
    """Prepares what tests need, runs the stages, tells how long each took."""

    def __init__(self, context: Context, *, quick: bool, pytest_arguments: Sequence[str]) -> None:
        self.context = context
        self.quick = quick
        self.pytest_arguments = list(pytest_arguments)
        self.extra: dict[str, str] = {}
        self.times: list[tuple[str, float, str]] = []

    def run(self) -> int:
        """Return the exit code: 0 when every stage passed. A failed stage does not stop the next."""
        self.context.children.start_guard()
        try:
            self._timed("prepare", self._prepare)
            failed = [stage.name for stage in self.stages() if not self._pass(stage)]
            self.summary()
            passed = self._pass(self.pytest_stage())
        finally:
            self.context.children.end_all()
        if failed:
            # pytest's own summary is the last line but for this one, which must not be missed.
            self.context.progress.line(f"Failed before the tests: {', '.join(failed)}.")
        return 0 if passed and not failed else 1

    def _prepare(self) -> None:
        """Everything tests use. `--quick` takes what is there and builds nothing."""
        context = self.context
        ensure_main_environment(context, "test")
        if self.quick:
            if context.stamp("rasa").read() == rasa_digest(context.places):
                self._export_assistant()
            return
        ensure_interfaces(context, "test")
        self.extra["WASL_CHROMIUM"] = str(ensure_chromium(context))
        ensure_rasa_environment(context)
        ensure_model(context)
        self._export_assistant()

    def _export_assistant(self) -> None:
        places = self.context.places
        self.extra["WASL_RASA_ENV"] = str(places.rasa_environment)
        model = model_path(places)
        if model.is_file():
            self.extra["WASL_RASA_MODEL"] = str(model)

    def stages(self) -> list[Stage]:
        """All but pytest."""
        places = self.context.places
        programs = places.main_environment / "bin"
        stages = [
            Stage("format", [str(programs / "ruff"), "format", "--check", "--quiet", "."]),
            Stage("lint", [str(programs / "ruff"), "check", "--quiet", "."]),
            Stage("types", [str(programs / "mypy")]),
        ]
        if not self.quick:
            interfaces = [npm(places), "run", "--workspaces", "--if-present"]
            stages += [
                Stage("interfaces: check", [*interfaces, "check"], node_environment(places)),
                Stage("interfaces: test", [*interfaces, "test"], node_environment(places)),
            ]
        return stages

    def pytest_stage(self) -> Stage:
        python = str(self.context.places.main_python)
        left_out = known_markers(self.context.places.root) & (LONG if self.quick else {"bench"})
        chosen = " and ".join(f"not {marker}" for marker in sorted(left_out))
        command = [python, "-m", "pytest", "-m", chosen, *self._workers(), *self.pytest_arguments]
        return Stage("tests", command, self.extra)

    def _workers(self) -> list[str]:
        """One worker a processor, a file at a time; chosen tests run in one process, for debuggers' sake."""
        if self.pytest_arguments:
            return []
        return ["-n", str(min(MOST_WORKERS, os.cpu_count() or 1)), "--dist", "loadfile"]

    def summary(self) -> None:
        line = self.context.progress.line
        line()
        for name, seconds, verdict in self.times:
            line(f"  {verdict:<6} {name:<18} {elapsed(seconds)}")
        line()

    def _pass(self, stage: Stage) -> bool:
        """Run one stage; whether it ended well. Failures are printed by the stage itself."""
        self.context.progress.line(f"— {stage.name}")
        return self._timed(stage.name, lambda: self._run(stage) == 0)

    def _timed(self, name: str, work: Callable[[], bool | None]) -> bool:
        began = time.monotonic()
        passed = work() is not False
        self.times.append((name, time.monotonic() - began, "passed" if passed else "FAILED"))
        return passed

    def _run(self, stage: Stage) -> int:
        """Run to the end with the terminal as output, ending with us."""
        places = self.context.places
        environment = child_environment(places, stage.extra)
        children = self.context.children
        process = children.spawn(stage.command, directory=places.root, environment=environment, output=None)
        try:
            while True:
                try:
                    return process.wait(0.2)
                except subprocess.TimeoutExpired:
                    if children.stopping.is_set():
                        process.send_signal(signal.SIGINT)  # pytest then stops the servers it started
                        children.end(process, 20, ask=False)
                        raise Stopped from None
        finally:
            children.reap(process)
