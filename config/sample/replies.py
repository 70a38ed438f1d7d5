"""The demonstration's canned answers."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from ticketing.canned.answers import Canned

_ADD = text(
    "INSERT INTO canned_answers (id, shortcode, title, texts, category, scope, team_id, owner_id,"
    " search_text) VALUES (:id, :shortcode, :title, CAST(:texts AS jsonb), :category, :scope, :team_id,"
    " :owner_id,"
    " :search_text) ON CONFLICT DO NOTHING"
)


async def load_replies(connection: AsyncConnection) -> None:
    """Add those that are missing; what somebody has changed stays as it is."""
    for one in read("replies.yaml")["canned"]:
        canned = Canned(
            one["shortcode"], one["title"], one["texts"], one.get("category"), scope="everybody", team_id=None
        )
        values = canned.values(owner_id=sample_id("agent", "nobody")) | {
            "id": sample_id("canned", one["shortcode"])
        }
        await connection.execute(_ADD, values)


async def remove_replies(connection: AsyncConnection) -> None:
    ids = [sample_id("canned", one["shortcode"]) for one in read("replies.yaml")["canned"]]
    await connection.execute(text("DELETE FROM canned_answers WHERE id = ANY(:ids)"), {"ids": ids})
