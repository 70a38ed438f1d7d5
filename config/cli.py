"""The desk's command line inside its environment: `python -m config.cli serve|migrate|check|…`.

`./wasl` starts these; a container starts them directly.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from config.settings import Settings, SettingsError, load_settings


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m config.cli", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("serve", help="run the desk: web, workers, channels")
    commands.add_parser("migrate", help="bring the database to this version")
    commands.add_parser("check", help="print a verdict for every setting, account and engine")
    commands.add_parser("examples", help="write the examples chosen at the desk for the next training")
    network = commands.add_parser(
        "network", help="bring the agency network in from a CSV file, or out to one"
    )
    network.add_argument("what", choices=("import", "export"))
    network.add_argument("name", choices=("agencies", "timetable", "payment_points", "places"))
    network.add_argument("file", type=Path)
    network.add_argument("--dry-run", action="store_true", help="tell what an import would change")
    sample = commands.add_parser("sample", help="load or remove the demonstration data")
    sample.add_argument("what", choices=("load", "remove"))
    return top


async def _serve(settings: Settings) -> int:
    from config.serve import serve

    await serve(settings)
    return 0


async def _migrate(settings: Settings) -> int:
    from config.database import open_database
    from ticketing.migrations.upgrade import newest_revision

    async with open_database(settings):
        print(f"The database is at version {newest_revision()}.")
    return 0


async def _check(settings: Settings) -> int:
    from config.check import check

    return await check(settings)


async def _examples(settings: Settings) -> int:
    from config.examples import write_examples

    print(await write_examples(settings))
    return 0


async def _sample_load(settings: Settings) -> int:
    from config.demonstration import load_sample

    print(await load_sample(settings))
    return 0


async def _sample_remove(settings: Settings) -> int:
    from config.demonstration import remove_sample

    print(await remove_sample(settings))
    return 0


async def _network(settings: Settings, options: argparse.Namespace) -> int:
    from config.network_files import export_network, import_network

    if options.what == "export":
        print(await export_network(settings, options.name, options.file))
        return 0
    accepted, lines = await import_network(settings, options.name, options.file, dry_run=options.dry_run)
    print("\n".join(lines), file=sys.stdout if accepted else sys.stderr)
    return 0 if accepted else 1


COMMANDS: dict[str, Callable[[Settings], Awaitable[int]]] = {
    "serve": _serve,
    "migrate": _migrate,
    "check": _check,
    "examples": _examples,
    "sample load": _sample_load,
    "sample remove": _sample_remove,
}


def main(arguments: list[str] | None = None) -> int:
    """0: done. 1: `check` or `network import` found something wrong. 78 (EX_CONFIG): one sentence says what
    to put right.
    """
    options = parser().parse_args(arguments)
    name = f"{options.command} {options.what}" if options.command == "sample" else options.command
    try:
        if options.command == "network":
            return _run(_network(load_settings(), options))
        return _run(COMMANDS[name](load_settings()))
    except SettingsError as error:
        print(error, file=sys.stderr)
        return os.EX_CONFIG
    except KeyboardInterrupt:
        return 130


def _run(work: Awaitable[int]) -> int:
    async def main_task() -> int:
        return await work

    if sys.platform == "win32":
        return asyncio.run(main_task())
    import uvloop

    return uvloop.run(main_task())


if __name__ == "__main__":
    sys.exit(main())
