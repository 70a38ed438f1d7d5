"""The mobile agencies' week at the desk: what is planned, and days that staff cancel, move and restore."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field, model_validator
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.changes import (
    REASONS,
    AlreadyChanged,
    Changed,
    NothingChanges,
    StopChange,
    change_stops,
    restore_stops,
)
from knowledge_base.network.interests import audience
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import ExceptionKind, Occurrence, Reason
from knowledge_base.network.tables import places, stop_exceptions, vans
from knowledge_base.network.timetable import occurrences_between
from knowledge_base.time_zones import pinned_zone
from ticketing.desk import Event, utc_now
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

LONGEST_WEEKS = 8


def _known_reason(key: str) -> str:
    if key not in REASONS:
        raise ValueError(f"must be one of {', '.join(REASONS)}")
    return key


class WeekQuery(Body):
    """`since` is the first day, today where it is absent; `days` follow it."""

    since: date | None = None
    days: Annotated[int, Field(ge=1, le=7 * LONGEST_WEEKS)] = 7
    commune: str | None = None
    van: str | None = None


class Change(Body):
    """A day that differs: of one stop, of a van, or of every van (neither)."""

    on: date
    kind: Literal["cancelled", "moved", "holiday"]
    reason: Annotated[str, AfterValidator(_known_reason)]
    reason_ar: Annotated[Words, Field(max_length=200)] | None = None
    reason_fr: Annotated[Words, Field(max_length=200)] | None = None
    stop_id: UUID | None = None
    van_id: UUID | None = None
    new_starts: time | None = None
    new_ends: time | None = None
    new_place_id: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> Change:
        if self.stop_id is not None and self.van_id is not None:
            raise ValueError("name a stop or a van, not both")
        if (self.new_starts is None) != (self.new_ends is None):
            raise ValueError("write both new hours, or none")
        if self.new_starts is not None and self.new_ends is not None and self.new_ends <= self.new_starts:
            raise ValueError("the new hours end before they begin")
        moves = self.new_starts is not None or self.new_place_id is not None
        if (self.kind == "moved") != moves:
            raise ValueError("new hours or a new place belong to a move, and a move needs one of them")
        return self


async def week(request: web.Request) -> web.StreamResponse:
    """The visits of mobile agencies in some days, with the changes that lie on them."""
    query = read_query(request, WeekQuery)
    context = request.app[CONTEXT]
    zone = pinned_zone(context.settings.time_zone)
    first = query.since or utc_now().astimezone(zone).date()
    start = datetime.combine(first, time(), zone).astimezone(UTC)
    end = datetime.combine(first + timedelta(days=query.days), time(), zone).astimezone(UTC)
    async with context.reading() as connection:
        visits = [
            visit
            for visit in await occurrences_between(connection, start, end, zone)
            if query.commune in (None, visit.commune.id) and query.van in (None, visit.van.code)
        ]
        listeners = await audience(connection, {visit.stop_id for visit in visits}, utc_now())
        changes = await _changes(connection, first, first + timedelta(days=query.days - 1))
        fleet = (await connection.execute(select(vans).order_by(vans.c.code))).all()
    return json_response(
        {
            "since": first.isoformat(),
            "days": query.days,
            "visits": [_visit(visit, len(listeners.get(visit.stop_id, ()))) for visit in visits],
            "changes": changes,
            "vans": [
                {"id": str(van.id), "code": van.code, "names": _names(van), "status": van.status}
                for van in fleet
            ],
            "reasons": {key: {"ar": arabic, "fr": french} for key, (arabic, french) in REASONS.items()},
        }
    )


async def change(request: web.Request) -> web.StreamResponse:
    """Cancel or move visits of a day, or make it a holiday. Whoever asked about them is told."""
    body = await read_body(request, Change)
    context = request.app[CONTEXT]
    zone = pinned_zone(context.settings.time_zone)
    wanted = StopChange(
        on=body.on,
        kind=ExceptionKind(body.kind),
        reason=Reason(body.reason, body.reason_ar or None, body.reason_fr or None),
        stop_id=body.stop_id,
        van_id=body.van_id,
        new_starts=body.new_starts,
        new_ends=body.new_ends,
        new_place_id=body.new_place_id,
    )
    async with context.desk.transaction() as transaction:
        await _known_place(transaction.connection, body.new_place_id)
        try:
            changed = await change_stops(transaction.connection, wanted, at=transaction.now, timezone=zone)
        except AlreadyChanged as error:
            raise Conflict("already_changed", "This day differs already: restore it first.") from error
        except NothingChanges as error:
            raise Invalid("nothing_changes", "No stop is planned on that day.", {"on": "no stop"}) from error
        transaction.record(
            Event(
                "network.stops_changed",
                "agent",
                actor_id=request[SESSION].agent_id,
                data=_audit(body.on, body.kind, changed),
            )
        )
        transaction.wake("announcement")
    return json_response(_changed(changed), 201)


async def restore(request: web.Request) -> web.StreamResponse:
    """Take a change of visits back. Whoever was told of it is told again."""
    exception_id = path_id(request, "change_unknown", "change")
    context = request.app[CONTEXT]
    zone = pinned_zone(context.settings.time_zone)
    async with context.desk.transaction() as transaction:
        changed = await restore_stops(transaction.connection, exception_id, at=transaction.now, timezone=zone)
        if changed is None:
            raise NotFound("change_unknown", "This change does not exist.")
        day = min((visit.starts_at for visit in changed.visits), default=transaction.now)
        transaction.record(
            Event(
                "network.stops_restored",
                "agent",
                actor_id=request[SESSION].agent_id,
                data=_audit(day.astimezone(zone).date(), "restored", changed),
            )
        )
        transaction.wake("announcement")
    return json_response(_changed(changed))


async def _known_place(connection: AsyncConnection, place_id: str | None) -> None:
    if place_id is None:
        return
    known = await connection.execute(select(places.c.id).where(places.c.id == place_id))
    if known.first() is None:
        raise Invalid("place_unknown", "There is no such place.", {"new_place_id": "unknown"})


async def _changes(connection: AsyncConnection, first: date, last: date) -> list[dict[str, Any]]:
    query = (
        select(stop_exceptions)
        .where(stop_exceptions.c.on_date.between(first, last))
        .order_by(stop_exceptions.c.on_date, stop_exceptions.c.id)
    )
    return [
        {
            "id": str(row.id),
            "on": row.on_date.isoformat(),
            "kind": row.kind,
            "reason": row.reason_key,
            "reason_ar": row.reason_ar,
            "reason_fr": row.reason_fr,
            "stop_id": _text(row.stop_id),
            "van_id": _text(row.van_id),
            "new_starts": _hour(row.new_starts),
            "new_ends": _hour(row.new_ends),
            "new_place_id": row.new_place_id,
        }
        for row in await connection.execute(query)
    ]


def _audit(on: date, kind: str, changed: Changed) -> dict[str, Any]:
    return {"on": on.isoformat(), "kind": kind, "visits": len(changed.visits), "told": changed.told}


def _changed(changed: Changed) -> dict[str, Any]:
    return {
        "id": str(changed.exception_id),
        "visits": [_visit(visit, None) for visit in changed.visits],
        "told": changed.told,
    }


def _visit(visit: Occurrence, listeners: int | None) -> dict[str, Any]:
    return {
        "stop_id": str(visit.stop_id),
        "van": visit.van.code,
        "place": _place(visit.place),
        "usual_place": _place(visit.usual_place),
        "commune": _place(visit.commune),
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "services": list(visit.services),
        "status": str(visit.status),
        "reason": None
        if visit.reason is None
        else {"key": visit.reason.key, "ar": visit.reason.text_ar, "fr": visit.reason.text_fr},
        **({} if listeners is None else {"listeners": listeners}),
    }


def _place(place: Place) -> dict[str, Any]:
    return {"id": place.id, "names": _names(place)}


def _names(named: Any) -> dict[str, str]:
    return {"ar": named.name_ar, "fr": named.name_fr}


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _hour(value: time | None) -> str | None:
    return None if value is None else f"{value:%H:%M}"
