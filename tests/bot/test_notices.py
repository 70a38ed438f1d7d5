"""What is said unasked, in every language and with everything its words need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.contract import Language
from bot.notices import UnknownNotice, notice
from bot.texts import texts
from knowledge_base.time_zones import pinned_zone

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
CASABLANCA = pinned_zone("Africa/Casablanca")
OUTAGE: dict[str, Any] = {
    "outage": "0190",
    "kind": {"text": "outage_kind_water"},
    "place": {"ar": "الزمامرة", "fr": "Zemamra"},
}
ARABIC = (Language.AR, Language.ARY)
KINDS: dict[str, dict[str, Any]] = {
    "incident_update": {"estimate_at": (NOW + timedelta(hours=4)).isoformat()},
    "incident_no_estimate": {},
    "incident_over": {"choices": {"inform:outage_still:1": "choice_still_out"}},
    "incident_cancelled": {"choices": {"inform:outage_still:1": "choice_still_out"}},
    "works_cancelled": {"start_at": (NOW + timedelta(days=1)).isoformat()},
}


def words(kind: str, data: dict[str, Any], language: Language) -> Any:
    return notice(kind, data, language, now=NOW, timezone=CASABLANCA)


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_in_every_language(kind: str, language: Language) -> None:
    message = words(kind, {**OUTAGE, **KINDS[kind]}, language)
    assert ("الزمامرة" if language in ARABIC else "Zemamra") in message.text
    assert texts(language)["outage_kind_water"] in message.text
    assert "{" not in message.text
    assert [choice.id for choice in message.choices] == list(KINDS[kind].get("choices", {}))


@pytest.mark.parametrize("language", Language)
def test_an_hour_of_today_and_the_day_of_another(language: Language) -> None:
    today = words("incident_update", {**OUTAGE, **KINDS["incident_update"]}, language).text
    assert "14:00" in today
    assert texts(language)["tomorrow"] not in today
    tomorrow = words("works_cancelled", {**OUTAGE, **KINDS["works_cancelled"]}, language).text
    assert texts(language)["tomorrow"] in tomorrow


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("no_such_kind", OUTAGE),
        ("incident_update", OUTAGE),
        ("incident_update", {**OUTAGE, "estimate_at": "soon"}),
        ("incident_over", {**OUTAGE, "place": {"fr": "Zemamra"}}),
        ("incident_over", {**OUTAGE, "choices": {"x": "no_such_title"}}),
    ],
)
def test_what_lacks_words_is_a_fault_that_is_told(kind: str, data: dict[str, Any]) -> None:
    with pytest.raises(UnknownNotice):
        words(kind, data, Language.AR)
