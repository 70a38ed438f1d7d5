"""Queues, skills and reasons for breaks, as administrators set them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from sqlalchemy import TextClause, text
from sqlalchemy.exc import IntegrityError

from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.routing import queues
from ticketing.web import render_routing
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.render import Json
from ticketing.web.requests import Body, Words, path_id, read_body

Name = Annotated[Words, Field(min_length=1, max_length=80)]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
SkillKey = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_:-]{0,39}$")]
Seconds = Annotated[int, Field(ge=1, le=365 * 86_400)]
Percent = Annotated[int, Field(ge=0, le=1000)]
Level = Annotated[int, Field(ge=1, le=3)]
Ids = Annotated[list[UUID], Field(max_length=5_000)]
Word = Annotated[Words, Field(min_length=1, max_length=40)]


class NamesBody(Body):
    ar: Name
    fr: Name
    en: Name


class StepBody(Body):
    """After so many seconds of waiting this is asked no longer."""

    after: Annotated[int, Field(ge=0, le=30 * 86_400)]
    drop: Literal["level", "language", "subject"]


class TeamBody(Body):
    """Only what is sent is changed. Lengths of time in seconds."""

    names: NamesBody | None = None
    routing: Literal["manual", "round_robin", "longest_idle"] | None = None
    channels: Annotated[list[Word], Field(min_length=1, max_length=30)] | None = None
    needs: Annotated[list[Literal["language", "subject"]], Field(max_length=2)] | None = None
    level: Level | None = None
    relaxation: Annotated[list[StepBody], Field(max_length=10)] | None = None
    capacity: Percent | None = None
    out_of_hours: Literal["hold", "overflow", "assign"] | None = None
    overflow_team_id: UUID | None = None
    overflow_after: Seconds | None = None
    overflow_unskilled: bool | None = None
    max_wait: Seconds | None = None
    sticky_for: Seconds | None = None
    offer_for: Seconds | None = None
    reclaim_after: Seconds | None = None
    members: Ids | None = None

    @model_validator(mode="after")
    def in_order(self) -> TeamBody:
        steps = [step.after for step in self.relaxation or ()]
        if steps != sorted(steps):
            raise ValueError("the steps are not in the order of their times")
        return self


class NewTeamBody(TeamBody):
    key: Key
    names: NamesBody


class AgentRoutingBody(Body):
    """What an agent is good for; a capacity of null is the queue's."""

    skills: Annotated[dict[SkillKey, Level], Field(max_length=100)] | None = None
    capacity: Percent | None = None
    teams: Ids | None = None


class SkillBody(Body):
    kind: Literal["language", "subject"] | None = None
    names: NamesBody | None = None
    matches: Annotated[list[Word], Field(min_length=1, max_length=50)] | None = None


class NewSkillBody(SkillBody):
    key: SkillKey
    kind: Literal["language", "subject"]
    names: NamesBody
    matches: Annotated[list[Word], Field(min_length=1, max_length=50)]


class ReasonBody(Body):
    names: NamesBody | None = None
    state: Literal["busy", "away"] | None = None


class NewReasonBody(ReasonBody):
    key: Key
    names: NamesBody
    state: Literal["busy", "away"]


class RoutingBody(Body):
    """What concerns every queue."""

    channel_weights: (
        Annotated[dict[Word, Annotated[int, Field(ge=0, le=100)]], Field(max_length=30)] | None
    ) = None
    default_weight: Annotated[int, Field(ge=0, le=100)] | None = None
    idle_after: Annotated[int, Field(ge=60, le=86_400)] | None = None


