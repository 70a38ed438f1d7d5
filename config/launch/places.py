"""Where things are: the checkout, the tools beside it, the data."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """`root` is the checkout; `tools` holds what can be made again at any time; `data` what must be kept."""

    root: Path
    tools: Path
    data: Path

    @classmethod
    def of(cls, root: Path, environment: Mapping[str, str], data: str | None = None) -> Places:
        """`WASL_TOOLS` moves the tools out of the checkout; `--data` or `WASL_DATA` moves the data."""
        tools = Path(environment.get("WASL_TOOLS") or root / ".wasl").expanduser().absolute()
        chosen = data or environment.get("WASL_DATA") or root / ".wasl" / "data"
        return cls(root=root, tools=tools, data=Path(chosen).expanduser().absolute())

    @property
    def main_environment(self) -> Path:
        return self.tools / "env"

    @property
    def main_python(self) -> Path:
        return self.main_environment / "bin" / "python"

    @property
    def rasa_environment(self) -> Path:
        return self.tools / "rasa"

    @property
    def rasa_python(self) -> Path:
        return self.rasa_environment / "bin" / "python"

    @property
    def chromium(self) -> Path:
        return self.tools / "chromium"

    @property
    def stamps(self) -> Path:
        return self.tools / "stamps"

    @property
    def tool_logs(self) -> Path:
        """What installers and builders printed."""
        return self.tools / "logs"

    @property
    def logs(self) -> Path:
        """What the running parts print."""
        return self.data / "logs"

    @property
    def models(self) -> Path:
        return self.data / "models"

    @property
    def assistant(self) -> Path:
        return self.root / "bot" / "assistant"


def read_settings(root: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment over what `.env` in the checkout says (NAME=value lines; the desk reads it too)."""
    try:
        lines = (root / ".env").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    settings = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and name.strip() and not name.startswith("#"):
            settings[name.strip()] = value.strip().strip("'\"")
    return {**settings, **environment}


@cache
def machine_has_certificates() -> bool:
    """Whether the machine keeps certificate authorities of its own; a minimal one may not."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile and Path(paths.cafile).is_file():
        return True
    return bool(paths.capath and Path(paths.capath).is_dir() and any(Path(paths.capath).iterdir()))


def child_environment(places: Places, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of everything we start: the caller's, without what would bend another Python.

    `PYTHONDONTWRITEBYTECODE` is taken out because Rasa without compiled files takes half a minute to
    start.
    """
    environment = dict(os.environ)
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__"):
        environment.pop(name, None)
    environment["PYTHONUNBUFFERED"] = "1"
    if machine_has_certificates():  # a company's proxy signs with an authority only the machine knows
        environment.setdefault("UV_SYSTEM_CERTS", "1")
        environment.setdefault("NODE_USE_SYSTEM_CA", "1")
    home = environment.get("HOME", "")
    if not (home and os.access(home, os.W_OK)):  # a service account without a home
        environment.setdefault("UV_CACHE_DIR", str(places.tools / "cache" / "uv"))
        environment.setdefault("npm_config_cache", str(places.tools / "cache" / "npm"))
    environment.update(extra or {})
    return environment
