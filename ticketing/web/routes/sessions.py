"""Signing in, and the live socket."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import session
from ticketing.web.auth.guard import PUBLIC, SIGNED_IN
from ticketing.web.live import live
from ticketing.web.routes.route import Route

ROUTES: Final = (
    Route("POST", "/session", session.sign_in, PUBLIC),
    Route("GET", "/session", session.who, SIGNED_IN),
    Route("PATCH", "/session", session.set_preferences, SIGNED_IN),
    Route("DELETE", "/session", session.sign_out, SIGNED_IN),
    Route("GET", "/live", live, SIGNED_IN),
)
