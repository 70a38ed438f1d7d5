"""Macros: several actions that an agent runs at once on a ticket. All of them happen, or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.actions.base import Actor, Services, Step
from ticketing.actions.rehearsal import Rehearsal, rehearse
from ticketing.actions.steps import STEPS, Outcome, Refused, check, dumped, open_scene, perform, permit
from ticketing.codec import rows_as_json
from ticketing.desk import Desk, Event
from ticketing.errors import Conflict, Forbidden, Invalid, NotFound

WRITE: Final = "macro:write"  # macros of others: everybody's and teams'

_COLUMNS = (
    "m.id, m.names, m.actions, m.visibility, m.team_id, t.key AS team_key, t.names AS team_names, m.owner_id,"
    " m.uses, m.last_used_at, m.version, m.updated_at"
)
_FROM = "FROM macros m LEFT JOIN teams t ON t.id = m.team_id"
# What an agent may run: everybody's, those of his teams, his own.
_USABLE = (
    "(m.visibility = 'everybody' OR (m.visibility = 'personal' AND m.owner_id = :agent_id)"
    " OR (m.visibility = 'team' AND (:all_teams OR m.team_id IN"
    " (SELECT team_id FROM team_members WHERE agent_id = :agent_id))))"
)
_TYPES = {"names": JSONB, "actions": JSONB, "team_names": JSONB}
_LIST = text(f"SELECT {_COLUMNS} {_FROM} WHERE {_USABLE} ORDER BY m.uses DESC, m.id LIMIT 500").columns(
    **_TYPES
)
_ONE = text(f"SELECT {_COLUMNS} {_FROM} WHERE m.id = :id AND {_USABLE}").columns(**_TYPES)
_LOCK = text("SELECT version FROM macros WHERE id = :id FOR UPDATE")
_ADD = text(
    "INSERT INTO macros (names, actions, visibility, team_id, owner_id) VALUES (CAST(:names AS jsonb),"
    " CAST(:actions AS jsonb), :visibility, :team_id, :owner_id) RETURNING id"
)
_CHANGE = text(
    "UPDATE macros SET names = CAST(:names AS jsonb), actions = CAST(:actions AS jsonb),"
    " visibility = :visibility, team_id = :team_id, owner_id = :owner_id, version = version + 1,"
    " updated_at = now() WHERE id = :id"
)
_REMOVE = text("DELETE FROM macros WHERE id = :id")
_USED = text("UPDATE macros SET uses = uses + :times, last_used_at = now() WHERE id = :id")
_TEAM = text("SELECT 1 FROM teams WHERE id = :id")


@dataclass(frozen=True, slots=True)
class MacroText:
    """What makes a macro. `team_id` with the visibility `team` alone."""

    names: Mapping[str, str]
    steps: Sequence[Step]
    visibility: str
    team_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Macros:
    desk: Desk
    services: Services

    async def all(self, connection: AsyncConnection, actor: Actor) -> list[Row[Any]]:
        """What the actor may run, the most used first; with `macro:write` every team's."""
        return list(await connection.execute(_LIST, _asking(actor)))

    async def one(self, connection: AsyncConnection, macro_id: UUID, actor: Actor) -> Row[Any]:
        """NotFound for one that is not there, or not for this actor."""
        row = (await connection.execute(_ONE, _asking(actor) | {"id": macro_id})).one_or_none()
        if row is None:
            raise NotFound("macro_unknown", "There is no such macro.")
        return row

    async def add(self, macro: MacroText, actor: Actor) -> UUID:
        async with self.desk.transaction() as transaction:
            values = await _checked(transaction.connection, macro, actor, owner=actor.agent_id)
            found: UUID = (await transaction.connection.execute(_ADD, values)).scalar_one()
            transaction.record(_event("macro.created", found, macro.names, actor))
            return found

    async def change(self, macro_id: UUID, version: int, macro: MacroText, actor: Actor) -> None:
        """Conflict when somebody changed it meanwhile."""
        async with self.desk.transaction() as transaction:
            connection = transaction.connection
            row = await self._locked(connection, macro_id, actor)
            if row.version != version:
                fields = {"version": str(row.version)}
                raise Conflict("changed_meanwhile", "Somebody changed this macro meanwhile.", fields)
            owner = actor.agent_id if row.owner_id is None else row.owner_id
            values = await _checked(connection, macro, actor, owner=owner)
            await connection.execute(_CHANGE, values | {"id": macro_id})
            transaction.record(_event("macro.changed", macro_id, macro.names, actor))

    async def remove(self, macro_id: UUID, actor: Actor) -> None:
        async with self.desk.transaction() as transaction:
            row = await self._locked(transaction.connection, macro_id, actor)
            await transaction.connection.execute(_REMOVE, {"id": macro_id})
            transaction.record(_event("macro.deleted", macro_id, row.names, actor))

    async def run(self, ticket_id: UUID, macro_id: UUID, version: int, actor: Actor) -> Outcome:
        """On the ticket as the agent saw it. What a step is refused for, naming it; then nothing happened."""
        try:
            async with self.desk.transaction() as transaction:
                steps = await self.steps(transaction.connection, macro_id, actor)
                scene = await open_scene(transaction, ticket_id, actor, self.services)
                if scene.ticket.version != version:
                    fields = {"version": str(scene.ticket.version)}
                    raise Conflict("changed_meanwhile", "Somebody changed this ticket meanwhile.", fields)
                outcome = await perform(scene, steps)
                await transaction.connection.execute(_USED, {"id": macro_id, "times": 1})
                return outcome
        except Refused as refusal:
            raise refusal.named() from refusal

    async def preview(self, ticket_id: UUID, macro_id: UUID, actor: Actor) -> Rehearsal:
        """What it would do now."""
        async with self.desk.reading() as connection:
            steps = await self.steps(connection, macro_id, actor)
        return await rehearse(self.desk, ticket_id, steps, actor, self.services)

    async def steps(self, connection: AsyncConnection, macro_id: UUID, actor: Actor) -> Sequence[Step]:
        return STEPS.validate_python((await self.one(connection, macro_id, actor)).actions)

    async def _locked(self, connection: AsyncConnection, macro_id: UUID, actor: Actor) -> Row[Any]:
        await connection.execute(_LOCK, {"id": macro_id})
        row = await self.one(connection, macro_id, actor)
        if not is_editable(row, actor):
            raise Forbidden("forbidden", "This macro is not yours to change.")
        return row


