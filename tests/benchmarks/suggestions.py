"""How long an agent waits for replies from past answers, and the groups of unanswered questions.

    python -m tests.benchmarks.suggestions            # 100 000 messages, 10 000 questions

Fills an embedded PostgreSQL of its own with pairs of a customer's question and an agent's answer in several
styles, then asks in other words. The baseline in the same run looks for the longest word of the question with
ILIKE, as a desk without an index would. Prints milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from config.postgres import EmbeddedPostgres, async_url
from ticketing.codec import rows_as_json
from ticketing.learning.answers import Asked, past_answers
from ticketing.learning.groups import Question, grouped
from ticketing.learning.turns import likeness
from ticketing.migrations.upgrade import upgrade

ROOT = Path(__file__).parents[2]
LINES = (
    ROOT / "tests" / "bot" / "data" / "every_intent.tsv",
    ROOT / "tests" / "bot" / "data" / "held_out.tsv",
)
ANSWER = "Bonjour, nous avons vérifié votre dossier {number} : {words}. L'équipe passe demain matin."
KEEP = text(
    "INSERT INTO past_answers (ticket_id, message_id, language, question, likeness, answer, at)"
    " SELECT uuidv7(), uuidv7(), language, question, likeness, answer, now()"
    " FROM json_to_recordset(CAST(:rows AS json))"
    " AS r(language text, question text, likeness text, answer text)"
)
NAIVE = text(
    "SELECT id, answer FROM past_answers WHERE language = :language AND question ILIKE :pattern LIMIT 3"
)


def utterances() -> list[tuple[str, str]]:
    """(language, text) of the lines the tests judge the assistant with."""
    found = []
    for path in LINES:
        head, *lines = path.read_text(encoding="utf-8").splitlines()
        columns = head.split("\t")
        for line in lines:
            row = dict(zip(columns, line.split("\t"), strict=False))
            found.append((row["language"], row["text"]))
    return found


def variants(seed: int, lines: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The same requests in other words: some left out, some from others, some with a letter lost."""
    dice = random.Random(seed)
    while True:
        language, line = dice.choice(lines)
        words = line.split()
        for _ in range(dice.randint(1, 5)):
            place = dice.randrange(len(words) + 1)
            kind = dice.random()
            if kind < 0.3 and len(words) > 2:
                words.pop(place - 1)
            elif kind < 0.7:
                words.insert(place, dice.choice(dice.choice(lines)[1].split()))
            elif len(words[place - 1]) > 3:
                words[place - 1] = words[place - 1][1:]
        yield language, " ".join(words)


async def fill(engine: AsyncEngine, pairs: int, lines: Sequence[tuple[str, str]]) -> None:
    made = variants(1, lines)
    for start in range(0, pairs, 5_000):
        rows = []
        for number in range(start, min(start + 5_000, pairs)):
            language, words = next(made)
            answer = ANSWER.format(number=number, words=words)
            rows.append(
                {"language": language, "question": words, "likeness": likeness(words), "answer": answer}
            )
        async with engine.begin() as connection:
            await connection.execute(KEEP, {"rows": rows_as_json(rows)})
    async with engine.begin() as connection:
        await connection.execute(text("ANALYZE past_answers"))


async def naive(connection: AsyncConnection, asked: Asked) -> None:
    longest = max(asked.text.split(), key=len)
    values = {"language": asked.language, "pattern": f"%{longest}%"}
    (await connection.execute(NAIVE, values)).all()


def told(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p95, p99 = ordered[int(len(ordered) * 0.95)], ordered[int(len(ordered) * 0.99)]
    return (
        f"{name:<28} p50 {statistics.median(ordered) * 1000:6.1f}  p95 {p95 * 1000:6.1f}"
        f"  p99 {p99 * 1000:6.1f}  max {ordered[-1] * 1000:6.1f}"
    )


async def measure(engine: AsyncEngine, rounds: int, lines: Sequence[tuple[str, str]]) -> None:
    asked = [
        Asked(words, language)
        for (language, words), _ in zip(variants(2, lines), range(rounds), strict=False)
    ]
    ours, theirs, answered = [], [], 0
    async with engine.connect() as connection:
        for question in asked:
            started = time.perf_counter()
            answered += bool(await past_answers(connection, question, uuid4()))
            ours.append(time.perf_counter() - started)
            started = time.perf_counter()
            await naive(connection, question)
            theirs.append(time.perf_counter() - started)
    print(told("past answers", ours), f" answered {answered} of {rounds}")
    print(told("longest word with ILIKE", theirs))


def measure_groups(count: int, lines: Sequence[tuple[str, str]]) -> None:
    now = datetime.now(UTC)
    made = variants(3, lines)
    questions = [
        Question(words, likeness(words), language, "fallback", None, now - timedelta(seconds=number))
        for number, (language, words) in zip(range(count), made, strict=False)
    ]
    started = time.perf_counter()
    groups = grouped(questions, {})
    spent = time.perf_counter() - started
    print(f"{'groups':<28} {spent * 1000:.0f} ms for {count} questions: {len(groups)} groups")


async def run(messages: int, rounds: int, questions: int) -> None:
    lines = utterances()
    with tempfile.TemporaryDirectory(prefix="wasl-suggestions-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data")
        engine = create_async_engine(async_url(server.start()))
        try:
            await upgrade(engine)
            await fill(engine, messages // 2, lines)
            await measure(engine, rounds, lines)
        finally:
            await engine.dispose()
            server.stop()
    measure_groups(questions, lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--questions", type=int, default=10_000)
    options = parser.parse_args()
    asyncio.run(run(options.messages, options.rounds, options.questions))


if __name__ == "__main__":
    main()
