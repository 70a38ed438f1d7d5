"""What surrounds a reply: taking it back, and what it starts from."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import messages
from ticketing.web.requests import Nothing
from ticketing.web.routes.route import Route
from ticketing.web.schemas import messages as schemas

ROUTES: Final = (
    Route("POST", "/messages/{id}/undo", messages.undo, "ticket:reply", body=Nothing, answer=schemas.Undone),
)
