"""Every line through the trained assistant, as at the desk: danger words first, then the model."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from bot import safety
from bot.evaluation.figures import DANGER, Judged, Understood
from bot.evaluation.lines import Line
from bot.turns import shortened

PROJECT = Path(__file__).parents[1] / "assistant"
_PROGRAM = "bot.assistant.understand"
# What the assistant acts upon only while it waits for an answer; alone, it asks what is wanted.
_ANSWERS_ALONE = frozenset({"affirm", "deny", "inform", "nlu_fallback"})


class EvaluationFailed(RuntimeError):
    """The assistant did not read the lines; the message is one sentence, `details` what it printed."""

    def __init__(self, sentence: str, details: str = "") -> None:
        super().__init__(sentence)
        self.details = details


def known_intents() -> frozenset[str]:
    """The intents that a line may have: the domain's, without what needs a question before it."""
    domain = yaml.safe_load((PROJECT / "domain.yml").read_text(encoding="utf-8"))
    return frozenset(name for entry in domain["intents"] for name in entry) - _ANSWERS_ALONE


def judge(lines: Sequence[Line], rasa_python: Path, model: Path) -> list[Judged]:
    """Return what the assistant takes each line for; raises `EvaluationFailed`."""
    texts = [shortened(line.text) for line in lines]
    answers = _read(texts, rasa_python, model)
    return [
        Judged(line, _understood(text, answer))
        for line, text, answer in zip(lines, texts, answers, strict=True)
    ]


def _read(texts: Sequence[str], rasa_python: Path, model: Path) -> list[dict[str, Any]]:
    ended = subprocess.run(  # noqa: S603 (our own program)
        [str(rasa_python), "-m", _PROGRAM, str(model)],
        input="".join(json.dumps(text) + "\n" for text in texts),
        cwd=PROJECT.parents[1],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    answers = [line for line in ended.stdout.splitlines() if line.startswith("{")]
    if ended.returncode != 0 or len(answers) != len(texts):
        raise EvaluationFailed("The trained assistant could not read the lines.", ended.stderr[-3_000:])
    return [json.loads(answer) for answer in answers]


def _environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(PROJECT.parents[1]),
        "PYTHONIOENCODING": "utf-8",
        "PYTHONWARNINGS": "ignore",  # hundreds of lines about Rasa's own dependencies
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }


def _understood(text: str, answer: dict[str, Any]) -> Understood:
    """Decide as the desk and the actions do with a first message."""
    start = time.perf_counter()
    danger = safety.detect(text)
    milliseconds = answer["ms"] + (time.perf_counter() - start) * 1_000
    if danger is not None and danger.kind == DANGER:
        return Understood(DANGER, 1.0, milliseconds)
    intent: str | None = answer["intent"]
    if intent == "inform" and answer["places"]:
        intent = "mobile_agency_schedule"  # a bare place is answered with its schedule
    elif intent in _ANSWERS_ALONE:
        intent = None
    return Understood(intent, answer["confidence"], milliseconds)
