"""`./wasl lock`: makes every lock again from what the project asks for."""

from __future__ import annotations

from config.launch.context import Context
from config.launch.environments import ensure_main_environment
from config.launch.interfaces import node_environment, npm
from config.launch.tools import ensure_uv
from config.launch.trouble import Trouble

COMMON = (
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--no-emit-index-url",
    "--no-annotate",
    "--custom-compile-command",
    "./wasl lock",
)
PYTHON_LOCKS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    # lock, oldest Python, what goes in
    ("tools", "3.11", ("requirements/tools.in",)),
    ("main", "3.11", ("pyproject.toml",)),
    ("ui", "3.11", ("--group", "ui")),
    ("dev", "3.11", ("pyproject.toml", "--group", "dev", "--group", "ui")),
    ("rasa", "3.10", ("requirements/rasa.in", "--override", "requirements/rasa-overrides.txt")),
)
HOST_SIGNS = ('"resolved": "http', "--index-url", "--find-links", "--extra-index-url")


def make_locks(context: Context, *, upgrade: bool) -> None:
    """Resolve again. Without `upgrade`, versions already locked stay where they still fit."""
    places = context.places
    uv = ensure_uv(context)
    for name, python, sources in PYTHON_LOCKS:
        command = [str(uv), "pip", "compile", *COMMON, "--python-version", python]
        command += ["--upgrade"] if upgrade else []
        command += [*sources, "-o", f"requirements/{name}.txt"]
        context.step(f"locking requirements/{name}.txt", command, log=f"lock-{name}")
    ensure_main_environment(context)
    command = [
        npm(places),
        "update" if upgrade else "install",
        "--package-lock-only",
        "--no-audit",
        "--no-fund",
    ]
    context.step("locking package-lock.json", command, log="lock-npm", extra=node_environment(places))
    for lock in [*(places.root / "requirements").glob("*.txt"), places.root / "package-lock.json"]:
        named = [sign for sign in HOST_SIGNS if sign in lock.read_text("utf-8")]
        if named:
            raise Trouble(
                f"{lock.name} names a registry ({named[0]}): a lock must install from anyone's index."
            )
