"""The learning loop at the desk: how the assistant did, what it did not know, and what becomes of that."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, AwareDatetime, Field, model_validator
from sqlalchemy import Row

from knowledge_base.articles import writing
from knowledge_base.articles.model import CATEGORIES, Audience, Author, SlugTaken, Wording
from knowledge_base.time_zones import pinned_zone
from ticketing.cursors import Cursor
from ticketing.errors import Invalid, NotFound
from ticketing.learning import drafts
from ticketing.learning.examples import (
    STYLES,
    Example,
    add_examples,
    newest_examples,
    remove_example,
    teachable,
)
from ticketing.learning.groups import Group
from ticketing.learning.questions import decide, question_groups, samples_of
from ticketing.learning.report import Figures, report
from ticketing.web import render
from ticketing.web.auth.guard import SESSION
from ticketing.web.context import CONTEXT
from ticketing.web.errors import json_response
from ticketing.web.requests import Body, Words, path_id, read_body, read_query

DAYS = 28  # of a period without dates
NEWEST_EXAMPLES: Cursor[datetime, UUID] = Cursor("examples", AwareDatetime, UUID)
LONGEST_PERIOD = 366  # days


def _style(language: str) -> str:
    if language not in STYLES:
        raise ValueError(f"must be one of {', '.join(STYLES)}")
    return language


Style = Annotated[str, AfterValidator(_style)]
Line = Annotated[Words, Field(min_length=1, max_length=500)]


class Period(Body):
    """Both days inclusive."""

    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    language: Style | None = None

    @model_validator(mode="after")
    def in_order(self) -> Period:
        if self.first and self.last and not 0 <= (self.last - self.first).days < LONGEST_PERIOD:
            raise ValueError(f"a period ends after it begins, and has {LONGEST_PERIOD} days at most")
        return self

    def days(self, today: date) -> tuple[date, date]:
        last = self.last or max(today, self.first or today)
        return self.first or last - timedelta(days=DAYS - 1), last


class ReportQuery(Period):
    intent: Annotated[Words, Field(max_length=100)] | None = None


class GroupsQuery(Period):
    limit: Annotated[int, Field(ge=1, le=200)] = 50


class ExamplesQuery(Body):
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class Chosen(Body):
    """A group, named by its language and its text."""

    language: Style
    text: Line


class ArticleBody(Chosen):
    category: Literal[tuple(CATEGORIES)] = "rights"  # type: ignore[valid-type]


class ExampleBody(Chosen):
    intent: Annotated[Words, Field(max_length=100)]
    texts: Annotated[tuple[Line, ...], Field(min_length=1, max_length=20)]


async def learning_report(request: web.Request) -> web.StreamResponse:
    """How dialogues with the assistant ended, by day, intent and language."""
    context, query = request.app[CONTEXT], read_query(request, ReportQuery)
    first, last = query.days(_today(request))
    start, end = _span(request, first, last)
    async with context.reading() as connection:
        made = await report(
            connection,
            start,
            end,
            zone=context.settings.time_zone,
            now=datetime.now(UTC),
            intent=query.intent,
            language=query.language,
        )
    return json_response(
        {
            "from": first.isoformat(),
            "to": last.isoformat(),
            "totals": _figures(made.totals),
            "by_day": [{"date": day.isoformat(), **_figures(figures)} for day, figures in made.by_day],
            "by_intent": [{"intent": intent, **_figures(figures)} for intent, figures in made.by_intent],
            "by_language": [
                {"language": language, **_figures(figures)} for language, figures in made.by_language
            ],
            "reasons": [{"reason": reason, "handovers": count} for reason, count in made.reasons],
            "turns": made.turns,
        }
    )


async def groups(request: web.Request) -> web.StreamResponse:
    """Questions that the assistant could not answer, by likeness, largest group first."""
    context, query = request.app[CONTEXT], read_query(request, GroupsQuery)
    start, end = _span(request, *query.days(_today(request)))
    async with context.reading() as connection:
        found, questions = await question_groups(connection, start, end, query.language)
    return json_response(
        {
            "groups": [_group(group) for group in found[: query.limit]],
            "questions": questions,
            "languages": sorted({group.language for group in found}),
        }
    )


async def dismiss(request: web.Request) -> web.StreamResponse:
    """Put a group of questions and what is like it aside."""
    context, body = request.app[CONTEXT], await read_body(request, Chosen)
    async with context.desk.transaction() as transaction:
        agent_id = request[SESSION].agent_id
        await decide(transaction.connection, body.language, body.text, "dismissed", agent_id)
    return web.Response(status=204)


async def make_article(request: web.Request) -> web.StreamResponse:
    """Begin an article from a group of questions: a draft that nobody reads before it is written."""
    context, body = request.app[CONTEXT], await read_body(request, ArticleBody)
    session = request[SESSION]
    start, end = _span(request, *Period().days(_today(request)))
    async with context.desk.transaction() as transaction:
        connection = transaction.connection
        samples = await samples_of(connection, start, end, body.language, body.text)
        draft = drafts.draft_of(body.language, body.text, samples)
        new = writing.NewArticle(body.category, Audience.PUBLIC, draft.language, owner_id=session.agent_id)
        author = Author(session.agent_id, session.name)
        wording = Wording(drafts.slug(transaction.now), draft.title, "", draft.body, "")
        try:
            article_id = await writing.create(connection, new, wording, author, transaction.now)
        except SlugTaken as error:
            raise Invalid("slug_taken", "Another draft was made this instant: try again.") from error
        await decide(connection, body.language, body.text, "article", session.agent_id)
    return json_response(
        {
            "article_id": str(article_id),
            "draft": {"language": draft.language, "title": draft.title, "body": draft.body},
        },
        201,
    )


async def make_examples(request: web.Request) -> web.StreamResponse:
    """Teach the assistant what some questions of a group mean."""
    context, body = request.app[CONTEXT], await read_body(request, ExampleBody)
    if body.intent not in context.dependencies.intents:
        raise Invalid("intent_unknown", "The assistant knows no such intent.", {"intent": "unknown"})
    wanted = dict.fromkeys(words for words in map(teachable, body.texts) if words)
    if not wanted:
        raise Invalid("invalid", "There is nothing to learn from.", {"texts": "no words"})
    agent_id = request[SESSION].agent_id
    async with context.desk.transaction() as transaction:
        rows = await add_examples(
            transaction.connection,
            [Example(words, body.language, body.intent) for words in wanted],
            agent_id,
        )
        await decide(transaction.connection, body.language, body.text, "example", agent_id)
    return json_response({"examples": [_example(row) for row in rows]}, 201)


async def examples(request: web.Request) -> web.StreamResponse:
    """What the assistant was taught here, newest first."""
    query = read_query(request, ExamplesQuery)
    async with request.app[CONTEXT].reading() as connection:
        before = None if query.cursor is None else NEWEST_EXAMPLES.read(query.cursor)
        rows = await newest_examples(connection, query.limit + 1, before)
    page, last = rows[: query.limit], rows[query.limit - 1] if len(rows) > query.limit else None
    following = None if last is None else NEWEST_EXAMPLES.make(last.created_at, last.id)
    return json_response({"examples": [_example(row) for row in page], "next_cursor": following})


async def delete_example(request: web.Request) -> web.StreamResponse:
    """Take an example back."""
    context, example_id = request.app[CONTEXT], path_id(request, "example_unknown", "example")
    async with context.desk.transaction() as transaction:
        if not await remove_example(transaction.connection, example_id):
            raise NotFound("example_unknown", "This example does not exist.")
    return web.Response(status=204)


async def intents(request: web.Request) -> web.StreamResponse:
    """What an example may teach."""
    return json_response({"intents": sorted(request.app[CONTEXT].dependencies.intents)})


def _today(request: web.Request) -> date:
    return datetime.now(pinned_zone(request.app[CONTEXT].settings.time_zone)).date()


def _span(request: web.Request, first: date, last: date) -> tuple[datetime, datetime]:
    """From the first day's midnight to the one after the last day, in the company's zone."""
    zone = pinned_zone(request.app[CONTEXT].settings.time_zone)
    return (
        datetime.combine(first, time(), zone).astimezone(UTC),
        datetime.combine(last + timedelta(days=1), time(), zone).astimezone(UTC),
    )


def _figures(figures: Figures) -> dict[str, Any]:
    containment = figures.containment
    return {
        "dialogues": figures.dialogues,
        "handed_over": figures.handed_over,
        "contained": figures.contained,
        "came_back": figures.came_back,
        "unanswered": figures.unanswered,
        "undecided": figures.undecided,
        "containment": None if containment is None else round(containment, 4),
    }


def _group(group: Group) -> dict[str, Any]:
    return {
        "language": group.language,
        "text": group.text,
        "count": group.count,
        **{kind: group.kinds[kind] for kind in ("fallback", "not_understood", "after_answer")},
        "intents": [intent for intent, _ in group.intents.most_common(3)],
        "samples": group.samples,
        "first_at": render.time(group.first_at),
        "last_at": render.time(group.last_at),
    }


def _example(row: Row[Any]) -> dict[str, Any]:
    agent = None if row.agent_id is None else {"id": str(row.agent_id), "name": row.agent_name}
    return {
        "id": str(row.id),
        "text": row.text,
        "language": row.language,
        "intent": row.intent,
        "agent": agent,
        "created_at": render.time(row.created_at),
    }
