"""Automations: kept in order, tried without doing, and what each did."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from ticketing.actions.steps import Steps
from ticketing.automation.conditions import Conditions, Trigger
from ticketing.automation.finding import dry_run
from ticketing.automation.store import (
    Automations,
    AutomationText,
    all_automations,
    one_automation,
    runs,
)
from ticketing.desk import utc_now
from ticketing.errors import Invalid
from ticketing.reading.ticket_rows import tickets_by_id
from ticketing.visibility import sees_restricted
from ticketing.web import render, render_automation
from ticketing.web.api.macros import NamesBody, Version, services_of
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, path_id, read_body, read_query


class AutomationBody(Body):
    names: NamesBody
    trigger: Trigger
    conditions: Conditions
    actions: Steps
    stops: bool = False
    enabled: bool = False


class AutomationChange(Body):
    """Only what is sent changes."""

    version: Version
    names: NamesBody | None = None
    trigger: Trigger | None = None
    conditions: Conditions | None = None
    actions: Steps | None = None
    stops: bool | None = None
    enabled: bool | None = None

    def changes(self) -> dict[str, Any]:
        sent = {
            "names": None if self.names is None else self.names.stored(),
            "trigger": self.trigger,
            "conditions": self.conditions,
            "steps": self.actions,
            "stops": self.stops,
            "enabled": self.enabled,
        }
        return {name: value for name, value in sent.items() if value is not None}


class OrderBody(Body):
    ids: Annotated[list[UUID], Field(max_length=500)]


class DryRunBody(Body):
    trigger: Trigger
    conditions: Conditions
    actions: Steps
    limit: Annotated[int, Field(ge=1, le=50)] = 20


class RunsQuery(Body):
    automation_id: UUID | None = None
    ticket_id: UUID | None = None
    outcome: Literal["done", "nothing", "refused", "looped", "switched_off"] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=40)] | None = None


async def list_automations(request: web.Request) -> web.StreamResponse:
    """All of them in the order in which they are tried."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await all_automations(connection)
    return json_response({"automations": [render_automation.automation(row) for row in rows]})


async def create(request: web.Request) -> web.StreamResponse:
    """Keep an automation, last in order."""
    body = await read_body(request, AutomationBody)
    text = AutomationText(
        body.names.stored(), body.trigger, body.conditions, body.actions, body.stops, body.enabled
    )
    automation_id = await _store(request).add(text, request[SESSION].agent_id)
    return await _answer(request, automation_id, 201)


async def change(request: web.Request) -> web.StreamResponse:
    """Change an automation; tickets it was switched off for are open to it again."""
    automation_id, body = _automation_id(request), await read_body(request, AutomationChange)
    await _store(request).change(automation_id, body.version, request[SESSION].agent_id, **body.changes())
    return await _answer(request, automation_id)


async def remove(request: web.Request) -> web.StreamResponse:
    """Delete an automation with its log."""
    await _store(request).remove(_automation_id(request), request[SESSION].agent_id)
    return web.Response(status=204)


async def order(request: web.Request) -> web.StreamResponse:
    """Say in which order automations are tried."""
    body = await read_body(request, OrderBody)
    await _store(request).order(body.ids, request[SESSION].agent_id)
    return await list_automations(request)


async def try_out(request: web.Request) -> web.StreamResponse:
    """Which tickets match now, and what would be done to them; nothing is changed."""
    context, body = request.app[CONTEXT], await read_body(request, DryRunBody)
    tried = await dry_run(
        context.desk,
        body.trigger,
        body.conditions,
        body.actions,
        services_of(context),
        now=utc_now(),
        limit=body.limit,
        restricted=sees_restricted(request[SESSION].permissions),
    )
    async with context.reading() as connection:
        rows = await tickets_by_id(connection, [ticket_id for ticket_id, _ in tried.tickets])
    tickets = [
        {"ticket": render.ticket(rows[ticket_id])} | rehearsal.as_json()
        for ticket_id, rehearsal in tried.tickets
        if ticket_id in rows
    ]
    return json_response({"matching": tried.matching, "more": tried.more, "tickets": tickets})


async def list_runs(request: web.Request) -> web.StreamResponse:
    """What automations did, the newest first."""
    query = read_query(request, RunsQuery)
    async with request.app[CONTEXT].reading() as connection:
        rows = await runs(
            connection,
            restricted=sees_restricted(request[SESSION].permissions),
            limit=query.limit + 1,
            before=_before(query.cursor),
            automation_id=query.automation_id,
            ticket_id=query.ticket_id,
            outcome=query.outcome,
        )
    shown = rows[: query.limit]
    cursor = str(shown[-1].id) if len(rows) > query.limit else None
    return json_response({"runs": [render_automation.run(row) for row in shown], "next_cursor": cursor})


def _before(cursor: str | None) -> UUID | None:
    try:
        return None if cursor is None else UUID(cursor)
    except ValueError as error:
        raise Invalid("invalid", "This page's cursor is not readable.", {"cursor": "unreadable"}) from error


def _store(request: web.Request) -> Automations:
    return Automations(request.app[CONTEXT].desk)


def _automation_id(request: web.Request) -> UUID:
    return path_id(request, "automation_unknown", "automation")


async def _answer(request: web.Request, automation_id: UUID, status: int = 200) -> web.Response:
    async with request.app[CONTEXT].reading() as connection:
        row = await one_automation(connection, automation_id)
    return json_response(render_automation.automation(row), status)
