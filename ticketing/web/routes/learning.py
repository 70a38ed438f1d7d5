"""What the assistant did not know, and what it is taught."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import learning
from ticketing.web.routes.route import Route

ROUTES: Final = (
    Route("GET", "/learning/report", learning.learning_report, "learning:read"),
    Route("GET", "/learning/groups", learning.groups, "learning:read"),
    Route("POST", "/learning/groups/dismiss", learning.dismiss, "learning:write"),
    Route("POST", "/learning/groups/article", learning.make_article, "learning:write"),
    Route("POST", "/learning/groups/example", learning.make_examples, "learning:write"),
    Route("GET", "/learning/examples", learning.examples, "learning:read"),
    Route("DELETE", "/learning/examples/{id}", learning.delete_example, "learning:write"),
    Route("GET", "/learning/intents", learning.intents, "learning:read"),
)
