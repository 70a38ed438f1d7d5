"""Policies, targets and teams' leads (docs/api/sla.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

from aiohttp import web
from pydantic import AwareDatetime, Field, TypeAdapter
from sqlalchemy import Row

from ticketing.calendar import Timetable
from ticketing.categories import Target
from ticketing.facts import provinces
from ticketing.sla import administration
from ticketing.sla.clocks import DUE, Clock, step_moments
from ticketing.sla.policies import (
    Amount,
    Conditions,
    Plan,
    Step,
    Steps,
    Subject,
    TargetPart,
    TargetsPart,
    plan,
)
from ticketing.sla.records import active_policies, category_targets, own_targets
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.render_sla import duration, target
from ticketing.web.requests import Body, Words, path_id, read_body

Name = Annotated[Words, Field(min_length=1, max_length=100)]
Code = Annotated[Words, Field(min_length=1, max_length=40)]
_STEPS: Final[TypeAdapter[tuple[Step, ...]]] = TypeAdapter(tuple[Step, ...])


class PolicyBody(Body):
    name: Name
    is_active: bool = True
    conditions: Conditions = Conditions()
    targets: TargetsPart = TargetsPart()
    pauses_on_hold: bool = False
    steps: Steps = ()


class PolicyChange(Body):
    """Only what is sent is changed."""

    version: int = Field(ge=1, lt=2**31)
    name: Name | None = None
    is_active: bool | None = None
    conditions: Conditions | None = None
    targets: TargetsPart | None = None
    pauses_on_hold: bool | None = None
    steps: Steps | None = None

    def changes(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in type(self).model_fields if name != "version"}
        return {name: value for name, value in found.items() if value is not None}


class OrderBody(Body):
    ids: Annotated[list[UUID], Field(min_length=1, max_length=200)]


class TargetsChange(Body):
    """Only what is sent is changed; null takes a target away."""

    first_response: TargetPart | None = None
    next_response: TargetPart | None = None
    resolution: TargetPart | None = None
    action: TargetPart | None = None
    legal_days: Annotated[int, Field(ge=1, le=400)] | None = None


class OverrideBody(Body):
    """Amounts of the category's own clocks; null: as everywhere."""

    first_response: Amount | None = None
    resolution: Amount | None = None
    action: Amount | None = None


class PreviewBody(Body):
    category: Code | None = None
    priority: int = Field(3, ge=1, le=4)
    team: Code | None = None
    channel: Code | None = None
    tags: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)
    contact_tags: Annotated[list[Code], Field(max_length=50)] = Field(default_factory=list)
    province: Name | None = None
    at: AwareDatetime | None = None


class LeadsBody(Body):
    agent_ids: Annotated[list[UUID], Field(max_length=200)]


async def list_policies(request: web.Request) -> web.StreamResponse:
    return await _policies(request)


async def add_policy(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, PolicyBody)
    values = {name: getattr(body, name) for name in PolicyBody.model_fields}
    async with request.app[CONTEXT].desk.transaction() as transaction:
        policy_id = await administration.add_policy(transaction, request[SESSION].agent_id, values)
    return await _policy_answer(request, policy_id, 201)


async def change_policy(request: web.Request) -> web.StreamResponse:
    policy_id, body = path_id(request, "policy_unknown", "policy"), await read_body(request, PolicyChange)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await administration.change_policy(
            transaction, request[SESSION].agent_id, policy_id, body.version, body.changes()
        )
    return await _policy_answer(request, policy_id)


async def remove_policy(request: web.Request) -> web.StreamResponse:
    policy_id = path_id(request, "policy_unknown", "policy")
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await administration.remove_policy(transaction, request[SESSION].agent_id, policy_id)
    return web.Response(status=204)


