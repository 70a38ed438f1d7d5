"""The demonstration's articles: whole, linked, marked, and never written over an agent's words."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from urllib.parse import unquote

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from config.sample.help_articles import load_articles, remove_articles
from knowledge_base.articles.markdown import render
from knowledge_base.articles.model import Audience, Author, Status
from knowledge_base.articles.reading import Filter, by_slug, listed, published
from knowledge_base.articles.tables import article_terms, article_words, articles
from knowledge_base.articles.writing import Seen, save

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PAGES = {"outages", "mobile-agency", "agencies"}


@pytest.fixture
async def loaded(database: AsyncEngine) -> AsyncEngine:
    async with database.begin() as connection:
        await load_articles(connection, TODAY)
    return database


async def test_every_article_is_published_in_arabic_and_french(loaded: AsyncEngine) -> None:
    async with loaded.connect() as connection:
        everything = await listed(connection, Filter(), limit=100)
    assert len(everything) >= 25
    for article in everything:
        assert {"ar", "fr"} <= article.translations.keys()
        assert article.is_demo
        for translation in article.translations.values():
            assert translation.status is Status.PUBLISHED
            assert translation.wording.summary
            assert len(translation.wording.title) <= 80
    assert sum(article.audience is Audience.AGENTS for article in everything) == 2
    stale = [
        each.language for article in everything for each in article.translations.values() if each.is_stale
    ]
    assert stale == ["en"]


async def test_every_link_leads_somewhere(loaded: AsyncEngine) -> None:
    async with loaded.connect() as connection:
        for language in ("ar", "fr", "en"):
            for article in await published(connection, language):
                for link in re.findall(
                    r'href="([^"]+)"', render(article.translations[language].wording.body)
                ):
                    _, start, spoken, page, *rest = link.split("/")
                    assert (start, spoken) == ("help", language), (article.number, link)
                    if page == "articles":
                        target = await by_slug(connection, language, unquote(rest[0]))
                        assert target is not None and target.is_public(language), (article.number, link)
                    else:
                        assert page in PAGES, (article.number, link)


async def test_loading_again_changes_nothing_and_keeps_what_an_agent_wrote(loaded: AsyncEngine) -> None:
    async with loaded.begin() as connection:
        before = await by_slug(connection, "fr", "payer-sa-facture")
        assert before is not None
        wording = before.translations["fr"].wording
        changed = type(wording)(wording.slug, wording.title, wording.summary, "Autrement.", "")
        await save(connection, Seen(before.id, "fr", 1), changed, Author(None, "Nadia"), NOW)
        await load_articles(connection, TODAY)
        after = await by_slug(connection, "fr", "payer-sa-facture")
        assert after is not None
        assert (after.translations["fr"].wording.body, after.translations["fr"].version) == ("Autrement.", 2)
        assert after.translations["ar"].version == 1


async def test_removing_leaves_nothing(loaded: AsyncEngine) -> None:
    async with loaded.begin() as connection:
        await remove_articles(connection)
        for table in (articles, article_terms, article_words):
            assert await connection.scalar(select(func.count()).select_from(table)) == 0
