"""Articles as JSON, in the shapes of docs/api.md."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from knowledge_base.articles.addresses import path_of
from knowledge_base.articles.markdown import render
from knowledge_base.articles.model import Article, Translation, Version, Wording
from knowledge_base.articles.suggestions import SearchResult

Names = Mapping[UUID, str]  # of agents


def row(article: Article, names: Names, today: date) -> dict[str, Any]:
    """ArticleRow."""
    return _head(article, names, today) | {
        "translations": [_translation_row(article, each) for each in article.translations.values()]
    }


def whole(article: Article, names: Names, today: date) -> dict[str, Any]:
    """Article."""
    return _head(article, names, today) | {
        "translations": [
            _translation_row(article, each)
            | {
                "summary": each.wording.summary,
                "body": each.wording.body,
                "source": each.wording.source,
                "html": render(each.wording.body),
                "published_at": each.published_at.isoformat() if each.published_at else None,
            }
            for each in article.translations.values()
        ]
    }


def result(found: SearchResult) -> dict[str, Any]:
    return {
        "article_id": str(found.article_id),
        "number": found.number,
        "language": found.language,
        "title": found.title,
        "summary": found.summary,
        "excerpt": found.excerpt,
        "audience": found.audience,
        "category": found.category,
        "url": found.url,
        "review_on": found.review_on.isoformat() if found.review_on else None,
        "updated_at": found.updated_at.isoformat(),
        "stale": found.is_stale,
        "score": round(found.score, 3),
        "coverage": round(found.coverage, 3),
    }


def version(one: Version) -> dict[str, Any]:
    return {
        "version": one.version,
        "author": one.author,
        "created_at": one.created_at.isoformat(),
        "title": one.wording.title,
        "restored_from": one.restored_from,
    }


def whole_version(one: Version, against: Version | None) -> dict[str, Any]:
    wording = one.wording
    return {
        "version": one.version,
        "author": one.author,
        "created_at": one.created_at.isoformat(),
        "title": wording.title,
        "summary": wording.summary,
        "body": wording.body,
        "source": wording.source,
        "slug": wording.slug,
        "changes": None if against is None else list(_changes(against.wording, wording)),
    }


def _head(article: Article, names: Names, today: date) -> dict[str, Any]:
    owner = names.get(article.owner_id) if article.owner_id else None
    return {
        "id": str(article.id),
        "number": article.number,
        "category": article.category,
        "audience": article.audience,
        "source_language": article.source_language,
        "review_on": article.review_on.isoformat() if article.review_on else None,
        "review_due": article.review_on is not None and article.review_on <= today,
        "owner": {"id": str(article.owner_id), "name": owner} if owner else None,
        "version": article.version,
        "updated_at": article.updated_at.isoformat(),
        "demonstration": article.is_demo,
    }


def _translation_row(article: Article, translation: Translation) -> dict[str, Any]:
    language = translation.language
    return {
        "language": language,
        "title": translation.wording.title,
        "slug": translation.wording.slug,
        "status": translation.status,
        "stale": translation.is_stale,
        "version": translation.version,
        "updated_at": translation.updated_at.isoformat(),
        "updated_by": translation.updated_by,
        "views": translation.views,
        "helpful": translation.helpful,
        "unhelpful": translation.unhelpful,
        "url": path_of(language, translation.wording.slug) if article.is_public(language) else None,
    }


def _changes(old: Wording, new: Wording) -> Iterator[dict[str, str]]:
    kinds = {" ": "same", "+": "added", "-": "removed"}
    for line in difflib.ndiff(_lines(old), _lines(new)):
        if line[0] in kinds:
            yield {"kind": kinds[line[0]], "text": line[2:]}


def _lines(wording: Wording) -> list[str]:
    return [wording.title, wording.summary, wording.source, *wording.body.splitlines()]
