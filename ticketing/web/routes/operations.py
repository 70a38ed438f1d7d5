"""Accounts of channels, and events that could not be read."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import channels, failed_events
from ticketing.web.routes.route import Route
from ticketing.web.schemas import operations as schemas

ROUTES: Final = (
    Route("GET", "/channels", channels.channels, "channel:read", answer=schemas.AccountList),
    Route("POST", "/channels/{account}/resume", channels.resume, "channel:write", status=204),
    Route(
        "GET",
        "/failed_events",
        failed_events.failed_events,
        "failed_event:read",
        query=failed_events.FailedEventsQuery,
        answer=schemas.FailedEventPage,
    ),
    Route(
        "POST",
        "/failed_events/{id}/replay",
        failed_events.replay,
        "failed_event:write",
        answer=schemas.FailedEvent,
    ),
)
