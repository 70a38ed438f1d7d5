"""Macros: kept, previewed and run."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator

from ticketing.actions.base import Actor, Services
from ticketing.actions.steps import Steps
from ticketing.macros import Macros, MacroText
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.web import render, render_automation
from ticketing.web.api.tickets import no_such_ticket, ticket_id_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT, Context
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body

Name = Annotated[Words, Field(max_length=120)]
Visibility = Literal["everybody", "team", "personal"]
Version = Annotated[int, Field(ge=1, lt=2**31)]


class NamesBody(Body):
    """In one language at least."""

    ar: Name | None = None
    fr: Name | None = None
    en: Name | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if not self.stored():
            raise ValueError("a name in one language at least")
        return self

    def stored(self) -> dict[str, str]:
        """Without those that are missing."""
        return {key: value.strip() for key, value in self.model_dump().items() if value and value.strip()}


class MacroBody(Body):
    names: NamesBody
    actions: Steps
    visibility: Visibility
    team_id: UUID | None = None


class MacroChange(Body):
    """Only what is sent changes."""

    version: Version
    names: NamesBody | None = None
    actions: Steps | None = None
    visibility: Visibility | None = None
    team_id: UUID | None = None


class RunBody(Body):
    macro_id: UUID
    version: Version


class PreviewBody(Body):
    macro_id: UUID


async def list_macros(request: web.Request) -> web.StreamResponse:
    """What the agent may run, the most used first."""
    actor = actor_of(request)
    async with request.app[CONTEXT].reading() as connection:
        rows = await macros_of(request).all(connection, actor)
    return json_response({"macros": [render_automation.macro(row, actor) for row in rows]})


async def create(request: web.Request) -> web.StreamResponse:
    """Keep a macro: for oneself, or with macro:write for a team or everybody."""
    body, actor = await read_body(request, MacroBody), actor_of(request)
    text = MacroText(body.names.stored(), body.actions, body.visibility, body.team_id)
    macro_id = await macros_of(request).add(text, actor)
    return json_response(await _macro(request, macro_id), 201)


async def change(request: web.Request) -> web.StreamResponse:
    """Change a macro; only what is sent changes."""
    macro_id, actor = _macro_id(request), actor_of(request)
    body, macros = await read_body(request, MacroChange), macros_of(request)
    async with request.app[CONTEXT].reading() as connection:
        row = await macros.one(connection, macro_id, actor)
        steps = body.actions or await macros.steps(connection, macro_id, actor)
    visibility = body.visibility or row.visibility
    text = MacroText(
        names=row.names if body.names is None else body.names.stored(),
        steps=steps,
        visibility=visibility,
        team_id=(body.team_id or row.team_id) if visibility == "team" else None,
    )
    await macros.change(macro_id, body.version, text, actor)
    return json_response(await _macro(request, macro_id))


async def remove(request: web.Request) -> web.StreamResponse:
    """Delete a macro."""
    await macros_of(request).remove(_macro_id(request), actor_of(request))
    return web.Response(status=204)


async def run(request: web.Request) -> web.StreamResponse:
    """Run a macro on a ticket: all of it, or nothing."""
    ticket_id, body = ticket_id_of(request), await read_body(request, RunBody)
    outcome = await macros_of(request).run(ticket_id, body.macro_id, body.version, actor_of(request))
    async with request.app[CONTEXT].reading() as connection:
        row = (await tickets_by_id(connection, [ticket_id])).get(ticket_id)
    if row is None:
        raise no_such_ticket()
    steps = [result.as_json() for result in outcome.results]
    return json_response({"ticket": render.ticket(row), "steps": steps})


async def preview(request: web.Request) -> web.StreamResponse:
    """What a macro would do to a ticket now; nothing is changed."""
    ticket_id, body = ticket_id_of(request), await read_body(request, PreviewBody)
    rehearsal = await macros_of(request).preview(ticket_id, body.macro_id, actor_of(request))
    return json_response(rehearsal.as_json())


def actor_of(request: web.Request) -> Actor:
    """Whoever is signed in."""
    session = request[SESSION]
    return Actor(session.agent_id, session.permissions, session.role)


def services_of(context: Context) -> Services:
    """What steps need, as things stand now."""
    dependencies = context.dependencies
    return Services(dependencies.accounts, dependencies.timetable, dependencies.settings.brand_short_name)


def macros_of(request: web.Request) -> Macros:
    context = request.app[CONTEXT]
    return Macros(context.desk, services_of(context))


async def _macro(request: web.Request, macro_id: UUID) -> dict[str, Any]:
    actor = actor_of(request)
    async with request.app[CONTEXT].reading() as connection:
        row = await macros_of(request).one(connection, macro_id, actor)
    return render_automation.macro(row, actor)


def _macro_id(request: web.Request) -> UUID:
    return path_id(request, "macro_unknown", "macro")
