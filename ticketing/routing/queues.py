"""Queues as administrators set them: teams with their routing, skills, reasons for breaks, agents' share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    Boolean,
    Interval,
    Row,
    SmallInteger,
    Text,
    column,
    delete,
    insert,
    table,
    text,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import rows_as_json
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.statuses import ACTIVE_SQL

TEAMS: Final = table(
    "teams",
    column("id", postgresql.UUID(as_uuid=True)),
    column("key", Text),
    column("names", JSONB),
    column("routing", Text),
    column("channels", ARRAY(Text)),
    column("needs", ARRAY(Text)),
    column("level", SmallInteger),
    column("relaxation", JSONB),
    column("capacity", SmallInteger),
    column("out_of_hours", Text),
    column("overflow_team_id", postgresql.UUID(as_uuid=True)),
    column("overflow_after", Interval),
    column("overflow_unskilled", Boolean),
    column("max_wait", Interval),
    column("sticky_for", Interval),
    column("offer_for", Interval),
    column("reclaim_after", Interval),
)
LENGTHS: Final = ("overflow_after", "max_wait", "sticky_for", "offer_for", "reclaim_after")

_QUEUES = text(
    "SELECT q.id, q.key, q.names, q.is_default, q.routing, q.channels, q.needs, q.level, q.relaxation,"
    " q.capacity, q.out_of_hours, q.overflow_team_id, q.overflow_after, q.overflow_unskilled, q.max_wait,"
    " q.sticky_for, q.offer_for, q.reclaim_after, ARRAY(SELECT m.agent_id FROM team_members m"
    "   JOIN agents a ON a.id = m.agent_id AND a.is_active WHERE m.team_id = q.id ORDER BY a.name) AS members"
    " FROM teams q WHERE q.archived_at IS NULL AND (CAST(:id AS uuid) IS NULL OR q.id = :id)"
    " ORDER BY q.is_default DESC, q.key"
).columns(names=JSONB, relaxation=JSONB)
_MEMBERS = text(
    "SELECT a.id, a.name, a.role, p.capacity,"
    " coalesce((SELECT jsonb_object_agg(s.skill, s.level) FROM agent_skills s WHERE s.agent_id = a.id), '{}')"
    "   AS skills, ARRAY(SELECT m.team_id FROM team_members m WHERE m.agent_id = a.id) AS teams"
    " FROM agents a LEFT JOIN agent_presence p ON p.agent_id = a.id WHERE a.is_active ORDER BY a.name, a.id"
).columns(skills=JSONB)
_SKILLS = text("SELECT key, kind, names, matches FROM skills ORDER BY position, key").columns(names=JSONB)
_REASONS = text(
    "SELECT key, names, state FROM break_reasons WHERE archived_at IS NULL ORDER BY position, key"
).columns(names=JSONB)
_SETTINGS = text("SELECT channel_weights, default_weight, idle_after FROM routing_settings").columns(
    channel_weights=JSONB
)
_SET_SETTINGS = text(
    "UPDATE routing_settings SET channel_weights = coalesce(CAST(:weights AS jsonb), channel_weights),"
    " default_weight = coalesce(CAST(:default_weight AS smallint), default_weight),"
    " idle_after = coalesce(CAST(:idle_after AS interval), idle_after)"
)
_SET_MEMBERS = text(
    "WITH gone AS (DELETE FROM team_members WHERE team_id = :id AND agent_id <> ALL(CAST(:agents AS uuid[])))"
    " INSERT INTO team_members (team_id, agent_id) SELECT :id, a.id FROM agents a"
    " WHERE a.id = ANY(CAST(:agents AS uuid[])) AND a.is_active ON CONFLICT DO NOTHING"
)
_SET_TEAMS = text(
    "WITH gone AS (DELETE FROM team_members WHERE agent_id = :id AND team_id <> ALL(CAST(:teams AS uuid[])))"
    " INSERT INTO team_members (team_id, agent_id) SELECT q.id, :id FROM teams q"
    " WHERE q.id = ANY(CAST(:teams AS uuid[])) ON CONFLICT DO NOTHING"
)
_SET_SKILLS = text(
    "WITH wanted AS (SELECT key AS skill, CAST(value AS smallint) AS level"
    "   FROM json_each_text(CAST(:skills AS json))),"
    " gone AS (DELETE FROM agent_skills WHERE agent_id = :id AND skill NOT IN (SELECT skill FROM wanted))"
    " INSERT INTO agent_skills (agent_id, skill, level) SELECT :id, skill, level FROM wanted"
    " ON CONFLICT (agent_id, skill) DO UPDATE SET level = excluded.level"
)
_SET_CAPACITY = text(
    "INSERT INTO agent_presence (agent_id, capacity) VALUES (:id, CAST(:capacity AS smallint))"
    " ON CONFLICT (agent_id) DO UPDATE SET capacity = excluded.capacity"
)
_OPEN_TICKETS = text(f"SELECT count(*) FROM tickets t WHERE t.team_id = :id AND {ACTIVE_SQL}")  # noqa: S608
_LED_TO = text(
    "SELECT EXISTS (SELECT FROM categories WHERE team = :key)"
    " OR EXISTS (SELECT FROM category_overrides WHERE team = :key)"
    " OR EXISTS (SELECT FROM teams WHERE overflow_team_id = :id AND archived_at IS NULL)"
)
_ARCHIVE = text("UPDATE teams SET archived_at = now(), routing = 'manual' WHERE id = :id")


async def queues(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Teams that are not archived, the default one first."""
    return (await connection.execute(_QUEUES, {"id": None})).all()


