"""What requests are about: the categories in their groups, and setting them up."""

from __future__ import annotations

from typing import Annotated, Any, Final

from aiohttp import web
from pydantic import Field
from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing import category_settings
from ticketing.categories import all_categories
from ticketing.codec import rows_as_json
from ticketing.errors import NotFound
from ticketing.visibility import sees_restricted
from ticketing.web import render_requests
from ticketing.web.api.ticket_settings import Key, NamesBody, Position, new_key, path_word
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body

WRITE: Final = "category:write"
TEAMS = text("SELECT id, key, names FROM teams").columns(names=JSONB)
# The words of the interface beside the columns they stand for.
_COLUMNS: Final = {"group": "parent", "active": "is_active"}


class CategoryChangeBody(Body):
    """What is not there stays as it is; null takes a team or a group away."""

    names: NamesBody | None = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    group: Annotated[Words, Field(max_length=60)] | None = None
    team: Annotated[Words, Field(max_length=100)] | None = None
    restricted: bool | None = None
    visit: bool | None = None
    receipt: bool | None = None
    position: Position | None = None
    active: bool | None = None


class CategoryBody(CategoryChangeBody):
    code: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]{0,9}$")]
    names: NamesBody
    priority: Annotated[int, Field(ge=1, le=4)]


class GroupBody(Body):
    key: Key | None = None
    names: NamesBody
    position: Position | None = None


class GroupChangeBody(Body):
    names: NamesBody | None = None
    position: Position | None = None


async def categories(request: web.Request) -> web.StreamResponse:
    """The categories in their groups, in the order shown."""
    permissions = request[SESSION].permissions
    async with request.app[CONTEXT].reading() as connection:
        found = await all_categories(connection, restricted=sees_restricted(permissions))
        teams = await _teams(connection)
        groups = await category_settings.category_groups(connection)
    offered = [one for one in found if one.is_active or WRITE in permissions]
    return json_response(
        {
            "categories": [render_requests.category(one, teams) for one in offered],
            "groups": [group_json(row) for row in groups],
        }
    )


async def add_category(request: web.Request) -> web.StreamResponse:
    """Add a category."""
    body = await read_body(request, CategoryBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await category_settings.add_category(transaction.connection, body.code, _change(body))
    return await _category_response(request, body.code, 201)


async def change_category(request: web.Request) -> web.StreamResponse:
    """Change a category: its names, urgency, team, group and rules, but not its targets."""
    code, body = path_word(request, "code"), await read_body(request, CategoryChangeBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await category_settings.change_category(transaction.connection, code, _change(body))
    return await _category_response(request, code)


def _change(body: CategoryChangeBody) -> dict[str, Any]:
    """By column. Null means nothing but for a team and a group."""
    given = body.model_dump(exclude_unset=True, exclude={"code"})
    return {
        _COLUMNS.get(name, name): rows_as_json(value) if name == "names" else value
        for name, value in given.items()
        if value is not None or name in {"team", "group"}
    }


async def _category_response(request: web.Request, code: str, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        found = await all_categories(connection, restricted=True)
        teams = await _teams(connection)
    one = next((each for each in found if each.code == code), None)
    if one is None:
        raise NotFound("category_unknown", "There is no such category.")
    return json_response(render_requests.category(one, teams), status)


async def _teams(connection: AsyncConnection) -> dict[str, Row[Any]]:
    return {row.key: row for row in await connection.execute(TEAMS)}


async def add_group(request: web.Request) -> web.StreamResponse:
    """Add a group of categories."""
    body = await read_body(request, GroupBody)
    key, names = body.key or new_key("group"), rows_as_json(body.names.model_dump())
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await category_settings.add_group(transaction.connection, key, names, body.position)
    return await _group_response(request, key, 201)


async def change_group(request: web.Request) -> web.StreamResponse:
    """Rename a group of categories, or move it."""
    key, body = path_word(request, "key"), await read_body(request, GroupChangeBody)
    names = None if body.names is None else rows_as_json(body.names.model_dump())
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await category_settings.change_group(transaction.connection, key, names, body.position)
    return await _group_response(request, key)


async def remove_group(request: web.Request) -> web.StreamResponse:
    """Remove a group that no category is in."""
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await category_settings.remove_group(transaction.connection, path_word(request, "key"))
    return web.Response(status=204)


async def _group_response(request: web.Request, key: str, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        groups = await category_settings.category_groups(connection)
    found = next((row for row in groups if row.key == key), None)
    if found is None:
        raise NotFound("group_unknown", "There is no such group.")
    return json_response(group_json(found), status)


def group_json(row: Row[Any]) -> dict[str, Any]:
    return {"key": row.key, "names": row.names, "position": row.position}
