"""Puts stops of the mobile agency into the customer's words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot.actions.moments import day_words, hour_words
from bot.actions.places import name_of
from bot.contract import Language
from bot.texts import say
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

    def nearest(self, stop: Occurrence, instead_of: Place | None) -> str:
        """Say the stop nearest to the customer's position, or to a place that has none."""
        distance = max(1, round(stop.distance_km or 0.0))
        values = {"stop": self._name(stop.place), "km": distance, **self._times(stop)}
        if instead_of is None:
            return self._say("stop_nearest_here", **values)
        return self._say("stop_nearest", place=self._name(instead_of), **values)

    def in_list(self, stop: Occurrence) -> str:
        return self._say("province_line", place=self._name(stop.place), **self._times(stop))

    def none_at(self, place: Place) -> str:
        return self._say("stop_none", place=self._name(place))

    def day_of(self, stop: Occurrence) -> date:
        return stop.starts_at.astimezone(self.timezone).date()

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

    def _name(self, place: Place) -> str:
        return name_of(place, self.language)

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)
