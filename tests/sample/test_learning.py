"""The demonstration's learning page has something to show, and can be taken away."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from config.sample.learning import load_learning, remove_learning
from ticketing.learning.questions import question_groups
from ticketing.learning.report import report

TODAY = date(2026, 11, 23)
END = datetime(2026, 11, 24, tzinfo=UTC)


async def test_figures_and_groups(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await load_learning(connection, TODAY - timedelta(days=3))
        await load_learning(connection, TODAY)
    async with database.connect() as connection:
        made = await report(
            connection, END - timedelta(days=29), END, zone="Africa/Casablanca", now=END + timedelta(days=2)
        )
        groups, questions = await question_groups(connection, END - timedelta(days=29), END)
    assert made.totals.dialogues >= 380
    assert made.totals.came_back >= 8
    assert made.totals.containment is not None
    assert 0.5 < made.totals.containment < 0.9
    assert {language for language, _ in made.by_language} == {"ary-Arab", "ary-Latn", "fr", "ar", "en"}
    assert questions == 14
    assert sorted(group.count for group in groups) == [2, 2, 3, 3, 4]
    async with database.begin() as connection:
        await remove_learning(connection)
        assert await connection.scalar(text("SELECT count(*) FROM assistant_turns")) == 0
