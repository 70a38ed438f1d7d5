"""The two interfaces, built with Node from its wheel, and the browser that tests drive."""

from __future__ import annotations

import os
from pathlib import Path

from config.launch.context import Context
from config.launch.machine import GIGABYTE, require_space
from config.launch.places import Places
from config.launch.stamps import digest
from config.launch.trouble import Trouble

WORKSPACES = ("ticketing/inbox", "channels/webchat/widget")
UNPACK_CHROMIUM = Path(__file__).with_name("unpack_chromium.mjs")


def node_environment(places: Places) -> dict[str, str]:
    """What makes `npm` and the scripts it runs find the Node of our environment first."""
    search = f"{places.main_environment / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {"PATH": search, "npm_config_update_notifier": "false", "NO_COLOR": "1", "CI": "1"}


def npm(places: Places) -> str:
    return str(places.main_environment / "bin" / "npm")


def ensure_interfaces(context: Context, level: str = "run") -> None:
    """Install what the interfaces are built with and build those whose sources changed.

    `level` "test" adds the root's own development packages (the browser of the tests); once there, they
    stay.
    """
    ensure_packages(context, level)
    for workspace in WORKSPACES:
        build(context, workspace)


def ensure_packages(context: Context, level: str) -> None:
    places = context.places
    stamp = context.stamp("npm")
    if level == "run" and stamp.read().startswith("test "):
        level = "test"
    manifests = [places.root / name for name in ("package.json", "package-lock.json", ".npmrc")]
    manifests += [places.root / workspace / "package.json" for workspace in WORKSPACES]
    wanted = f"{level} {digest(places.root, manifests, str(places.root))}"
    if stamp.read() == wanted and (places.root / "node_modules" / ".package-lock.json").is_file():
        return
    require_space(places.root, GIGABYTE)
    command = [npm(places), "ci", "--no-audit", "--no-fund"]
    if level == "run":
        command += [f"--workspace={workspace}" for workspace in WORKSPACES]
    stamp.clear()
    title = f"installing the interfaces' packages ({level})"
    context.step(title, command, log="npm", extra=node_environment(places))
    stamp.write(wanted)


def build(context: Context, workspace: str) -> None:
    """Build one interface into its `dist` unless it was already built from these sources."""
    places = context.places
    folder = places.root / workspace
    stamp = context.stamp("built-" + workspace.replace("/", "-"))
    sources = [entry for entry in folder.iterdir() if entry.name not in {"tests", "dist", "node_modules"}]
    sources += [places.root / "package.json", places.root / "package-lock.json"]
    wanted = digest(places.root, sources, str(folder))
    dist = folder / "dist"
    if stamp.read() == wanted and dist.is_dir() and any(dist.iterdir()):
        return
    stamp.clear()
    command = [npm(places), "run", "build", f"--workspace={workspace}"]
    log = "build-" + workspace.replace("/", "-")
    context.step(f"building {workspace}", command, log=log, extra=node_environment(places))
    if not dist.is_dir():
        raise Trouble(f"The build of {workspace} left nothing in {dist}.")
    stamp.write(wanted)


def ensure_chromium(context: Context) -> Path:
    """Return the browser for tests: `WASL_CHROMIUM`, or the pinned one from the npm package, unpacked."""
    chosen = os.environ.get("WASL_CHROMIUM")
    if chosen:
        if not os.access(chosen, os.X_OK):
            raise Trouble(f"WASL_CHROMIUM is {chosen}, which is not a program.")
        return Path(chosen)
    places = context.places
    package = places.root / "node_modules" / "@sparticuz" / "chromium"
    stamp = context.stamp("chromium")
    sources = [package / "package.json", UNPACK_CHROMIUM]
    if not sources[0].is_file():
        raise Trouble(
            "The browser of the tests is not among the installed npm packages (@sparticuz/chromium)."
        )
    wanted = digest(places.root, [UNPACK_CHROMIUM], sources[0].read_text("utf-8"), str(places.chromium))
    program = places.chromium / "chromium.sh"
    if stamp.read() == wanted and program.is_file():
        return program
    stamp.clear()
    node = str(places.main_environment / "bin" / "node")
    command = [node, str(UNPACK_CHROMIUM), str(package), str(places.chromium)]
    context.step(
        "unpacking the browser of the tests", command, log="chromium", extra=node_environment(places)
    )
    stamp.write(wanted)
    return program
