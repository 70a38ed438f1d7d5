"""The network's CSV files on the command line (docs/network.md)."""

from __future__ import annotations

from pathlib import Path

from config.database import open_database
from config.settings import Settings, SettingsError
from knowledge_base.network.stored_places import seed_places
from knowledge_base.network.transfer.files import FILES
from knowledge_base.network.transfer.kinds import Report, export_file, import_file


async def import_network(
    settings: Settings, name: str, file: Path, *, dry_run: bool
) -> tuple[bool, list[str]]:
    """Return whether the file was accepted, and lines that tell what it changed or all that is wrong."""
    data = _read(file)
    async with open_database(settings) as engine, engine.begin() as connection:
        await seed_places(connection, with_demonstration=False)
        report = await import_file(connection, FILES[name], data, dry_run=dry_run)
    return report.is_accepted, _lines(report, file.name, dry_run=dry_run)


async def export_network(settings: Settings, name: str, file: Path) -> str:
    """Write the file over whatever it held, and return a line that tells so."""
    async with open_database(settings) as engine, engine.connect() as connection:
        data = await export_file(connection, FILES[name])
    _write(file, data)
    rows = data.count(b"\r\n") - 1
    return f"{file.name}: {rows} lines of {name}."


def _lines(report: Report, file: str, *, dry_run: bool) -> list[str]:
    lines = []
    for problem in report.problems:
        column = "" if problem.column is None else f", {problem.column}"
        lines.append(f"{file}, line {problem.line}{column}: {problem.message}")
    if not report.is_accepted:
        return [*lines, "Nothing was imported."]
    counts = report.counts
    looked = " (only looked at)" if dry_run else ""
    changed = f"{counts.added} added, {counts.changed} changed, {counts.removed} removed"
    return [f"{file}{looked}: {changed}, {counts.unchanged} as before."]


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SettingsError(f"{file} cannot be read ({error.strerror}).") from error


def _write(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written ({error.strerror}).") from error
