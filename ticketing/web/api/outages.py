"""Incidents and planned works, as staff write them down. Every channel answers what is written at once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field
from sqlalchemy import ColumnElement, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.outages import changes
from knowledge_base.outages.changes import ChangedMeanwhile, NewOutage, OutageRefused, UnknownOutage
from knowledge_base.outages.followers import followers_count
from knowledge_base.outages.incidents import (
    CAUSES,
    IS_OPEN,
    Area,
    AreaKind,
    Outage,
    Revision,
    Service,
    Status,
    find_outages,
    outage_by_id,
    revisions_of,
)
from knowledge_base.outages.reports import Reported, reports_of
from knowledge_base.outages.tables import outages as table
from ticketing.cursors import Cursor
from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, DeskError, Invalid, NotFound
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

NEWEST: Cursor[datetime, UUID] = Cursor("outages", AwareDatetime, UUID)

OpenStatus = Literal["reported", "confirmed", "in_progress"]
Text = Annotated[Words, Field(max_length=500)]


class AreaBody(Body):
    """One of a place of the directory (a commune: all of it) and a feeder."""

    place: Annotated[str, Field(min_length=1, max_length=80)] | None = None
    feeder: Annotated[Words, Field(min_length=1, max_length=80)] | None = None

    def area(self) -> Area:
        if (self.place is None) == (self.feeder is None):
            raise Invalid("invalid", "An area is either a place or a feeder.", {"areas": "place or feeder"})
        if self.feeder is not None:
            return Area(AreaKind.FEEDER, self.feeder)
        return Area(AreaKind.PLACE, cast(str, self.place))


Areas = Annotated[list[AreaBody], Field(min_length=1, max_length=200)]


class NewBody(Body):
    service: Service
    areas: Areas
    starts_at: AwareDatetime | None = None
    is_planned: bool = False
    status: OpenStatus = "confirmed"
    estimated_at: AwareDatetime | None = None
    cause: str = "unknown"
    cause_ar: Text | None = None
    cause_fr: Text | None = None
    note_ar: Text | None = None
    note_fr: Text | None = None


class Versioned(Body):
    """What was seen: an outage that has changed since refuses."""

    version: int = Field(ge=1, lt=2**31)


class DescriptionBody(Versioned):
    """Only what is sent is changed."""

    status: OpenStatus | None = None
    starts_at: AwareDatetime | None = None
    cause: str | None = None
    cause_ar: Text | None = None
    cause_fr: Text | None = None
    note_ar: Text | None = None
    note_fr: Text | None = None


class EstimateBody(Versioned):
    """A null estimate: not known any more."""

    estimated_at: AwareDatetime | None


class AreasBody(Versioned):
    areas: Areas


class RestoredBody(Versioned):
    at: AwareDatetime | None = None


class MergeBody(Versioned):
    into: UUID


class ListQuery(Body):
    view: Literal["open", "closed"] = "open"
    service: Service | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 100
    cursor: str | None = None


async def list_outages(request: web.Request) -> web.StreamResponse:
    """Outages and planned works, newest first. Open ones include what is only reported, and works to come."""
    query = read_query(request, ListQuery)
    conditions: list[ColumnElement[bool]] = [IS_OPEN if query.view == "open" else ~IS_OPEN]
    if query.service is not None:
        conditions.append(table.c.service == query.service)
    if query.cursor is not None:
        conditions.append(tuple_(table.c.starts_at, table.c.id) < tuple_(*NEWEST.read(query.cursor)))
    async with request.app[CONTEXT].reading() as connection:
        found = await find_outages(connection, *conditions, limit=query.limit + 1, counting=True)
    page, last = found[: query.limit], found[query.limit - 1] if len(found) > query.limit else None
    now = datetime.now(UTC)
    return json_response(
        {
            "outages": [_row(outage, now) for outage in page],
            "next_cursor": None if last is None else NEWEST.make(last.starts_at, last.id),
            "causes": sorted(CAUSES),
        }
    )


async def outage_detail(request: web.Request) -> web.StreamResponse:
    """One outage with its estimates, followers and latest reports."""
    async with request.app[CONTEXT].reading() as connection:
        return await _detail(connection, _outage_id(request))


async def create(request: web.Request) -> web.StreamResponse:
    """Write down an outage or planned works. Reports that it explains are its own from now on."""
    body = await read_body(request, NewBody)
    words = {name: getattr(body, name) for name in ("cause_ar", "cause_fr", "note_ar", "note_fr")}
    new = NewOutage(
        service=body.service,
        areas=[area.area() for area in body.areas],
        starts_at=_utc(body.starts_at) or datetime.now(UTC),
        is_planned=body.is_planned,
        status=Status(body.status),
        estimated_at=_utc(body.estimated_at),
        cause=body.cause,
        words=words,
    )
    async with _changing(request) as transaction:
        outage = await changes.create(transaction.connection, new)
        _record(transaction, request, "outage.created", outage, status=str(outage.status))
    return await _answer(request, outage.id, status=201)


async def describe(request: web.Request) -> web.StreamResponse:
    """Change status, cause, words or beginning. What is only reported is told once it is confirmed."""
    outage_id, body = _outage_id(request), await read_body(request, DescriptionBody)
    told = body.model_dump(exclude_unset=True, exclude={"version"})
    for name in ("status", "starts_at", "cause"):
        if name in told and told[name] is None:
            raise Invalid("invalid", "This cannot be null.", {name: "not null"})
    if "starts_at" in told:
        told["starts_at"] = _utc(told["starts_at"])
    async with _changing(request) as transaction:
        outage = await changes.describe(transaction.connection, outage_id, body.version, told)
        _record(transaction, request, "outage.changed", outage, changed=sorted(told))
    return await _answer(request, outage_id)


async def revise(request: web.Request) -> web.StreamResponse:
    """A new estimate. Followers are told, each at most once an hour."""
    outage_id, body = _outage_id(request), await read_body(request, EstimateBody)
    async with _changing(request) as transaction:
        outage = await changes.revise(
            transaction.connection,
            outage_id,
            body.version,
            _utc(body.estimated_at),
            agent_id=request[SESSION].agent_id,
            now=transaction.now,
        )
        _record(transaction, request, "outage.revised", outage, estimated_at=render.time(outage.estimated_at))
    return await _answer(request, outage_id)


async def add_areas(request: web.Request) -> web.StreamResponse:
    """Extend an outage to more places or feeders."""
    outage_id, body = _outage_id(request), await read_body(request, AreasBody)
    areas = [area.area() for area in body.areas]
    async with _changing(request) as transaction:
        outage = await changes.add_areas(transaction.connection, outage_id, body.version, areas)
        _record(transaction, request, "outage.extended", outage, areas=[area.value for area in areas])
    return await _answer(request, outage_id)


async def restore(request: web.Request) -> web.StreamResponse:
    """Service is back, now or since `at`. Followers are told once."""
    outage_id, body = _outage_id(request), await read_body(request, RestoredBody)
    async with _changing(request) as transaction:
        at = _utc(body.at) or transaction.now
        outage = await changes.restore(
            transaction.connection, outage_id, body.version, at=at, now=transaction.now
        )
        _record(transaction, request, "outage.restored", outage)
    return await _answer(request, outage_id)


async def cancel(request: web.Request) -> web.StreamResponse:
    """It was none, or the works do not take place. Followers are told once."""
    outage_id, body = _outage_id(request), await read_body(request, Versioned)
    async with _changing(request) as transaction:
        outage = await changes.cancel(transaction.connection, outage_id, body.version, now=transaction.now)
        _record(transaction, request, "outage.cancelled", outage)
    return await _answer(request, outage_id)


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge an outage into another, which takes over areas, reports and followers."""
    outage_id, body = _outage_id(request), await read_body(request, MergeBody)
    async with _changing(request) as transaction:
        outage = await changes.merge(
            transaction.connection, outage_id, body.version, body.into, now=transaction.now
        )
        _record(transaction, request, "outage.merged", outage, merged=str(outage_id))
    return await _answer(request, body.into)


