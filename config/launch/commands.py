"""The command line of `./wasl`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from bot.evaluation.lines import MalformedFile, read_lines
from config.launch import locking
from config.launch.context import Context
from config.launch.environments import ensure_main_environment
from config.launch.machine import DataLock, require_writable
from config.launch.places import Places, child_environment, read_settings
from config.launch.progress import Progress
from config.launch.run import Options, Runner, port_option
from config.launch.testing import Suite
from config.launch.training import ensure_model, rasa_environment_variables
from config.launch.trouble import Stopped, Trouble, from_system

DESCRIPTION = """\
Wasl: one desk for every channel. Nothing needs to be installed beforehand: the first start gets all it needs.

work with it
  run        start everything; stop with Ctrl-C
  check      look at the settings, the accounts and the engines, and print a verdict for each
  migrate    bring the database to this version (run does it by itself)
  network    bring agencies, rounds and payment points in from a CSV file, or out to one

work on it
  test       format, lint, types and all tests (--quick: without browser, assistant and faults)
  train      train the assistant now if its sources changed (run does it by itself)
  examples   write the examples that supervisors chose at the desk for the next training
  evaluate   judge the trained assistant by a file of lines (intent, language, text between tabs)
  lock       resolve the requirements again and write the locks
"""
EXAMPLES = """\
examples
  ./wasl run                          everything on http://127.0.0.1:8080
  ./wasl run --port 9000 --data /srv/wasl
  ./wasl test --quick
  ./wasl test tests/ticketing -k outbox -x
  ./wasl evaluate lines.tsv --json

environment
  DATABASE_URL        a PostgreSQL server instead of the embedded one
  WASL_PORT           the port when --port is not given
  WASL_DATA           the data folder when --data is not given
  WASL_TOOLS          where environments and builds are kept instead of .wasl
  WASL_RASA_PYTHON    the Python 3.10 or 3.11 for the assistant
  WASL_CHROMIUM       the browser for the tests instead of the pinned one
"""
EVALUATION = """\
Run every line through the trained assistant and print how well it understood, per intent and per style, with
what it took for something else. Languages: ary-Arab, ary-Latn, ar, fr, en, tzm, mix.
"""
EVALUATION_FIGURES = """\
accuracy         lines whose intent was found (a line asked back about was not)
F1               of an intent; of a style or in all: its mean over the intents of those lines
danger recall    lines of street_danger told as danger, by the danger words or by the model
wrong confident  lines taken for something else and acted upon, of all lines
abstained        lines the assistant asked back about, of all lines
"""


def parser() -> argparse.ArgumentParser:
    """The whole grammar of the command line."""
    style = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser(
        prog="./wasl",
        usage="./wasl COMMAND [options]",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=style,
    )
    commands = top.add_subparsers(
        prog="./wasl", dest="command", metavar="COMMAND", required=True, help=argparse.SUPPRESS
    )

    run = commands.add_parser("run", description="Start everything; stop with Ctrl-C.", formatter_class=style)
    run.add_argument(
        "--port", type=int, metavar="P", help="the port of the one address (8080; 0: any free one)"
    )
    run.add_argument("--data", metavar="DIR", help="the folder of everything it writes (.wasl/data)")
    run.add_argument("--no-assistant", action="store_true", help="without Rasa: every message goes to people")
    run.add_argument("--no-sandbox", action="store_true", help="without the played providers and /sandbox")
    run.add_argument("--no-sample", action="store_true", help="without demonstration data")

    for name, text in (
        ("check", "Look at the settings, the accounts and the engines, and print a verdict for each."),
        ("migrate", "Bring the database to this version."),
        ("train", "Train the assistant if its sources changed."),
        ("examples", "Write the examples that supervisors chose at the desk for the next training."),
    ):
        command = commands.add_parser(name, description=text)
        command.add_argument("--data", metavar="DIR", help="the data folder (.wasl/data)")

    network = commands.add_parser(
        "network", description="Bring the agency network in from a CSV file, or out to one (docs/network.md)."
    )
    network.add_argument("what", choices=("import", "export"))
    network.add_argument("name", choices=("agencies", "timetable", "payment_points", "places"))
    network.add_argument("file", metavar="FILE.csv", type=Path)
    network.add_argument("--dry-run", action="store_true", help="tell what an import would change")
    network.add_argument("--data", metavar="DIR", help="the data folder (.wasl/data)")

    evaluate = commands.add_parser(
        "evaluate", description=EVALUATION, epilog=EVALUATION_FIGURES, formatter_class=style
    )
    evaluate.add_argument("file", metavar="FILE.tsv", help="header intent<TAB>language<TAB>text")
    evaluate.add_argument("--json", action="store_true", help="one JSON object instead of the tables")
    evaluate.add_argument("--data", metavar="DIR", help="the data folder (.wasl/data)")

    test = commands.add_parser(
        "test", description="Check and test everything. Other arguments go to pytest.", formatter_class=style
    )
    test.add_argument("--quick", action="store_true", help="lint, types and the fast tests only")

    lock = commands.add_parser("lock", description="Resolve the requirements again and write the locks.")
    lock.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    return top


def main(root: Path, arguments: Sequence[str]) -> int:
    """Run one command and return its exit code: 0 done, 1 failed, 2 wrong usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal without UTF-8 still gets its lines
    grammar = parser()
    options, rest = grammar.parse_known_args(arguments)
    if rest and options.command != "test":
        grammar.error(f"unknown arguments: {' '.join(rest)}")
    settings = read_settings(root, os.environ)
    # What `evaluate` prints is its answer, and nothing else.
    progress = Progress(sys.stderr if options.command == "evaluate" else sys.stdout)
    context = Context.of(Places.of(root, settings, getattr(options, "data", None)), progress)
    end_on_signals(context)
    try:
        return perform(context, options, rest, settings)
    except Stopped:
        context.progress.status("")
        return 130
    except Trouble as trouble:
        return tell(context, trouble)
    except OSError as error:
        return tell(context, from_system(error))
    finally:
        context.children.end_all()