async def order_policies(request: web.Request) -> web.StreamResponse:
    body = await read_body(request, OrderBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await administration.order_policies(transaction, request[SESSION].agent_id, body.ids)
    return await _policies(request)


async def preview(request: web.Request) -> web.StreamResponse:
    """What would apply to a ticket that reached people at a moment."""
    context, body = request.app[CONTEXT], await read_body(request, PreviewBody)
    async with context.reading() as connection:
        row = await category_targets(connection, body.category, body.province)
        policies = await active_policies(connection)
    subject = Subject(
        category=body.category,
        priority=body.priority,
        team=body.team,
        channels=frozenset([body.channel] if body.channel else []),
        tags=frozenset(body.tags),
        contact_tags=frozenset(body.contact_tags),
        own={} if row is None else own_targets(row),
    )
    found = plan(policies, subject)
    at = (body.at or datetime.now(UTC)).astimezone(UTC)
    named = {} if found.policy is None else found.policy.targets.model_dump(exclude_none=True)
    policy = None if found.policy is None else {"id": str(found.policy.id), "name": found.policy.name}
    clocks = [
        _preview_clock(kind, value, found, at, context.dependencies.timetable)
        | {"source": "policy" if kind in named else "category"}
        for kind, value in found.targets.items()
    ]
    return json_response({"policy": policy, "clocks": clocks})


def _preview_clock(
    kind: str, value: Target, found: Plan, at: datetime, timetable: Timetable
) -> dict[str, Any]:
    steps = found.steps(kind)
    clock = Clock(uuid4(), uuid4(), kind, value, at, found.team)
    moments = dict(step_moments(clock, steps, timetable))
    return {
        "kind": kind,
        "target": duration(value.amount),
        "calendar": value.clock,
        "due_at": render.time(moments.get(DUE)),
        "steps": [
            {
                "key": step.key,
                "percent": step.percent,
                "after": duration(step.after),
                "at": render.time(moments.get(step.key)),
            }
            for step in steps
        ],
    }


async def list_targets(request: web.Request) -> web.StreamResponse:
    return json_response(
        {"targets": list((await _targets(request)).values()), "provinces": sorted(provinces())}
    )


async def change_targets(request: web.Request) -> web.StreamResponse:
    code, body = request.match_info["code"], await read_body(request, TargetsChange)
    sent = body.model_fields_set
    changes: dict[str, Target | None] = {}
    for name in administration.COLUMNS:
        if name in sent:
            part: TargetPart | None = getattr(body, name)
            changes[name] = None if part is None else part.target()
    legal = (body.legal_days,) if "legal_days" in sent else None
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await administration.change_targets(transaction, request[SESSION].agent_id, code, changes, legal)
    return json_response((await _targets(request))[code])


async def put_override(request: web.Request) -> web.StreamResponse:
    code, province = request.match_info["code"], request.match_info["province"]
    body = await read_body(request, OverrideBody)
    amounts = {name: getattr(body, name) for name in OverrideBody.model_fields}
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await administration.put_override(transaction, request[SESSION].agent_id, code, province, amounts)
    return json_response((await _targets(request))[code])


async def list_leads(request: web.Request) -> web.StreamResponse:
    return await _leads(request)


async def set_leads(request: web.Request) -> web.StreamResponse:
    team, body = request.match_info["team"], await read_body(request, LeadsBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await administration.set_leads(transaction, request[SESSION].agent_id, team, body.agent_ids)
    return await _leads(request)


async def _policies(request: web.Request) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        rows = await administration.policies(connection)
    return json_response({"policies": [_policy(row) for row in rows]})


async def _policy_answer(request: web.Request, policy_id: UUID, status: int = 200) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        rows = await administration.policies(connection)
    return json_response(next(_policy(row) for row in rows if row.id == policy_id), status)


def _policy(row: Row[Any]) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "name": row.name,
        "is_active": row.is_active,
        "conditions": Conditions.model_validate(row.conditions).model_dump(mode="json"),
        "targets": TargetsPart.model_validate(row.targets).model_dump(mode="json"),
        "pauses_on_hold": row.pauses_on_hold,
        "steps": _STEPS.dump_python(_STEPS.validate_python(row.steps), mode="json"),
        "version": row.version,
        "updated_at": render.time(row.updated_at),
    }


async def _targets(request: web.Request) -> dict[str, dict[str, Any]]:
    """By category's code, in their order."""
    async with request.app[CONTEXT].reading() as connection:
        categories, overrides = await administration.targets(connection)
    differing: Mapping[str, list[dict[str, Any]]] = defaultdict(list)
    for row in overrides:
        differing[row.code].append(
            {
                "province": row.province,
                "first_response": None if row.first_answer is None else duration(row.first_answer),
                "resolution": None if row.resolve is None else duration(row.resolve),
                "action": None if row.action is None else duration(row.action),
            }
        )
    return {
        row.code: {
            "code": row.code,
            "names": row.names,
            "priority": row.priority,
            "team": row.team,
            "first_response": _column(row.first_answer, row.first_answer_clock),
            "next_response": _column(row.next_answer, row.next_answer_clock),
            "resolution": _column(row.resolve, row.resolve_clock),
            "action": _column(row.action, row.action_clock),
            "legal_days": row.legal_days,
            "provinces": differing.get(row.code, []),
        }
        for row in categories
    }


def _column(amount: Any, clock: str | None) -> dict[str, Any] | None:
    return None if amount is None or clock is None else target(Target(amount, clock))


async def _leads(request: web.Request) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        rows = await administration.leads(connection)
    teams: dict[UUID, dict[str, Any]] = {}
    for row in rows:
        team = teams.setdefault(row.id, {"team": render.team(row), "members": []})
        if row.agent_id is not None:
            member = {"id": str(row.agent_id), "name": row.name, "is_lead": row.is_lead}
            team["members"].append(member)
    return json_response({"teams": list(teams.values())})
