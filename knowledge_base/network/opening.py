"""When an agency is open: its week, seasons with other hours, closures. Pure: no database, no clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from knowledge_base.network.schedule import Reason

Spans = tuple[tuple[time, time], ...]
Week = Mapping[int, Spans]  # ISO weekday → spans of local time, in order; a day that is missing is closed

_LOOK_AHEAD = timedelta(days=60)


class ImpossibleHours(ValueError):
    """Opening hours that no clock shows; the message is one sentence."""


@dataclass(frozen=True, slots=True)
class Season:
    """Weeks with other hours (Ramadan). `ends_on` is the last day."""

    name_ar: str
    name_fr: str
    starts_on: date
    ends_on: date
    week: Week


@dataclass(frozen=True, slots=True)
class Closure:
    """Whole days closed. `ends_on` is the last day."""

    starts_on: date
    ends_on: date
    reason: Reason


@dataclass(frozen=True, slots=True)
class OpeningRules:
    """All that decides whether doors are open. Before `opens_on` they are not."""

    week: Week
    seasons: tuple[Season, ...] = ()
    closures: tuple[Closure, ...] = ()
    opens_on: date | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: its spans, and the season or the closure that made them so."""

    on: date
    spans: Spans
    season: Season | None = None
    closure: Closure | None = None


@dataclass(frozen=True, slots=True)
class OpeningState:
    """Open until `closes_at`, or closed until `opens_at` (None: not within two months). Aware UTC."""

    is_open: bool
    closes_at: datetime | None = None
    opens_at: datetime | None = None
    closure: Closure | None = None  # why it is closed today, when it is a special day


def day_of(rules: OpeningRules, on: date) -> Day:
    """Return what a local day looks like: a closure wins over a season, the latest season over the week."""
    for closure in rules.closures:
        if closure.starts_on <= on <= closure.ends_on:
            return Day(on, (), closure=closure)
    if rules.opens_on is not None and on < rules.opens_on:
        return Day(on, ())
    seasons = [season for season in rules.seasons if season.starts_on <= on <= season.ends_on]
    if seasons:
        season = max(seasons, key=lambda each: each.starts_on)
        return Day(on, tuple(season.week.get(on.isoweekday(), ())), season=season)
    return Day(on, tuple(rules.week.get(on.isoweekday(), ())))


def state_at(rules: OpeningRules, at: datetime, timezone: tzinfo) -> OpeningState:
    """Tell whether it is open at a moment (aware), and when that changes next."""
    today = at.astimezone(timezone).date()
    closure = day_of(rules, today).closure
    day = today
    while day <= today + _LOOK_AHEAD:
        for starts, ends in day_of(rules, day).spans:
            starts_at, ends_at = _moment(day, starts, timezone), _moment(day, ends, timezone)
            if starts_at <= at < ends_at:
                return OpeningState(is_open=True, closes_at=ends_at)
            if starts_at > at:
                return OpeningState(is_open=False, opens_at=starts_at, closure=closure)
        day += timedelta(days=1)
    return OpeningState(is_open=False, closure=closure)


def _moment(day: date, local: time, timezone: tzinfo) -> datetime:
    return datetime.combine(day, local, timezone).astimezone(UTC)


def read_week(stored: Mapping[str, Sequence[Sequence[str]]]) -> Week:
    """Read hours as the database keeps them: {"1": [["08:30", "16:30"]]}.

    Raises:
        ImpossibleHours: a day outside 1–7, an hour that no clock shows, an end before its start, or spans of
            a day that overlap.
    """
    week: dict[int, Spans] = {}
    for day, spans in stored.items():
        if day not in {"1", "2", "3", "4", "5", "6", "7"}:
            raise ImpossibleHours(f"{day!r} is no day of the week: 1 is Monday, 7 Sunday.")
        week[int(day)] = tuple(_span(*pair) for pair in spans)
        _in_order(week[int(day)])
    return week


def write_week(week: Week) -> dict[str, list[list[str]]]:
    """Return hours as the database keeps them."""
    return {
        str(day): [[f"{starts:%H:%M}", f"{ends:%H:%M}"] for starts, ends in week[day]]
        for day in sorted(week)
        if week[day]
    }


def read_spans(text: str) -> Spans:
    """Read "08:30-12:00 14:00-16:30"; an empty text is a closed day. Raises ImpossibleHours."""
    spans: list[tuple[time, time]] = []
    for part in text.replace("–", "-").replace(",", " ").split():
        starts, dash, ends = part.partition("-")
        if not dash:
            raise ImpossibleHours(f"{part!r} is no span of hours: write 08:30-16:30.")
        spans.append(_span(starts, ends))
    _in_order(tuple(spans))
    return tuple(spans)


def write_spans(spans: Spans) -> str:
    return " ".join(f"{starts:%H:%M}-{ends:%H:%M}" for starts, ends in spans)


def read_hour(text: str) -> time:
    """Read "8:30", "08:30" or "08:30:00". Raises ImpossibleHours."""
    parts = text.strip().replace("h", ":").split(":")
    try:
        hour, minute = int(parts[0]), int(parts[1])
        return time(hour, minute)
    except (IndexError, ValueError):
        raise ImpossibleHours(f"{text!r} is no hour of the day: write 08:30, from 00:00 to 23:59.") from None


def _span(starts: str, ends: str) -> tuple[time, time]:
    span = read_hour(starts), read_hour(ends)
    if span[1] <= span[0]:
        raise ImpossibleHours(f"{starts}-{ends} ends before it begins.")
    return span


def _in_order(spans: Spans) -> None:
    for before, after in pairwise(spans):
        if after[0] < before[1]:
            raise ImpossibleHours(
                f"{before[0]:%H:%M}-{before[1]:%H:%M} and {after[0]:%H:%M}-{after[1]:%H:%M} overlap,"
                " or are not in order."
            )
