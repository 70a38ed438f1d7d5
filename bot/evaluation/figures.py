"""How well the assistant understood: figures over lines and what it took them for. Pure.

- *accuracy*: lines whose intent was found ÷ lines. A line asked back about counts as not found.
- *macro_f1*: the mean over the intents of the lines of F1 = 2 right ÷ (lines of it + lines taken for it), so
  that a rare intent weighs as much as a frequent one. For one intent it is that intent's F1 over all lines.
- *abstained*: lines the assistant asked back about (below the threshold, two intents too close, or a bare
  number, yes or no that answers no question) ÷ lines.
- *wrong_confident*: lines taken for another intent and acted upon ÷ lines.
- *danger_recall*: lines of `street_danger` that were told as danger, by the danger words or by the model, ÷
  lines of `street_danger`; None without one.
- *ms_p50*, *ms_p99*: milliseconds for one line, danger words and whole pipeline, without the network.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.evaluation.lines import STYLES, Line

DANGER = "street_danger"


@dataclass(frozen=True, slots=True)
class Understood:
    """What the assistant took a line for; `intent` is None when it asks back."""

    intent: str | None
    confidence: float
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Judged:
    line: Line
    understood: Understood

    @property
    def right(self) -> bool:
        return self.understood.intent == self.line.intent


def figures(judged: Sequence[Judged], known: frozenset[str]) -> dict[str, Any]:
    """Return the object that `./wasl evaluate --json` prints; `known` are the assistant's intents.

    `unknown_intents` counts the lines of each intent the assistant does not have; they are judged like all
    others, and are therefore wrong.
    """
    total = len(judged)
    dangers = [one for one in judged if one.line.intent == DANGER]
    intents = sorted({one.line.intent for one in judged})
    styles = [style for style in STYLES if any(one.line.style == style for one in judged)]
    times = sorted(one.understood.milliseconds for one in judged)
    unknown = Counter(one.line.intent for one in judged if one.line.intent not in known)
    return {
        **_quality(judged),
        "per_style": {
            style: _quality([one for one in judged if one.line.style == style]) for style in styles
        },
        "per_intent": {
            intent: {
                **_quality([one for one in judged if one.line.intent == intent]),
                "macro_f1": round(_f1(judged, intent), 4),
            }
            for intent in intents
        },
        "danger_recall": round(sum(one.right for one in dangers) / len(dangers), 4) if dangers else None,
        "wrong_confident": round(len(confusions(judged)) / total, 4),
        "abstained": round(sum(one.understood.intent is None for one in judged) / total, 4),
        "ms_p50": round(_quantile(times, 0.50), 2),
        "ms_p99": round(_quantile(times, 0.99), 2),
        "unknown_intents": dict(sorted(unknown.items())),
    }


def confusions(judged: Sequence[Judged]) -> list[Judged]:
    """The lines that were taken for something else and acted upon."""
    return [one for one in judged if one.understood.intent is not None and not one.right]


def _quality(judged: Sequence[Judged]) -> dict[str, Any]:
    intents = {one.line.intent for one in judged}
    return {
        "n": len(judged),
        "accuracy": round(sum(one.right for one in judged) / len(judged), 4),
        "macro_f1": round(sum(_f1(judged, intent) for intent in intents) / len(intents), 4),
    }


def _f1(judged: Sequence[Judged], intent: str) -> float:
    right = sum(one.right and one.line.intent == intent for one in judged)
    expected = sum(one.line.intent == intent for one in judged)
    taken = sum(one.understood.intent == intent for one in judged)
    return 2 * right / (expected + taken)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
