"""What the pages say, and how they write days and hours, in Arabic, French and English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from knowledge_base.articles.model import LANGUAGES


class Words:
    """The words of one language. Days are local dates; hours are 24-hour, as in Morocco."""

    def __init__(self, language: str, texts: Mapping[str, Any]) -> None:
        self.language = language
        self._texts = texts

    def __call__(self, key: str, **values: object) -> str:
        """Return a text with its placeholders filled; raises KeyError for an unknown key."""
        text = str(self._texts[key])
        return text.format(**values) if values else text

    def has(self, key: str) -> bool:
        return key in self._texts

    def keys(self) -> set[str]:
        return set(self._texts)

    @property
    def direction(self) -> str:
        return str(self._texts["direction"])

    def full_date(self, day: date) -> str:
        return self("date", day=day.day, month=self._month(day), year=day.year)

    def day(self, day: date) -> str:
        """Return a day of the coming weeks: weekday, day and month."""
        weekday = self.weekday(day.isoweekday())
        return self("weekday_date", weekday=weekday, day=day.day, month=self._month(day))

    def weekday(self, iso_weekday: int) -> str:
        return str(self._texts["weekdays"][iso_weekday - 1])

    def moment(self, at: datetime, timezone: tzinfo, today: date) -> str:
        """Return an hour, with its day unless that is today."""
        local = at.astimezone(timezone)
        return (
            hour(local)
            if local.date() == today
            else self("comma").join((self.day(local.date()), hour(local)))
        )

    def _month(self, day: date) -> str:
        return str(self._texts["months"][day.month - 1])


def hour(local: datetime) -> str:
    return f"{local.hour:02}:{local.minute:02}"


@cache
def all_words() -> Mapping[str, Words]:
    """Return the words of every language, by language."""
    content: Mapping[str, Mapping[str, Any]] = yaml.safe_load(
        Path(__file__).with_name("words.yaml").read_text("utf-8")
    )
    return {language: Words(language, content[language]) for language in LANGUAGES}
