"""uv, which installs everything else: the pinned version, from the package index, beside the checkout."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from config.launch.context import Context
from config.launch.machine import require_space, require_writable
from config.launch.places import child_environment
from config.launch.trouble import Trouble


def pinned_version(root: Path) -> str:
    """The version of uv in requirements/tools.txt."""
    found = re.search(r"^uv==(\S+)", (root / "requirements" / "tools.txt").read_text("utf-8"), re.MULTILINE)
    assert found, "requirements/tools.txt pins uv"
    return found.group(1)


def version_of(uv: str | Path) -> str:
    """The version a uv program tells, or "" when it does not run."""
    try:
        answer = subprocess.run(
            [str(uv), "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    words = answer.stdout.split()
    return words[1] if answer.returncode == 0 and len(words) > 1 and words[0] == "uv" else ""


def ensure_uv(context: Context) -> Path:
    """Return a uv of the pinned version, installing it beside the checkout when it is missing.

    A `uv` on the PATH is used only when this Python has no way to install one.
    """
    places = context.places
    uv = places.tools / "tools" / "bin" / "uv"
    pinned = pinned_version(places.root)
    if version_of(uv) == pinned:
        return uv
    require_writable(places.tools)
    require_space(places.tools)
    pip = find_pip(context)
    if pip is None:
        other = shutil.which("uv")
        if other and version_of(other):
            return Path(other)
        raise Trouble(
            f"{own_python()} has neither pip nor venv: install one of them "
            "(on Debian and Ubuntu: apt install python3-venv) and start again."
        )
    target = places.tools / "tools"
    shutil.rmtree(target, ignore_errors=True)
    command = [*pip, "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    command += ["--target", str(target), "-r", str(places.root / "requirements" / "tools.txt")]
    own_settings = {"PIP_USER": "0", "PIP_REQUIRE_VIRTUALENV": "0"}
    context.step(f"getting uv {pinned}", command, log="uv", extra=own_settings)
    if version_of(uv) != pinned:
        raise Trouble(f"uv {pinned} was installed in {target} but does not run on this machine.")
    return uv


def own_python() -> str:
    """The Python that runs this launcher."""
    return sys.executable


def find_pip(context: Context) -> list[str] | None:
    """A command that is pip: this Python's own, or one from a fresh virtual environment; None without."""
    own = [own_python(), "-m", "pip"]
    if works([*own, "--version"], context):
        return own
    folder = context.places.tools / "bootstrap"
    shutil.rmtree(folder, ignore_errors=True)
    if not works([own_python(), "-m", "venv", str(folder)], context):
        return None
    fresh = [str(folder / "bin" / "python"), "-m", "pip"]
    return fresh if works([*fresh, "--version"], context) else None


def works(command: list[str], context: Context) -> bool:
    """Whether a short command ends well."""
    environment = child_environment(context.places)
    try:
        return (
            subprocess.run(command, capture_output=True, timeout=120, check=False, env=environment).returncode
            == 0
        )
    except (OSError, subprocess.SubprocessError):
        return False
