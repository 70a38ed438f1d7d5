"""Staff change a day of a stop, of a van or of every van, and those who asked are told, once.

What is announced (bot/notices.py finds the words under `notice_<kind>` in bot/texts/*/network.yaml):

- `stop_cancelled`: `place`, `starts_at`, `ends_at` (the visit that falls out), `reason`, `next_at` (the next
  visit there); `stop_cancelled_last` is the same without a next visit;
- `stop_moved`: `place`, `starts_at`, `ends_at` (where and when it is now), `reason`;
- `stop_restored`: `place`, `starts_at`, `ends_at`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.announcements import Announcement, announce
from knowledge_base.network.interests import audience
from knowledge_base.network.schedule import ExceptionKind, Occurrence, OccurrenceStatus, Reason
from knowledge_base.network.tables import stop_exceptions, stop_notices
from knowledge_base.network.timetable import next_occurrences, occurrences_between

# What a reason is called where staff wrote no words of their own: Arabic, French.
REASONS: Mapping[str, tuple[str, str]] = {
    "holiday": ("يوم عطلة", "jour férié"),
    "breakdown": ("عطب في المركبة", "véhicule en panne"),
    "weather": ("سوء الأحوال الجوية", "intempéries"),
    "road": ("الطريق مقطوعة", "route coupée"),
    "event": ("تظاهرة بعين المكان", "événement sur place"),
    "other": ("ظرف طارئ", "imprévu"),
}
_KINDS = {
    OccurrenceStatus.CANCELLED: "stop_cancelled",
    OccurrenceStatus.MOVED: "stop_moved",
    OccurrenceStatus.PLANNED: "stop_restored",
}

# Two who change the same day at once: the second one sees what the first one did.
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtextextended('network.stop_changes', 0))")


class AlreadyChanged(Exception):
    """The same stop, van or day has a change already: take it back first."""


class NothingChanges(Exception):
    """No stop is planned on that day for what was named."""


@dataclass(frozen=True, slots=True)
class StopChange:
    """One day that is to differ: of a stop, of all stops of a van, or of every stop (neither named)."""

    on: date
    kind: ExceptionKind
    reason: Reason
    stop_id: UUID | None = None
    van_id: UUID | None = None
    new_starts: time | None = None
    new_ends: time | None = None
    new_place_id: str | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did. `told` counts the messages that go out because of it."""

    exception_id: UUID
    visits: tuple[Occurrence, ...]
    told: int


async def change_stops(
    connection: AsyncConnection, change: StopChange, *, at: datetime, timezone: tzinfo
) -> Changed:
    """Write the change in the caller's transaction and announce it; `at` is now, aware.

    Raises:
        AlreadyChanged: that day of that stop or van differs already.
        NothingChanges: no stop lies on that day.
    """
    await connection.execute(_ONE_AT_A_TIME)
    scope = stop_exceptions.c
    known = select(scope.id).where(
        scope.on_date == change.on,
        scope.stop_id.is_not_distinct_from(change.stop_id),
        scope.van_id.is_not_distinct_from(change.van_id),
    )
    if (await connection.execute(known)).first() is not None:
        raise AlreadyChanged
    before = await _visits(connection, change.on, timezone)
    if not any(_concerns(change, visit) for visit in before.values()):
        raise NothingChanges
    statement = insert(stop_exceptions).values(
        stop_id=change.stop_id,
        van_id=change.van_id,
        on_date=change.on,
        kind=str(change.kind),
        reason_key=change.reason.key,
        reason_ar=change.reason.text_ar,
        reason_fr=change.reason.text_fr,
        new_starts=change.new_starts,
        new_ends=change.new_ends,
        new_place_id=change.new_place_id,
        is_demo=False,
    )
    exception_id: UUID = (await connection.execute(statement.returning(scope.id))).scalar_one()
    return await _tell(connection, exception_id, before, on=change.on, at=at, timezone=timezone)


async def restore_stops(
    connection: AsyncConnection, exception_id: UUID, *, at: datetime, timezone: tzinfo
) -> Changed | None:
    """Take a change back and tell those who were told of it; None when there is no such change."""
    await connection.execute(_ONE_AT_A_TIME)
    found = (
        await connection.execute(
            select(stop_exceptions.c.on_date).where(stop_exceptions.c.id == exception_id)
        )
    ).one_or_none()
    if found is None:
        return None
    before = await _visits(connection, found.on_date, timezone)
    await connection.execute(delete(stop_exceptions).where(stop_exceptions.c.id == exception_id))
    changed = await _tell(connection, exception_id, before, on=found.on_date, at=at, timezone=timezone)
    await connection.execute(delete(stop_notices).where(stop_notices.c.exception_id == exception_id))
    return changed


