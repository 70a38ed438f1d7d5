"""Agencies with their special days, and payment points, at the desk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field, model_validator
from sqlalchemy import ColumnElement, Row, Table, delete, func, insert, or_, select, true, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.opening import ImpossibleHours, read_week, write_week
from knowledge_base.network.tables import (
    agencies,
    agency_closures,
    agency_seasons,
    payment_points,
    places,
)
from ticketing.cursors import Cursor
from ticketing.desk import Event, Transaction
from ticketing.errors import Conflict, Invalid, NotFound
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

Service = Literal["payment", "recharge", "subscription"]
Name = Annotated[Words, Field(min_length=1, max_length=200)]
Key = Annotated[Words, Field(min_length=1, max_length=80)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
BY_KEY: Cursor[str] = Cursor("payment_points", str)
Hours = dict[str, list[tuple[str, str]]]

# Columns that the desk shows; days and ids as text.
_AGENCY = (
    *("key", "status", "name_ar", "name_fr", "address_ar", "address_fr", "commune_id", "latitude"),
    *("longitude", "services", "hours", "single_counter", "is_verified", "is_demo"),
)
_POINT = (
    *("key", "name", "network", "address_ar", "address_fr", "commune_id", "latitude", "longitude"),
    *("services", "is_verified", "is_demo"),
)


class AgencyFields(Body):
    """What may be written of an agency; what is absent stays as it is."""

    key: Key | None = None
    status: Literal["open", "planned", "closed"] | None = None
    name_ar: Name | None = None
    name_fr: Name | None = None
    address_ar: Name | None = None
    address_fr: Name | None = None
    commune_id: str | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    services: list[Service] | None = None
    hours: Hours | None = None
    single_counter: bool | None = None
    opens_on: date | None = None
    is_verified: bool | None = None


class NewAgency(AgencyFields):
    key: Key

    name_ar: Name
    name_fr: Name
    commune_id: str


class PointFields(Body):
    """What may be written of a payment point; what is absent stays as it is."""

    key: Key | None = None
    name: Name | None = None
    network: Annotated[Words, Field(max_length=80)] | None = None
    address_ar: Name | None = None
    address_fr: Name | None = None
    commune_id: str | None = None
    latitude: Latitude | None = None
    longitude: Longitude | None = None
    services: list[Service] | None = None
    is_verified: bool | None = None


class NewPoint(PointFields):
    key: Key
    name: Name
    commune_id: str
    latitude: Latitude
    longitude: Longitude


class PointsQuery(Body):
    q: Words = ""
    commune: Words | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100


class SpecialDays(Body):
    """A closure (`kind` "closure") or a season with its own hours; of one agency, or of every agency."""

    kind: Literal["closure", "season"]
    agency_id: UUID | None = None
    starts_on: date
    ends_on: date
    reason: Literal["holiday", "works", "event", "other"] = "other"
    reason_ar: Annotated[Words, Field(max_length=200)] | None = None
    reason_fr: Annotated[Words, Field(max_length=200)] | None = None
    name_ar: Name | None = None
    name_fr: Name | None = None
    hours: Hours | None = None

    @model_validator(mode="after")
    def _fits(self) -> SpecialDays:
        if self.ends_on < self.starts_on:
            raise ValueError("it ends before it begins")
        if self.kind == "season" and (self.hours is None or not self.name_ar or not self.name_fr):
            raise ValueError("a season needs hours and both names")
        return self


async def list_agencies(request: web.Request) -> web.StreamResponse:
    """Every agency, and the closures and seasons that are not over."""
    async with request.app[CONTEXT].reading() as connection:
        rows = (await connection.execute(select(agencies).order_by(agencies.c.key))).all()
        closures = await _not_over(connection, agency_closures)
        seasons = await _not_over(connection, agency_seasons)
    special = [_shown_days("closure", row) for row in closures]
    special += [_shown_days("season", row) for row in seasons]
    return json_response({"agencies": [_agency(row) for row in rows], "special_days": special})


async def add_agency(request: web.Request) -> web.StreamResponse:
    """Add an agency."""
    body = await read_body(request, NewAgency)
    values = {
        "kind": "fixed",
        "status": "open",
        "services": [],
        "hours": {},
        "single_counter": False,
        "is_verified": True,
    }
    return await _add(request, agencies, {**values, **_written(body)}, _agency)


async def change_agency(request: web.Request) -> web.StreamResponse:
    """Change an agency; the assistant tells it from now on."""
    return await _change(request, agencies, await read_body(request, AgencyFields), _agency)


async def add_special_days(request: web.Request) -> web.StreamResponse:
    """Add a closure, or a season with hours of its own, of one agency or of all."""
    body = await read_body(request, SpecialDays)
    values: dict[str, Any] = {
        "agency_id": body.agency_id,
        "starts_on": body.starts_on,
        "ends_on": body.ends_on,
        "is_demo": False,
    }
    if body.kind == "closure":
        table = agency_closures
        values |= {"reason_key": body.reason, "reason_ar": body.reason_ar, "reason_fr": body.reason_fr}
    else:
        table = agency_seasons
        values |= {"name_ar": body.name_ar, "name_fr": body.name_fr, "hours": _hours(body.hours or {})}
    async with request.app[CONTEXT].desk.transaction() as transaction:
        if body.agency_id is not None:
            await _one(transaction.connection, agencies, body.agency_id, "agency")
        row = (await transaction.connection.execute(insert(table).values(**values).returning(table))).one()
        _record(request, transaction, f"{body.kind}_added", str(body.agency_id or "all"))
    return json_response(_shown_days(body.kind, row), 201)


async def remove_special_days(request: web.Request) -> web.StreamResponse:
    """Remove a closure or a season."""
    days_id = path_id(request, "special_days_unknown", "closure or season")
    async with request.app[CONTEXT].desk.transaction() as transaction:
        for table in (agency_closures, agency_seasons):
            gone = await transaction.connection.execute(delete(table).where(table.c.id == days_id))
            if gone.rowcount:
                _record(request, transaction, "special_days_removed", str(days_id))
                return web.Response(status=204)
    raise NotFound("special_days_unknown", "This closure or season does not exist.")


async def list_points(request: web.Request) -> web.StreamResponse:
    """Payment points, by key."""
    query = read_query(request, PointsQuery)
    found: ColumnElement[bool] = true()
    if query.q:
        words = f"%{query.q.replace('%', '')}%"
        found = or_(payment_points.c.name.ilike(words), payment_points.c.network.ilike(words))
    after = "" if query.cursor is None else BY_KEY.read(query.cursor)[0]
    in_commune = true() if query.commune is None else payment_points.c.commune_id == query.commune
    statement = (
        select(payment_points)
        .where(payment_points.c.key > after, found, in_commune)
        .order_by(payment_points.c.key)
        .limit(query.limit + 1)
    )
    async with request.app[CONTEXT].reading() as connection:
        rows = (await connection.execute(statement)).all()
        count = await connection.scalar(select(func.count()).select_from(payment_points))
    page = rows[: query.limit]
    following = BY_KEY.make(page[-1].key) if len(rows) > query.limit else None
    return json_response({"points": [_point(row) for row in page], "count": count, "next_cursor": following})


async def add_point(request: web.Request) -> web.StreamResponse:
    """Add a payment point."""
    body = await read_body(request, NewPoint)
    values = {"services": ["payment"], "is_verified": True}
    return await _add(request, payment_points, {**values, **_written(body)}, _point)


async def change_point(request: web.Request) -> web.StreamResponse:
    """Change a payment point."""
    return await _change(request, payment_points, await read_body(request, PointFields), _point)


async def remove_point(request: web.Request) -> web.StreamResponse:
    """Remove a payment point."""
    point_id = path_id(request, "record_unknown", "payment point")
    async with request.app[CONTEXT].desk.transaction() as transaction:
        row = await _one(transaction.connection, payment_points, point_id, "payment point")
        await transaction.connection.execute(delete(payment_points).where(payment_points.c.id == point_id))
        _record(request, transaction, "payment_points_removed", row.key)
    return web.Response(status=204)


async def _add(
    request: web.Request, table: Table, values: Mapping[str, Any], shown: Any
) -> web.StreamResponse:
    try:
        async with request.app[CONTEXT].desk.transaction() as transaction:
            await _known_commune(transaction.connection, values)
            statement = insert(table).values(is_demo=False, **values).returning(table)
            row = (await transaction.connection.execute(statement)).one()
            _record(request, transaction, f"{table.name}_added", row.key)
    except IntegrityError as error:
        raise _refused(error) from error
    return json_response(shown(row), 201)


async def _change(request: web.Request, table: Table, body: Body, shown: Any) -> web.StreamResponse:
    record_id = path_id(request, "record_unknown", "record")
    values = _written(body)
    try:
        async with request.app[CONTEXT].desk.transaction() as transaction:
            row = await _one(transaction.connection, table, record_id, "record")
            await _known_commune(transaction.connection, values)
            if values:
                statement = update(table).where(table.c.id == record_id).values(**values).returning(table)
                row = (await transaction.connection.execute(statement)).one()
                _record(request, transaction, f"{table.name}_changed", row.key)
    except IntegrityError as error:
        raise _refused(error) from error
    return json_response(shown(row))


def _refused(error: IntegrityError) -> Conflict | Invalid:
    if getattr(error.orig, "sqlstate", "") == "23505":
        return Conflict("key_taken", "There is a record with this key already.")
    return Invalid("invalid", "A value that must be there was taken away.")


def _written(body: Body) -> dict[str, Any]:
    """Return what the request wrote, hours checked."""
    values = body.model_dump(exclude_unset=True)
    if values.get("hours") is not None:
        values["hours"] = _hours(values["hours"])
    return values


def _hours(given: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, list[list[str]]]:
    try:
        return write_week(read_week(given))
    except ImpossibleHours as error:
        raise Invalid("invalid", "These hours are impossible.", {"hours": str(error)}) from error


async def _known_commune(connection: AsyncConnection, values: Mapping[str, Any]) -> None:
    if "commune_id" not in values:
        return
    query = select(places.c.id).where(places.c.id == values["commune_id"], places.c.kind == "commune")
    if (await connection.execute(query)).first() is None:
        raise Invalid("invalid", "There is no such commune.", {"commune_id": "unknown"})


async def _one(connection: AsyncConnection, table: Table, record_id: UUID, what: str) -> Row[Any]:
    query = select(table).where(table.c.id == record_id).with_for_update()
    row = (await connection.execute(query)).one_or_none()
    if row is None:
        raise NotFound("record_unknown", f"This {what} does not exist.")
    return row


async def _not_over(connection: AsyncConnection, table: Table) -> Sequence[Row[Any]]:
    query = select(table).where(table.c.ends_on >= func.current_date()).order_by(table.c.starts_on)
    return (await connection.execute(query)).all()


def _record(request: web.Request, transaction: Transaction, what: str, key: str) -> None:
    transaction.record(
        Event(
            "network.record_changed",
            "agent",
            actor_id=request[SESSION].agent_id,
            data={"what": what, "key": key},
        )
    )


def _agency(row: Row[Any]) -> dict[str, Any]:
    opens_on = None if row.opens_on is None else row.opens_on.isoformat()
    return {"id": str(row.id), **{name: row._mapping[name] for name in _AGENCY}, "opens_on": opens_on}


def _point(row: Row[Any]) -> dict[str, Any]:
    return {"id": str(row.id), **{name: row._mapping[name] for name in _POINT}}


def _shown_days(kind: str, row: Row[Any]) -> dict[str, Any]:
    shown = {
        "id": str(row.id),
        "kind": kind,
        "agency_id": None if row.agency_id is None else str(row.agency_id),
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat(),
    }
    if kind == "closure":
        return {**shown, "reason": row.reason_key, "reason_ar": row.reason_ar, "reason_fr": row.reason_fr}
    return {**shown, "name_ar": row.name_ar, "name_fr": row.name_fr, "hours": row.hours}
