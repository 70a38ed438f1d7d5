"""The demonstration's articles, from the files beside: written once, changed only where nobody else wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import FOLDER, sample_id
from knowledge_base.articles.index import index_if_outdated
from knowledge_base.articles.model import LANGUAGES, Article, Audience, Author, Status, Wording
from knowledge_base.articles.reading import by_ids
from knowledge_base.articles.tables import article_translations, article_words, articles
from knowledge_base.articles.writing import NewArticle, Seen, create, save, set_status

ARTICLES = FOLDER / "articles"
AUTHOR = Author(None, "Wasl")
_OWNER = "nadia@demo.wasl"


async def load_articles(connection: AsyncConnection, today: date) -> None:
    """Write and publish what is missing. A text that an agent has changed since stays as it is."""
    listed: list[Mapping[str, Any]] = yaml.safe_load((ARTICLES / "index.yaml").read_text("utf-8"))
    ids = {entry["key"]: sample_id("article", entry["key"]) for entry in listed}
    await index_if_outdated(connection)
    there = {article.id: article for article in await by_ids(connection, ids.values())}
    gone = articles.c.id.not_in(list(ids.values()))
    await connection.execute(delete(articles).where(articles.c.is_demo, gone))
    now = datetime.combine(today, time(), UTC)
    for entry in listed:
        await _load(connection, entry, there.get(ids[entry["key"]]), now)


async def remove_articles(connection: AsyncConnection) -> None:
    """Delete the demonstration's articles, and the words of a language nobody has written in."""
    await connection.execute(delete(articles).where(articles.c.is_demo))
    left = select(article_translations.c.language)
    await connection.execute(delete(article_words).where(article_words.c.language.not_in(left)))


async def _load(
    connection: AsyncConnection, entry: Mapping[str, Any], there: Article | None, now: datetime
) -> None:
    article_id, source = sample_id("article", entry["key"]), entry["source"]
    texts = {
        language: wording
        for language in (source, *(each for each in LANGUAGES if each != source))
        if (wording := _wording(entry["key"], language)) is not None
    }
    for language, wording in texts.items():
        known = there.translations.get(language) if there else None
        if known is not None and (known.updated_by != AUTHOR.name or known.wording == wording):
            continue
        if known is None and language == source:
            await create(connection, _new(entry, now), wording, AUTHOR, now, article_id=article_id)
        else:
            seen = Seen(article_id, language, known.version if known else 0)
            fresh = language not in entry.get("stale", ())
            await save(connection, seen, wording, AUTHOR, now, is_up_to_date=fresh)
        if known is None:
            await set_status(connection, Seen(article_id, language, 1), Status.PUBLISHED, now)


def _new(entry: Mapping[str, Any], now: datetime) -> NewArticle:
    owner: UUID = sample_id("agent", _OWNER)
    return NewArticle(
        entry["category"],
        Audience(entry["audience"]),
        entry["source"],
        review_on=now.date() + timedelta(days=entry["review_after"]),
        owner_id=owner,
        is_demo=True,
    )


def _wording(key: str, language: str) -> Wording | None:
    """Read a file of front matter and Markdown; None where the article is not translated."""
    path = ARTICLES / f"{key}.{language}.md"
    if not path.exists():
        return None
    _, front, body = path.read_text("utf-8").split("---\n", 2)
    fields: dict[str, str] = yaml.safe_load(front)
    return Wording(fields["slug"], fields["title"], fields["summary"], body.strip(), fields.get("source", ""))
