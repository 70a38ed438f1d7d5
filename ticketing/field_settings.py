"""Setting up an organisation's fields: what makes sense together, and what may no longer change."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.codec import rows_as_json
from ticketing.custom_fields import LONGEST, CustomField, all_fields
from ticketing.desk import sqlstate
from ticketing.errors import Conflict, Invalid, NotFound

FieldChange = Mapping[str, Any]  # by the column's name; null takes away

_CHOICES: Final = frozenset({"choice", "choices"})
_BOUNDED: Final = frozenset({"text", "number"})
_PLAIN: Final[Mapping[str, Any]] = {
    "names": {},
    "hints": None,
    "options": (),
    "required_to_solve": False,
    "pattern": None,
    "minimum": None,
    "maximum": None,
    "roles": (),
    "position": None,
    "archived": False,
}
_NEEDED: Final = frozenset({"names", "position"})
_WRITE = text(
    "INSERT INTO custom_fields (key, subject, kind, names, hints, options, required_to_solve, pattern,"
    " minimum, maximum, roles, position, archived_at)"
    " SELECT r.key, r.subject, r.kind, r.names, r.hints, r.options, r.required_to_solve, r.pattern,"
    " r.minimum, r.maximum, r.roles,"
    " coalesce(r.position, (SELECT coalesce(max(position), 0) + 10 FROM custom_fields)),"
    " CASE WHEN r.archived THEN now() END"
    " FROM json_to_record(CAST(:row AS json)) AS r(key text, subject text, kind text, names jsonb,"
    " hints jsonb, options jsonb, required_to_solve boolean, pattern text, minimum numeric,"
    " maximum numeric, roles text[], position smallint, archived boolean)"
    " ON CONFLICT (key) DO UPDATE SET names = excluded.names, hints = excluded.hints,"
    " options = excluded.options, required_to_solve = excluded.required_to_solve,"
    " pattern = excluded.pattern, minimum = excluded.minimum, maximum = excluded.maximum,"
    " roles = excluded.roles, position = excluded.position, archived_at = CASE"
    " WHEN excluded.archived_at IS NULL THEN NULL"
    " ELSE coalesce(custom_fields.archived_at, excluded.archived_at) END"
)
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('custom_fields', 0))")
_TRY_PATTERN = text("SELECT '' ~ ('^(?:' || CAST(:pattern AS text) || ')$')")
_ROLES = text("SELECT key FROM roles")
_FILLED = {
    "ticket": text("SELECT EXISTS (SELECT FROM tickets WHERE jsonb_exists(fields, :key))"),
    "contact": text("SELECT EXISTS (SELECT FROM contacts WHERE jsonb_exists(fields, :key))"),
}
_CHOSEN = {
    "ticket": text(
        "SELECT DISTINCT o FROM tickets, unnest(CAST(:options AS text[])) AS o"
        " WHERE (fields -> CAST(:key AS text)) @> to_jsonb(o)"
    ),
    "contact": text(
        "SELECT DISTINCT o FROM contacts, unnest(CAST(:options AS text[])) AS o"
        " WHERE (fields -> CAST(:key AS text)) @> to_jsonb(o)"
    ),
}


async def add_field(
    connection: AsyncConnection, key: str, subject: str, kind: str, change: FieldChange
) -> None:
    """Conflict `key_taken`; Invalid `field_setting_invalid` with what is wrong by name."""
    await connection.execute(_LOCK)
    if any(field.key == key for field in await all_fields(connection)):
        raise Conflict("key_taken", "There is a field with this key.", {"key": "taken"})
    given = {name: value for name, value in change.items() if value is not None}
    await _write(connection, {"key": key, "subject": subject, "kind": kind, **_PLAIN, **given})


async def change_field(connection: AsyncConnection, key: str, change: FieldChange) -> None:
    """NotFound `field_unknown`; Invalid as for a new one, and `option_used` for an option that is in use."""
    await connection.execute(_LOCK)
    field = await _field(connection, key)
    kept: dict[str, Any] = {name: getattr(field, name) for name in _PLAIN}
    kept["options"] = [{"key": one.key, "names": one.names} for one in field.options]
    changed = kept | {
        name: _PLAIN[name] if value is None else value
        for name, value in change.items()
        if value is not None or name not in _NEEDED
    }
    gone = {one.key for one in field.options} - {one["key"] for one in changed["options"]}
    if gone:
        await _refuse_used(connection, field, sorted(gone))
    await _write(connection, {"key": key, "subject": field.subject, "kind": field.kind, **changed})


async def remove_field(connection: AsyncConnection, key: str) -> bool:
    """Whether it is archived: it is filled somewhere. Else it is gone. NotFound `field_unknown`."""
    await connection.execute(_LOCK)
    field = await _field(connection, key)
    if await connection.scalar(_FILLED[field.subject], {"key": key}):
        await change_field(connection, key, {"archived": True})
        return True
    await connection.execute(text("DELETE FROM custom_fields WHERE key = :key"), {"key": key})
    return False


async def _field(connection: AsyncConnection, key: str) -> CustomField:
    found = next((field for field in await all_fields(connection) if field.key == key), None)
    if found is None:
        raise NotFound("field_unknown", "There is no such field.")
    return found


async def _refuse_used(connection: AsyncConnection, field: CustomField, options: list[str]) -> None:
    chosen = await connection.execute(_CHOSEN[field.subject], {"key": field.key, "options": options})
    used = sorted(chosen.scalars())
    if used:
        raise Invalid("option_used", "An option that is in use cannot go.", {"options": ", ".join(used)})


async def _write(connection: AsyncConnection, row: Mapping[str, Any]) -> None:
    wrong = await _wrong(connection, row)
    if wrong:
        raise Invalid("field_setting_invalid", "The field does not make sense like this.", wrong)
    stored = {
        **row,
        "minimum": _plain(row["minimum"]),
        "maximum": _plain(row["maximum"]),
        "roles": list(row["roles"]),
    }
    await connection.execute(_WRITE, {"row": rows_as_json(stored)})


def _plain(bound: Decimal | float | None) -> float | None:
    return None if bound is None else float(bound)


async def _wrong(connection: AsyncConnection, row: Mapping[str, Any]) -> dict[str, str]:
    """What does not fit together, a key by name for interfaces to translate."""
    wrong: dict[str, str] = {}
    kind, minimum, maximum = row["kind"], _plain(row["minimum"]), _plain(row["maximum"])
    keys = [option["key"] for option in row["options"]]
    if kind in _CHOICES and not keys:
        wrong["options"] = "options_missing"
    if (kind not in _CHOICES and keys) or len(set(keys)) < len(keys):
        wrong["options"] = "options_twice" if kind in _CHOICES else "not_of_this_kind"
    if kind not in _BOUNDED and (minimum is not None or maximum is not None):
        wrong["minimum"] = "not_of_this_kind"
    if minimum is not None and maximum is not None and minimum > maximum:
        wrong["maximum"] = "below_minimum"
    if kind == "text" and ((minimum or 0) < 0 or (maximum is not None and not 1 <= maximum <= LONGEST)):
        wrong["maximum"] = "length_range"
    if row["required_to_solve"] and row["subject"] != "ticket":
        wrong["required_to_solve"] = "tickets_only"
    if row["required_to_solve"] and row["roles"]:
        # Whoever does not see it could never solve a ticket.
        wrong["required_to_solve"] = "seen_by_all"
    unknown = set(row["roles"]) - set((await connection.execute(_ROLES)).scalars())
    if unknown:
        wrong["roles"] = "unknown"
    if row["pattern"] is not None:
        wrong |= await _wrong_pattern(connection, kind, row["pattern"])
    return wrong


async def _wrong_pattern(connection: AsyncConnection, kind: str, pattern: str) -> dict[str, str]:
    if kind != "text":
        return {"pattern": "not_of_this_kind"}
    if "\\" in pattern and any(f"\\{digit}" in pattern for digit in "123456789"):
        return {"pattern": "pattern_invalid"}  # what refers back takes exponential time
    try:
        async with connection.begin_nested():
            await connection.execute(_TRY_PATTERN, {"pattern": pattern})
    except DBAPIError as error:
        if sqlstate(error) != "2201B":  # invalid_regular_expression
            raise
        return {"pattern": "pattern_invalid"}
    return {}
