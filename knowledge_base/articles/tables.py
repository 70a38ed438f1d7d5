"""Articles, their translations and versions, and what the search knows of them."""

from __future__ import annotations

from sqlalchemy import REAL, BigInteger, Boolean, Column, Date, Integer, Table

from knowledge_base.tables import id_column, metadata, moment_column, text_column, uuid_column


def _text_columns() -> list[Column[str]]:
    return [text_column(name) for name in ("slug", "title", "summary", "body", "source")]


articles = Table(
    "articles",
    metadata,
    id_column(),
    Column("number", Integer, nullable=False),
    text_column("category"),
    text_column("audience"),
    text_column("source_language"),
    Column("review_on", Date),
    uuid_column("owner_id", nullable=True),
    Column("version", Integer, nullable=False),
    moment_column("created_at"),
    moment_column("updated_at"),
    Column("is_demo", Boolean, nullable=False),
)

article_translations = Table(
    "article_translations",
    metadata,
    uuid_column("article_id", primary_key=True),
    text_column("language", primary_key=True),
    Column("version", Integer, nullable=False),
    text_column("status"),
    *_text_columns(),
    Column("written_for", Integer),
    moment_column("updated_at"),
    text_column("updated_by"),
    moment_column("published_at", nullable=True),
    Column("views", BigInteger, nullable=False),
    Column("helpful", BigInteger, nullable=False),
    Column("unhelpful", BigInteger, nullable=False),
)

article_versions = Table(
    "article_versions",
    metadata,
    uuid_column("article_id", primary_key=True),
    text_column("language", primary_key=True),
    Column("version", Integer, primary_key=True),
    *_text_columns(),
    Column("restored_from", Integer),
    uuid_column("author_id", nullable=True),
    text_column("author"),
    moment_column("created_at"),
)

article_terms = Table(
    "article_terms",
    metadata,
    text_column("language", primary_key=True),
    text_column("term", primary_key=True),
    uuid_column("article_id", primary_key=True),
    Column("weight", REAL, nullable=False),
)

article_words = Table(
    "article_words",
    metadata,
    text_column("language", primary_key=True),
    text_column("word", primary_key=True),
)
