"""Makes a date of a day as it was said (the forms: `bot.assistant.components.dates`). Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

_WEEKDAY = re.compile(r"-W-([1-7])(-P1W)?")
_RELATIVE = re.compile(r"(-?)P(\d{1,3})D")
_DAY_OF_YEAR = re.compile(r"--(\d\d)-(\d\d)")
_DAY_OF_MONTH = re.compile(r"---(\d\d)")
_MONTHS_AROUND = (0, -1, 1, -2, 2)


def date_of(said: str, today: date) -> date:
    """Return the date that `said` names on `today`.

    A weekday is the coming one (today counts) unless it is told to be past; a day without its year or month
    is the one nearest to today: who paid "on the 12th" and who asks about "the 12th" mostly mean that.

    Raises:
        ValueError: `said` has none of the forms, or names no day there is.
    """
    if match := _RELATIVE.fullmatch(said):
        days = timedelta(days=int(match[2]))
        return today - days if match[1] else today + days
    if match := _WEEKDAY.fullmatch(said):
        ahead = (int(match[1]) - today.isoweekday()) % 7
        return today + timedelta(days=ahead - 7 if match[2] else ahead)
    if match := _DAY_OF_YEAR.fullmatch(said):
        years = (today.year, today.year - 1, today.year + 1)
        return _nearest(today, [(year, int(match[1]), int(match[2])) for year in years])
    if match := _DAY_OF_MONTH.fullmatch(said):
        months = [today.year * 12 + today.month - 1 + offset for offset in _MONTHS_AROUND]
        return _nearest(today, [(month // 12, month % 12 + 1, int(match[1])) for month in months])
    return date.fromisoformat(said)


def _nearest(today: date, candidates: list[tuple[int, int, int]]) -> date:
    """Return the candidate nearest to today, a past one before a coming one; 29 February may have to wait."""
    existing: list[date] = []
    for year, month, day in candidates:
        try:
            existing.append(date(year, month, day))
        except ValueError:
            continue
    if not existing:
        raise ValueError("There is no such day near.")
    return min(existing, key=lambda each: (abs(each - today), each))
