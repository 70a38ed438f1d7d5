"""The description of all addresses."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import reference
from ticketing.web.auth.guard import PUBLIC
from ticketing.web.routes.route import File, Route
from ticketing.web.schemas.common import JsonObject

ROUTES: Final = (
    Route("GET", "", reference.page, PUBLIC, answer=File("text/html")),
    Route("GET", "/openapi.json", reference.openapi, PUBLIC, answer=JsonObject),
)
