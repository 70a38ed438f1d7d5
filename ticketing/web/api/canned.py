"""Canned answers: what the agent may use, and what it says for a ticket."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, StringConstraints
from sqlalchemy import Row

from bot.contract import Language
from knowledge_base.time_zones import pinned_zone
from ticketing.canned import variables
from ticketing.canned.answers import (
    WRITE,
    Canned,
    CannedAnswers,
    Person,
    canned_answer,
    editable,
    list_canned,
)
from ticketing.canned.filling import Surroundings, fill_for_ticket
from ticketing.desk import utc_now
from ticketing.errors import NotFound
from ticketing.web import render
from ticketing.web.api.tickets import ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

Shortcode = Annotated[
    Words, StringConstraints(strip_whitespace=True, to_lower=True, pattern=r"^[^\s/{}]{1,40}$")
]
Title = Annotated[Words, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
Text = Annotated[Words, Field(max_length=10_000)]
Texts = Annotated[dict[Language, Text], Field(min_length=1)]
Scope = Literal["everybody", "team", "personal"]
CategoryCode = Annotated[Words, Field(min_length=1, max_length=20)]

MOST: Final = 500


class CannedQuery(Body):
    q: Annotated[Words, Field(max_length=200)] = ""
    category: CategoryCode | None = None
    scope: Scope | None = None
    limit: Annotated[int, Field(ge=1, le=MOST)] = 50
    cursor: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class CannedBody(Body):
    shortcode: Shortcode
    title: Title
    texts: Texts
    category: CategoryCode | None = None
    scope: Scope = "personal"
    team_id: UUID | None = None


class CannedChange(Body):
    """`version` is what the agent saw; only what is given changes."""

    version: int = Field(ge=1, lt=2**31)
    shortcode: Shortcode | None = None
    title: Title | None = None
    texts: Texts | None = None
    category: CategoryCode | None = None
    scope: Scope | None = None
    team_id: UUID | None = None


class FillBody(Body):
    language: Language | None = None


async def list_answers(request: web.Request) -> web.StreamResponse:
    """What the agent may use, most used first."""
    context, query, person = request.app[CONTEXT], read_query(request, CannedQuery), _person(request)
    async with context.reading() as connection:
        rows = await list_canned(
            connection,
            person,
            search=query.q,
            category=query.category,
            scope=query.scope,
            limit=query.limit + 1,
            skip=query.cursor,
        )
    more = len(rows) > query.limit
    return json_response(
        {
            "canned": [_json(row, person) for row in rows[: query.limit]],
            "next_cursor": str(query.cursor + query.limit) if more else None,
        }
    )


async def list_variables(request: web.Request) -> web.StreamResponse:
    """What a canned answer may leave open."""
    known = variables.known().items()
    return json_response({"variables": [{"name": name, "labels": dict(labels)} for name, labels in known]})


async def create(request: web.Request) -> web.StreamResponse:
    """Write an answer, for oneself or, with canned:write, for others."""
    context, person = request.app[CONTEXT], _person(request)
    body = await read_body(request, CannedBody)
    canned = Canned(body.shortcode, body.title, _texts(body.texts), body.category, body.scope, body.team_id)
    canned_id = await CannedAnswers(context.desk).create(canned, person)
    return await _answer(context, canned_id, person, 201)


async def change(request: web.Request) -> web.StreamResponse:
    """Change an answer; what is not given stays."""
    context, person, canned_id = request.app[CONTEXT], _person(request), _canned_id(request)
    body = await read_body(request, CannedChange)
    changes: dict[str, Any] = {name: getattr(body, name) for name in body.model_fields_set - {"version"}}
    for name in ("shortcode", "title", "texts", "scope"):
        if changes.get(name, ...) is None:
            del changes[name]
    if "texts" in changes:
        changes["texts"] = _texts(changes["texts"])
    await CannedAnswers(context.desk).change(canned_id, changes, body.version, person)
    return await _answer(context, canned_id, person)


async def delete(request: web.Request) -> web.StreamResponse:
    """It is no longer there to start from; what was sent stays."""
    await CannedAnswers(request.app[CONTEXT].desk).delete(_canned_id(request), _person(request))
    return web.Response(status=204)


async def fill(request: web.Request) -> web.StreamResponse:
    """The answer for this ticket: in the customer's language or the nearest, with what the desk knows."""
    context, ticket_id, person = request.app[CONTEXT], ticket_id_of(request), _person(request)
    body = await read_body(request, FillBody)
    settings = context.settings
    around = Surroundings(
        person.agent_id, settings.brand_short_name, pinned_zone(settings.time_zone), utc_now()
    )
    async with context.reading() as connection:
        row = await canned_answer(connection, _canned_id(request, "canned_id"), person)
        filled = await fill_for_ticket(connection, row.texts, ticket_id, around, body.language)
    return json_response(
        {
            "text": filled.text,
            "language": filled.language.value,
            "gaps": [{"name": gap.name, "label": gap.label} for gap in filled.gaps],
        }
    )


def _person(request: web.Request) -> Person:
    session = request[SESSION]
    return Person(session.agent_id, WRITE in session.permissions)


def _texts(texts: dict[Language, str]) -> dict[str, str]:
    """By language; empty ones are not there."""
    return {language.value: words.strip() for language, words in texts.items() if words.strip()}


def _canned_id(request: web.Request, name: str = "id") -> UUID:
    if name == "id":
        return path_id(request, "canned_unknown", "canned answer")
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise NotFound("canned_unknown", "This canned answer does not exist.") from error


async def _answer(context: Context, canned_id: UUID, person: Person, status: int = 200) -> web.Response:
    async with context.reading() as connection:
        row = await canned_answer(connection, canned_id, person)
    return json_response(_json(row, person), status)


def _json(row: Row[Any], person: Person) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "shortcode": row.shortcode,
        "title": row.title,
        "texts": row.texts,
        "category": row.category,
        "scope": row.scope,
        "team": render.ticket_team(row),
        "owner": None if row.owner_id is None else {"id": str(row.owner_id), "name": row.owner_name},
        "uses": row.uses,
        "version": row.version,
        "updated_at": render.time(row.updated_at),
        "editable": editable(row, person),
    }
