"""Articles that fit what somebody wrote: for agents' replies, and for the composer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.addresses import short_url
from knowledge_base.articles.extract import extract
from knowledge_base.articles.model import Audience
from knowledge_base.articles.search import Hit, search
from knowledge_base.articles.terms import Slot


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An article as it is offered. `excerpt` is plain text; `url` is None for what customers may not read.

    `coverage` (0 to 1): how much of what was asked the article speaks of.
    """

    article_id: UUID
    number: int
    language: str
    title: str
    summary: str
    excerpt: str
    audience: Audience
    category: str
    url: str | None
    review_on: date | None
    updated_at: datetime
    is_stale: bool
    score: float
    coverage: float


async def suggest(
    connection: AsyncConnection,
    text: str,
    language: str,
    limit: int = 3,
    *,
    public_url: str = "",
    least_coverage: float = 0.35,
) -> list[SearchResult]:
    """Return public articles for a customer's words, best first; none rather than a far-fetched one.

    `language` is how the customer writes ("ary-Latn" too). `public_url` is the company's address ("https://…");
    empty gives addresses within our own.
    """
    found = await search(connection, text, language, limit=limit)
    return [result(hit, found.slots, public_url) for hit in found.hits if hit.coverage >= least_coverage]


def result(hit: Hit, slots: Sequence[Slot], public_url: str) -> SearchResult:
    article, language = hit.article, hit.language
    translation = article.translations[language]
    return SearchResult(
        article.id,
        article.number,
        language,
        translation.wording.title,
        translation.wording.summary,
        extract(translation.wording, slots, language),
        article.audience,
        article.category,
        short_url(public_url, language, article.number) if article.is_public(language) else None,
        article.review_on,
        translation.updated_at,
        translation.is_stale,
        hit.score,
        hit.coverage,
    )
