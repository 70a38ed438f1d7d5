"""Loads and removes the demonstration data. Every row it writes is marked `is_demo`."""

from __future__ import annotations

import hashlib
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.automation import load_automation, remove_automation
from config.sample.customers import load_customers, remove_customers
from config.sample.help_articles import ARTICLES, load_articles, remove_articles
from config.sample.identifiers import FOLDER
from config.sample.learning import load_learning, remove_learning
from config.sample.network import load_network, remove_network
from config.sample.outages import load_outages, remove_outages
from config.sample.people import load_people, remove_people
from config.sample.replies import load_replies, remove_replies
from config.sample.ticket_settings import load_ticket_settings, remove_ticket_settings
from knowledge_base.network import places

NAME = "sample"


async def load(connection: AsyncConnection, *, today: date) -> bool:
    """Write the demonstration for a day, inside the caller's transaction; tell whether anything was written.

    Loading again on the same day with the same data writes nothing. On another day bills and exceptions
    move with it; agents keep their passwords, and verified customers stay verified.
    """
    version = _version()
    written = await connection.execute(
        text(
            "INSERT INTO demonstration (name, version, loaded_for) VALUES (:name, :version, :today)"
            " ON CONFLICT (name) DO UPDATE SET version = excluded.version, loaded_for = excluded.loaded_for"
            " WHERE (demonstration.version, demonstration.loaded_for)"
            " IS DISTINCT FROM (excluded.version, excluded.loaded_for)"
        ),
        {"name": NAME, "version": version, "today": today},
    )
    if written.rowcount == 0:
        return False
    await load_people(connection)
    await load_network(connection, today)
    await load_customers(connection, today)
    await load_outages(connection, today)
    await load_articles(connection, today)
    await load_learning(connection, today)
    await load_ticket_settings(connection)
    await load_replies(connection)
    await load_automation(connection)
    return True


async def remove(connection: AsyncConnection) -> None:
    """Delete every demonstration row, inside the caller's transaction. Repeatable."""
    await remove_automation(connection)
    await remove_replies(connection)
    await remove_ticket_settings(connection)
    await remove_learning(connection)
    await remove_articles(connection)
    await remove_outages(connection)
    await remove_customers(connection)
    await remove_network(connection)
    await remove_people(connection)
    await connection.execute(text("DELETE FROM demonstration WHERE name = :name"), {"name": NAME})


def _version() -> str:
    """Return a digest of the data and of the code that shapes it: a change is loaded at the next start."""
    gazetteer = places.DATA_FOLDER
    digest = hashlib.sha256()
    for path in sorted(
        [*FOLDER.glob("*.yaml"), *FOLDER.glob("*.py"), *gazetteer.glob("*.tsv"), *ARTICLES.iterdir()]
    ):
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()
