"""Puts agencies, their hours and payment points into the customer's words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from bot.actions.moments import day_words, hour_words
from bot.actions.places import place_by_id
from bot.actions.wishes import PAYMENT, RECHARGE, SUBSCRIPTION
from bot.contract import Language
from bot.texts import say, texts
from knowledge_base.network.agencies import Agency
from knowledge_base.network.changes import reason_words
from knowledge_base.network.opening import Day, Spans, day_of, state_at
from knowledge_base.network.payment_points import PaymentPoint
from knowledge_base.network.schedule import Reason

_ARABIC = (Language.AR, Language.ARY)
_SERVICES = (PAYMENT, RECHARGE, SUBSCRIPTION)


@dataclass(frozen=True, slots=True)
class AgencyWords:
    """Says agencies in `language`, seen from the moment `now`, in the company's time zone."""

    language: Language
    now: datetime
    timezone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.timezone).date()

    def agency(self, agency: Agency, asked: date | None) -> list[str]:
        """Say name, address, whether it is open, and the hours: of the day asked, else of the week."""
        if agency.is_planned(self.today):
            return [self.planned(agency)]
        lines = [f"{self._title(agency)}{self._colon()}{self.state(agency)}"]
        if asked is not None:
            lines.append(self.day(agency, asked))
        else:
            lines.append(self.week(agency))
        if not agency.is_verified:
            lines.append(self._say("not_confirmed"))
        return lines

    def planned(self, agency: Agency) -> str:
        name = self._title(agency)
        if agency.opens_on is not None and agency.opens_on > self.today and agency.is_verified:
            return self._say("agency_opens_on", agency=name, day=self._day(agency.opens_on))
        return self._say("agency_planned", agency=name)

    def state(self, agency: Agency) -> str:
        """Say "ouverte maintenant, jusqu'à 16:30", or closed, why, and until when."""
        state = state_at(agency.opening, self.now, self.timezone)
        if state.closes_at is not None:
            return self._say("open_now", until=hour_words(state.closes_at, self.timezone))
        key = "closed_now" if state.closure is None else "closed_for"
        reason = self._reason(state.closure.reason) if state.closure is not None else ""
        if state.opens_at is None:
            return self._say(f"{key}_long", reason=reason)
        opens_on = state.opens_at.astimezone(self.timezone).date()
        hour = hour_words(state.opens_at, self.timezone)
        return self._say(key, reason=reason, day=self._day(opens_on), hour=hour)

    def day(self, agency: Agency, on: date) -> str:
        """Say the hours of a day."""
        day = day_of(agency.opening, on)
        if day.closure is not None:
            return self._say("day_closed_for", day=self._day(on), reason=self._reason(day.closure.reason))
        if not day.spans:
            return self._say("day_closed", day=self._day(on))
        return self._say("day_open", day=self._day(on), hours=self._spans(day.spans)) + self._season(day)

    def week(self, agency: Agency) -> str:
        """Say a usual week from today's season on, days with the same hours together."""
        season = day_of(agency.opening, self.today).season
        week = agency.opening.week if season is None else season.week
        names = texts(self.language)["weekdays"]
        parts = []
        for first, last, spans in _runs([tuple(week.get(day, ())) for day in range(1, 8)]):
            days = names[first - 1]
            if last > first:
                days = self._say("days_from_to", first=names[first - 1], last=names[last - 1])
            hours = self._spans(spans) if spans else self._say("closed")
            parts.append(f"{days}{self._colon()}{hours}")
        line = self._say("between_days").join(parts)
        return line if season is None else line + self._season(Day(self.today, (), season=season))

    def services(self, agency: Agency, asked: Sequence[str]) -> list[str]:
        """Answer "can I pay there?" from the record; with nothing asked, list what is offered."""
        if asked:
            return [
                self._say(f"{'can' if wish in agency.services else 'cannot'}_{wish}_there") for wish in asked
            ]
        offered = [self._say(f"service_{each}") for each in _SERVICES if each in agency.services]
        lines = [self._say("services_are", services=self._say("list_comma").join(offered))] if offered else []
        if agency.single_counter:
            lines.append(self._say("single_counter"))
        return lines

    def nearest(self, agency: Agency) -> str:
        return self._say(
            "nearest_agency",
            agency=self._title(agency),
            distance=self.distance(agency.distance_km),
            state=self.state(agency),
        )

    def point(self, point: PaymentPoint) -> str:
        """Say "• Cash Plus Centre (rue X, Zemamra), environ 2 km"."""
        address = point.address_ar if self.language in _ARABIC else point.address_fr
        commune = place_by_id(point.commune_id)
        town = "" if commune is None else (commune.name_ar if self.language in _ARABIC else commune.name_fr)
        where = self._say("list_comma").join(part for part in (address, town) if part)
        line = self._say(
            "point_line", name=point.name, where=where, distance=self.distance(point.distance_km)
        )
        return line if point.is_verified else f"{line} ({self._say('not_confirmed_short')})"

    def distance(self, kilometres: float | None) -> str:
        """Return ", environ 12 km"; nothing below one, since a position is often its commune's."""
        if kilometres is None or round(kilometres) < 1:
            return ""
        return self._say("about_km", km=round(kilometres))

    def name(self, agency: Agency) -> str:
        return agency.name_ar if self.language in _ARABIC else agency.name_fr

    def _title(self, agency: Agency) -> str:
        address = agency.address_ar if self.language in _ARABIC else agency.address_fr
        name = self.name(agency)
        return f"{name} ({address})" if address else name

    def _season(self, day: Day) -> str:
        if day.season is None:
            return ""
        name = day.season.name_ar if self.language in _ARABIC else day.season.name_fr
        return self._say("season", season=name, day=self._day(day.season.ends_on))

    def _reason(self, reason: Reason) -> str:
        words = reason_words(reason)
        return words["ar" if self.language in _ARABIC else "fr"]

    def _spans(self, spans: Spans) -> str:
        said = [
            self._say("hours_span", **{"from": _hour(starts), "until": _hour(ends)}) for starts, ends in spans
        ]
        return self._say("and_between").join(said)

    def _day(self, day: date) -> str:
        return day_words(self.language, day, self.today)

    def _colon(self) -> str:
        return self._say("colon")

    def _say(self, key: str, **values: object) -> str:
        return say(self.language, key, **values)


def _hour(local: time) -> str:
    return f"{local.hour}:{local.minute:02d}"


def _runs(week: Sequence[Spans]) -> list[tuple[int, int, Spans]]:
    """Put days with the same hours together: (first ISO day, last ISO day, spans)."""
    runs: list[tuple[int, int, Spans]] = []
    for day, spans in enumerate(week, start=1):
        if runs and runs[-1][2] == spans:
            runs[-1] = (runs[-1][0], day, spans)
        else:
            runs.append((day, day, spans))
    return runs
