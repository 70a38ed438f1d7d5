"""Loads and removes the demonstration data, which says of itself everywhere that it is invented."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from config.database import open_database
from config.sample import load
from config.settings import Settings


async def load_into(engine: AsyncEngine, settings: Settings) -> None:
    """Repeatable: what is there already stays as it is."""
    async with engine.begin() as connection:
        await load.load(connection, today=datetime.now(settings.zone).date())


async def load_sample(settings: Settings) -> str:
    async with open_database(settings) as engine:
        await load_into(engine, settings)
    return "The demonstration data is loaded."


async def remove_sample(settings: Settings) -> str:
    async with open_database(settings) as engine, engine.begin() as connection:
        await load.remove(connection)
    return "The demonstration data is removed."
