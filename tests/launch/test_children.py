"""Processes: started in groups, watched, restarted, and all ended, even when the launcher is killed."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.launch.children import Children
from config.launch.context import Context
from config.launch.guard import end_postgres, group_lives
from config.launch.machine import DataLock, is_running
from config.launch.progress import Progress
from config.launch.services import LogWatch, Service, Supervisor, loud_message
from config.launch.trouble import Stopped, Trouble

ROOT = Path(__file__).resolve().parent.parent.parent


def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something another process does."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def service(tmp_path: Path, script: str, **changes: object) -> Service:
    values: dict[str, object] = {
        "name": "The part",
        "command": ["/bin/sh", "-c", script],
        "directory": tmp_path,
        "environment": dict(os.environ),
        "health": "http://127.0.0.1:1/",
        "log": tmp_path / "logs" / "part.log",
        "patience": 5.0,
    }
    return Service(**{**values, **changes})  # type: ignore[arg-type]


def supervised(part: Service, children: Children, printed: io.StringIO) -> Supervisor:
    return Supervisor(part, children, Progress(printed), lambda: None)


def test_ending_takes_the_whole_group(tmp_path: Path, children: Children) -> None:
    script = f"sleep 1000 & echo $! > {tmp_path}/pid; wait"
    process = children.spawn(
        ["/bin/sh", "-c", script], directory=tmp_path, environment=os.environ, output=None
    )
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text().endswith("\n"))
    children.end(process, patience=5)
    until(lambda: not is_running(int((tmp_path / "pid").read_text())))


def test_a_part_that_does_not_listen_is_killed(tmp_path: Path, children: Children) -> None:
    script = f"trap '' TERM; touch {tmp_path}/up; while :; do sleep 0.1; done"
    process = children.spawn(
        ["/bin/sh", "-c", script], directory=tmp_path, environment=os.environ, output=None
    )
    until((tmp_path / "up").exists)
    children.end(process, patience=0.2)
    assert process.returncode == -signal.SIGKILL
    until(lambda: not group_lives(process.pid))


def test_a_program_that_is_not_there_is_told(tmp_path: Path, children: Children) -> None:
    with pytest.raises(Trouble, match="/nonexistent/program cannot be started: it is not there"):
        children.spawn(["/nonexistent/program"], directory=tmp_path, environment={}, output=None)


def test_nothing_starts_once_we_are_stopping(tmp_path: Path, children: Children) -> None:
    children.stopping.set()
    with pytest.raises(Stopped):
        children.spawn(["/bin/true"], directory=tmp_path, environment={}, output=None)


def test_a_step_ends_when_we_are_asked_to_stop(context: Context, children: Children) -> None:
    threading.Timer(0.3, children.stopping.set).start()
    with pytest.raises(Stopped):
        context.step("waiting", ["/bin/sh", "-c", "sleep 1000"], log="wait", directory=Path("/"))


def test_a_failed_step_shows_the_end_of_its_output(context: Context, printed: io.StringIO) -> None:
    with pytest.raises(Trouble) as raised:
        context.step(
            "breaking", ["/bin/sh", "-c", "echo one; echo two >&2; exit 3"], log="broken", directory=Path("/")
        )
    assert raised.value.details == "one\ntwo"
    assert "exit code 3" in raised.value.sentence
    assert "Breaking" in printed.getvalue()


def test_a_part_that_dies_starts_again(tmp_path: Path, children: Children, printed: io.StringIO) -> None:
    part = service(
        tmp_path, f"echo x >> {tmp_path}/starts; [ $(wc -l < {tmp_path}/starts) -gt 1 ] && sleep 1000; exit 7"
    )
    supervisor = supervised(part, children, printed)
    supervisor.start()
    until(lambda: (tmp_path / "starts").exists() and (tmp_path / "starts").read_text().count("x") == 2)
    supervisor.stop()
    assert not supervisor.is_alive()
    assert "The part ended (exit code 7); it starts again" in printed.getvalue()


def test_the_sentence_of_wrong_settings_is_passed_on(
    tmp_path: Path, children: Children, printed: io.StringIO
) -> None:
    part = service(
        tmp_path, f"echo 'accounts.yaml, line 3: not YAML.' >&2; exit {os.EX_CONFIG}", essential=True
    )
    supervisor = supervised(part, children, printed)
    supervisor.start()
    supervisor.join(30)
    assert supervisor.trouble is not None
    assert supervisor.trouble.sentence == "accounts.yaml, line 3: not YAML."


def test_a_part_that_cannot_start_is_not_tried_for_ever(
    tmp_path: Path, children: Children, printed: io.StringIO
) -> None:
    supervisor = supervised(service(tmp_path, "echo why; exit 1", essential=True), children, printed)
    supervisor.start()
    supervisor.join(30)
    assert supervisor.trouble is not None
    assert "does not start (exit code 1)" in supervisor.trouble.sentence
    assert supervisor.trouble.details == "why"


def test_warnings_of_a_part_reach_the_terminal(tmp_path: Path, printed: io.StringIO) -> None:
    log = tmp_path / "desk.log"
    log.write_text(json.dumps({"level": "warning", "event": "of an earlier run"}) + "\n")
    watch = LogWatch(log, Progress(printed), threading.Event())
    with log.open("a") as file:
        file.write(json.dumps({"level": "info", "event": "quiet"}) + "\n")
        file.write(json.dumps({"level": "error", "event": "The account web is paused"}) + "\n")
        file.write('{"level": "error", "event": "half')
    watch.show_new_lines()
    assert printed.getvalue() == "  desk: error: The account web is paused\n"
    with log.open("a") as file:
        file.write(' a line"}\n')
    watch.show_new_lines()
    assert printed.getvalue().endswith("  desk: error: half a line\n")


def test_a_failure_is_shown_with_its_last_error() -> None:
    exception = "KeyError: 'a'\n\nasyncpg.SomeError: no such column\nHINT: b"
    line = json.dumps({"level": "error", "event": "maintenance_failed", "exception": exception})
    assert loud_message(line) == "error: maintenance_failed: asyncpg.SomeError: no such column"


def test_lines_that_are_no_json_stay_in_the_log() -> None:
    assert loud_message("Traceback (most recent call last):") == ""
    assert loud_message("[1, 2]") == ""


LAUNCHER = """
import os, sys, time
from pathlib import Path
from config.launch.children import Children
from config.launch.machine import DataLock

