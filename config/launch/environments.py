"""The two Python environments, made from hashed locks by uv and remade only when a lock changes."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from config.launch.context import Context
from config.launch.interpreters import find_rasa_python, version_of
from config.launch.machine import GIGABYTE, require_space
from config.launch.places import Places
from config.launch.stamps import digest
from config.launch.tools import ensure_uv
from config.launch.trouble import Trouble

LOCKS = {
    "run": ("main.txt", "ui.txt"),  # the desk, and Node to build its interfaces
    "test": ("dev.txt",),  # both of these and what tests need
}
STUB_MODULE = "wasl_tensorflow_stub"
"""Name of bot/assistant/tensorflow_stub.py inside Rasa's environment."""


def ensure_main_environment(context: Context, level: str = "run") -> Path:
    """Make the desk's environment match its lock and return its Python. `level` is a key of LOCKS.

    An environment once made for tests stays one, so that going back and forth costs nothing.
    """
    places = context.places
    stamp = context.stamp("env")
    if level == "run" and stamp.read().startswith("test "):
        level = "test"
    locks = [places.root / "requirements" / name for name in LOCKS[level]]
    wanted = f"{level} {digest(places.root, locks, str(places.main_environment))}"
    if stamp.read() == wanted and version_of(places.main_python):
        return places.main_python
    uv = ensure_uv(context)
    require_space(places.tools)
    make_environment(context, uv, places.main_environment, python=sys.executable)
    stamp.clear()
    install(context, uv, places.main_python, locks, f"installing the desk's packages ({level})", log="env")
    stamp.write(wanted)
    return places.main_python


def ensure_rasa_environment(context: Context, *, background: bool = False) -> Path:
    """Make the assistant's environment match its lock and return its Python; Trouble when it cannot be."""
    places = context.places
    stamp = context.stamp("rasa")
    wanted = rasa_digest(places)
    if stamp.read() == wanted and version_of(places.rasa_python):
        return places.rasa_python
    uv = ensure_uv(context)
    require_space(places.tools, int(1.5 * GIGABYTE))
    python, version = find_rasa_python(uv)
    if version_of(places.rasa_python) != version:
        make_environment(
            context, uv, places.rasa_environment, python=python, anew=True, background=background
        )
    stamp.clear()
    lock = places.root / "requirements" / "rasa.txt"
    title = f"installing the assistant's packages (Rasa on Python {version})"
    install(context, uv, places.rasa_python, [lock], title, log="rasa", background=background)
    install_stub(places, version)
    stamp.write(wanted)
    return places.rasa_python


def rasa_digest(places: Places) -> str:
    """What Rasa's environment depends on; the model depends on it too."""
    sources = [places.root / "requirements" / "rasa.txt", places.assistant / "tensorflow_stub.py"]
    return digest(places.root, sources, str(places.rasa_environment))


def make_environment(
    context: Context, uv: Path, folder: Path, *, python: str, anew: bool = False, background: bool = False
) -> None:
    """Make an empty environment unless one is there whose Python works."""
    if not anew and version_of(folder / "bin" / "python"):
        return
    shutil.rmtree(folder, ignore_errors=True)
    command = [str(uv), "venv", "--quiet", "--no-project", "--python", python, str(folder)]
    context.step("making an environment", command, log="venv", background=background)


def install(
    context: Context,
    uv: Path,
    python: Path,
    locks: list[Path],
    title: str,
    *,
    log: str,
    background: bool = False,
) -> None:
    """Make the environment of `python` hold exactly what the locks say, compiled and checked by hash."""
    command = [str(uv), "pip", "sync", "--python", str(python), "--require-hashes", "--compile-bytecode"]
    command += [str(lock) for lock in locks]
    context.step(title, command, log=log, background=background)


def install_stub(places: Places, version: str) -> None:
    """Put the TensorFlow placeholders into Rasa's environment, loaded whenever its Python starts."""
    packages = places.rasa_environment / "lib" / f"python{version}" / "site-packages"
    if not packages.is_dir():
        raise Trouble(
            f"{places.rasa_environment} is not an environment of Python {version}: remove it, start again."
        )
    shutil.copyfile(places.assistant / "tensorflow_stub.py", packages / f"{STUB_MODULE}.py")
    (packages / f"{STUB_MODULE}.pth").write_text(f"import {STUB_MODULE}; {STUB_MODULE}.install()\n", "utf-8")
