"""When and where mobile agencies stop: weekly rounds and their exceptions, as moments in time.

Pure: no database, no clock. Local times are turned into moments with the company's time zone of that
very day, never with a fixed offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from math import asin, cos, radians, sin, sqrt
from uuid import UUID

from knowledge_base.network.places import Place

_EARTH_RADIUS_KM = 6371.0


class OccurrenceStatus(StrEnum):
    PLANNED = "planned"
    MOVED = "moved"  # other hours or another place than usual, this time
    CANCELLED = "cancelled"


class ExceptionKind(StrEnum):
    CANCELLED = "cancelled"
    MOVED = "moved"
    HOLIDAY = "holiday"


@dataclass(frozen=True, slots=True)
class Van:
    id: UUID
    code: str
    name_ar: str
    name_fr: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a stop is not as usual: a key (`breakdown`, `holiday` …) and words for the customer."""

    key: str
    text_ar: str | None = None
    text_fr: str | None = None


@dataclass(frozen=True, slots=True)
class WeeklyStop:
    """One line of a van's round: every `weekday` (ISO), local times, while the round is in force."""

    id: UUID
    van: Van
    weekday: int
    starts: time
    ends: time
    place: Place
    commune: Place
    services: tuple[str, ...]
    effective_from: date
    effective_to: date | None = None


@dataclass(frozen=True, slots=True)
class StopException:
    """One day that differs, for a stop, for all stops of a van, or for every stop (both None)."""

    id: UUID
    on: date
    kind: ExceptionKind
    reason: Reason
    stop_id: UUID | None = None
    van_id: UUID | None = None
    new_starts: time | None = None
    new_ends: time | None = None
    new_place: Place | None = None
    new_commune: Place | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A van at a place, once. Times are aware UTC; a cancelled one keeps the times it would have had.

    `place` and `commune` are where the van goes this time; `usual_place` where it goes otherwise.
    """

    stop_id: UUID
    place: Place
    commune: Place
    starts_at: datetime
    ends_at: datetime
    van: Van
    services: tuple[str, ...]
    status: OccurrenceStatus
    reason: Reason | None
    usual_place: Place
    distance_km: float | None = None

    def is_running(self, at: datetime) -> bool:
        return self.status is not OccurrenceStatus.CANCELLED and self.starts_at <= at < self.ends_at


def occurrences(
    stops: Iterable[WeeklyStop],
    exceptions: Iterable[StopException],
    start: datetime,
    end: datetime,
    timezone: tzinfo,
) -> list[Occurrence]:
    """Return what happens between `start` and `end` (aware), in order of time.

    An occurrence counts when any part of it lies in the interval: one that is still running at `start`
    is the first. Where several exceptions meet, the more specific wins (stop, then van, then everything),
    and among equals a cancellation wins over a move.
    """
    by_date: dict[date, list[StopException]] = {}
    for exception in exceptions:
        by_date.setdefault(exception.on, []).append(exception)
    found = [
        occurrence
        for stop in stops
        for day in _days(stop, start, end, timezone)
        for occurrence in (_occurrence(stop, day, by_date.get(day, ()), timezone),)
        if occurrence.ends_at > start and occurrence.starts_at < end
    ]
    return sorted(found, key=lambda occurrence: (occurrence.starts_at, occurrence.stop_id))


def _days(stop: WeeklyStop, start: datetime, end: datetime, timezone: tzinfo) -> Iterator[date]:
    """Yield the local days on which the stop may touch the interval."""
    day = max(start.astimezone(timezone).date(), stop.effective_from)
    last = end.astimezone(timezone).date()
    if stop.effective_to is not None:
        last = min(last, stop.effective_to)
    day += timedelta(days=(stop.weekday - day.isoweekday()) % 7)
    while day <= last:
        yield day
        day += timedelta(weeks=1)


def _occurrence(
    stop: WeeklyStop, day: date, exceptions: Sequence[StopException], timezone: tzinfo
) -> Occurrence:
    usual = Occurrence(
        stop_id=stop.id,
        place=stop.place,
        commune=stop.commune,
        starts_at=_moment(day, stop.starts, timezone),
        ends_at=_moment(day, stop.ends, timezone),
        van=stop.van,
        services=stop.services,
        status=OccurrenceStatus.PLANNED,
        reason=None,
        usual_place=stop.place,
    )
    applying = [exception for exception in exceptions if _applies(exception, stop)]
    if not applying:
        return usual
    exception = min(applying, key=_precedence)
    if exception.kind is not ExceptionKind.MOVED:
        return replace(usual, status=OccurrenceStatus.CANCELLED, reason=exception.reason)
    return replace(
        usual,
        status=OccurrenceStatus.MOVED,
        reason=exception.reason,
        place=exception.new_place or stop.place,
        commune=exception.new_commune or stop.commune,
        starts_at=_moment(day, exception.new_starts or stop.starts, timezone),
        ends_at=_moment(day, exception.new_ends or stop.ends, timezone),
    )


def _applies(exception: StopException, stop: WeeklyStop) -> bool:
    if exception.stop_id is not None:
        return exception.stop_id == stop.id
    return exception.van_id is None or exception.van_id == stop.van.id


def _precedence(exception: StopException) -> tuple[int, bool, UUID]:
    scope = 0 if exception.stop_id is not None else 1 if exception.van_id is not None else 2
    return scope, exception.kind is ExceptionKind.MOVED, exception.id


def _moment(day: date, local: time, timezone: tzinfo) -> datetime:
    return datetime.combine(day, local, timezone).astimezone(UTC)


def distance_km(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Return the great-circle distance in kilometres between two positions in degrees (haversine)."""
    half_height = radians(other_latitude - latitude) / 2
    half_width = radians(other_longitude - longitude) / 2
    chord = (
        sin(half_height) ** 2 + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(half_width) ** 2
    )
    return 2 * _EARTH_RADIUS_KM * asin(min(1.0, sqrt(chord)))


def nearest(candidates: Iterable[Occurrence], latitude: float, longitude: float) -> Occurrence | None:
    """Return the nearest occurrence that takes place, with its distance; the earliest among equally near.

    A place without a position counts as its commune's; one without either is left out.
    """
    located = [
        replace(occurrence, distance_km=distance_km(latitude, longitude, *position))
        for occurrence in candidates
        if occurrence.status is not OccurrenceStatus.CANCELLED
        and (position := position_of_stop(occurrence)) is not None
    ]
    return min(
        located,
        key=lambda occurrence: (occurrence.distance_km or 0.0, occurrence.starts_at, occurrence.stop_id),
        default=None,
    )


def position_of_stop(occurrence: Occurrence) -> tuple[float, float] | None:
    """Return latitude and longitude of where the van goes: the place's, else its commune's."""
    return _position(occurrence.place) or _position(occurrence.commune)


def _position(place: Place) -> tuple[float, float] | None:
    if place.latitude is None or place.longitude is None:
        return None
    return place.latitude, place.longitude
