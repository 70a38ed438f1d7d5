"""Time zones from the pinned tz data, whatever zone files the host has.

`zoneinfo` prefers the host's files, and hosts that have not been updated since Morocco moved to UTC+0 on
20 September 2026 would announce every stop an hour early.
"""

from __future__ import annotations

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