def _outage_id(request: web.Request) -> UUID:
    return path_id(request, "outage_unknown", "outage")


@asynccontextmanager
async def _changing(request: web.Request) -> AsyncIterator[Transaction]:
    """A transaction after which what was announced is said; refusals as the desk's own."""
    try:
        async with request.app[CONTEXT].desk.transaction() as transaction:
            yield transaction
            transaction.wake("announcement")
    except OutageRefused as refused:
        raise _refusal(refused) from refused


def _refusal(refused: OutageRefused) -> DeskError:
    message = str(refused)
    if isinstance(refused, UnknownOutage):
        return NotFound(refused.code, message)
    if isinstance(refused, ChangedMeanwhile):
        return Conflict(refused.code, message)
    return Invalid(refused.code, message, {refused.field: message} if refused.field else {})


def _record(transaction: Transaction, request: web.Request, kind: str, outage: Outage, **data: Any) -> None:
    told = {"outage": str(outage.id), "service": str(outage.service), **data}
    transaction.record(Event(kind, "agent", actor_id=request[SESSION].agent_id, data=told))


async def _answer(request: web.Request, outage_id: UUID, status: int = 200) -> web.StreamResponse:
    async with request.app[CONTEXT].reading() as connection:
        return await _detail(connection, outage_id, status)