def _concerns(change: StopChange, visit: Occurrence) -> bool:
    if change.stop_id is not None:
        return visit.stop_id == change.stop_id
    return change.van_id is None or visit.van.id == change.van_id


async def _visits(connection: AsyncConnection, on: date, timezone: tzinfo) -> dict[UUID, Occurrence]:
    """Return what happens on a local day, by stop."""
    start = datetime.combine(on, time(), timezone)
    end = datetime.combine(on + timedelta(days=1), time(), timezone)
    return {visit.stop_id: visit for visit in await occurrences_between(connection, start, end, timezone)}


async def _tell(
    connection: AsyncConnection,
    exception_id: UUID,
    before: Mapping[UUID, Occurrence],
    *,
    on: date,
    at: datetime,
    timezone: tzinfo,
) -> Changed:
    """Announce every visit of a day that is not as it was before, while it still matters to anybody."""
    after = await _visits(connection, on, timezone)
    different = {stop_id: visit for stop_id, visit in after.items() if visit != before.get(stop_id)}
    timely = {
        stop_id: visit
        for stop_id, visit in different.items()
        if max(visit.ends_at, before[stop_id].ends_at if stop_id in before else visit.ends_at) > at
    }
    listeners = await audience(connection, timely, at)
    for stop_id, conversation_id in await _told_before(connection, exception_id):
        if stop_id in timely:
            listeners.setdefault(stop_id, set()).add(conversation_id)
    wanted: list[Announcement] = []
    for stop_id, conversations in listeners.items():
        kind, data = await _notice(connection, timely[stop_id], timezone)
        wanted += [
            Announcement(
                key=f"{_KINDS[timely[stop_id].status]}:{exception_id}:{stop_id}:{conversation_id}",
                conversation_id=conversation_id,
                language=None,
                kind=kind,
                data=data,
                expires_at=timely[stop_id].ends_at,
            )
            for conversation_id in conversations
        ]
    told = await announce(connection, wanted)
    await _note_told(connection, exception_id, listeners, at)
    return Changed(exception_id, tuple(different.values()), told)


async def _told_before(connection: AsyncConnection, exception_id: UUID) -> list[tuple[UUID, UUID]]:
    query = select(stop_notices.c.stop_id, stop_notices.c.conversation_id).where(
        stop_notices.c.exception_id == exception_id
    )
    return [(row.stop_id, row.conversation_id) for row in await connection.execute(query)]


async def _note_told(
    connection: AsyncConnection, exception_id: UUID, listeners: Mapping[UUID, Iterable[UUID]], at: datetime
) -> None:
    rows = [
        {
            "exception_id": exception_id,
            "stop_id": stop_id,
            "conversation_id": conversation_id,
            "told_at": at,
        }
        for stop_id, conversations in listeners.items()
        for conversation_id in conversations
    ]
    if rows:
        await connection.execute(upsert(stop_notices).on_conflict_do_nothing(), rows)


async def _notice(
    connection: AsyncConnection, visit: Occurrence, timezone: tzinfo
) -> tuple[str, dict[str, Any]]:
    cancelled = visit.status is OccurrenceStatus.CANCELLED
    place = visit.usual_place if cancelled else visit.place
    data: dict[str, Any] = {
        "place": {"ar": place.name_ar, "fr": place.name_fr},
        "starts_at": visit.starts_at.isoformat(),
        "ends_at": visit.ends_at.isoformat(),
    }
    if visit.reason is not None:
        data["reason"] = reason_words(visit.reason)
    if not cancelled:
        return _KINDS[visit.status], data
    following = await next_occurrences(
        connection,
        place_id=place.id,
        at=visit.ends_at,
        timezone=timezone,
        limit=1,
        include_cancelled=False,
    )
    if not following:
        return "stop_cancelled_last", data
    return "stop_cancelled", {**data, "next_at": following[0].starts_at.isoformat()}


def reason_words(reason: Reason) -> dict[str, str]:
    """Return a reason in Arabic and French: the staff's own words, else what its key is called."""
    arabic, french = REASONS.get(reason.key, REASONS["other"])
    return {"ar": reason.text_ar or arabic, "fr": reason.text_fr or french}
