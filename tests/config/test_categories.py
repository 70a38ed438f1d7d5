"""The assistant and the desk mean the same by a category."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.forms.definitions import definitions
from bot.intents import INTENTS
from ticketing.categories import Category, all_categories


async def known(database: AsyncEngine) -> dict[str, Category]:
    async with database.connect() as connection:
        return {category.code: category for category in await all_categories(connection, restricted=True)}


async def test_every_category_of_a_form_is_one_of_the_desk(database: AsyncEngine) -> None:
    desk = await known(database)
    _, forms = definitions()
    for form in forms.values():
        for category in form.categories:
            assert category.code in desk, (form.name, category.code)


async def test_every_intent_of_a_category_is_one_of_the_assistant(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        rows = (await connection.execute(text("SELECT unnest(intents) FROM categories"))).scalars().all()
    assert set(rows) - INTENTS == {"medical_dependency"}  # told by words alone (bot.safety)
    assert len(rows) == len(set(rows)), "an intent means one category"