async def _detail(connection: AsyncConnection, outage_id: UUID, status: int = 200) -> web.StreamResponse:
    outage = await outage_by_id(connection, outage_id, counting=True)
    if outage is None:
        raise NotFound("outage_unknown", "This outage does not exist.")
    reports = await reports_of(connection, outage_id)
    tickets = await _tickets(connection, [report.conversation_id for report in reports])
    body = {
        **_row(outage, datetime.now(UTC)),
        "followers": await followers_count(connection, outage_id),
        "revisions": [_revision(each) for each in await revisions_of(connection, outage_id)],
        "latest_reports": [_report(each, tickets.get(each.conversation_id)) for each in reports],
    }
    return json_response(body, status)


async def _tickets(connection: AsyncConnection, conversations: list[UUID]) -> dict[UUID, UUID]:
    """The ticket each of these conversations is at now."""
    rows = await connection.execute(
        text(
            "SELECT id, ticket_id FROM conversations"
            " WHERE id = ANY(CAST(:ids AS uuid[])) AND ticket_id IS NOT NULL"
        ),
        {"ids": conversations},
    )
    return {row.id: row.ticket_id for row in rows}


def _row(outage: Outage, now: datetime) -> dict[str, Any]:
    return {
        "id": str(outage.id),
        "service": outage.service,
        "is_planned": outage.is_planned,
        "status": outage.status,
        "phase": outage.phase(now),
        "cause": outage.cause,
        "cause_ar": outage.cause_ar,
        "cause_fr": outage.cause_fr,
        "note_ar": outage.note_ar,
        "note_fr": outage.note_fr,
        "areas": [_area(area) for area in outage.areas],
        "starts_at": render.time(outage.starts_at),
        "estimated_at": render.time(outage.estimated_at),
        "ended_at": render.time(outage.ended_at),
        "merged_into": str(outage.merged_into) if outage.merged_into else None,
        "reports": outage.reports,
        "version": outage.version,
        "created_at": render.time(outage.created_at),
        "updated_at": render.time(outage.updated_at),
        "demonstration": outage.is_demo,
    }


def _area(area: Area) -> dict[str, Any]:
    names = None if area.name_fr is None else {"ar": area.name_ar, "fr": area.name_fr}
    return {"kind": area.kind, "value": area.value, "names": names, "commune": area.commune_id}


def _revision(revision: Revision) -> dict[str, Any]:
    return {
        "at": render.time(revision.revised_at),
        "estimated_before": render.time(revision.estimated_before),
        "estimated_at": render.time(revision.estimated_at),
        "agent_id": str(revision.agent_id) if revision.agent_id else None,
    }


def _report(report: Reported, ticket_id: UUID | None) -> dict[str, Any]:
    return {
        "at": render.time(report.reported_at),
        "commune": report.commune_id,
        "place": report.place_id,
        "ticket_id": str(ticket_id) if ticket_id else None,
    }


def _utc(moment: datetime | None) -> datetime | None:
    return None if moment is None else moment.astimezone(UTC)
