"""What customers thought of an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from ticketing.web.schemas.common import Answer, Names, Person


class RatingFigures(Answer):
    """`scores` are how many gave 1, 2, 3, 4 and 5; `mean` is of those who answered."""

    key: str | None
    name: Names | str | None
    asked: int
    answered: int
    comments: int
    mean: float | None
    scores: Annotated[list[int], Field(min_length=5, max_length=5)]


class RatingReport(Answer):
    total: RatingFigures
    groups: list[RatingFigures]


class RatingAnswer(Answer):
    id: UUID
    ticket_id: UUID
    number: str | None
    score: Annotated[int, Field(ge=1, le=5)]
    comment: str | None
    answered_at: datetime
    channel: str | None
    category: str | None
    agent: Person | None


class RatingAnswers(Answer):
    answers: list[RatingAnswer]
    next_cursor: str | None


class SurveySettings(Answer):
    """`delay` and `not_again_within` are minutes and days; empty `channels` and `teams` are all of them."""

    enabled: bool
    delay_minutes: int
    not_again_days: int
    first_hour: int
    last_hour: int
    channels: list[str]
    teams: list[UUID]
    version: int
    questions: dict[str, str]
