"""What the assistant did not know, and what it is taught."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import learning
from ticketing.web.routes.route import Route
from ticketing.web.schemas import learning as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/learning/report",
        learning.learning_report,
        "learning:read",
        query=learning.ReportQuery,
        answer=schemas.LearningReport,
    ),
    Route(
        "GET",
        "/learning/groups",
        learning.groups,
        "learning:read",
        query=learning.GroupsQuery,
        answer=schemas.QuestionGroups,
    ),
    Route(
        "POST",
        "/learning/groups/dismiss",
        learning.dismiss,
        "learning:write",
        body=learning.Chosen,
        status=204,
    ),
    Route(
        "POST",
        "/learning/groups/article",
        learning.make_article,
        "learning:write",
        body=learning.ArticleBody,
        answer=schemas.DraftedArticle,
        status=201,
    ),
    Route(
        "POST",
        "/learning/groups/example",
        learning.make_examples,
        "learning:write",
        body=learning.ExampleBody,
        answer=schemas.Examples,
        status=201,
    ),
    Route(
        "GET",
        "/learning/examples",
        learning.examples,
        "learning:read",
        query=learning.ExamplesQuery,
        answer=schemas.ExamplePage,
    ),
    Route("DELETE", "/learning/examples/{id}", learning.delete_example, "learning:write", status=204),
    Route("GET", "/learning/intents", learning.intents, "learning:read", answer=schemas.Intents),
)
