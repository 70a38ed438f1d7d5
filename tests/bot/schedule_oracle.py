"""What the sample timetable says, worked out here once more from its files and not from our schedule code."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from math import asin, cos, radians, sin, sqrt
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
GAZETTEER = ROOT / "knowledge_base" / "network" / "data"
TIMETABLE = ROOT / "config" / "sample" / "network.yaml"
KHEMIS_ZEMAMRA_DAY = 4
AHEAD = 45  # days looked at


@dataclass(frozen=True)
class Visit:
    """A van at a place on a day, in local time; `moved` ones have their new hours already."""

    place: str
    on: date
    starts: time
    ends: time
    cancelled: bool

    @property
    def ends_at(self) -> datetime:
        return datetime.combine(self.on, self.ends)


class Oracle:
    """`now` is local time without a zone: in the season of the questions local time is UTC."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.today = now.date()
        self.data: dict[str, Any] = yaml.safe_load(TIMETABLE.read_text(encoding="utf-8"))
        self.places = {
            row["id"]: row for name in ("communes", "sites") for row in _rows(GAZETTEER / f"{name}.tsv")
        }
        self.visits = sorted(self._visits(), key=lambda visit: (visit.on, visit.starts))

    def names(self, place: str) -> tuple[str, str]:
        return self.places[place]["name_fr"], self.places[place]["name_ar"]

    def commune(self, place: str) -> str:
        return str(self.places[place].get("commune_id") or place)

    def province(self, place: str) -> str:
        return str(self.places[self.commune(place)]["province_fr"])

    def at(self, places: list[str], first: date) -> list[Visit]:
        """Visits from a day on that are not over: of the places, else of their communes."""
        for inside in (lambda visit: visit.place in places, self._in_communes(places)):
            found = [visit for visit in self.visits if inside(visit) and self._to_come(visit, first)]
            if found:
                return found
        return []

    def in_province(self, province: str, first: date, last: date | None) -> list[Visit]:
        """Visits that take place, of a span of days or of the 168 hours from now."""
        until = self.now + timedelta(days=7)
        return [
            visit
            for visit in self.visits
            if self.province(visit.place) == province
            and not visit.cancelled
            and self._to_come(visit, first)
            and (
                datetime.combine(visit.on, visit.starts) < until
                if last is None
                else first <= visit.on <= last
            )
        ]

    def nearest(self, place: str) -> Visit:
        here = self.places[self.commune(place)]
        until = self.now + timedelta(days=7)
        coming = [
            visit
            for visit in self.visits
            if not visit.cancelled
            and self._to_come(visit, self.today)
            and datetime.combine(visit.on, visit.starts) < until
            and self.places[self.commune(visit.place)]["latitude"]
        ]
        return min(
            coming,
            key=lambda visit: (
                round(_distance(here, self.places[self.commune(visit.place)]), 6),
                visit.on,
                visit.starts,
            ),
        )

    def _in_communes(self, places: list[str]) -> Any:
        communes = {self.commune(place) for place in places}
        return lambda visit: self.commune(visit.place) in communes

    def _to_come(self, visit: Visit, first: date) -> bool:
        return visit.on >= first and visit.ends_at > self.now

    def _visits(self) -> list[Visit]:
        special = [self._special(exception) for exception in self.data["exceptions"]]
        days = [self.today + timedelta(days=ahead) for ahead in range(AHEAD)]
        return [
            self._visit(van["code"], stop, day, special)
            for day in days
            for van in self.data["vans"]
            for stop in van["stops"]
            if stop["weekday"] == day.isoweekday()
        ]

    def _visit(
        self, van: str, stop: dict[str, Any], day: date, special: list[tuple[date, dict[str, Any]]]
    ) -> Visit:
        mine = [each for on, each in special if on == day and each.get("van") == van]
        everybodys = [each for on, each in special if on == day and "van" not in each]
        applying = (mine or everybodys or [None])[0]
        hours = stop["hours"]
        if applying is not None and applying["kind"] == "moved":
            hours = applying["hours"]
        starts, ends = (time.fromisoformat(each) for each in hours.split("-"))
        cancelled = applying is not None and applying["kind"] != "moved"
        return Visit(stop["place"], day, starts, ends, cancelled)

    def _special(self, exception: dict[str, Any]) -> tuple[date, dict[str, Any]]:
        day = self.today + timedelta(days=exception["days_ahead"])
        if "van" in exception:
            van = next(van for van in self.data["vans"] if van["code"] == exception["van"])
            works = {stop["weekday"] for stop in van["stops"]}
        else:
            works = set(range(1, 8)) - {KHEMIS_ZEMAMRA_DAY}
        while day.isoweekday() not in works:
            day += timedelta(days=1)
        return day, exception


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        kept = (line for line in lines if not line.startswith("#"))
        return list(csv.DictReader(kept, delimiter="\t", quoting=csv.QUOTE_NONE))


def _distance(one: dict[str, str], other: dict[str, str]) -> float:
    latitude, longitude = radians(float(one["latitude"])), radians(float(one["longitude"]))
    other_latitude, other_longitude = radians(float(other["latitude"])), radians(float(other["longitude"]))
    height, width = (other_latitude - latitude) / 2, (other_longitude - longitude) / 2
    return 2 * 6371 * asin(sqrt(sin(height) ** 2 + cos(latitude) * cos(other_latitude) * sin(width) ** 2))
