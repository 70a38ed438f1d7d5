"""The demonstration's macros and automations. The automations are switched off: they are there to try."""

from __future__ import annotations

import json

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id

_MACRO = text(
    "INSERT INTO macros (id, names, actions, visibility, is_demo)"
    " VALUES (:id, CAST(:names AS jsonb), CAST(:actions AS jsonb), 'everybody', true) ON CONFLICT DO NOTHING"
)
_AUTOMATION = text(
    "INSERT INTO automations (id, names, position, enabled, trigger, conditions, actions, is_demo)"
    " SELECT :id, CAST(:names AS jsonb), coalesce(max(position), 0) + 1, false, CAST(:trigger AS jsonb),"
    " CAST(:conditions AS jsonb), CAST(:actions AS jsonb), true FROM automations ON CONFLICT DO NOTHING"
)


async def load_automation(connection: AsyncConnection) -> None:
    """Add those that are missing; what somebody changed stays as it is."""
    data = read("automation.yaml")
    for macro in data["macros"]:
        values = {
            "id": sample_id("macro", macro["key"]),
            "names": json.dumps(macro["names"]),
            "actions": json.dumps(macro["actions"]),
        }
        await connection.execute(_MACRO, values)
    for automation in data["automations"]:
        values = {
            "id": sample_id("automation", automation["key"]),
            "names": json.dumps(automation["names"]),
            "trigger": json.dumps(automation["trigger"]),
            "conditions": json.dumps(automation["conditions"]),
            "actions": json.dumps(automation["actions"]),
        }
        await connection.execute(_AUTOMATION, values)


async def remove_automation(connection: AsyncConnection) -> None:
    """Delete them, with the log of what they did."""
    await connection.execute(text("DELETE FROM automations WHERE is_demo"))
    await connection.execute(text("DELETE FROM macros WHERE is_demo"))
