"""`python -m tests.faults`: a storm over a whole installation, then the audit. Exit code 0: all held."""

from __future__ import annotations

import argparse
import asyncio
import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path

from config.launch.context import Context
from config.launch.places import Places
from config.launch.training import ensure_model
from config.launch.trouble import Trouble
from tests.faults.installation import ROOT, Rasa
from tests.faults.program import Options, Result, rage, tell

RATE = 20  # messages a second, unless --minutes says otherwise


def parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.faults", description=__doc__)
    parser.add_argument("--messages", type=int, default=3000)
    parser.add_argument("--customers", type=int, default=300)
    parser.add_argument("--seed", type=int, help="repeats what was written and struck (default: a new one)")
    parser.add_argument("--minutes", type=float, help=f"of the storm (default: {RATE} messages a second)")
    parser.add_argument(
        "--keep", action="store_true", help="leave database and logs behind even when all held"
    )
    return parser


def find_rasa() -> Rasa:
    """The assistant's environment and model: those the suite prepared, else the checkout's own."""
    places = Places.of(ROOT, os.environ)
    environment = Path(os.environ.get("WASL_RASA_ENV") or places.rasa_environment)
    given = os.environ.get("WASL_RASA_MODEL")
    if given:
        return Rasa(environment / "bin" / "python", Path(given).absolute())
    context = Context.of(places)
    try:
        model = ensure_model(context)
    finally:
        context.children.end_all()
    return Rasa(environment / "bin" / "python", model)


async def run(folder: Path, given: argparse.Namespace) -> Result:
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    seconds = given.minutes * 60 if given.minutes else given.messages / RATE
    return await rage(folder, find_rasa(), Options(given.messages, given.customers, seed, seconds))


def main() -> int:
    given = parser().parse_args()
    folder = Path(tempfile.mkdtemp(prefix="wasl-faults-"))
    folder.chmod(0o755)  # PostgreSQL may run as another user
    kept = True  # unless all went well
    try:
        result = asyncio.run(run(folder, given))
        kept = given.keep or not result.holds
    except Trouble as trouble:
        tell(trouble.sentence)
        return 2
    finally:
        if kept:
            tell(f"Database and logs are in {folder}.")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    tell(result.report)
    return 0 if result.holds else 1


if __name__ == "__main__":
    sys.exit(main())
