"""Satisfaction: the report, what customers wrote, and when they are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AwareDatetime, Field, model_validator
from sqlalchemy import Row, text

from bot.contract import Language
from ticketing import texts
from ticketing.cursors import Cursor
from ticketing.errors import Conflict
from ticketing.surveys import report as reading
from ticketing.surveys.settings import SurveySettings, read_settings
from ticketing.visibility import sees_restricted
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, read_body, read_query

BEFORE: Final[Cursor[datetime, UUID]] = Cursor("ratings", datetime, UUID)
LOOKED_BACK: Final = timedelta(days=30)
_SAVE: Final = text(
    "UPDATE survey_settings SET enabled = :enabled, delay = make_interval(mins => :delay_minutes),"
    " not_again_within = make_interval(days => :not_again_days), first_hour = :first_hour,"
    " last_hour = :last_hour, channels = :channels, teams = CAST(:teams AS uuid[]), version = version + 1"
    " WHERE version = :version"
)


class Period(Body):
    """The last 30 days unless told; `to` is excluded."""

    since: AwareDatetime | None = None
    to: AwareDatetime | None = None

    def span(self) -> tuple[datetime, datetime]:
        to = self.to or datetime.now(UTC)
        return self.since or to - LOOKED_BACK, to


class ReportQuery(Period):
    group: Literal["none", "agent", "team", "category", "channel"] = "none"


class AnswersQuery(Period):
    at_most: Annotated[int, Field(ge=1, le=5)] = 5
    with_comment: bool = False
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: Annotated[str, Field(max_length=400)] | None = None


class SettingsBody(Body):
    version: Annotated[int, Field(ge=1, lt=2**31)]
    enabled: bool
    delay_minutes: Annotated[int, Field(ge=0, le=7 * 24 * 60)]
    not_again_days: Annotated[int, Field(ge=0, le=365)]
    first_hour: Annotated[int, Field(ge=0, le=23)]
    last_hour: Annotated[int, Field(ge=1, le=24)]
    channels: Annotated[tuple[Annotated[Words, Field(max_length=40)], ...], Field(max_length=30)] = ()
    teams: Annotated[tuple[UUID, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def in_order(self) -> SettingsBody:
        if self.first_hour >= self.last_hour:
            raise ValueError("the first hour must lie before the last")
        return self


async def rating_report(request: web.Request) -> web.StreamResponse:
    """How many were asked, answered, and what they gave; in all and by group."""
    query = read_query(request, ReportQuery)
    since, to = query.span()
    async with request.app[CONTEXT].reading() as connection:
        total = await reading.report(connection, "none", since, to)
        groups = [] if query.group == "none" else await reading.report(connection, query.group, since, to)
    nobody = {"key": "all", "name": None, "asked": 0, "answered": 0, "comments": 0, "mean": None}
    figures = _figures(total[0]) if total else nobody | {"scores": [0, 0, 0, 0, 0]}
    return json_response({"total": figures, "groups": [_figures(row) for row in groups]})


async def rating_answers(request: web.Request) -> web.StreamResponse:
    """What customers answered, the newest first."""
    query = read_query(request, AnswersQuery)
    since, to = query.span()
    async with request.app[CONTEXT].reading() as connection:
        rows = await reading.answers(
            connection,
            since,
            to,
            at_most=query.at_most,
            with_comment=query.with_comment,
            restricted=sees_restricted(request[SESSION].permissions),
            before=BEFORE.read(query.cursor) if query.cursor else None,
            count=query.limit + 1,
        )
    page = rows[: query.limit]
    more = len(rows) > query.limit
    next_cursor = BEFORE.make(page[-1].answered_at, page[-1].id) if more else None
    return json_response({"answers": [_answer(row) for row in page], "next_cursor": next_cursor})


async def survey_settings(request: web.Request) -> web.StreamResponse:
    """When customers are asked, and what."""
    async with request.app[CONTEXT].reading() as connection:
        settings = await read_settings(connection)
    return json_response(_settings(settings))


async def save_survey_settings(request: web.Request) -> web.StreamResponse:
    """Change when customers are asked."""
    body, context = await read_body(request, SettingsBody), request.app[CONTEXT]
    values = body.model_dump() | {"channels": list(body.channels), "teams": list(body.teams)}
    async with context.desk.transaction() as transaction:
        saved = await transaction.connection.execute(_SAVE, values)
        if saved.rowcount == 0:
            raise Conflict("changed_meanwhile", "Somebody changed these settings meanwhile.")
        settings = await read_settings(transaction.connection)
    return json_response(_settings(settings))


def _figures(row: Row[Any]) -> render.Json:
    return {
        "key": row.key,
        "name": row.name,
        "asked": row.asked,
        "answered": row.answered,
        "comments": row.comments,
        "mean": None if row.mean is None else float(row.mean),
        "scores": [row.ones, row.twos, row.threes, row.fours, row.fives],
    }


def _answer(row: Row[Any]) -> render.Json:
    return {
        "id": str(row.id),
        "ticket_id": str(row.ticket_id),
        "number": row.number,
        "score": row.score,
        "comment": row.comment,
        "answered_at": render.time(row.answered_at),
        "channel": row.channel,
        "category": row.category,
        "agent": None if row.agent_id is None else {"id": str(row.agent_id), "name": row.agent_name},
    }


def _settings(settings: SurveySettings) -> render.Json:
    questions = {one.value: texts.say(one, "survey_question", number="2504123") for one in Language}
    return {
        "enabled": settings.enabled,
        "delay_minutes": int(settings.delay.total_seconds() // 60),
        "not_again_days": settings.not_again_within.days,
        "first_hour": settings.first_hour,
        "last_hour": settings.last_hour,
        "channels": settings.channels,
        "teams": [str(team) for team in settings.teams],
        "version": settings.version,
        "questions": questions,
    }
