"""Accounts of channels, and events that could not be read."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import channels, failed_events
from ticketing.web.routes.route import Route

ROUTES: Final = (
    Route("GET", "/channels", channels.channels, "channel:read"),
    Route("POST", "/channels/{account}/resume", channels.resume, "channel:write"),
    Route("GET", "/failed_events", failed_events.failed_events, "failed_event:read"),
    Route("POST", "/failed_events/{id}/replay", failed_events.replay, "failed_event:write"),
)