async def queue(connection: AsyncConnection, team_id: UUID) -> Row[Any]:
    """NotFound when there is no such team, or not any more."""
    row = (await connection.execute(_QUEUES, {"id": team_id})).one_or_none()
    if row is None:
        raise NotFound("team_unknown", "There is no such team.")
    return row


async def members(connection: AsyncConnection) -> Sequence[Row[Any]]:
    """Active agents with their teams, skills and capacity."""
    return (await connection.execute(_MEMBERS)).all()


async def skills(connection: AsyncConnection) -> Sequence[Row[Any]]:
    return (await connection.execute(_SKILLS)).all()


async def break_reasons(connection: AsyncConnection) -> Sequence[Row[Any]]:
    return (await connection.execute(_REASONS)).all()


async def settings(connection: AsyncConnection) -> Row[Any]:
    """channel_weights and default_weight in percent of an agent, idle_after."""
    return (await connection.execute(_SETTINGS)).one()


async def change_settings(
    connection: AsyncConnection,
    *,
    weights: Mapping[str, int] | None,
    default_weight: int | None,
    idle_after: timedelta | None,
) -> None:
    """Only what is not None is changed."""
    values = {
        "weights": None if weights is None else rows_as_json(dict(weights)),
        "default_weight": default_weight,
        "idle_after": idle_after,
    }
    await connection.execute(_SET_SETTINGS, values)


async def create_team(
    connection: AsyncConnection, values: Mapping[str, Any], agents: Iterable[UUID] | None
) -> UUID:
    """Conflict `key_taken` when there is, or was, a team with this key."""
    await _check_overflow(connection, None, values)
    try:
        async with connection.begin_nested():
            made = await connection.execute(insert(TEAMS).values(**values).returning(TEAMS.c.id))
            team_id: UUID = made.scalar_one()
    except IntegrityError as error:
        raise Conflict("key_taken", "There is a team with this key.", {"key": "taken"}) from error
    if agents is not None:
        await connection.execute(_SET_MEMBERS, {"id": team_id, "agents": sorted(set(agents))})
    return team_id


async def change_team(
    connection: AsyncConnection, team_id: UUID, values: Mapping[str, Any], agents: Iterable[UUID] | None
) -> None:
    """Columns of TEAMS, and who belongs to it unless None."""
    await queue(connection, team_id)
    await _check_overflow(connection, team_id, values)
    if values:
        await connection.execute(update(TEAMS).where(TEAMS.c.id == team_id).values(**values))
    if agents is not None:
        await connection.execute(_SET_MEMBERS, {"id": team_id, "agents": sorted(set(agents))})


async def remove_team(connection: AsyncConnection, team_id: UUID) -> bool:
    """Delete a team, or archive it where something still names it; whether it was archived."""
    row = await queue(connection, team_id)
    if row.is_default:
        raise Conflict("default_team", "What has no team of its own goes to this one.")
    if await connection.scalar(_LED_TO, {"id": team_id, "key": row.key}):
        raise Conflict("team_in_use", "A category or another queue leads to this team.")
    waiting = await connection.scalar(_OPEN_TICKETS, {"id": team_id})
    if waiting:
        raise Conflict(
            "team_has_tickets", "Its open tickets need another team first.", {"tickets": str(waiting)}
        )
    try:
        async with connection.begin_nested():
            await connection.execute(delete(TEAMS).where(TEAMS.c.id == team_id))
    except IntegrityError:
        await connection.execute(_ARCHIVE, {"id": team_id})
        return True
    return False


async def change_agent(
    connection: AsyncConnection,
    agent_id: UUID,
    *,
    skills: Mapping[str, int] | None = None,
    teams: Iterable[UUID] | None = None,
    capacity: int | None = None,
    sets_capacity: bool = False,
) -> None:
    """What an agent is good for. A capacity of None is the queue's."""
    known = await connection.scalar(
        text("SELECT 1 FROM agents WHERE id = :id AND is_active"), {"id": agent_id}
    )
    if known is None:
        raise NotFound("agent_unknown", "There is no such agent.")
    if skills is not None:
        await _check_skills(connection, skills)
        await connection.execute(_SET_SKILLS, {"id": agent_id, "skills": rows_as_json(dict(skills))})
    if teams is not None:
        await connection.execute(_SET_TEAMS, {"id": agent_id, "teams": sorted(set(teams))})
    if sets_capacity:
        await connection.execute(_SET_CAPACITY, {"id": agent_id, "capacity": capacity})


async def _check_skills(connection: AsyncConnection, wanted: Mapping[str, int]) -> None:
    known = {row.key for row in await skills(connection)}
    unknown = sorted(set(wanted) - known)
    if unknown:
        raise Invalid("skill_unknown", "There is no such skill.", {"skills": ", ".join(unknown)})


async def _check_overflow(
    connection: AsyncConnection, team_id: UUID | None, values: Mapping[str, Any]
) -> None:
    to = values.get("overflow_team_id")
    if to is None:
        return
    if to == team_id:
        raise Invalid("invalid", "A queue cannot help itself out.", {"overflow_team_id": "itself"})
    exists = await connection.scalar(
        text("SELECT 1 FROM teams WHERE id = :id AND archived_at IS NULL"), {"id": to}
    )
    if exists is None:
        raise Invalid("team_unknown", "There is no such team.", {"overflow_team_id": "unknown"})
