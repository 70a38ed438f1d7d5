"""Outlives a killed launcher by the seconds it takes to end what that launcher had started.

A program of its own, started by `children.Children`, in a session of its own. It reads lines from its
standard input: `+<pid>` (a group was started), `-<pid>` (it has ended), `postgres <folder>`. When the
input ends, the launcher is gone: whatever is still listed is asked to end, then killed, and a PostgreSQL
left running in the folder is shut down. It holds the launcher's data lock until then, so that a new run
waits for it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 15.0
"""Seconds a group may take to end after SIGTERM."""


def group_lives(group: int) -> bool:
    """Whether a process of the group runs. The dead that nobody has collected yet do not count."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not Path("/proc/self/stat").exists() or any(
        owner == group and state != "Z" for state, owner in process_states()
    )


def process_states() -> Iterator[tuple[str, int]]:
    """State letter and group of every process, where the system has /proc."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _parent, group = path.read_text("utf-8", "replace").rsplit(")", 1)[1].split()[:3]
        except OSError:
            continue  # it ended meanwhile
        yield state, int(group)


def signal_group(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def wait_for(groups: set[int], seconds: float) -> set[int]:
    """Return the groups that still live when the time is over."""
    deadline = time.monotonic() + seconds
    while (left := {group for group in groups if group_lives(group)}) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def end_groups(groups: set[int], patience: float = PATIENCE) -> None:
    for group in groups:
        signal_group(group, signal.SIGTERM)
    for group in wait_for(groups, patience):
        signal_group(group, signal.SIGKILL)


def end_postgres(folder: Path, patience: float = PATIENCE) -> None:
    """Shut down the server that runs in this folder, if one does: fast, then at once, never by SIGKILL."""
    for number in (signal.SIGINT, signal.SIGQUIT):
        process_id = postmaster(folder)
        if process_id == 0:
            return
        try:
            os.kill(process_id, number)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + patience
        while postmaster(folder) and time.monotonic() < deadline:
            time.sleep(0.05)


def postmaster(folder: Path) -> int:
    """The process id of the server of this folder, 0 when none runs."""
    try:
        process_id = int((folder / "postmaster.pid").read_text("utf-8").split("\n", 1)[0])
        os.kill(process_id, 0)
    except (OSError, ValueError):
        return 0
    return process_id


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: set[int] = set()
    folders: list[Path] = []
    for line in sys.stdin:
        order = line.rstrip("\n")
        if order.startswith("+"):
            groups.add(int(order[1:]))
        elif order.startswith("-"):
            groups.discard(int(order[1:]))
        elif order.startswith("postgres "):
            folders.append(Path(order.removeprefix("postgres ")))
    end_groups(groups)
    for folder in folders:
        end_postgres(folder)


if __name__ == "__main__":
    main()
