"""The demonstration's own statuses, fields and tags."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read
from ticketing.codec import rows_as_json
from ticketing.custom_fields import all_fields
from ticketing.field_settings import add_field

_FILE = "tickets.yaml"
_ADD_STATUS = text(
    "INSERT INTO ticket_statuses (key, status, names, color, position)"
    " VALUES (:key, :status, CAST(:names AS jsonb), :color, :position) ON CONFLICT DO NOTHING"
)
_ADD_TAGS = text("INSERT INTO tags (name) SELECT unnest(CAST(:names AS text[])) ON CONFLICT DO NOTHING")
_REMOVE = (
    "UPDATE tickets SET status_key = NULL WHERE status_key = ANY(CAST(:statuses AS text[]))",
    "DELETE FROM ticket_statuses WHERE key = ANY(CAST(:statuses AS text[]))",
    (
        "UPDATE tickets SET fields = fields - CAST(:fields AS text[])"
        " WHERE jsonb_exists_any(fields, CAST(:fields AS text[]))"
    ),
    (
        "UPDATE contacts SET fields = fields - CAST(:fields AS text[])"
        " WHERE jsonb_exists_any(fields, CAST(:fields AS text[]))"
    ),
    "DELETE FROM custom_fields WHERE key = ANY(CAST(:fields AS text[]))",
    # A tag that a ticket or a customer has is no longer only the demonstration's.
    (
        "DELETE FROM tags g WHERE name = ANY(CAST(:tags AS text[]))"
        " AND NOT EXISTS (SELECT FROM tickets WHERE tags <> '{}' AND tags @> ARRAY[g.name])"
        " AND NOT EXISTS (SELECT FROM contacts WHERE tags @> ARRAY[g.name])"
    ),
)


async def load_ticket_settings(connection: AsyncConnection) -> None:
    """Add those that are missing; what somebody has changed stays as it is."""
    data = read(_FILE)
    for place, status in enumerate(data["statuses"]):
        values = {**status, "names": rows_as_json(status["names"]), "position": 10 * (place + 1)}
        await connection.execute(_ADD_STATUS, values)
    known = {field.key for field in await all_fields(connection)}
    for one in data["fields"]:
        field = dict(one)
        key, subject, kind = field.pop("key"), field.pop("subject"), field.pop("kind")
        if key not in known:
            await add_field(connection, key, subject, kind, field)
    await connection.execute(_ADD_TAGS, {"names": data["tags"]})


async def remove_ticket_settings(connection: AsyncConnection) -> None:
    data = read(_FILE)
    values = {
        "statuses": [status["key"] for status in data["statuses"]],
        "fields": [field["key"] for field in data["fields"]],
        "tags": data["tags"],
    }
    for statement in _REMOVE:
        wanted = {name: value for name, value in values.items() if f":{name}" in statement}
        await connection.execute(text(statement), wanted)
