"""Reads the cells of one row, and notes every problem instead of stopping at the first. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from difflib import get_close_matches
from typing import TypeVar

from knowledge_base.network.opening import ImpossibleHours, Spans, read_hour, read_spans
from knowledge_base.network.places import Place
from knowledge_base.network.spellings import weekday_of
from knowledge_base.network.transfer.table import Line, Problem
from knowledge_base.text import fold, words

SERVICES = ("payment", "recharge", "subscription")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_YES = frozenset({"yes", "oui", "true", "vrai", "1", "نعم", "x"})
_NO = frozenset({"no", "non", "false", "faux", "0", "لا", ""})

ValueT = TypeVar("ValueT")


class Names:
    """Places by id, French or Arabic name, however they are spelled."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places: dict[str, list[Place]] = {}
        self._written: dict[str, str] = {}
        for place in places:
            for name in (place.name_fr, place.name_ar, place.id):
                key = _key(name)
                known = self._places.setdefault(key, [])
                if place not in known:
                    known.append(place)
                self._written.setdefault(key, name)

    def find(self, name: str) -> list[Place]:
        """Return the places of a name: the id alone where it is one."""
        found = self._places.get(_key(name), [])
        return [place for place in found if place.id == name.strip()] or found

    def near(self, name: str) -> list[str]:
        """Return up to three names that are written nearly so."""
        keys = get_close_matches(_key(name), list(self._written), n=3, cutoff=0.6)
        return [self._written[key] for key in keys]


def _key(name: str) -> str:
    return "".join(words(name.replace("-", " ")))


@dataclass
class Cells:
    """The cells of one row and the problems found in them."""

    line: Line
    problems: list[Problem] = field(default_factory=list)

    def text(self, column: str, *, longest: int = 200) -> str:
        """A text that must be there."""
        value = self.maybe(column, longest=longest)
        if not value:
            self.wrong(column, "This cell must not be empty.")
        return value or ""

    def maybe(self, column: str, *, longest: int = 200) -> str | None:
        value = self.line.cells[column]
        if len(value) > longest:
            self.wrong(column, f"The text is longer than {longest} characters.")
        return value or None

    def one_of(self, column: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        value = self.line.cells[column].casefold() or (default or "")
        if value not in allowed:
            self.wrong(column, f"{value!r} is not allowed: write one of {', '.join(allowed)}.")
            return allowed[0]
        return value

    def services(self, column: str, *, default: Sequence[str] = SERVICES) -> list[str]:
        """Services, apart by blanks, commas or bars; in one order."""
        cell = self.line.cells[column]
        named = cell.replace(",", " ").replace("|", " ").casefold().split() or list(default)
        for name in named:
            if name not in SERVICES:
                self.wrong(column, f"There is no service {name!r}: write some of {', '.join(SERVICES)}.")
        return [service for service in SERVICES if service in named]

    def yes(self, column: str, *, default: bool) -> bool:
        value = self.line.cells[column].casefold()
        if value in _YES:
            return True
        if value in _NO:
            return default if value == "" else False
        self.wrong(column, f"{value!r} is neither yes nor no.")
        return default

    def day(self, column: str) -> date | None:
        """A date as 2026-11-24 or 24/11/2026; None for an empty cell."""
        value = self.line.cells[column]
        if not value:
            return None
        parts = value.split("/")
        try:
            if len(parts) == 3:
                return date(int(parts[2]), int(parts[1]), int(parts[0]))
            return date.fromisoformat(value)
        except ValueError:
            self.wrong(column, f"{value!r} is no date: write 2026-11-24 or 24/11/2026.")
            return None

    def degrees(self, column: str, *, largest: float) -> float | None:
        value = self.line.cells[column].replace(",", ".")
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        if not -largest <= number <= largest:
            self.wrong(column, f"{value!r} is no position: write degrees from -{largest:g} to {largest:g}.")
            return None
        return number

    def hour(self, column: str) -> time:
        return self._hours(column, read_hour, time())

    def spans(self, column: str) -> Spans:
        nothing: Spans = ()
        return self._hours(column, read_spans, nothing)

    def _hours(self, column: str, read: Callable[[str], ValueT], instead: ValueT) -> ValueT:
        try:
            return read(self.line.cells[column])
        except ImpossibleHours as error:
            self.wrong(column, str(error))
            return instead

    def weekday(self, column: str) -> int:
        """A day as 1–7 (1 is Monday) or by its name in any of our languages."""
        value = fold(self.line.cells[column])
        day = int(value) if value in {"1", "2", "3", "4", "5", "6", "7"} else weekday_of(value)
        if day is None:
            self.wrong(column, f"{value!r} is no day: write 1 (Monday) to 7, or its name.")
            return 1
        return day

    def place(self, column: str, names: Names, what: str) -> Place | None:
        """A place by id or name; what is written nearly so is told."""
        value = self.line.cells[column]
        found = names.find(value) if value else []
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            ids = ", ".join(place.id for place in found)
            self.wrong(column, f"{value!r} may be several: write one of {ids}.")
            return None
        near = names.near(value)
        hint = f" Did you mean {' or '.join(near)}?" if near else ""
        self.wrong(column, f"There is no {what} {value!r}.{hint}")
        return None

    def wrong(self, column: str | None, message: str) -> None:
        self.problems.append(Problem(self.line.number, column, message))


def written(value: object) -> str:
    """Return a value as a cell."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return " ".join(map(str, value))
        case time():
            return f"{value:%H:%M}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def row_of(values: Mapping[str, object]) -> dict[str, str]:
    return {name: written(value) for name, value in values.items()}
