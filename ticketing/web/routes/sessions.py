"""Signing in, and the live socket."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import session
from ticketing.web.auth.guard import IN_PERSON, PUBLIC, SIGNED_IN
from ticketing.web.live import LiveQuery, live
from ticketing.web.routes.route import Route
from ticketing.web.schemas.people import SignInOptions
from ticketing.web.schemas.sessions import Challenge, Session

ROUTES: Final = (
    Route("GET", "/session/options", session.sign_in_options, PUBLIC, answer=SignInOptions),
    Route("POST", "/session", session.sign_in, PUBLIC, body=session.Credentials, answer=Session | Challenge),
    Route(
        "POST",
        "/session/second_factor",
        session.second_factor,
        PUBLIC,
        body=session.SecondFactor,
        answer=Session,
    ),
    Route("GET", "/session", session.who, IN_PERSON, answer=Session),
    Route("PATCH", "/session", session.set_preferences, IN_PERSON, body=session.Preferences, answer=Session),
    Route("DELETE", "/session", session.sign_out, IN_PERSON, status=204),
    Route("GET", "/live", live, SIGNED_IN, query=LiveQuery, status=101),
)
