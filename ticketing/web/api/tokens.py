"""Access tokens of programs, everybody's, for administrators."""

from __future__ import annotations

from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing.web.api.security import TokenBody, by, token_row
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, path_id, read_body, read_query


class TokensQuery(Body):
    limit: int = Field(50, ge=1, le=200)
    cursor: UUID | None = None


class ServiceToken(TokenBody):
    agent_id: UUID


async def list_tokens(request: web.Request) -> web.StreamResponse:
    """Everybody's tokens, newest first."""
    query = read_query(request, TokensQuery)
    rows = await request.app[CONTEXT].people.tokens.list(cursor=query.cursor, count=query.limit + 1)
    shown = rows[: query.limit]
    answer = {
        "tokens": [token_row(row) for row in shown],
        "next_cursor": str(shown[-1].id) if len(rows) > query.limit else None,
        "scopes": sorted(request[SESSION].permissions),
    }
    return json_response(answer)


async def create(request: web.Request) -> web.StreamResponse:
    """A token for a program that acts as an agent's account, shown this once."""
    given = await read_body(request, ServiceToken)
    tokens = request.app[CONTEXT].people.tokens
    row, token = await tokens.create(given.token(), given.agent_id, "service", by(request))
    return json_response(token_row(row) | {"token": token}, 201)


async def revoke(request: web.Request) -> web.StreamResponse:
    """End a token, at once."""
    token_id = path_id(request, "token_unknown", "token")
    await request.app[CONTEXT].people.tokens.revoke(token_id, by(request))
    return web.Response(status=204)
