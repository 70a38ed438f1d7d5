"""Changing articles, inside the caller's transaction. Every text that ever stood there is kept as a version.

Who sends an old version number is refused: the row is locked before it is compared.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.index import index_translation
from knowledge_base.articles.model import (
    ArticleChanged,
    ArticleUnknown,
    Audience,
    Author,
    Incomplete,
    SlugTaken,
    Status,
    Wording,
)
from knowledge_base.articles.slugs import slug_of
from knowledge_base.articles.tables import article_translations, article_versions, articles


@dataclass(frozen=True, slots=True)
class NewArticle:
    category: str
    audience: Audience
    language: str  # the source language
    review_on: date | None = None
    owner_id: UUID | None = None
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """The translation a writer changes, and the version he saw; 0 for one that does not exist yet."""

    article_id: UUID
    language: str
    version: int


async def create(
    connection: AsyncConnection,
    new: NewArticle,
    wording: Wording,
    author: Author,
    now: datetime,
    *,
    article_id: UUID | None = None,
) -> UUID:
    """Write an article with its first translation, a draft. Raises SlugTaken."""
    values = {"id": article_id} if article_id is not None else {}
    created: UUID = (
        await connection.execute(
            insert(articles)
            .values(
                **values,
                category=new.category,
                audience=new.audience,
                source_language=new.language,
                review_on=new.review_on,
                owner_id=new.owner_id,
                is_demo=new.is_demo,
                created_at=now,
                updated_at=now,
            )
            .returning(articles.c.id)
        )
    ).scalar_one()
    await save(connection, Seen(created, new.language, 0), wording, author, now)
    return created


async def change(
    connection: AsyncConnection, article_id: UUID, version: int, changes: Mapping[str, Any], now: datetime
) -> None:
    """Change category, audience, source_language, review_on or owner_id.

    Raises ArticleUnknown, ArticleChanged; Incomplete when there is no translation in the source language.
    """
    row = await _locked(connection, article_id)
    if row.version != version:
        raise ArticleChanged(await _last_author(connection, article_id))
    source = changes.get("source_language", row.source_language)
    if source != row.source_language:
        new_source = await _translation(connection, article_id, source)
        if new_source is None:
            raise Incomplete("source_language")
        await _set(connection, article_id, source, {"written_for": None})
        # What said the same as the old source is taken to say the same as the new one.
        await connection.execute(
            update(article_translations)
            .where(article_translations.c.article_id == article_id, article_translations.c.language != source)
            .values(written_for=new_source.version)
        )
    await connection.execute(
        update(articles)
        .where(articles.c.id == article_id)
        .values(**changes, version=row.version + 1, updated_at=now)
    )


async def save(
    connection: AsyncConnection,
    seen: Seen,
    wording: Wording,
    author: Author,
    now: datetime,
    *,
    is_minor: bool = False,
    is_up_to_date: bool = True,
    restored_from: int | None = None,
) -> int:
    """Write the newest text of a translation and return its version.

    A text equal to the one there is no new version. Without a slug the address is made from the title.
    Raises ArticleUnknown, ArticleChanged, SlugTaken.
    """
    article_id, language, version = seen.article_id, seen.language, seen.version
    head = await _locked(connection, article_id)
    old = await _translation(connection, article_id, language)
    if (old.version if old else 0) != version:
        raise ArticleChanged(old.updated_by if old else author.name)
    wording = replace(wording, slug=slug_of(wording.slug or (old.slug if old else wording.title)))
    if old is not None and not wording.title:
        wording = replace(wording, title=old.title)
    values: dict[str, Any] = {
        "written_for": await _written_for(connection, head, language, old, is_up_to_date)
    }
    is_same = old is not None and wording == Wording(old.slug, old.title, old.summary, old.body, old.source)
    if not is_same:
        version += 1
        values |= {**asdict(wording), "version": version, "updated_at": now, "updated_by": author.name}
    await _write(connection, article_id, language, values, is_new=old is None)
    if is_same:
        return version
    await connection.execute(
        insert(article_versions).values(
            article_id=article_id,
            language=language,
            version=version,
            **asdict(wording),
            restored_from=restored_from,
            author_id=author.id,
            author=author.name,
            created_at=now,
        )
    )
    await index_translation(connection, article_id, language, wording)
    await connection.execute(update(articles).where(articles.c.id == article_id).values(updated_at=now))
    if is_minor and language == head.source_language:
        await connection.execute(
            update(article_translations)
            .where(
                article_translations.c.article_id == article_id,
                article_translations.c.written_for == version - 1,
            )
            .values(written_for=version)
        )
    return version


async def restore(
    connection: AsyncConnection, seen: Seen, restored: int, author: Author, now: datetime
) -> None:
    """Make the text of version `restored` the newest one.

    Raises ArticleUnknown, ArticleChanged, SlugTaken.
    """
    columns = article_versions.c
    row = (
        await connection.execute(
            select(article_versions).where(
                columns.article_id == seen.article_id,
                columns.language == seen.language,
                columns.version == restored,
            )
        )
    ).one_or_none()
    if row is None:
        raise ArticleUnknown(f"version {restored}")
    wording = Wording(row.slug, row.title, row.summary, row.body, row.source)
    await save(
        connection,
        seen,
        wording,
        author,
        now,
        is_up_to_date=False,
        restored_from=restored,
    )


async def set_status(connection: AsyncConnection, seen: Seen, status: Status, now: datetime) -> None:
    """Publish, archive or take back a translation. Raises ArticleUnknown, ArticleChanged, Incomplete."""
    article_id, language = seen.article_id, seen.language
    await _locked(connection, article_id)
    row = await _translation(connection, article_id, language)
    if row is None:
        raise ArticleUnknown(f"{article_id} in {language}")
    if row.version != seen.version:
        raise ArticleChanged(row.updated_by)
    missing = [name for name in ("title", "body") if not getattr(row, name).strip()]
    if status is Status.PUBLISHED and missing:
        raise Incomplete(*missing)
    values: dict[str, Any] = {"status": status}
    if status is Status.PUBLISHED and row.published_at is None:
        values["published_at"] = now
    await _set(connection, article_id, language, values)
    await connection.execute(update(articles).where(articles.c.id == article_id).values(updated_at=now))


async def _locked(connection: AsyncConnection, article_id: UUID) -> Any:
    row = (
        await connection.execute(select(articles).where(articles.c.id == article_id).with_for_update())
    ).one_or_none()
    if row is None:
        raise ArticleUnknown(str(article_id))
    return row


async def _translation(connection: AsyncConnection, article_id: UUID, language: str) -> Any:
    columns = article_translations.c
    return (
        await connection.execute(
            select(article_translations).where(columns.article_id == article_id, columns.language == language)
        )
    ).one_or_none()


async def _written_for(
    connection: AsyncConnection, head: Any, language: str, old: Any, is_up_to_date: bool
) -> int | None:
    """Return the version of the source language a translation says the same as; None for the source."""
    if language == head.source_language:
        return None
    if not is_up_to_date:
        return int(old.written_for or 0) if old is not None else 0
    source = await _translation(connection, head.id, head.source_language)
    return int(source.version) if source is not None else 0


async def _write(
    connection: AsyncConnection, article_id: UUID, language: str, values: dict[str, Any], *, is_new: bool
) -> None:
    try:
        async with connection.begin_nested():
            if is_new:
                await connection.execute(
                    insert(article_translations).values(article_id=article_id, language=language, **values)
                )
            else:
                await _set(connection, article_id, language, values)
    except IntegrityError as error:
        if "slug" in str(error.orig):
            raise SlugTaken(str(values.get("slug"))) from error
        raise


async def _set(connection: AsyncConnection, article_id: UUID, language: str, values: dict[str, Any]) -> None:
    await connection.execute(
        update(article_translations)
        .where(article_translations.c.article_id == article_id, article_translations.c.language == language)
        .values(**values)
    )


async def _last_author(connection: AsyncConnection, article_id: UUID) -> str:
    columns = article_versions.c
    return str(
        (
            await connection.execute(
                select(columns.author)
                .where(columns.article_id == article_id)
                .order_by(columns.created_at.desc())
                .limit(1)
            )
        ).scalar_one()
    )
