"""Roles, what they allow, and the catalogue of what can be allowed."""

from __future__ import annotations

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field
from sqlalchemy import Row

from ticketing.permissions import GROUPS
from ticketing.web import render
from ticketing.web.api.security import by
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body

_Name = Annotated[Words, Field(min_length=1, max_length=100, pattern=r"\S")]
_Permissions = Annotated[list[Words], Field(max_length=500)]


class RoleNames(Body):
    ar: _Name
    fr: _Name
    en: _Name


class NewRole(Body):
    names: RoleNames
    permissions: _Permissions
    second_factor_required: bool = False


class RoleChange(Body):
    version: int
    names: RoleNames | None = None
    permissions: _Permissions | None = None
    second_factor_required: bool | None = None


async def permissions(_request: web.Request) -> web.StreamResponse:
    """Every permission, in groups, with what it lets one do."""
    return json_response({"groups": GROUPS})


async def list_roles(request: web.Request) -> web.StreamResponse:
    """Every role, with how many agents have it."""
    rows = await request.app[CONTEXT].people.roles.list()
    return json_response({"roles": [role_row(row) for row in rows]})


async def create(request: web.Request) -> web.StreamResponse:
    """A role of the organisation's own."""
    given = await read_body(request, NewRole)
    row = await request.app[CONTEXT].people.roles.create(
        given.names.model_dump(), given.permissions, given.second_factor_required, by(request)
    )
    return json_response(role_row(row), 201)


async def change(request: web.Request) -> web.StreamResponse:
    """Change a role; it holds at once for everybody who has it."""
    given = await read_body(request, RoleChange)
    changes = {
        name: value for name, value in given.model_dump(exclude={"version"}).items() if value is not None
    }
    roles = request.app[CONTEXT].people.roles
    return json_response(role_row(await roles.change(_key(request), given.version, changes, by(request))))


async def delete(request: web.Request) -> web.StreamResponse:
    """Remove a role that nobody has."""
    await request.app[CONTEXT].people.roles.delete(_key(request), by(request))
    return web.Response(status=204)


def role_row(row: Row[Any]) -> render.Json:
    return {
        "key": row.key,
        "names": row.names,
        "permissions": sorted(row.permissions),
        "second_factor_required": row.second_factor_required,
        "builtin": row.is_builtin,
        "agents": row.agents,
        "version": row.version,
    }


def _key(request: web.Request) -> str:
    # PostgreSQL takes no NUL, and no role has one.
    return request.match_info["key"].replace("\x00", "")