_NULLABLE: Final = frozenset({"channels", "overflow_team_id", *queues.LENGTHS})
_ADD_SKILL = text(
    "INSERT INTO skills (key, kind, names, matches, position) SELECT :key, :kind, CAST(:names AS jsonb),"
    " CAST(:matches AS text[]), coalesce(max(position), 0) + 10 FROM skills"
)
_SET_SKILL = text(
    "UPDATE skills SET kind = coalesce(:kind, kind), names = coalesce(CAST(:names AS jsonb), names),"
    " matches = coalesce(CAST(:matches AS text[]), matches) WHERE key = :key"
)
_REMOVE_SKILL = text("DELETE FROM skills WHERE key = :key")
_ADD_REASON = text(
    "INSERT INTO break_reasons AS b (key, names, state, position) SELECT :key, CAST(:names AS jsonb), :state,"
    " coalesce(max(position), 0) + 10 FROM break_reasons"
    # One that was taken away comes back under its key.
    " ON CONFLICT (key) DO UPDATE SET names = excluded.names, state = excluded.state, archived_at = NULL"
    " WHERE b.archived_at IS NOT NULL"
)
_SET_REASON = text(
    "UPDATE break_reasons SET names = coalesce(CAST(:names AS jsonb), names), state = coalesce(:state, state)"
    " WHERE key = :key AND archived_at IS NULL"
)
_REMOVE_REASON = text("UPDATE break_reasons SET archived_at = now() WHERE key = :key AND archived_at IS NULL")


async def list_queues(request: web.Request) -> web.StreamResponse:
    """Queues with their members, the agents, skills and reasons they are made of."""
    async with request.app[CONTEXT].reading() as connection:
        rows = await queues.queues(connection)
        agents = await queues.members(connection)
        skills = await queues.skills(connection)
        reasons = await queues.break_reasons(connection)
        settings = await queues.settings(connection)
    return json_response(
        {
            "queues": [render_routing.queue(row) for row in rows],
            "agents": [render_routing.member(row) for row in agents],
            "skills": [render_routing.skill(row) for row in skills],
            "break_reasons": [render_routing.reason(row) for row in reasons],
            "settings": render_routing.settings(settings),
        }
    )


async def create_team(request: web.Request) -> web.StreamResponse:
    """A new team, which is a queue."""
    body = await read_body(request, NewTeamBody)
    values = _columns(body) | {"key": body.key}
    async with request.app[CONTEXT].desk.transaction() as transaction:
        team_id = await queues.create_team(transaction.connection, values, body.members)
        _record(transaction, request, "team.created", team=body.key)
    return await _queue(request, team_id, 201)


