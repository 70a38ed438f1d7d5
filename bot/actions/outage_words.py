"""An outage in the customer's words: what, where, since when, why, until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.actions.places import name_of
from bot.contract import Language
from bot.notices import moment_words
from bot.texts import say
from knowledge_base.network.places import Place
from knowledge_base.outages.incidents import Area, Outage, Phase, Service

_ARABIC = (Language.AR, Language.ARY)
_MOST_NAMES = 12  # places named in one sentence


@dataclass(frozen=True, slots=True)
class OutageWords:
    """Says outages at one moment."""

    language: Language
    now: datetime
    timezone: ZoneInfo

    def told(self, outage: Outage, place: Place, *, follows: bool) -> str:
        """An outage that surely is the customer's, in one bubble."""
        offer = "outage_will_tell" if follows else "outage_offer"
        return self._joined(
            self.what(outage, name_of(place, self.language)),
            self._cause(outage),
            self._until(outage),
            self._note(outage),
            say(self.language, offer),
        )

    def what(self, outage: Outage, area: str) -> str:
        """What it is, where, and since when (works: from when to when)."""
        kind = self.kind(outage.service)
        if outage.is_planned and outage.estimated_at is not None:
            begins, ends = self._moment(outage.starts_at), self._moment(outage.estimated_at)
            return say(self.language, "outage_works", kind=kind, area=area, begins=begins, ends=ends)
        return say(self.language, "outage_now", kind=kind, area=area, since=self._moment(outage.starts_at))

    def coming(self, outage: Outage, area: str) -> str:
        """Works that will begin."""
        return self._joined(self.what(outage, area), self._cause(outage), self._note(outage))

    def partly(self, service: Service, commune: str, quarters: Iterable[Area]) -> str:
        """Some quarters of a commune: is the customer's among them?"""
        return say(
            self.language,
            "outage_partly",
            kind=self.kind(service),
            commune=commune,
            places=self.names(quarters),
        )

    def over(self, outage: Outage, area: str) -> str:
        ended = outage.ended_at or outage.updated_at
        return say(
            self.language,
            "outage_over",
            kind=self.kind(outage.service),
            area=area,
            since=self._moment(ended),
        )

    def kind(self, service: Service) -> str:
        return say(self.language, f"outage_kind_{service}")

    def names(self, areas: Iterable[Area]) -> str:
        named = [self.name(area) for area in areas]
        more = "…" if len(named) > _MOST_NAMES else ""
        comma = "، " if self.language in _ARABIC else ", "
        return comma.join(named[:_MOST_NAMES]) + more

    def name(self, area: Area) -> str:
        return (area.name_ar if self.language in _ARABIC else area.name_fr) or area.value

    def _cause(self, outage: Outage) -> str | None:
        """The words staff wrote for this one, in the script they wrote them in; else those of the key."""
        written = outage.cause_ar if self.language in _ARABIC else outage.cause_fr
        if written is None or self.language is Language.EN:
            if outage.cause == "unknown":
                return None
            written = say(self.language, f"cause_{outage.cause}")
        return say(self.language, "outage_cause", cause=written.rstrip(". "))

    def _until(self, outage: Outage) -> str:
        phase = outage.phase(self.now)
        if outage.estimated_at is None:
            return say(self.language, "outage_no_estimate")
        estimate = self._moment(outage.estimated_at)
        if phase is Phase.OVERDUE:
            return say(self.language, "outage_overdue", estimate=estimate)
        key = "outage_estimate_revised" if outage.revisions else "outage_estimate"
        return (
            "" if outage.is_planned and not outage.revisions else say(self.language, key, estimate=estimate)
        )

    def _note(self, outage: Outage) -> str | None:
        if self.language is Language.EN:
            return None
        return outage.note_ar if self.language in _ARABIC else outage.note_fr

    def _moment(self, moment: datetime) -> str:
        return moment_words(self.language, moment, self.now, self.timezone)

    def _joined(self, *sentences: str | None) -> str:
        return " ".join(sentence.strip() for sentence in sentences if sentence)
