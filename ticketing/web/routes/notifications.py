"""What an agent is told beside the tickets on the screen."""

from __future__ import annotations

from typing import Final

from ticketing.web.api import notifications
from ticketing.web.auth.guard import SIGNED_IN
from ticketing.web.routes.route import Route
from ticketing.web.schemas import notifications as schemas

ROUTES: Final = (
    Route(
        "GET",
        "/notifications",
        notifications.list_notifications,
        SIGNED_IN,
        query=notifications.ListQuery,
        answer=schemas.NotificationPage,
    ),
    Route(
        "POST",
        "/notifications/read",
        notifications.mark_read,
        SIGNED_IN,
        body=notifications.ReadBody,
        answer=schemas.Unread,
    ),
)