async def change_team(request: web.Request) -> web.StreamResponse:
    """A team's names, routing and members."""
    team_id, body = path_id(request, "team_unknown", "team"), await read_body(request, TeamBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await queues.change_team(transaction.connection, team_id, _columns(body), body.members)
        row = await queues.queue(transaction.connection, team_id)
        _record(transaction, request, "team.changed", team=row.key, changed=sorted(body.model_fields_set))
    return await _queue(request, team_id)


async def remove_team(request: web.Request) -> web.StreamResponse:
    """Deleted, or archived where tickets name it."""
    team_id = path_id(request, "team_unknown", "team")
    async with request.app[CONTEXT].desk.transaction() as transaction:
        row = await queues.queue(transaction.connection, team_id)
        archived = await queues.remove_team(transaction.connection, team_id)
        _record(transaction, request, "team.removed", team=row.key, archived=archived)
    return json_response({"archived": archived})


async def change_agent(request: web.Request) -> web.StreamResponse:
    """An agent's skills, capacity and teams."""
    agent_id, body = path_id(request, "agent_unknown", "agent"), await read_body(request, AgentRoutingBody)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await queues.change_agent(
            transaction.connection,
            agent_id,
            skills=body.skills,
            teams=body.teams,
            capacity=body.capacity,
            sets_capacity="capacity" in body.model_fields_set,
        )
        changed = sorted(body.model_fields_set)
        _record(transaction, request, "agent.routing_changed", agent_id=str(agent_id), changed=changed)
    async with request.app[CONTEXT].reading() as connection:
        row = next(row for row in await queues.members(connection) if row.id == agent_id)
    return json_response(render_routing.member(row))


async def list_skills(request: web.Request) -> web.StreamResponse:
    """What agents may be good at."""
    async with request.app[CONTEXT].reading() as connection:
        return json_response(
            {"skills": [render_routing.skill(row) for row in await queues.skills(connection)]}
        )


async def create_skill(request: web.Request) -> web.StreamResponse:
    """A new skill."""
    body = await read_body(request, NewSkillBody)
    values = {"key": body.key, "kind": body.kind, "names": _json(body.names), "matches": body.matches}
    await _write(request, _ADD_SKILL, values, "skill.created")
    return await _one_skill(request, body.key, 201)


async def change_skill(request: web.Request) -> web.StreamResponse:
    """A skill's names and what it is good for."""
    key, body = request.match_info["id"], await read_body(request, SkillBody)
    values = {"key": key, "kind": body.kind, "names": _json(body.names), "matches": body.matches}
    await _write(request, _SET_SKILL, values, "skill.changed")
    return await _one_skill(request, key)


async def remove_skill(request: web.Request) -> web.StreamResponse:
    """A skill, and that agents have it."""
    await _write(request, _REMOVE_SKILL, {"key": request.match_info["id"]}, "skill.removed")
    return web.Response(status=204)


async def create_reason(request: web.Request) -> web.StreamResponse:
    """A new reason for a break."""
    body = await read_body(request, NewReasonBody)
    values = {"key": body.key, "names": _json(body.names), "state": body.state}
    await _write(request, _ADD_REASON, values, "break_reason.created")
    return await _one_reason(request, body.key, 201)


async def change_reason(request: web.Request) -> web.StreamResponse:
    """A reason's names and state."""
    key, body = request.match_info["id"], await read_body(request, ReasonBody)
    await _write(
        request,
        _SET_REASON,
        {"key": key, "names": _json(body.names), "state": body.state},
        "break_reason.changed",
    )
    return await _one_reason(request, key)


async def remove_reason(request: web.Request) -> web.StreamResponse:
    """A reason that is no longer offered."""
    await _write(request, _REMOVE_REASON, {"key": request.match_info["id"]}, "break_reason.removed")
    return web.Response(status=204)


async def change_settings(request: web.Request) -> web.StreamResponse:
    """How much of an agent a channel takes, and after how long an untouched interface says away."""
    body = await read_body(request, RoutingBody)
    idle = None if body.idle_after is None else timedelta(seconds=body.idle_after)
    async with request.app[CONTEXT].desk.transaction() as transaction:
        await queues.change_settings(
            transaction.connection,
            weights=body.channel_weights,
            default_weight=body.default_weight,
            idle_after=idle,
        )
        _record(transaction, request, "routing.changed", changed=sorted(body.model_fields_set))
    async with request.app[CONTEXT].reading() as connection:
        return json_response(render_routing.settings(await queues.settings(connection)))


def _columns(body: TeamBody) -> dict[str, Any]:
    """What was sent as columns of `queues.TEAMS`."""
    sent = body.model_dump(exclude_unset=True, exclude={"members", "key"})
    for name, value in sent.items():
        if value is None and name not in _NULLABLE:
            raise Invalid("invalid", "This cannot be null.", {name: "not null"})
        if name in queues.LENGTHS and value is not None:
            sent[name] = timedelta(seconds=value)
    return sent


def _json(names: NamesBody | None) -> str | None:
    return None if names is None else json.dumps(names.model_dump(), ensure_ascii=False)


async def _queue(request: web.Request, team_id: UUID, status: int = 200) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        return json_response(render_routing.queue(await queues.queue(connection, team_id)), status)


async def _write(request: web.Request, statement: TextClause, values: dict[str, Any], kind: str) -> None:
    """One statement about one key. NotFound when it touched nothing, Conflict when the key is taken."""
    try:
        async with request.app[CONTEXT].desk.transaction() as transaction:
            written = await transaction.connection.execute(statement, values)
            if not written.rowcount:
                if kind.endswith(".created"):
                    raise Conflict("key_taken", "This key is taken.", {"key": "taken"})
                raise NotFound("key_unknown", "There is none with this key.")
            _record(transaction, request, kind, key=values["key"])
    except IntegrityError as error:
        raise Conflict("key_taken", "This key is taken.", {"key": "taken"}) from error


def _record(transaction: Transaction, request: web.Request, kind: str, **data: Any) -> None:
    transaction.record(Event(kind, "agent", actor_id=request[SESSION].agent_id, data=data))
    transaction.wake("routing")


async def _one_skill(request: web.Request, key: str, status: int = 200) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        rows = await queues.skills(connection)
    return json_response(_named([render_routing.skill(row) for row in rows], key), status)


async def _one_reason(request: web.Request, key: str, status: int = 200) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        rows = await queues.break_reasons(connection)
    return json_response(_named([render_routing.reason(row) for row in rows], key), status)


def _named(rows: Sequence[Json], key: str) -> Json:
    return next(row for row in rows if row["key"] == key)
