"""Opening hours against an oracle that is slow and obvious: it walks every minute and looks at the clock.

Weeks, Ramadan, holidays and single days are drawn at random around the change of 20 September 2026, when the
night has an hour twice, and around Ramadan. No interval begins or ends between one and four in the morning:
which of two equal hours that would be is nobody's business, and spans reach over them all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge_base.time_zones import pinned_zone
from ticketing.calendar import Hours, Interval, Season, Week

ZONE = pinned_zone("Africa/Casablanca")
MINUTE = timedelta(minutes=1)
BEGINNINGS = (date(2026, 9, 17), date(2026, 2, 15), date(2026, 3, 18), date(2027, 2, 5))
WINDOW = 9  # days that are looked at from the beginning on

quarters = st.sampled_from([quarter * 15 for quarter in range(97) if not 60 <= quarter * 15 <= 240])


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    marks = sorted(draw(st.lists(quarters, max_size=6, unique=True)))
    return tuple(
        (start, end) for (start, end), take in zip(pairwise(marks), (True, False) * 3, strict=False) if take
    )


@st.composite
def weeks(draw: st.DrawFn) -> Week:
    return tuple(draw(intervals()) for _ in range(7))


@st.composite
def calendars(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Hours and a moment near something that is unlike other days."""
    beginning = draw(st.sampled_from(BEGINNINGS))
    days = [beginning + timedelta(days=number) for number in range(WINDOW)]
    first, last = sorted(draw(st.tuples(st.sampled_from(days), st.sampled_from(days))))
    seasons = (Season(first, last, draw(weeks())),) if draw(st.booleans()) else ()
    hours = Hours(
        ZONE,
        draw(weeks()),
        seasons,
        frozenset(draw(st.lists(st.sampled_from(days), max_size=2))),
        draw(st.dictionaries(st.sampled_from(days), intervals(), max_size=2)),
    )
    start = datetime(beginning.year, beginning.month, beginning.day, tzinfo=UTC)
    return hours, start + timedelta(minutes=draw(st.integers(0, 3 * 1440)))


def is_open(hours: Hours, moment: datetime) -> bool:
    """What is written on the door: the day's hours, and what the clock on the wall says."""
    local = moment.astimezone(ZONE)
    day = local.date()
    if day in hours.special:
        today = hours.special[day]
    elif day in hours.closed:
        today = ()
    else:
        ramadan = [season for season in hours.seasons if season.first <= day <= season.last]
        today = (ramadan[0].week if ramadan else hours.week)[day.weekday()]
    minute = local.hour * 60 + local.minute
    return any(start <= minute < end for start, end in today)


def walk(moment: datetime, days: int = WINDOW) -> Iterator[datetime]:
    for number in range(days * 1440):
        yield moment + number * MINUTE


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(0, 4 * 1440))
def test_between_counts_the_open_minutes(drawn: tuple[Hours, datetime], length: int) -> None:
    hours, start = drawn
    counted = sum(is_open(hours, start + number * MINUTE) for number in range(length))
    assert hours.between(start, start + length * MINUTE) == counted * MINUTE
    assert hours.is_open(start) is is_open(hours, start)


@settings(max_examples=60, deadline=None)
@given(calendars())
def test_the_next_opening_is_the_first_open_minute(drawn: tuple[Hours, datetime]) -> None:
    hours, start = drawn
    first = next((moment for moment in walk(start) if is_open(hours, moment)), None)
    found = hours.next_opening(start)
    if first is not None:
        assert found == first
    else:
        assert found is None or found >= start + timedelta(days=WINDOW)


@settings(max_examples=60, deadline=None)
@given(calendars(), st.integers(1, 2 * 1440))
def test_add_ends_with_the_minute_that_completes_it(drawn: tuple[Hours, datetime], amount: int) -> None:
    hours, start = drawn
    left, due = amount, None
    for moment in walk(start):
        left -= is_open(hours, moment)
        if left == 0:
            due = moment + MINUTE
            break
    found = hours.add(start, amount * MINUTE)
    if due is not None:
        assert found == due
        assert hours.between(start, found) == amount * MINUTE
    else:
        assert found is None or found > start + timedelta(days=WINDOW)
