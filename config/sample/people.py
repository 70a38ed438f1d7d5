"""The demonstration's teams and agents."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from argon2 import PasswordHasher
from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from config.sample.identifiers import read, sample_id
from ticketing.models.messages import attachments
from ticketing.models.people import agents, sessions, team_members, teams
from ticketing.models.tickets import tickets
from ticketing.routing.queues import change_agent, change_team


async def load_people(connection: AsyncConnection) -> None:
    """Add the teams and agents that are missing; those there keep their password and settings."""
    data = read("people.yaml")
    has_default = await connection.scalar(select(exists().where(teams.c.is_default)))
    for team in data["teams"]:
        added = await connection.execute(
            insert(teams)
            .values(
                id=sample_id("team", team["key"]),
                key=team["key"],
                names=team["names"],
                is_default=team.get("default", False) and not has_default,
                is_demo=True,
            )
            .on_conflict_do_nothing()
        )
        if added.rowcount:
            await _set_queue(connection, sample_id("team", team["key"]), team.get("queue", {}))
    known = set(await connection.scalars(select(agents.c.email)))
    for agent in data["agents"]:
        if agent["email"] not in known:
            await _add_agent(connection, agent, data["password"])


async def _set_queue(connection: AsyncConnection, team_id: UUID, settings: Mapping[str, Any]) -> None:
    """A queue's settings; `max_wait` in minutes."""
    values = dict(settings)
    if "max_wait" in values:
        values["max_wait"] = timedelta(minutes=values["max_wait"])
    await change_team(connection, team_id, values, None)


async def _add_agent(connection: AsyncConnection, agent: Mapping[str, Any], password: str) -> None:
    agent_id = sample_id("agent", agent["email"])
    await connection.execute(
        insert(agents).values(
            id=agent_id,
            email=agent["email"],
            name=agent["name"],
            password_hash=await asyncio.to_thread(PasswordHasher().hash, password),
            role=agent["role"],
            language=agent["language"],
            is_active=True,
            is_demo=True,
        )
    )
    for key in agent["teams"]:
        team = select(teams.c.id).where(teams.c.key == key).scalar_subquery()
        await connection.execute(insert(team_members).values(team_id=team, agent_id=agent_id))
    await change_agent(connection, agent_id, skills=agent.get("skills", {}))


async def remove_people(connection: AsyncConnection) -> None:
    """Delete the demonstration's agents and teams; what tickets still name stays, closed to signing in."""
    at_work = or_(
        exists().where(tickets.c.assignee_id == agents.c.id),
        exists().where(attachments.c.uploaded_by == agents.c.id),
    )
    await connection.execute(delete(agents).where(agents.c.is_demo, ~at_work))
    left = select(agents.c.id).where(agents.c.is_demo)
    await connection.execute(delete(sessions).where(sessions.c.agent_id.in_(left)))
    await connection.execute(update(agents).where(agents.c.is_demo).values(is_active=False))
    named_by_tickets = exists().where(tickets.c.team_id == teams.c.id)
    await connection.execute(delete(teams).where(teams.c.is_demo, ~named_by_tickets))
