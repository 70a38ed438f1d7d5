"""What the assistant was asked, how it ended, and what it is taught."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from ticketing.web.schemas.common import Answer, Language, Person


class Figures(Answer):
    """Counts of dialogues; `containment` is a ratio, null without dialogues (docs/learning.md)."""

    dialogues: int
    handed_over: int
    contained: int
    came_back: int
    unanswered: int
    undecided: int
    containment: float | None


class DayFigures(Figures):
    date: date


class IntentFigures(Figures):
    intent: str | None


class LanguageFigures(Figures):
    language: str | None


class ReasonCount(Answer):
    reason: str
    handovers: int


class LearningReport(Answer):
    from_: date = Field(alias="from")
    to: date
    totals: Figures
    by_day: list[DayFigures]
    by_intent: list[IntentFigures]
    by_language: list[LanguageFigures]
    reasons: list[ReasonCount]
    turns: dict[str, int]


class QuestionGroup(Answer):
    """Questions that are alike, with at most eight samples."""

    language: str
    text: str
    count: int
    fallback: int
    not_understood: int
    after_answer: int
    intents: list[str]
    samples: list[str]
    first_at: datetime
    last_at: datetime


class QuestionGroups(Answer):
    groups: list[QuestionGroup]
    questions: int
    languages: list[str]


class Draft(Answer):
    language: Language
    title: str
    body: str


class DraftedArticle(Answer):
    article_id: UUID
    draft: Draft


class Example(Answer):
    id: UUID
    text: str
    language: str
    intent: str
    agent: Person | None
    created_at: datetime


class Examples(Answer):
    examples: list[Example]


class ExamplePage(Examples):
    next_cursor: str | None


class Intents(Answer):
    intents: list[str]
