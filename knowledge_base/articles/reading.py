"""Reading articles from the database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.model import (
    Article,
    ArticleUnknown,
    Audience,
    Status,
    Translation,
    Version,
    Wording,
)
from knowledge_base.articles.tables import article_translations, article_versions, articles


@dataclass(frozen=True, slots=True)
class Filter:
    """Which articles to list; None leaves a question open. `due_on`: review dates up to this day."""

    language: str | None = None
    category: str | None = None
    audience: Audience | None = None
    status: Status | None = None
    only_stale: bool = False
    due_on: date | None = None


async def article(connection: AsyncConnection, article_id: UUID) -> Article:
    """Return an article with every translation. Raises ArticleUnknown."""
    found = await by_ids(connection, [article_id])
    if not found:
        raise ArticleUnknown(str(article_id))
    return found[0]


async def by_ids(connection: AsyncConnection, ids: Iterable[UUID]) -> list[Article]:
    """Return the articles that exist, in the order asked for."""
    wanted = list(ids)
    rows = await _read(connection, _whole().where(articles.c.id.in_(wanted)))
    found = {each.id: each for each in rows}
    return [found[each] for each in wanted if each in found]


async def by_number(connection: AsyncConnection, number: int) -> Article | None:
    found = await _read(connection, _whole().where(articles.c.number == number))
    return found[0] if found else None


async def by_slug(connection: AsyncConnection, language: str, slug: str) -> Article | None:
    """Return the article an address of a language names now, or named in an earlier version."""
    now = (
        select(article_translations.c.article_id)
        .where(article_translations.c.language == language, article_translations.c.slug == slug)
        .limit(1)
    )
    article_id = (await connection.execute(now)).scalar_one_or_none()
    if article_id is None:
        before = (
            select(article_versions.c.article_id)
            .where(article_versions.c.language == language, article_versions.c.slug == slug)
            .order_by(article_versions.c.created_at.desc())
            .limit(1)
        )
        article_id = (await connection.execute(before)).scalar_one_or_none()
    if article_id is None:
        return None
    return await article(connection, article_id)


async def listed(
    connection: AsyncConnection,
    wanted: Filter,
    *,
    limit: int,
    before: tuple[datetime, UUID] | None = None,
) -> list[Article]:
    """Return articles, last changed first; `before` is (updated_at, id) of the last one seen."""
    statement = select(articles.c.id).order_by(articles.c.updated_at.desc(), articles.c.id.desc())
    if wanted.category is not None:
        statement = statement.where(articles.c.category == wanted.category)
    if wanted.audience is not None:
        statement = statement.where(articles.c.audience == wanted.audience)
    if wanted.due_on is not None:
        statement = statement.where(articles.c.review_on <= wanted.due_on)
    if before is not None:
        at, article_id = before
        statement = statement.where(
            or_(articles.c.updated_at < at, and_(articles.c.updated_at == at, articles.c.id < article_id))
        )
    statement = _with_translation(statement, wanted)
    ids = (await connection.execute(statement.limit(limit))).all()
    return await by_ids(connection, [row.id for row in ids])


async def published(connection: AsyncConnection, language: str) -> list[Article]:
    """Return everything customers may read in a language, the most read first."""
    one = article_translations.alias("one")
    is_published = exists().where(
        one.c.article_id == articles.c.id,
        one.c.language == language,
        one.c.status == Status.PUBLISHED,
    )
    statement = _whole().where(articles.c.audience == Audience.PUBLIC, is_published)
    found = await _read(connection, statement)
    return sorted(found, key=lambda each: (-each.translations[language].views, each.number))


async def versions(connection: AsyncConnection, article_id: UUID, language: str) -> list[Version]:
    """Return every version of a translation, newest first. Raises ArticleUnknown."""
    columns = article_versions.c
    rows = (
        await connection.execute(
            select(article_versions)
            .where(columns.article_id == article_id, columns.language == language)
            .order_by(columns.version.desc())
        )
    ).all()
    if not rows:
        raise ArticleUnknown(f"{article_id} in {language}")
    return [
        Version(row.version, _wording(row), row.author, row.created_at, row.restored_from) for row in rows
    ]


def _with_translation(statement: Select[tuple[UUID]], wanted: Filter) -> Select[tuple[UUID]]:
    """Keep the articles that have a translation as wanted."""
    one = article_translations.alias("one")
    source = article_translations.alias("source")
    conditions: list[Any] = []
    if wanted.language is not None:
        conditions.append(one.c.language == wanted.language)
    if wanted.status is not None:
        conditions.append(one.c.status == wanted.status)
    if wanted.only_stale:
        newer = exists().where(
            source.c.article_id == one.c.article_id,
            source.c.language == articles.c.source_language,
            source.c.version > one.c.written_for,
        )
        conditions += [one.c.language != articles.c.source_language, newer]
    if not conditions:
        return statement
    return statement.where(exists().where(one.c.article_id == articles.c.id, *conditions))


def _whole() -> Select[Any]:
    """Articles and their translations, a row a translation. An article has at least one."""
    named = [column.label(f"article_{column.name}") for column in articles.c]
    return (
        select(*named, *[column for column in article_translations.c if column.name != "article_id"])
        .join_from(articles, article_translations, article_translations.c.article_id == articles.c.id)
        .order_by(articles.c.id, article_translations.c.language)
    )


async def _read(connection: AsyncConnection, statement: Select[Any]) -> list[Article]:
    rows: dict[UUID, list[Any]] = {}
    for row in (await connection.execute(statement)).all():
        rows.setdefault(row.article_id, []).append(row)
    return [_article(each) for each in rows.values()]


def _article(rows: Sequence[Any]) -> Article:
    first = rows[0]
    source = next((row.version for row in rows if row.language == first.article_source_language), 0)
    return Article(
        id=first.article_id,
        number=first.article_number,
        category=first.article_category,
        audience=Audience(first.article_audience),
        source_language=first.article_source_language,
        review_on=first.article_review_on,
        owner_id=first.article_owner_id,
        version=first.article_version,
        created_at=first.article_created_at,
        updated_at=first.article_updated_at,
        is_demo=first.article_is_demo,
        translations={row.language: _translation(row, first.article_source_language, source) for row in rows},
    )


def _translation(row: Any, source_language: str, source_version: int) -> Translation:
    is_translated = row.language != source_language
    return Translation(
        language=row.language,
        version=row.version,
        status=Status(row.status),
        wording=_wording(row),
        is_stale=is_translated and (row.written_for or 0) < source_version,
        updated_at=row.updated_at,
        updated_by=row.updated_by,
        published_at=row.published_at,
        views=row.views,
        helpful=row.helpful,
        unhelpful=row.unhelpful,
    )


def _wording(row: Any) -> Wording:
    return Wording(row.slug, row.title, row.summary, row.body, row.source)
