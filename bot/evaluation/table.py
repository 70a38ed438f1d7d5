"""The figures as a table to read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.evaluation.figures import Judged, confusions


def table(figures: Mapping[str, Any], judged: Sequence[Judged]) -> str:
    """Return the tables per intent and per style, the confusion pairs with a text each, and the totals."""
    return "\n".join(
        [
            *_part("intent", figures["per_intent"]),
            "",
            *_part("style", figures["per_style"]),
            "",
            *_pairs(judged),
            *_totals(figures),
        ]
    )


def _part(title: str, rows: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield f"{title:<26}{'n':>6}{'accuracy':>10}{'F1':>8}"
    for name, row in rows.items():
        yield f"{name:<26}{row['n']:>6}{row['accuracy']:>10.3f}{row['macro_f1']:>8.3f}"


def _pairs(judged: Sequence[Judged]) -> Iterator[str]:
    wrong = confusions(judged)
    if not wrong:
        return
    counts = Counter((one.line.intent, one.understood.intent or "") for one in wrong)
    yield "taken for something else"
    for (expected, taken), count in counts.most_common():
        texts = [
            one.line.text for one in wrong if (one.line.intent, one.understood.intent) == (expected, taken)
        ]
        yield f"{count:>4}  {expected} → {taken}: {texts[0]}"
    yield ""


def _totals(figures: Mapping[str, Any]) -> Iterator[str]:
    danger = figures["danger_recall"]
    yield f"lines            {figures['n']}"
    yield f"accuracy         {figures['accuracy']:.3f}"
    yield f"macro F1         {figures['macro_f1']:.3f}"
    yield f"danger recall    {'no such line' if danger is None else f'{danger:.3f}'}"
    yield f"wrong confident  {figures['wrong_confident']:.3f}"
    yield f"abstained        {figures['abstained']:.3f}"
    yield f"ms a line        {figures['ms_p50']:.1f} (p50), {figures['ms_p99']:.1f} (p99)"
