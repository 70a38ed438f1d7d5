"""The figures of an evaluation, by hand."""

from __future__ import annotations

import pytest

from bot.evaluation.figures import Judged, Understood, figures
from bot.evaluation.lines import Line
from bot.evaluation.table import table

KNOWN = frozenset({"street_danger", "leak", "thanks"})


def judged(intent: str, taken: str | None, style: str = "fr", milliseconds: float = 1.0) -> Judged:
    return Judged(Line(intent, style, f"{intent} as {taken}"), Understood(taken, 0.5, milliseconds))


LINES = [
    judged("leak", "leak"),
    judged("leak", None),
    judged("leak", "thanks", style="ar"),
    judged("thanks", "thanks", milliseconds=9.0),
    judged("street_danger", "street_danger"),
    judged("street_danger", "leak", style="ar"),
]


def test_totals() -> None:
    found = figures(LINES, KNOWN)
    assert found["n"] == 6
    assert found["accuracy"] == pytest.approx(3 / 6)
    assert found["abstained"] == pytest.approx(1 / 6, abs=1e-4)
    assert found["wrong_confident"] == pytest.approx(2 / 6, abs=1e-4)
    assert found["danger_recall"] == pytest.approx(1 / 2)
    assert (found["ms_p50"], found["ms_p99"]) == (1.0, 9.0)
    # leak 2·1/(3+2), thanks 2·1/(1+2), street_danger 2·1/(2+1)
    assert found["macro_f1"] == pytest.approx((0.4 + 2 / 3 + 2 / 3) / 3, abs=1e-4)


def test_an_intent_has_its_own_f1_and_a_style_the_mean_of_its_intents() -> None:
    found = figures(LINES, KNOWN)
    assert found["per_intent"]["leak"] == {
        "n": 3,
        "accuracy": pytest.approx(1 / 3, abs=1e-4),
        "macro_f1": 0.4,
    }
    assert found["per_style"]["ar"] == {"n": 2, "accuracy": 0.0, "macro_f1": 0.0}
    assert list(found["per_style"]) == ["ar", "fr"]


def test_an_unknown_intent_is_reported_and_counts_as_wrong() -> None:
    found = figures([*LINES, judged("teleport", "leak")], KNOWN)
    assert found["unknown_intents"] == {"teleport": 1}
    assert found["n"] == 7
    assert found["per_intent"]["teleport"]["accuracy"] == 0.0


def test_without_a_danger_line_there_is_no_danger_recall() -> None:
    assert figures(LINES[:4], KNOWN)["danger_recall"] is None


def test_the_table_shows_what_was_taken_for_what() -> None:
    shown = table(figures(LINES, KNOWN), LINES)
    assert "leak → thanks: leak as thanks" in shown
    assert "leak → None" not in shown
    assert "danger recall    0.500" in shown
