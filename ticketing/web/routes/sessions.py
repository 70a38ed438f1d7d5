"""Signing in, and the live socket."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import session
from ticketing.web.auth.guard import PUBLIC, SIGNED_IN
from ticketing.web.live import LiveQuery, live
from ticketing.web.routes.route import Route
from ticketing.web.schemas.sessions import Session

ROUTES: Final = (
    Route("POST", "/session", session.sign_in, PUBLIC, body=session.Credentials, answer=Session),
    Route("GET", "/session", session.who, SIGNED_IN, answer=Session),
    Route("PATCH", "/session", session.set_preferences, SIGNED_IN, body=session.Preferences, answer=Session),
    Route("DELETE", "/session", session.sign_out, SIGNED_IN, status=204),
    Route("GET", "/live", live, SIGNED_IN, query=LiveQuery, status=101),
)
