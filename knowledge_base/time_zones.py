"""Time zones from the pinned tz data, whatever zone files the host has.

`zoneinfo` prefers the host's files, and hosts that have not been updated since Morocco moved to UTC+0 on
20 September 2026 would announce every stop an hour early.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


@lru_cache(maxsize=64)
def pinned_zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name ("Africa/Casablanca") from the tzdata package.

    Raises:
        ZoneInfoNotFoundError: the tzdata package has no such zone.
    """
    parts = name.split("/")
    source = files("tzdata.zoneinfo").joinpath(*parts)
    if not all(part.strip(".") for part in parts) or not source.is_file():
        raise ZoneInfoNotFoundError(f"There is no time zone {name!r} in the pinned tz data.")
    with source.open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def offset_changes(zone: ZoneInfo, start: datetime, end: datetime) -> list[tuple[datetime, timedelta]]:
    """Return (moment in UTC, offset from UTC from then on) for `start` and each change up to `end`, in order.

    Moments are exact to the minute.
    """
    day, minute = timedelta(days=1), timedelta(minutes=1)
    changes = [(start, _offset(zone, start))]
    at = start
    while at < end:
        following = min(at + day, end)
        if _offset(zone, following) != changes[-1][1]:
            before, after = at, following
            while after - before > minute:
                middle = before + (after - before) / 2
                before, after = (
                    (middle, after) if _offset(zone, middle) == changes[-1][1] else (before, middle)
                )
            moment = (after + minute / 2).replace(second=0, microsecond=0)
            changes.append((moment, _offset(zone, after)))
        at = following
    return changes


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    return moment.astimezone(UTC).astimezone(zone).utcoffset() or timedelta(0)
