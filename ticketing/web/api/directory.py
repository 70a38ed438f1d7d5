"""Who works at the desk."""

from __future__ import annotations

from aiohttp import web
from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB

from ticketing.web import render
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response

AGENTS = text("SELECT id, name, email, role, language FROM agents WHERE is_active ORDER BY name, id")
TEAMS = text("SELECT id, key, names FROM teams WHERE archived_at IS NULL ORDER BY key").columns(names=JSONB)


async def agents(request: web.Request) -> web.StreamResponse:
    """The agents that are active, by name."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await connection.execute(AGENTS)
        return json_response({"agents": [render.agent(row) for row in rows]})


async def teams(request: web.Request) -> web.StreamResponse:
    """The teams."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await connection.execute(TEAMS)
        return json_response({"teams": [render.team(row) for row in rows]})
