"""What customers thought of an answer."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import ratings
from ticketing.web.routes.route import Route
from ticketing.web.schemas import ratings as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/ratings/report",
        ratings.rating_report,
        "rating:read",
        query=ratings.ReportQuery,
        answer=schemas.RatingReport,
    ),
    Route(
        "GET",
        "/ratings",
        ratings.rating_answers,
        "rating:read",
        query=ratings.AnswersQuery,
        answer=schemas.RatingAnswers,
    ),
    Route("GET", "/ratings/settings", ratings.survey_settings, "rating:read", answer=schemas.SurveySettings),
    Route(
        "PUT",
        "/ratings/settings",
        ratings.save_survey_settings,
        "rating:write",
        body=ratings.SettingsBody,
        answer=schemas.SurveySettings,
    ),
)
