"""Loads and removes the demonstration data, which says of itself everywhere that it is invented."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from config.database import open_database
from config.sample import load
from config.settings import Settings
from knowledge_base.network.stored_places import seed_places


async def load_into(engine: AsyncEngine, settings: Settings) -> None:
    """What every start makes sure of: the communes, and in a demonstration all the rest. Repeatable."""
    async with engine.begin() as connection:
        if settings.demonstration:
            await load.load(connection, today=datetime.now(settings.zone).date())
        else:
            await seed_places(connection, with_demonstration=False)


async def load_sample(settings: Settings) -> str:
    async with open_database(settings) as engine:
        await load_into(engine, settings.model_copy(update={"demonstration": True}))
    return "The demonstration data is loaded."


async def remove_sample(settings: Settings) -> str:
    async with open_database(settings) as engine, engine.begin() as connection:
        await load.remove(connection)
    return "The demonstration data is removed."
