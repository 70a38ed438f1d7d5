"""Who may import whom (docs/decisions/0002). Adding a channel needs no change here."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("channels", "bot", "ticketing", "knowledge_base", "config")
PURE = {"channels.envelope", "channels.errors", "bot.contract"}
CONTRACT = {f"channels.{name}" for name in ("adapter", "registry", "web", "supervisor", "rendering")}
WITHIN_A_CHANNEL = {f"channels.{name}" for name in ("envelope", "errors", "adapter", "rendering", "web")}
# Read in the assistant's own environment, where nothing but the standard library is promised.
SHARED_WITH_ASSISTANT = ("knowledge_base.text", "knowledge_base.network.places")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Path]:
    return sorted(
        path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if "node_modules" not in path.parts
    )


def imports(path: Path) -> Iterator[str]:
    """Absolute names of everything a file imports, at any depth."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports hide which way an arrow points"
            module = node.module or ""
            # `from channels import errors` imports a module, `from channels.errors import X` a name.
            names = [f"{module}.{alias.name}" for alias in node.names]
            yield from (
                name if (ROOT / Path(*name.split("."))).exists() or is_file(name) else module
                for name in names
            )


def is_file(name: str) -> bool:
    return (ROOT / Path(*name.split("."))).with_suffix(".py").is_file()


def ours(name: str) -> bool:
    return name.split(".", maxsplit=1)[0] in PACKAGES


def inside(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def channel_folder(name: str) -> str | None:
    parts = name.split(".")
    if len(parts) > 1 and parts[0] == "channels" and (ROOT / "channels" / parts[1]).is_dir():
        return f"channels.{parts[1]}"
    return None


def allowed(importer: str, imported: str) -> bool:
    if importer in PURE:
        return imported in PURE and inside(imported, importer.split(".", maxsplit=1)[0])
    folder = channel_folder(importer)
    if folder:
        return inside(imported, folder) or imported in WITHIN_A_CHANNEL
    if inside(importer, "channels"):
        return imported in PURE | CONTRACT | {"channels"} and not inside(imported, "bot")
    if inside(importer, "bot"):
        return inside(imported, "bot", "knowledge_base")
    if inside(importer, "knowledge_base"):
        return inside(imported, "knowledge_base")
    if inside(importer, "ticketing"):
        return inside(imported, "ticketing", "knowledge_base") or imported in PURE | {"channels.rendering"}
    return inside(importer, "config")


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_arrows_point_one_way(path: Path) -> None:
    importer = module_name(path)
    wrong = sorted({name for name in imports(path) if ours(name) and not allowed(importer, name)})
    assert not wrong, f"{importer} may not import {', '.join(wrong)}"


@pytest.mark.parametrize("importer", [*sorted(PURE), *SHARED_WITH_ASSISTANT])
def test_the_contracts_need_nothing_but_the_standard_library(importer: str) -> None:
    path = (ROOT / Path(*importer.split("."))).with_suffix(".py")
    foreign = {name.split(".")[0] for name in imports(path) if not ours(name)} - set(sys.stdlib_module_names)
    assert not foreign, f"{importer} imports {foreign}"


def test_no_file_outside_a_channels_folder_names_it_as_a_module() -> None:
    folders = {f"channels.{folder.parent.name}" for folder in (ROOT / "channels").glob("*/adapter.py")}
    named = {
        (module_name(path), name)
        for path in sources()
        for name in imports(path)
        if (folder := channel_folder(name)) in folders and channel_folder(module_name(path)) != folder
    }
    assert not named


def test_a_wrong_arrow_is_seen() -> None:
    assert not allowed("channels.whatsapp.adapter", "ticketing.intake")
    assert not allowed("channels.whatsapp.adapter", "channels.webchat.adapter")
    assert not allowed("bot.rasa", "ticketing.desk")
    assert not allowed("ticketing.outbox", "channels.adapter")
    assert not allowed("knowledge_base.billing", "bot.contract")
    assert not allowed("channels.envelope", "bot.contract")
    assert allowed("ticketing.intake", "channels.envelope")
    assert allowed("config.app", "ticketing.intake")
