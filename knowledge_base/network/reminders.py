"""Reminders the evening before: `stop_reminder` with `place`, `starts_at` and `ends_at`.

A visit that is cancelled is not reminded of; the desk's worker asks every minute and the key of an
announcement says each reminder once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta, tzinfo

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.announcements import Announcement, announce
from knowledge_base.network.interests import forget_interests, subscribed_to
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.timetable import occurrences_between

EVENING = time(18)  # local
LATE = time(22)  # nobody is woken up for a mobile agency: a desk that was down all evening says nothing
FORGET = "choice_forget_reminder"  # the key of a button's title

Producer = Callable[[AsyncConnection, datetime], Awaitable[None]]


def reminders(timezone: tzinfo) -> Producer:
    """Return what is to be done every minute, in the company's time zone."""

    async def remind(connection: AsyncConnection, now: datetime) -> None:
        await remind_of_tomorrow(connection, now, timezone)

    return remind


async def remind_of_tomorrow(connection: AsyncConnection, now: datetime, timezone: tzinfo) -> int:
    """Announce tomorrow's visits to those who subscribed, in the evening; returns how many are new."""
    local = now.astimezone(timezone)
    if not EVENING <= local.time() < LATE:
        return 0
    await forget_interests(connection, now)
    tomorrow = local.date() + timedelta(days=1)
    start = datetime.combine(tomorrow, time(), timezone)
    end = datetime.combine(tomorrow + timedelta(days=1), time(), timezone)
    visits = {
        visit.stop_id: visit
        for visit in await occurrences_between(connection, start, end, timezone)
        if visit.status is not OccurrenceStatus.CANCELLED
    }
    listeners = await subscribed_to(connection, visits)
    return await announce(
        connection,
        [
            Announcement(
                key=f"stop_reminder:{stop_id}:{tomorrow}:{conversation_id}",
                conversation_id=conversation_id,
                language=None,
                kind="stop_reminder",
                data=_data(visits[stop_id]),
                expires_at=visits[stop_id].ends_at,
            )
            for stop_id, conversations in listeners.items()
            for conversation_id in conversations
        ],
    )


def _data(visit: Occurrence) -> dict[str, object]:
    return {
        "place": {"ar": visit.place.name_ar, "fr": visit.place.name_fr},
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
        "choices": {"inform:forget_stop:all": FORGET},
    }
