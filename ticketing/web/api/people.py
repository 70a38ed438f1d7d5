"""Agents' accounts, as an administrator sees and changes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field
from sqlalchemy import Row

from ticketing.people.agents import NewAgent
from ticketing.people.links import Link
from ticketing.web import render
from ticketing.web.api.security import by
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _address(value: str) -> str:
    return value.strip().lower()


Name = Annotated[Words, Field(min_length=1, max_length=200, pattern=r"\S"), AfterValidator(_one_line)]
# An address only has to have its shape here: the invitation proves that somebody reads it.
Email = Annotated[
    Words,
    Field(max_length=320, pattern=r"^\s*[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+\s*$"),
    AfterValidator(_address),
]
Language = Literal["ar", "fr", "en"]


class PeopleQuery(Body):
    limit: int = Field(50, ge=1, le=200)
    cursor: UUID | None = None
    q: Words | None = Field(None, max_length=200)
    role: Words | None = Field(None, max_length=100)
    state: Literal["active", "invited", "inactive"] | None = None


class Invitation(Body):
    email: Email
    name: Name
    role: Words = Field(min_length=1, max_length=100)
    language: Language = "fr"
    team_ids: list[UUID] = Field(default_factory=list, max_length=200)


class Version(Body):
    version: int


class PersonChange(Version):
    name: Name | None = None
    email: Email | None = None
    role: Words | None = Field(None, min_length=1, max_length=100)
    language: Language | None = None
    team_ids: list[UUID] | None = Field(None, max_length=200)


async def list_people(request: web.Request) -> web.StreamResponse:
    """Every agent, by name: active, invited or deactivated."""
    query = read_query(request, PeopleQuery)
    rows = await request.app[CONTEXT].people.agents.list(
        q=query.q, role=query.role, state=query.state, cursor=query.cursor, count=query.limit + 1
    )
    shown = rows[: query.limit]
    answer = {
        "people": [person_row(row) for row in shown],
        "next_cursor": str(shown[-1].id) if len(rows) > query.limit else None,
    }
    return json_response(answer)


async def read_person(request: web.Request) -> web.StreamResponse:
    """One agent's account."""
    return json_response(person_row(await request.app[CONTEXT].people.agents.read(_agent(request))))


async def invite(request: web.Request) -> web.StreamResponse:
    """Open an account: its owner chooses the password by a link, in a mail or handed over."""
    given = await read_body(request, Invitation)
    new = NewAgent(given.email, given.name, given.role, given.language, given.team_ids)
    row, link = await request.app[CONTEXT].people.agents.invite(new, by(request))
    return json_response(person_row(row) | {"link": _link(link)}, 201)


async def change_person(request: web.Request) -> web.StreamResponse:
    """Change name, address, role, language or teams; the role holds at once."""
    given = await read_body(request, PersonChange)
    changes = {
        name: value for name, value in given.model_dump(exclude={"version"}).items() if value is not None
    }
    agents = request.app[CONTEXT].people.agents
    return json_response(
        person_row(await agents.change(_agent(request), given.version, changes, by(request)))
    )


async def deactivate(request: web.Request) -> web.StreamResponse:
    """Close an account: out at once, and what was held goes back to its queues."""
    given = await read_body(request, Version)
    agents = request.app[CONTEXT].people.agents
    return json_response(person_row(await agents.deactivate(_agent(request), given.version, by(request))))


async def reactivate(request: web.Request) -> web.StreamResponse:
    """Open a closed account again."""
    given = await read_body(request, Version)
    agents = request.app[CONTEXT].people.agents
    return json_response(person_row(await agents.reactivate(_agent(request), given.version, by(request))))


async def send_link(request: web.Request) -> web.StreamResponse:
    """The invitation again, or a link to a new password."""
    link = await request.app[CONTEXT].people.agents.send_link(_agent(request), by(request))
    return json_response({"link": _link(link)})


async def remove_second_factor(request: web.Request) -> web.StreamResponse:
    """For whoever lost telephone and recovery codes."""
    await request.app[CONTEXT].people.agents.remove_second_factor(_agent(request), by(request))
    return web.Response(status=204)


async def end_sessions(request: web.Request) -> web.StreamResponse:
    """Sign an agent out everywhere."""
    await request.app[CONTEXT].people.agents.end_sessions(_agent(request), by(request))
    return web.Response(status=204)


def _agent(request: web.Request) -> UUID:
    return path_id(request, "agent_unknown", "agent")


def person_row(row: Row[Any]) -> render.Json:
    """An agent as administrators see him."""
    ways = [name for name, has in (("password", row.has_password), ("oidc", row.has_oidc)) if has]
    return {
        "id": str(row.id),
        "name": row.name,
        "email": row.email,
        "role": row.role,
        "language": row.language,
        "state": row.state,
        "teams": row.teams,
        "second_factor": row.has_second_factor,
        "second_factor_required": row.second_factor_required,
        "signs_in_with": ways,
        "seen_at": render.time(row.seen_at),
        "created_at": render.time(row.created_at),
        "version": row.version,
        "open_tickets": row.open_tickets,
    }


def _link(link: Link | None) -> render.Json | None:
    return None if link is None else {"url": link.url, "expires_at": render.time(link.expires_at)}
