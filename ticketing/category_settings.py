"""Setting up categories and their groups. Targets are set elsewhere, with the clocks they run by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.errors import Conflict, Invalid, NotFound

CategoryChange = Mapping[str, Any]  # by the column's name; `names` as JSON

_GROUPS = text("SELECT key, names, position FROM category_groups ORDER BY position, key").columns(names=JSONB)
# What a change may set, with its type.
_COLUMNS: Final = {
    "names": "jsonb",
    "priority": "smallint",
    "team": "text",
    "parent": "text",
    "restricted": "boolean",
    "visit": "boolean",
    "receipt": "boolean",
    "position": "smallint",
    "is_active": "boolean",
}
_ADD = text(
    "INSERT INTO categories (code, position, names, priority)"
    " VALUES (:code, (SELECT coalesce(max(position), 0) + 10 FROM categories), CAST(:names AS jsonb),"
    " :priority)"
    " ON CONFLICT DO NOTHING RETURNING code"
)
_ADD_GROUP = text(
    "INSERT INTO category_groups (key, names, position) VALUES (:key, CAST(:names AS jsonb),"
    " coalesce(:position, (SELECT coalesce(max(position), 0) + 10 FROM category_groups)))"
    " ON CONFLICT DO NOTHING RETURNING key"
)
_CHANGE_GROUP = text(
    "UPDATE category_groups SET names = coalesce(CAST(:names AS jsonb), names),"
    " position = coalesce(:position, position) WHERE key = :key RETURNING key"
)


async def category_groups(connection: AsyncConnection) -> list[Row[Any]]:
    """`key`, `names` and `position`, in order."""
    return list((await connection.execute(_GROUPS)).all())


async def add_category(connection: AsyncConnection, code: str, change: CategoryChange) -> None:
    """`names` and `priority` are needed. Conflict `code_taken`; Invalid for a team or group unknown."""
    values = {"code": code, "names": change["names"], "priority": change["priority"]}
    if (await connection.execute(_ADD, values)).one_or_none() is None:
        raise Conflict("code_taken", "There is a category with this code.", {"code": "taken"})
    await change_category(connection, code, change)


async def change_category(connection: AsyncConnection, code: str, change: CategoryChange) -> None:
    """What is named is set. NotFound `category_unknown`; Invalid for a team or group that is not there."""
    await _check(connection, "SELECT key FROM teams WHERE key = :value", "team", change.get("team"))
    group = "SELECT key FROM category_groups WHERE key = :value"
    await _check(connection, group, "group", change.get("parent"))
    sets = ", ".join(f"{name} = CAST(:{name} AS {_COLUMNS[name]})" for name in change)
    statement = f"UPDATE categories SET {sets or 'code = code'} WHERE code = :code RETURNING code"  # noqa: S608
    if (await connection.execute(text(statement), {**change, "code": code})).one_or_none() is None:
        raise NotFound("category_unknown", "There is no such category.")


async def _check(connection: AsyncConnection, statement: str, name: str, value: str | None) -> None:
    if value is not None and await connection.scalar(text(statement), {"value": value}) is None:
        raise Invalid(f"{name}_unknown", f"There is no such {name}.", {name: "unknown"})


async def add_group(connection: AsyncConnection, key: str, names: str, position: int | None) -> None:
    """Conflict `key_taken`. `names` as JSON."""
    values = {"key": key, "names": names, "position": position}
    if (await connection.execute(_ADD_GROUP, values)).one_or_none() is None:
        raise Conflict("key_taken", "There is a group with this key.", {"key": "taken"})


async def change_group(
    connection: AsyncConnection, key: str, names: str | None, position: int | None
) -> None:
    """What is None stays. NotFound `group_unknown`."""
    values = {"key": key, "names": names, "position": position}
    if (await connection.execute(_CHANGE_GROUP, values)).one_or_none() is None:
        raise NotFound("group_unknown", "There is no such group.")


async def remove_group(connection: AsyncConnection, key: str) -> None:
    """NotFound `group_unknown`; Conflict `group_used` while categories are in it."""
    used = text("SELECT EXISTS (SELECT FROM categories WHERE parent = :key)")
    if await connection.scalar(used, {"key": key}):
        raise Conflict("group_used", "Categories are in this group: move them first.")
    gone = await connection.execute(text("DELETE FROM category_groups WHERE key = :key"), {"key": key})
    if not gone.rowcount:
        raise NotFound("group_unknown", "There is no such group.")
