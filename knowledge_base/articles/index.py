"""Writes what the search knows of a translation, inside the caller's transaction."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.articles.markdown import plain
from knowledge_base.articles.model import Wording
from knowledge_base.articles.tables import article_terms, article_translations
from knowledge_base.articles.terms import DATA_FOLDER, content_words, index_terms

_SHORTEST_WORD = 4  # letters: shorter ones are too alike to be anyone's mistyped word

_ADD_TERMS = text(
    "INSERT INTO article_terms (language, term, article_id, weight)"
    " SELECT :language, t.term, :article_id, t.weight"
    " FROM unnest(CAST(:terms AS text[]), CAST(:weights AS real[])) AS t(term, weight)"
)
_ADD_WORDS = text(
    "INSERT INTO article_words (language, word)"
    " SELECT :language, w FROM unnest(CAST(:words AS text[])) AS w ORDER BY w ON CONFLICT DO NOTHING"
)


async def index_translation(
    connection: AsyncConnection, article_id: UUID, language: str, wording: Wording
) -> None:
    """Replace the terms of one translation; its words are added to those known."""
    await connection.execute(
        delete(article_terms).where(
            article_terms.c.article_id == article_id, article_terms.c.language == language
        )
    )
    await _add(connection, article_id, language, wording)


async def _add(connection: AsyncConnection, article_id: UUID, language: str, wording: Wording) -> None:
    terms = index_terms(wording, language)
    place = {"language": language, "article_id": article_id}
    await connection.execute(_ADD_TERMS, {**place, "terms": list(terms), "weights": list(terms.values())})
    await connection.execute(_ADD_WORDS, {"language": language, "words": sorted(_words_of(wording))})


async def index_if_outdated(connection: AsyncConnection) -> int:
    """Write all terms again if words become terms another way than when they were written.

    Returns how many translations were indexed.
    """
    version = _version()
    # One process does it; the others wait here and find it done.
    await connection.execute(text("LOCK TABLE article_indexing IN EXCLUSIVE MODE"))
    if version in (await connection.execute(text("SELECT version FROM article_indexing"))).scalars().all():
        return 0
    await connection.execute(text("DELETE FROM article_indexing"))
    await connection.execute(text("INSERT INTO article_indexing VALUES (:version)"), {"version": version})
    return await index_all(connection)


def _version() -> str:
    """Return a digest of the code and data that make terms."""
    here = Path(__file__).parent
    sources = [here.parent / "text.py", *(here / name for name in ("terms.py", "stems.py", "markdown.py"))]
    digest = hashlib.sha256()
    for path in [*sources, *sorted(DATA_FOLDER.iterdir())]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


async def index_all(connection: AsyncConnection) -> int:
    """Write the terms of every translation again: after a change of how words become terms.

    Returns how many translations there are.
    """
    columns = article_translations.c
    rows: Sequence[Any] = (
        await connection.execute(
            select(
                columns.article_id,
                columns.language,
                columns.slug,
                columns.title,
                columns.summary,
                columns.body,
                columns.source,
            )
        )
    ).all()
    await connection.execute(delete(article_terms))
    for row in rows:
        wording = Wording(row.slug, row.title, row.summary, row.body, row.source)
        await _add(connection, row.article_id, row.language, wording)
    return len(rows)


def _words_of(wording: Wording) -> set[str]:
    texts: Iterable[str] = (wording.title, wording.summary, plain(wording.body))
    return {
        word
        for each in texts
        for word in content_words(each)
        if len(word) >= _SHORTEST_WORD and not word.isdigit()
    }
