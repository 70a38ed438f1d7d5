"""How fast articles are found: `python -m tests.benchmarks.search [--articles 5000] [--queries 400]`.

Ranked search over `--articles` articles in Arabic and as many in French, made of the sample's sentences in a
new order, next to the naive `ILIKE '%word%'` over the same rows in the same run. Prints milliseconds.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import NullPool, insert, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from config.postgres import EmbeddedPostgres, async_url
from config.sample.help_articles import load_articles
from knowledge_base.articles.index import index_all
from knowledge_base.articles.markdown import plain, sentences
from knowledge_base.articles.model import Wording
from knowledge_base.articles.reading import Filter, listed
from knowledge_base.articles.search import ARTICLE_LANGUAGE, search
from knowledge_base.articles.tables import article_translations, articles
from knowledge_base.articles.terms import content_words
from tests.knowledge_base.judged import Judged, read
from ticketing.migrations.upgrade import upgrade

LANGUAGES = ("ar", "fr")
NOW = datetime(2026, 11, 24, tzinfo=UTC)
_WORDS_OF_AN_ARTICLE = 150

ILIKE = text(
    "SELECT t.article_id FROM article_translations t JOIN articles a ON a.id = t.article_id"
    " WHERE t.language = :language AND t.status = 'published' AND a.audience = 'public'"
    " AND (t.title ILIKE ANY(:patterns) OR t.body ILIKE ANY(:patterns)) LIMIT 10"
)

Ask = Callable[[AsyncConnection, Judged], Awaitable[object]]


async def fill(connection: AsyncConnection, count: int) -> None:
    """Write articles made of the sample's own sentences, with made-up words of their own among them."""
    chance = random.Random(20261124)
    sample = await listed(connection, Filter(), limit=200)
    pools = {
        language: [
            sentence
            for article in sample
            if language in article.translations
            for sentence in sentences(plain(article.translations[language].wording.body))
        ]
        for language in LANGUAGES
    }
    headings = {
        language: [each.translations[language].wording.title for each in sample] for language in LANGUAGES
    }
    for start in range(0, count, 500):
        ids = [UUID(int=chance.getrandbits(128)) for _ in range(min(500, count - start))]
        await connection.execute(
            insert(articles),
            [
                {
                    "id": each,
                    "category": "billing",
                    "audience": "public",
                    "source_language": "fr",
                    "version": 1,
                    "created_at": NOW,
                    "updated_at": NOW,
                    "is_demo": False,
                }
                for each in ids
            ],
        )
        rows = [
            made(chance, pools[language], headings[language], each, language)
            for each in ids
            for language in LANGUAGES
        ]
        await connection.execute(insert(article_translations), rows)


def made(
    chance: random.Random, pool: list[str], headings: list[str], article_id: UUID, language: str
) -> dict[str, object]:
    letters = "بتثجحخدرزسشعغفقكلمنهوي" if language == "ar" else "abcdefghijlmnoprstuv"
    body: list[str] = []
    while sum(len(each.split()) for each in body) < _WORDS_OF_AN_ARTICLE:
        body.append(chance.choice(pool))
        body.append("".join(chance.choices(letters, k=chance.randint(4, 9))))
    own = " ".join(chance.choice(pool).split()[:3])
    wording = Wording("", f"{chance.choice(headings)} {own}", body[0], "\n\n".join(body), "")
    return {
        "article_id": article_id,
        "language": language,
        "version": 1,
        "status": "published",
        "slug": f"{article_id}",
        "title": wording.title,
        "summary": wording.summary,
        "body": wording.body,
        "source": "",
        "updated_at": NOW,
        "updated_by": "benchmark",
        "written_for": None if language == "fr" else 1,
        "views": 0,
        "helpful": 0,
        "unhelpful": 0,
    }


async def ranked(connection: AsyncConnection, asked: Judged) -> object:
    return await search(connection, asked.query, asked.language, limit=10)


async def naive(connection: AsyncConnection, asked: Judged) -> object:
    """Rows that contain any word of the question, unranked."""
    patterns = [f"%{word}%" for word in content_words(asked.query)] or ["%%"]
    values = {"language": ARTICLE_LANGUAGE[asked.language], "patterns": patterns}
    return (await connection.execute(ILIKE, values)).all()


async def measure(connection: AsyncConnection, asked: list[Judged], ask: Ask) -> tuple[float, float, float]:
    """Return (p50, p95, the longest) in milliseconds, one question at a time."""
    for each in asked[:40]:
        await ask(connection, each)
    took = []
    for each in asked:
        began = time.perf_counter()
        await ask(connection, each)
        took.append((time.perf_counter() - began) * 1000)
    took.sort()
    return took[len(took) // 2], took[int(len(took) * 0.95)], took[-1]


async def run(count: int, questions: int) -> None:
    with tempfile.TemporaryDirectory(prefix="wasl-search-") as folder:
        server = EmbeddedPostgres(Path(folder) / "data")
        engine = create_async_engine(async_url(server.start()), poolclass=NullPool)
        try:
            await upgrade(engine)
            # A connection each: plans made for empty tables are not kept for full ones.
            async with engine.begin() as connection:
                await load_articles(connection, date(2026, 11, 24))
            async with engine.begin() as connection:
                await fill(connection, count)
            async with engine.begin() as connection:
                await connection.execute(text("ANALYZE"))
                began = time.perf_counter()
                indexed = await index_all(connection)
                print(f"indexed {indexed} translations in {time.perf_counter() - began:.1f} s")
            judged = [each for each in read("judged_queries.tsv") if each.language != "en"]
            asked = random.Random(1).choices(judged, k=questions)
            autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
            async with autocommit.connect() as connection:
                await connection.execute(text("ANALYZE"))
                for name, ask in (("ranked", ranked), ("ILIKE", naive)):
                    p50, p95, longest = await measure(connection, asked, ask)
                    print(f"{name:7} p50 {p50:6.1f} ms   p95 {p95:6.1f} ms   longest {longest:6.1f} ms")
        finally:
            await engine.dispose()
            server.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=5000)
    parser.add_argument("--queries", type=int, default=400)
    chosen = parser.parse_args()
    asyncio.run(run(chosen.articles, chosen.queries))


if __name__ == "__main__":
    main()
