"""Puts stops of the mobile agency into the customer's words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.actions.moments import day_words, hour_words
from bot.actions.places import name_of
from bot.contract import Language
from bot.texts import say, texts
from knowledge_base.network.places import Place
from knowledge_base.network.schedule import Occurrence, OccurrenceStatus

_REASONS = frozenset({"holiday", "breakdown"})


@dataclass(frozen=True, slots=True)
class StopWords:
    """Says stops in `language`, seen from the moment `now`, in the company's time zone."""

    language: Language
    now: datetime
    timezone: ZoneInfo

    def coming(
        self, place: Place, stops: Sequence[Occurrence], asked: date | None, *, was_there: bool
    ) -> str:
        """Say the next of `stops`; before it, those cancelled, and a "no" to a day `asked` in vain.

        `was_there`: the agency was at the place today and has left.
        """
        lines, key = [], "stop_next"
        if asked is not None and self.day_of(stops[0]) != asked:
            no = "stop_over" if was_there else "stop_not_that_day"
            lines.append(self._say(no, day=self._day(asked), place=self._name(place)))
            key = "stop_then"
        for stop in stops:
            if stop.status is not OccurrenceStatus.CANCELLED:
                return "\n".join([*lines, *self._visit(stop, key)])
            lines.append(self._cancelled(stop))
            key = "stop_then"
        return "\n".join(lines)

    def told(self, stops: Sequence[Occurrence]) -> list[Occurrence]:
        """Return the stops that `coming` speaks of: up to the first that takes place."""
        for index, stop in enumerate(stops):
            if stop.status is not OccurrenceStatus.CANCELLED:
                return list(stops[: index + 1])
        return list(stops)

    def list_at(self, place: Place, first: date, last: date, stops: Sequence[Occurrence]) -> str:
        """Say every visit between two days, a line each; a cancelled one as such."""
        title = self._say(
            "week_stops", place=self._name(place), first=self._short(first), last=self._short(last)
        )
        return "\n".join([title, *(self._in_week(stop) for stop in stops)])

    def not_in(self, place: Place, first: date, last: date, stops: Sequence[Occurrence]) -> str:
        """Say that there is no visit between two days, and the next of `stops` after them."""
        no = self._say("week_none", place=self._name(place), first=self._short(first), last=self._short(last))
        following = self.told(stops)
        lines = [self._cancelled(stop) for stop in following[:-1]]
        if following[-1].status is OccurrenceStatus.CANCELLED:
            return "\n".join([no, *lines, self._cancelled(following[-1])])
        return "\n".join([no, *lines, *self._visit(following[-1], "stop_then")])

    def none_in_province(self, province: str, first: date, last: date) -> str:
        if first == last:
            return self._say("province_none_that_day", province=province, day=self._day(first))
        return self._say(
            "province_none_then", province=province, first=self._short(first), last=self._short(last)
        )

    def nearest(self, stop: Occurrence, instead_of: Place | None) -> str:
        """Say the stop nearest to the customer's position, or to a place that has none."""
        distance = max(1, round(stop.distance_km or 0.0))
        values = {"stop": self._name(stop.place), "km": distance, **self._times(stop)}
        if instead_of is None:
            return self._say("stop_nearest_here", **values)
        return self._say("stop_nearest", place=self._name(instead_of), **values)

    def in_list(self, stop: Occurrence) -> str:
        return self._say("province_line", place=self._name(stop.place), **self._times(stop))

    def with_distance(self, stop: Occurrence) -> str:
        """Say "Souk Khemis Zemamra, environ 4 km, jeudi 26 novembre de 9:00 à 13:00"."""
        kilometres = round(stop.distance_km or 0.0)
        distance = self._say("about_km", km=kilometres) if kilometres else ""
        return self._say(
            "stop_and_distance", stop=self._name(stop.place), distance=distance, **self._times(stop)
        )

    def none_at(self, place: Place) -> str:
        return self._say("stop_none", place=self._name(place))

    def day_of(self, stop: Occurrence) -> date:
        return stop.starts_at.astimezone(self.timezone).date()

    def _in_week(self, stop: Occurrence) -> str:
        if stop.status is OccurrenceStatus.CANCELLED:
            return f"• {self._cancelled(stop)}"
        line = self.in_list(stop)
        if stop.status is not OccurrenceStatus.MOVED:
            return line
        return f"{line} – {self._say('stop_moved', reason=self._reason(stop))}"

    def _visit(self, stop: Occurrence, key: str) -> list[str]:
        place = self._name(stop.place)
        if stop.is_running(self.now):
            lines = [self._say("stop_now", place=place, until=hour_words(stop.ends_at, self.timezone))]
        else:
            lines = [self._say(key, place=place, **self._times(stop))]
        if stop.status is OccurrenceStatus.MOVED:
            lines.append(self._say("stop_moved", reason=self._reason(stop)))
        return lines

    def _cancelled(self, stop: Occurrence) -> str:
        return self._say(
            "stop_cancelled",
            day=self._day(self.day_of(stop)),
            place=self._name(stop.usual_place),
            reason=self._reason(stop),
        )

    def _times(self, stop: Occurrence) -> dict[str, str]:
        return {
            "day": self._day(self.day_of(stop)),
            "from": hour_words(stop.starts_at, self.timezone),
            "until": hour_words(stop.ends_at, self.timezone),
        }

    def _reason(self, stop: Occurrence) -> str:
        """Return the staff's own words in Arabic and French, a general word elsewhere."""
        if stop.reason is None:
            return self._say("reason_other")
        if self.language is Language.FR and stop.reason.text_fr:
            return stop.reason.text_fr[:1].lower() + stop.reason.text_fr[1:]
        if self.language is Language.AR and stop.reason.text_ar:
            return stop.reason.text_ar
        return self._say(f"reason_{stop.reason.key if stop.reason.key in _REASONS else 'other'}")

    def _day(self, day: date) -> str:
        return day_words(self.language, day, self.now.astimezone(self.timezone).date())

    def _short(self, day: date) -> str:
        """Return "24 novembre"."""
        month = texts(self.language)["months"][day.month - 1]
        return f"{day.day} {month}"

    def _name(self, place: Place) -> str:
        return name_of(place, self.language)

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)
