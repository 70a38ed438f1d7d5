"""Judges the trained assistant by a file of lines: `./wasl evaluate FILE.tsv [--json]` starts this."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bot.evaluation.figures import figures
from bot.evaluation.lines import MalformedFile, read_lines
from bot.evaluation.run import EvaluationFailed, judge, known_intents
from bot.evaluation.table import table


def main() -> int:
    """0: judged. 1: the assistant failed. 2: the file is malformed. One sentence says why."""
    parser = argparse.ArgumentParser(prog="python -m bot.evaluation", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rasa-python", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    options = parser.parse_args()
    try:
        judged = judge(read_lines(options.file), options.rasa_python, options.model)
    except MalformedFile as error:
        sys.stderr.write(f"wasl: {error}\n")
        return 2
    except EvaluationFailed as error:
        sys.stderr.write(f"{error.details}\nwasl: {error}\n")
        return 1
    found = figures(judged, known_intents())
    for intent, count in found["unknown_intents"].items():
        sys.stderr.write(f"wasl: The assistant has no intent {intent}; its lines ({count}) count as wrong.\n")
    sys.stdout.write((json.dumps(found) if options.json else table(found, judged)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
