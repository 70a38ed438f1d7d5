"""Which Python the assistant's environment is made with: Rasa 3.6 knows 3.10 and, as locked here, 3.11."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from config.launch.trouble import Trouble

RASA_VERSIONS = ("3.10", "3.11")
OWN_VERSION = f"{sys.version_info[0]}.{sys.version_info[1]}"
ASK_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def version_of(python: str | Path) -> str:
    """`3.10` for a CPython that really answers, "" for one that does not (a shim without a version)."""
    try:
        answer = subprocess.run(
            [str(python), "-c", ASK_VERSION], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def installed(version: str, environment: Mapping[str, str]) -> Iterator[str]:
    """Places where a Python of this version may be, most likely first."""
    on_path = shutil.which(f"python{version}", path=environment.get("PATH", os.defpath))
    if on_path:
        yield on_path
    pyenv = Path(environment.get("PYENV_ROOT") or Path(environment.get("HOME") or "/") / ".pyenv")
    yield from (str(found) for found in sorted(pyenv.glob(f"versions/{version}.*/bin/python"), reverse=True))


def uv_python(uv: Path, version: str, *, download: bool) -> str:
    """The Python of this version that uv knows, downloading it when allowed; "" when there is none.

    A machine that may not download is told so quickly: it is tried once, briefly.
    """
    environment = {**os.environ, "UV_HTTP_TIMEOUT": "20", "UV_HTTP_RETRIES": "0", "VIRTUAL_ENV": ""}
    if download:
        command = [str(uv), "python", "install", "--no-progress", "--no-bin", version]
        try:
            done = subprocess.run(command, capture_output=True, timeout=180, check=False, env=environment)
        except (OSError, subprocess.SubprocessError):
            return ""
        if done.returncode != 0:
            return ""
    command = [str(uv), "python", "find", "--no-project", "--managed-python", version]
    try:
        answer = subprocess.run(
            command, capture_output=True, text=True, timeout=60, check=False, env=environment, cwd="/"
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""


def find_rasa_python(uv: Path, environment: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Return (path, version) of the Python for Rasa, 3.10 before 3.11.

    `WASL_RASA_PYTHON` decides when set. Raises Trouble when nothing on the machine fits.
    """
    environment = os.environ if environment is None else environment
    chosen = environment.get("WASL_RASA_PYTHON")
    if chosen:
        version = version_of(chosen)
        if version in RASA_VERSIONS:
            return chosen, version
        found = f"Python {version}" if version else "no working Python"
        raise Trouble(
            f"WASL_RASA_PYTHON is {chosen}, which is {found}: the assistant needs Python 3.10 or 3.11."
        )
    for python in candidates(uv, environment):
        version = version_of(python) if python else ""
        if version in RASA_VERSIONS:
            return python, version
    raise Trouble(
        "The assistant needs Python 3.10 or 3.11 and none was found: install one, "
        "or name it with WASL_RASA_PYTHON; until then messages go to people."
    )


def candidates(uv: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """Every Python to try, in order. A download comes last: what is here starts sooner and surely."""
    yield from installed("3.10", environment)
    yield uv_python(uv, "3.10", download=False)
    if OWN_VERSION == "3.11":
        yield sys.executable
    yield from installed("3.11", environment)
    yield uv_python(uv, "3.11", download=False)
    yield uv_python(uv, "3.10", download=True)
