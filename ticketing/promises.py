"""What a category's targets promise from a moment on, and how the customer is told. Values only, no I/O."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from bot.contract import Language
from ticketing import texts
from ticketing.calendar import Timetable
from ticketing.categories import ALWAYS, CALENDAR_DAYS, OPEN_HOURS, Category, Target

_MINUTE = timedelta(minutes=1)
_DAYS = frozenset({"working_days", "calendar_days"})


@dataclass(frozen=True, slots=True)
class Promise:
    """When the next things are due, aware UTC; None where there is no target."""

    first_answer_by: datetime | None = None
    action_by: datetime | None = None
    resolve_by: datetime | None = None
    legal_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Where a ticket stands: how many of its team's wait before it, and how many of the team are there."""

    before: int
    people_there: int


def promise(category: Category | None, at: datetime, timetable: Timetable, team: str | None) -> Promise:
    """The promise of a category for a request that reached a team's people at this moment."""
    if category is None:
        return Promise()
    legal = None if category.legal_days is None else timedelta(days=category.legal_days)
    return Promise(
        _due(category.first_answer, at, timetable, team),
        _due(category.action, at, timetable, team),
        _due(category.resolve, at, timetable, team),
        None if legal is None else _end_of_day(at, legal, timetable),
    )


def _due(target: Target | None, at: datetime, timetable: Timetable, team: str | None) -> datetime | None:
    if target is None:
        return None
    if target.clock == CALENDAR_DAYS:
        return _end_of_day(at, target.amount, timetable)
    if target.clock == ALWAYS:
        due: datetime | None = at + target.amount
    elif target.clock == OPEN_HOURS:
        due = timetable.of(team).add(at, target.amount)
    else:
        due = timetable.office.end_of_working_day(at, target.amount.days)
    return None if due is None else _to_the_minute(due)


def _to_the_minute(moment: datetime) -> datetime:
    """Rounded up: what is told is what is kept."""
    rest = timedelta(seconds=moment.second, microseconds=moment.microsecond)
    return (moment - rest + (_MINUTE if rest else timedelta(0))).astimezone(UTC)


def _end_of_day(at: datetime, after: timedelta, timetable: Timetable) -> datetime:
    day = at.astimezone(timetable.zone).date() + after + timedelta(days=1)
    return datetime.combine(day, time(), timetable.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a customer may be told about a request that just reached people.

    `team` is the key of theirs. `filed`: it is a request made as such, so that a receipt the law asks for
    is due. `queue` is None where nobody looked.
    """

    number: str
    at: datetime
    category: Category | None = None
    promise: Promise = Promise()
    team: str | None = None
    filed: bool = False
    queue: Queue | None = None


def sentences(language: Language, outlook: Outlook, timetable: Timetable) -> list[str]:
    """What happens next by when, the place in the queue, and when people are back: only what is known."""
    said = [] if outlook.category is None else _dates(language, outlook, outlook.category, timetable)
    urgent = outlook.category is not None and outlook.category.priority == 1
    if urgent or timetable.of(outlook.team).is_open(outlook.at):
        return said + _place(language, outlook.queue)
    return said + _closed(language, outlook, timetable)


def _dates(language: Language, outlook: Outlook, category: Category, timetable: Timetable) -> list[str]:
    zone, promised = timetable.zone, outlook.promise

    def line(key: str, moment: datetime | None, target: Target | None) -> list[str]:
        if moment is None or target is None:
            return []
        told = texts.by_day if target.clock in _DAYS else texts.by_time
        return [texts.say(language, key, by=told(language, moment, outlook.at, zone))]

    visit_key = "technical_visit" if category.receipt else "visit"
    visit = line(visit_key, promised.action_by, category.action) if category.visit else []
    if category.receipt:
        if not outlook.filed:
            return []  # asked about, not filed: nothing is due yet
        day = texts.full_day(language, outlook.at.astimezone(zone).date())
        decision = line("decision", promised.resolve_by, category.resolve)
        return [
            texts.say(language, "receipt", date=day),
            *visit,
            *decision,
            *_legal(language, promised, zone),
        ]
    first = line("first_answer", promised.first_answer_by, category.first_answer)
    return first + (visit or line("resolve", promised.resolve_by, category.resolve))


def _legal(language: Language, promised: Promise, zone: tzinfo) -> list[str]:
    if promised.legal_by is None:
        return []
    day = (promised.legal_by - timedelta(microseconds=1)).astimezone(zone).date()
    return [texts.say(language, "legal", date=texts.full_day(language, day))]


def _place(language: Language, queue: Queue | None) -> list[str]:
    """The place in the queue counts only while somebody is there to answer it."""
    if queue is None or queue.people_there == 0:
        return []
    if queue.before == 0:
        return [texts.say(language, "next_in_line")]
    return [texts.say(language, "people_before", count=queue.before)]


def _closed(language: Language, outlook: Outlook, timetable: Timetable) -> list[str]:
    opening = timetable.of(outlook.team).next_opening(outlook.at)
    said = []
    if opening is not None:
        at = texts.at_time(language, opening, outlook.at, timetable.zone)
        said.append(texts.say(language, "closed", at=at))
    return said + ([texts.say(language, "emergencies")] if timetable.emergencies else [])
