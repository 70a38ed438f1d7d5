"""What must hold before work starts: disk, port, and nobody else on the same data."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
from pathlib import Path
from time import monotonic, sleep

from config.launch.trouble import Trouble

GIGABYTE = 1_000_000_000


def require_space(folder: Path, needed: int = GIGABYTE) -> None:
    """Raise Trouble when fewer than `needed` bytes are free where `folder` is (or will be)."""
    existing = folder
    while not existing.exists():
        existing = existing.parent
    free = shutil.disk_usage(existing).free
    if free < needed:
        raise Trouble(
            f"Only {free / GIGABYTE:.1f} GB are free where {folder} is; "
            f"installing needs {needed / GIGABYTE:.1f} GB: free some space and start again."
        )


def require_writable(folder: Path) -> None:
    """Make the folder; raise Trouble when nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".write-probe"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise Trouble(f"{folder} cannot be written: {error.strerror or error}.") from error


def require_free_port(port: int, host: str = "127.0.0.1") -> int:
    """Return the port; for 0 choose a free one. Raise Trouble when a program listens on it."""
    if not 0 <= port <= 65535:
        raise Trouble(f"{port} is not a port: give a number between 1 and 65535 with --port.")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError as error:
            raise Trouble(
                f"Port {port} needs administrator rights: choose one above 1023 with --port."
            ) from error
        except OSError as error:
            raise Trouble(
                f"Port {port} is already in use: stop the program that has it or choose another with --port."
            ) from error
        return int(probe.getsockname()[1])


class DataLock:
    """Keeps a second `./wasl run` off the same data. The system drops it when its last holder ends."""

    def __init__(self, data: Path) -> None:
        self.path = data / "wasl.lock"
        self.descriptor = -1

    def acquire(self, patience: float = 30) -> None:
        """Take it; wait up to `patience` seconds for the remains of a killed run to be cleared away."""
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        deadline = monotonic() + patience
        while not self._try():
            owner = self._owner()
            if owner and is_running(owner):
                self.release()
                raise Trouble(
                    f"Wasl already runs on {self.path.parent} (process {owner}): "
                    "stop it first, or choose another folder with --data."
                )
            if monotonic() > deadline:
                self.release()
                raise Trouble(
                    f"Parts of an earlier run still use {self.path.parent}: stop them and start again."
                )
            sleep(0.2)
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _owner(self) -> int:
        digits = os.pread(self.descriptor, 20, 0).decode("ascii", "ignore").strip()
        return int(digits) if digits.isdigit() else 0


def is_running(process_id: int) -> bool:
    """Whether a process with this id lives (a zombie does not)."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{process_id}/stat").read_text("utf-8", "replace").rsplit(")", 1)[1].split()[0]
    except (OSError, IndexError):
        return True  # no /proc here
    return state != "Z"
