"""`./wasl run` as people use it: up, down, up again, killed, and nothing left behind each time."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from config.launch.machine import require_free_port
from config.launch.places import Places
from config.launch.training import model_path

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


class Run:
    """One `./wasl run`; everything it starts inherits a mark in its environment."""

    def __init__(self, data: Path, *options: str, **environment: str) -> None:
        self.port = require_free_port(0)
        self.mark = f"WASL_TEST_MARK={uuid.uuid4().hex}"
        name, _, value = self.mark.partition("=")
        command = [sys.executable, str(ROOT / "wasl"), "run", "--data", str(data), "--port", str(self.port)]
        inherited = {key: text for key, text in os.environ.items() if key != "DATABASE_URL"}
        self.process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**inherited, name: value, **environment},
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.printed = threading.Condition()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as stdout:
            for line in stdout:
                with self.printed:
                    self.lines.append(line.rstrip("\n"))
                    self.printed.notify_all()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for_line(self, words: str, seconds: float = 120) -> None:
        def there() -> bool:
            return any(words in line for line in self.lines) or self.process.poll() is not None

        with self.printed:
            self.printed.wait_for(there, seconds)
        assert words in self.output, self.output

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON; status 0 while nobody listens."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)
        except urllib.error.URLError as error:
            return 0, str(error)

    def wait_until_ready(self) -> None:
        self.wait_for_line("Wasl is up")
        deadline = time.monotonic() + 60
        while (answer := self.get("/readyz"))[0] != 200:
            assert time.monotonic() < deadline, answer
            time.sleep(0.2)

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)

    def close(self) -> None:
        """End it if it still runs, and read the last of what it printed."""
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)
        self.reader.join(60)

    def left_behind(self) -> list[str]:
        """Processes with our mark that still run."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            try:
                marked = self.mark.encode() in path.read_bytes()
                state = (path.parent / "stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()[0]
                words = (path.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if marked and state != "Z":
                found.append(words)
        return found

    def assert_nothing_left(self, seconds: float = 40) -> None:
        deadline = time.monotonic() + seconds
        while left := self.left_behind():
            assert time.monotonic() < deadline, left
            time.sleep(0.1)
        assert require_free_port(self.port) == self.port


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder with the model the suite already trained, if there is one.

    Not below pytest's own folder: as root, PostgreSQL runs as another user, and every start of pytest
    closes that folder to others.
    """
    with tempfile.TemporaryDirectory(prefix="wasl-run-") as folder:
        yield prepared(Path(folder) / "data")


def prepared(folder: Path) -> Path:
    """The folder, holding the model trained by `./wasl test` so that it is not trained again."""
    places = Places.of(ROOT, {}, str(folder))
    trained = Path(os.environ.get("WASL_RASA_MODEL", "/nonexistent"))
    if trained.is_file() and trained.name == model_path(places).name:
        places.models.mkdir(parents=True)
        shutil.copyfile(trained, places.models / trained.name)
    return places.data


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    """Runs a test starts; whatever the test leaves is killed."""
    started: list[Run] = []
    yield started
    for run in started:
        run.close()


def test_up_down_and_up_again(data: Path, runs: list[Run]) -> None:
    first = Run(data, "--no-assistant")
    runs.append(first)
    first.wait_until_ready()
    assert f"http://127.0.0.1:{first.port}/sandbox" in first.output
    assert "salma@demo.wasl" in first.output
    second = subprocess.run(
        [sys.executable, str(ROOT / "wasl"), "run", "--data", str(data), "--port", "0"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert second.returncode == 1
    assert "already runs on" in second.stderr
    migrate = subprocess.run(
        [sys.executable, str(ROOT / "wasl"), "migrate", "--data", str(data)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "already runs on" in migrate.stderr, "it would stop the database below the running desk"
    assert first.stop(signal.SIGINT) == 0
    first.assert_nothing_left()

    again = Run(data, "--no-assistant")
    runs.append(again)
    again.wait_until_ready()
    assert "Installing" not in again.output
    assert "Building" not in again.output
    assert again.stop(signal.SIGTERM) == 0
    again.assert_nothing_left()


def test_a_killed_launcher_leaves_nothing_and_the_next_start_works(data: Path, runs: list[Run]) -> None:
    killed = Run(data, "--no-assistant")
    runs.append(killed)
    killed.wait_until_ready()
    assert len(killed.left_behind()) > 2
    killed.stop(signal.SIGKILL)
    after = Run(data, "--no-assistant")  # waits for the remains of the first
    runs.append(after)
    after.wait_until_ready()
    killed.assert_nothing_left()
    assert after.stop(signal.SIGINT) == 0
    after.assert_nothing_left()


def test_a_killed_desk_comes_back(data: Path, runs: list[Run]) -> None:
    run = Run(data, "--no-assistant")
    runs.append(run)
    run.wait_until_ready()
    os.kill(desk_of(run), signal.SIGKILL)
    run.wait_for_line("The desk ended (exit code -9); it starts again")
    run.wait_until_ready()
    assert run.stop(signal.SIGINT) == 0
    run.assert_nothing_left()


def desk_of(run: Run) -> int:
    """The process id of the run's desk."""
    for path in Path("/proc").glob("[0-9]*"):
        try:
            words = (path / "cmdline").read_bytes().split(b"\0")
            if b"config.cli" in words and run.mark.encode() in (path / "environ").read_bytes():
                return int(path.name)
        except OSError:
            continue
    raise AssertionError("no desk runs")


@pytest.mark.rasa
def test_the_assistant_comes_after_the_desk(data: Path, runs: list[Run]) -> None:
    run = Run(data)
    runs.append(run)
    run.wait_until_ready()
    assert "The assistant is ready" not in run.output
    run.wait_for_line("The assistant is ready")
    deadline = time.monotonic() + 60
    while not (answer := run.get("/readyz")[1])["parts"]["assistant"]["ready"]:
        assert time.monotonic() < deadline, answer
        time.sleep(0.2)
    assert run.stop(signal.SIGINT) == 0
    run.assert_nothing_left()


def test_broken_settings_are_one_sentence(data: Path, tmp_path: Path, runs: list[Run]) -> None:
    broken = tmp_path / "accounts.yaml"
    broken.write_text("web: [unclosed\n", "utf-8")
    run = Run(data, "--no-assistant", WASL_ACCOUNTS_FILE=str(broken))
    runs.append(run)
    assert run.process.wait(60) == 1
    run.close()
    sentence = [line for line in run.lines if line.startswith("wasl: ")]
    assert len(sentence) == 1
    assert "accounts.yaml" in sentence[0]
    assert "Traceback" not in run.output
    run.assert_nothing_left()