folder = Path(sys.argv[1])
lock = DataLock(folder)
lock.acquire()
children = Children()
children.start_guard([lock.descriptor])
for _ in range(2):
    process = children.spawn(
        ["/bin/sh", "-c", "sleep 1000 & wait"], directory=folder, environment=os.environ, output=None
    )
    print(process.pid, flush=True)
print("up", flush=True)
time.sleep(1000)
"""


def test_a_killed_launcher_leaves_nothing_behind(tmp_path: Path) -> None:
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert launcher.stdout is not None
    groups = [int(launcher.stdout.readline()), int(launcher.stdout.readline())]
    assert launcher.stdout.readline() == "up\n"
    assert all(group_lives(group) for group in groups)
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    lock = DataLock(tmp_path)
    lock.acquire()  # the guard holds it until all is cleared away
    lock.release()
    assert not any(group_lives(group) for group in groups)


def test_a_server_left_running_is_shut_down(tmp_path: Path) -> None:
    """Shown with a stand-in: what matters is the signal to the process in postmaster.pid."""
    script = "trap 'exit 0' INT; echo ready; while :; do sleep 0.05; done"
    server = subprocess.Popen(["/bin/sh", "-c", script], stdout=subprocess.PIPE)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"
    (tmp_path / "postmaster.pid").write_text(f"{server.pid}\n{tmp_path}\n")
    ended = threading.Thread(target=lambda: (server.wait(), (tmp_path / "postmaster.pid").unlink()))
    ended.start()
    end_postgres(tmp_path)
    ended.join(20)
    server.stdout.close()
    assert server.returncode == 0
    end_postgres(tmp_path)  # nothing there: nothing happens
