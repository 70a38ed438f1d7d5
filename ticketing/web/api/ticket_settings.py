"""What an organisation makes of its tickets: its own statuses, tags and fields."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import uuid4

from aiohttp import web
from pydantic import Field

from ticketing import custom_statuses, tags
from ticketing.codec import rows_as_json
from ticketing.custom_fields import CustomField, all_fields
from ticketing.custom_statuses import CustomStatus
from ticketing.errors import NotFound
from ticketing.field_settings import FieldChange, add_field, change_field, remove_field
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body

SETTINGS: Final = "ticket_setting:write"

Name = Annotated[Words, Field(min_length=1, max_length=60, pattern=r"\S")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Position = Annotated[int, Field(ge=0, le=10_000)]
Color = Literal["neutral", "accent", "note", "success", "warning", "danger"]
TagWords = Annotated[Words, Field(max_length=200)]


class NamesBody(Body):
    """In the desk's three languages."""

    ar: Name
    fr: Name
    en: Name


class HintsBody(Body):
    ar: Annotated[Words, Field(max_length=200)] = ""
    fr: Annotated[Words, Field(max_length=200)] = ""
    en: Annotated[Words, Field(max_length=200)] = ""


class StatusBody(Body):
    key: Key | None = None
    status: Literal["open", "pending", "on_hold", "solved"]
    names: NamesBody
    color: Color = "neutral"
    position: Position | None = None


class StatusChangeBody(Body):
    names: NamesBody | None = None
    color: Color | None = None
    position: Position | None = None
    archived: bool | None = None


class TagBody(Body):
    name: TagWords


class MergeBody(Body):
    into: TagWords


class OptionBody(Body):
    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]{0,39}$")]
    names: NamesBody


Options = Annotated[tuple[OptionBody, ...], Field(max_length=200)]
Bound = Annotated[float, Field(ge=-(10.0**15), le=10.0**15)]
Roles = Annotated[tuple[Annotated[Words, Field(max_length=60)], ...], Field(max_length=50)]


class FieldChangeBody(Body):
    """What is not there stays as it is; null takes away."""

    names: NamesBody | None = None
    hints: HintsBody | None = None
    options: Options | None = None
    required_to_solve: bool | None = None
    pattern: Annotated[Words, Field(min_length=1, max_length=200)] | None = None
    minimum: Bound | None = None
    maximum: Bound | None = None
    roles: Roles | None = None
    position: Position | None = None
    archived: bool | None = None


class FieldBody(FieldChangeBody):
    names: NamesBody
    key: Key | None = None
    subject: Literal["ticket", "contact"]
    kind: Literal["text", "number", "date", "choice", "choices", "checkbox", "phone", "contract"]


def path_word(request: web.Request, name: str) -> str:
    """A word of the path, without what PostgreSQL cannot look for."""
    return request.match_info[name].replace("\x00", "")


def new_key(prefix: str) -> str:
    """A key for what nobody named: it is never shown."""
    return f"{prefix}_{uuid4().hex[:12]}"


async def statuses(request: web.Request) -> web.StreamResponse:
    """The organisation's own statuses, in order."""
    async with request.app[CONTEXT].reading() as connection:
        found = await custom_statuses.all_statuses(connection)
    return json_response({"statuses": [status_json(one) for one in found]})


async def add_status(request: web.Request) -> web.StreamResponse:
    """Add a status within one of the desk's."""
    body = await read_body(request, StatusBody)
    key = body.key or new_key("status")
    values = {
        "key": key,
        "status": body.status,
        "names": rows_as_json(body.names.model_dump()),
        "color": body.color,
        "position": body.position,
    }
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await custom_statuses.add_status(transaction.connection, values)
    return await _status_response(request, key, 201)


async def change_status(request: web.Request) -> web.StreamResponse:
    """Rename, colour, move or archive a status."""
    key, body = path_word(request, "key"), await read_body(request, StatusChangeBody)
    values = {
        "names": None if body.names is None else rows_as_json(body.names.model_dump()),
        "color": body.color,
        "position": body.position,
        "archived": body.archived,
    }
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await custom_statuses.change_status(transaction.connection, key, values)
    return await _status_response(request, key)


