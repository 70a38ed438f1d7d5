"""Counts how often articles are read, and writes the counts now and then: a page view is no transaction."""

from __future__ import annotations

import asyncio
from collections import Counter
from uuid import UUID

import structlog
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

_EVERY = 15.0  # seconds

_ADD = text(
    "UPDATE article_translations t SET views = t.views + seen.views"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:languages AS text[]), CAST(:views AS bigint[]))"
    " AS seen(id, language, views) WHERE t.article_id = seen.id AND t.language = seen.language"
)

log = structlog.get_logger(__name__)


class Reads:
    def __init__(self) -> None:
        self._seen: Counter[tuple[UUID, str]] = Counter()

    def note(self, article_id: UUID, language: str) -> None:
        self._seen[article_id, language] += 1

    async def write(self, engine: AsyncEngine) -> None:
        """Write what was counted since; what cannot be written is kept for the next time."""
        seen, self._seen = self._seen, Counter()
        if not seen:
            return
        # Always in the same order: two processes never wait for each other in a circle.
        rows = sorted(seen.items(), key=lambda row: (row[0][0], row[0][1]))
        try:
            async with engine.begin() as connection:
                await connection.execute(
                    _ADD,
                    {
                        "ids": [article_id for (article_id, _), _ in rows],
                        "languages": [language for (_, language), _ in rows],
                        "views": [views for _, views in rows],
                    },
                )
        except Exception:
            self._seen.update(seen)
            raise

    async def keep_writing(self, engine: AsyncEngine) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_EVERY)
            try:
                await self.write(engine)
            except Exception as error:
                log.warning("help.reads_not_written", reason=type(error).__name__)
