"""Articles of the knowledge base."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from knowledge_base.articles.model import Audience
from knowledge_base.articles.model import Status as PublicationStatus
from ticketing.web.schemas.common import Answer, Language, Names, Person


class ArticleCategory(Answer):
    key: str
    names: Names


class TranslationRow(Answer):
    """`url` while it is published for the public."""

    language: Language
    title: str
    slug: str
    status: PublicationStatus
    stale: bool
    version: int
    updated_at: datetime
    updated_by: str | None
    views: int
    helpful: int
    unhelpful: int
    url: str | None


class Translation(TranslationRow):
    summary: str
    body: str
    source: str
    html: str
    published_at: datetime | None


class _ArticleHead(Answer):
    id: UUID
    number: int
    category: str
    audience: Audience
    source_language: Language
    review_on: date | None
    review_due: bool
    owner: Person | None
    version: int
    updated_at: datetime
    demonstration: bool


class ArticleRow(_ArticleHead):
    translations: list[TranslationRow]


class Article(_ArticleHead):
    translations: list[Translation]


class ArticlePage(Answer):
    articles: list[ArticleRow]
    next_cursor: str | None
    categories: list[ArticleCategory]


class SearchResult(Answer):
    """`excerpt`: the sentences nearest to the words; `url`: what to send to customers."""

    article_id: UUID
    number: int
    language: Language
    title: str
    summary: str
    excerpt: str
    audience: Audience
    category: str
    url: str | None
    review_on: date | None
    updated_at: datetime
    stale: bool
    score: float
    coverage: float


class SearchResults(Answer):
    results: list[SearchResult]


class ArticleVersionRow(Answer):
    version: int
    author: str
    created_at: datetime
    title: str
    restored_from: int | None


class ArticleVersions(Answer):
    versions: list[ArticleVersionRow]


class ChangedLine(Answer):
    kind: Literal["same", "added", "removed"]
    text: str


class ArticleVersion(Answer):
    version: int
    author: str
    created_at: datetime
    title: str
    summary: str
    body: str
    source: str
    slug: str
    changes: list[ChangedLine] | None


class Preview(Answer):
    """Exactly what customers will see."""

    html: str
    minutes: int
