"""Colleagues and teams named in a note: kept by id, told once each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Transaction
from ticketing.errors import Invalid
from ticketing.notifications import notify

if TYPE_CHECKING:
    from ticketing.answering import Mention

KIND: Final = "mention"

_AGENTS: Final = text("SELECT id, name FROM agents WHERE id = ANY(CAST(:ids AS uuid[])) AND is_active")
_TEAMS: Final = text("SELECT id, names FROM teams WHERE id = ANY(CAST(:ids AS uuid[]))").columns(names=JSONB)
_PEOPLE: Final = text(
    "SELECT DISTINCT ON (a.id) a.id, m.team_id FROM agents a LEFT JOIN team_members m ON m.agent_id = a.id"
    " AND m.team_id = ANY(CAST(:teams AS uuid[]))"
    " WHERE a.is_active AND a.id <> :by AND (a.id = ANY(CAST(:agents AS uuid[])) OR m.team_id IS NOT NULL)"
    " ORDER BY a.id, m.team_id"
)
_KEEP: Final = text(
    "INSERT INTO mentions (message_id, agent_id, ticket_id, team_id, by_id)"
    " SELECT :message_id, agent_id, :ticket_id, team_id, :by"
    " FROM json_to_recordset(CAST(:people AS json)) AS r(agent_id uuid, team_id uuid)"
)


@dataclass(frozen=True, slots=True)
class Mentioned:
    """`name` is how the text names them, after an @."""

    kind: str
    id: UUID
    name: str

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "id": str(self.id), "name": self.name}


async def mentioned(connection: AsyncConnection, words: str, mentions: Iterable[Mention]) -> list[Mentioned]:
    """Those whose names stand in the text; who was named and deleted again is not mentioned. Invalid
    `mention_unknown` for somebody who is not there.
    """
    wanted = list(dict.fromkeys(mentions))
    if not wanted:
        return []
    ids = {kind: [one.id for one in wanted if one.kind == kind] for kind in ("agent", "team")}
    names: dict[UUID, list[str]] = {
        row.id: [row.name] for row in await connection.execute(_AGENTS, {"ids": ids["agent"]})
    }
    for row in await connection.execute(_TEAMS, {"ids": ids["team"]}):
        names[row.id] = list(row.names.values())
    missing = [one for one in wanted if one.id not in names]
    if missing:
        raise Invalid("mention_unknown", "There is nobody of that name.", {"mentions": str(missing[0].id)})
    found = ((one, next((name for name in names[one.id] if f"@{name}" in words), None)) for one in wanted)
    return [Mentioned(one.kind, one.id, name) for one, name in found if name is not None]


async def tell(
    transaction: Transaction, mentions: Sequence[Mentioned], message_id: UUID, ticket_id: UUID, *, by: UUID
) -> None:
    """Keep who was mentioned and notify them, each once however often; a team means everybody in it."""
    if not mentions:
        return
    connection = transaction.connection
    values = {
        "agents": [one.id for one in mentions if one.kind == "agent"],
        "teams": [one.id for one in mentions if one.kind == "team"],
        "by": by,
    }
    people = (await connection.execute(_PEOPLE, values)).all()
    rows = [
        {"agent_id": str(row.id), "team_id": None if row.team_id is None else str(row.team_id)}
        for row in people
    ]
    keys = {"message_id": message_id, "ticket_id": ticket_id, "by": by, "people": json.dumps(rows)}
    await connection.execute(_KEEP, keys)
    name = await connection.scalar(text("SELECT name FROM agents WHERE id = :id"), {"id": by})
    data = {"message_id": str(message_id), "by": name}
    await notify(transaction, [row.id for row in people], KIND, ticket_id, data)
