"""The demonstration's statuses, fields and tags: repeatable, and removed without a trace."""

from __future__ import annotations

from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from config.sample.ticket_settings import load_ticket_settings, remove_ticket_settings

COUNTS = text(
    "SELECT (SELECT count(*) FROM ticket_statuses), (SELECT count(*) FROM custom_fields),"
    " (SELECT count(*) FROM tags)"
)


async def test_statuses_fields_and_tags_come_and_go(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await load_ticket_settings(connection)
        await load_ticket_settings(connection)
        assert tuple((await connection.execute(COUNTS)).one()) == (3, 2, 5)
        contact = uuid4()
        await connection.execute(
            text(
                "INSERT INTO contacts (id, fields, tags)"
                " VALUES (:id, '{\"sample_housing\": \"flat\"}', '{VIP}')"
            ),
            {"id": contact},
        )
        await connection.execute(
            text(
                "INSERT INTO tickets (id, contact_id, owner, status, opened_at, last_message_at, status_key)"
                " VALUES (:id, :contact, 'agents', 'on_hold', now(), now(), 'sample_field_team')"
            ),
            {"id": uuid4(), "contact": contact},
        )
        await remove_ticket_settings(connection)
        assert tuple((await connection.execute(COUNTS)).one()) == (0, 0, 1), "a tag in use stays"
        kept = (await connection.execute(text("SELECT fields, tags FROM contacts"))).one()
        assert tuple(kept) == ({}, ["VIP"])
        assert await connection.scalar(text("SELECT status_key FROM tickets")) is None