async def remove_status(request: web.Request) -> web.StreamResponse:
    """Remove a status; one that tickets have is archived instead."""
    async with request.app[CONTEXT].desk.transaction() as transaction:
        archived = await custom_statuses.remove_status(transaction.connection, path_word(request, "key"))
    return json_response({"archived": archived})


async def _status_response(request: web.Request, key: str, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        found = await custom_statuses.find_status(connection, key)
    if found is None:
        raise NotFound("status_unknown", "There is no such status.")
    return json_response(status_json(found), status)


def status_json(status: CustomStatus) -> dict[str, object]:
    return {name: getattr(status, name) for name in CustomStatus.__slots__}


async def list_tags(request: web.Request) -> web.StreamResponse:
    """Every tag, and how many tickets have it."""
    async with request.app[CONTEXT].reading() as connection:
        found = await tags.counted_tags(connection)
    return json_response({"tags": [{"name": row.name, "tickets": row.tickets} for row in found]})


async def add_tag(request: web.Request) -> web.StreamResponse:
    """Add a tag before any ticket has it."""
    body = await read_body(request, TagBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        name = await tags.add_tag(transaction.connection, body.name)
    return await _tag_response(request, name, 201)


async def rename_tag(request: web.Request) -> web.StreamResponse:
    """Spell a tag differently wherever it is."""
    body = await read_body(request, TagBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        name = await tags.rename_tag(transaction.connection, path_word(request, "name"), body.name)
    return await _tag_response(request, name)


async def merge_tags(request: web.Request) -> web.StreamResponse:
    """Give the tickets of one tag to another, which remains."""
    body = await read_body(request, MergeBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        name = await tags.merge_tags(transaction.connection, path_word(request, "name"), body.into)
    return await _tag_response(request, name)


async def remove_tag(request: web.Request) -> web.StreamResponse:
    """Take a tag off wherever it is."""
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await tags.remove_tag(transaction.connection, path_word(request, "name"))
    return web.Response(status=204)


async def _tag_response(request: web.Request, name: str, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        found = {row.name: row.tickets for row in await tags.counted_tags(connection)}
    return json_response({"name": name, "tickets": found.get(name, 0)}, status)


async def list_fields(request: web.Request) -> web.StreamResponse:
    """The fields this agent sees, in order; all of them for who sets them up."""
    session = request[SESSION]
    async with request.app[CONTEXT].reading() as connection:
        found = await all_fields(connection)
    seen = [one for one in found if SETTINGS in session.permissions or one.seen_by(session.role)]
    return json_response({"fields": [field_json(one) for one in seen]})


async def create_field(request: web.Request) -> web.StreamResponse:
    """Add a field of tickets or contacts."""
    body = await read_body(request, FieldBody)
    key = body.key or new_key("field")
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await add_field(transaction.connection, key, body.subject, body.kind, _field_change(body))
    return await _field_response(request, key, 201)


async def edit_field(request: web.Request) -> web.StreamResponse:
    """Change a field; what it is of and its kind stay."""
    key, body = path_word(request, "key"), await read_body(request, FieldChangeBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await change_field(transaction.connection, key, _field_change(body))
    return await _field_response(request, key)


async def delete_field(request: web.Request) -> web.StreamResponse:
    """Remove a field; one that is filled somewhere is archived instead."""
    async with request.app[CONTEXT].desk.transaction() as transaction:
        archived = await remove_field(transaction.connection, path_word(request, "key"))
    return json_response({"archived": archived})


def _field_change(body: FieldChangeBody) -> FieldChange:
    return body.model_dump(exclude_unset=True, exclude={"key", "subject", "kind"})


async def _field_response(request: web.Request, key: str, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        found = next((one for one in await all_fields(connection) if one.key == key), None)
    if found is None:
        raise NotFound("field_unknown", "There is no such field.")
    return json_response(field_json(found), status)


def field_json(field: CustomField) -> dict[str, object]:
    values: dict[str, object] = {name: getattr(field, name) for name in CustomField.__slots__}
    return values | {
        "options": [{"key": one.key, "names": one.names} for one in field.options],
        "roles": list(field.roles),
        "minimum": None if field.minimum is None else float(field.minimum),
        "maximum": None if field.maximum is None else float(field.maximum),
    }