def tell(context: Context, trouble: Trouble) -> int:
    """Print the trouble and return the exit code."""
    context.progress.status("")
    if trouble.details:
        print(trouble.details, file=sys.stderr)
    print(f"wasl: {trouble.sentence}", file=sys.stderr)
    return 1


def perform(
    context: Context, options: argparse.Namespace, rest: Sequence[str], settings: dict[str, str]
) -> int:
    """Do what the command says."""
    match options.command:
        case "run":
            chosen = Options(
                port=port_option(options.port, settings),
                assistant=not options.no_assistant,
                sandbox=not options.no_sandbox,
                sample=not options.no_sample,
            )
            Runner(context, chosen).run()
        case "test":
            return Suite(context, quick=options.quick, pytest_arguments=rest).run()
        case "train":
            context.children.start_guard()
            context.progress.line(f"The model is {ensure_model(context)}")
        case "evaluate":
            evaluate(context, Path(options.file), as_json=options.json)
        case "lock":
            context.children.start_guard()
            locking.make_locks(context, upgrade=options.upgrade)
        case "network":
            given = [options.what, options.name, str(options.file.absolute())]
            given += ["--dry-run"] if options.dry_run else []
            return desk_command(context, "network", *given, own_database=not settings.get("DATABASE_URL"))
        case subcommand:
            return desk_command(context, subcommand, own_database=not settings.get("DATABASE_URL"))
    return 0


def evaluate(context: Context, file: Path, *, as_json: bool) -> NoReturn:
    """Train if needed, then hand over to the evaluation, which takes this process's place."""
    file = file.absolute()
    try:
        read_lines(file)  # before minutes of training
    except MalformedFile as error:
        raise Trouble(str(error)) from error
    context.children.start_guard()
    python = ensure_main_environment(context)
    model = ensure_model(context)
    context.children.end_all()
    command = [str(python), "-m", "bot.evaluation", str(file), *(["--json"] if as_json else [])]
    command += ["--rasa-python", str(context.places.rasa_python), "--model", str(model)]
    os.chdir(context.places.root)
    os.execve(python, command, child_environment(context.places, rasa_environment_variables(context.places)))


def desk_command(context: Context, subcommand: str, *given: str, own_database: bool) -> int:
    """Hand over to the desk's own command line, which takes this process's place.

    With the embedded PostgreSQL it keeps the data folder's lock: ending, it would stop the server below
    a desk that runs on the same folder.
    """
    python = ensure_main_environment(context)
    if own_database:
        require_writable(context.places.data)
        lock = DataLock(context.places.data)
        lock.acquire()
        os.set_inheritable(lock.descriptor, True)
    context.children.end_all()
    environment = child_environment(context.places, {"WASL_DATA": str(context.places.data)})
    os.chdir(context.places.root)
    os.execve(python, [str(python), "-m", "config.cli", subcommand, *given], environment)


def end_on_signals(context: Context) -> None:
    """Ctrl-C, SIGTERM and a closed terminal end everything in order."""

    def stop(_number: int, _frame: object) -> None:
        context.children.stopping.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