def is_editable(row: Row[Any], actor: Actor) -> bool:
    """One's own, and with `macro:write` those of others that are not personal."""
    if row.visibility == "personal":
        return bool(row.owner_id == actor.agent_id)
    return actor.may(WRITE)


def _event(kind: str, macro_id: UUID, names: Mapping[str, str], actor: Actor) -> Event:
    data = {"macro_id": str(macro_id), "names": dict(names)}
    return Event(kind, "agent", actor_id=actor.agent_id, data=data)


def _asking(actor: Actor) -> dict[str, Any]:
    return {"agent_id": actor.agent_id, "all_teams": actor.may(WRITE)}


async def _checked(
    connection: AsyncConnection, macro: MacroText, actor: Actor, *, owner: UUID | None
) -> dict[str, Any]:
    if macro.visibility != "personal" and not actor.may(WRITE):
        raise Forbidden("forbidden", "You may keep macros for yourself alone.", {"visibility": "personal"})
    if (macro.visibility == "team") != (macro.team_id is not None):
        raise Invalid("team_unknown", "A team's macro names its team.", {"team_id": "required"})
    if macro.team_id is not None and await connection.scalar(_TEAM, {"id": macro.team_id}) is None:
        raise Invalid("team_unknown", "There is no such team.", {"team_id": "unknown"})
    if macro.visibility == "personal":
        permit(macro.steps, actor)
    await check(macro.steps, connection)
    return {
        "names": rows_as_json(dict(macro.names)),
        "actions": rows_as_json(dumped(macro.steps)),
        "visibility": macro.visibility,
        "team_id": macro.team_id,
        "owner_id": owner,
    }
