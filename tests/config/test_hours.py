"""hours.yaml: the shipped file is right, and a wrong one says what is wrong."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from config.hours import read_hours
from config.settings import ROOT, SettingsError
from knowledge_base.time_zones import pinned_zone

ZONE = pinned_zone("Africa/Casablanca")


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=ZONE)  # type: ignore[arg-type, misc]


def test_the_shipped_hours() -> None:
    timetable = read_hours(ROOT / "config" / "hours.yaml").timetable(ZONE)
    holiday, sunday = local(2026, 11, 18, 10), local(2026, 11, 22, 10)
    assert timetable.of("technical").is_open(holiday)
    assert timetable.of("customers").is_open(sunday)
    assert not timetable.of("billing").is_open(holiday)
    assert not timetable.office.is_open(sunday)
    assert timetable.office.is_open(local(2026, 11, 23, 8, 30))
    assert timetable.of("billing").next_opening(local(2027, 2, 8, 8, 45)) == local(2027, 2, 8, 9)
    assert timetable.emergencies


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("office: {week: {monday: ['25:00-26:00']}}", "monday: .*is not a time of day"),
        ("office: {week: {monday: ['16:30-08:30']}}", "does not begin before it ends"),
        ("office: {week: {monday: ['8h-16h']}}", "is not a time of day"),
        ("office: {week: {monday: ['08:30']}}", "monday: .*is not a span of hours"),
        ("office: {week: {monday: ['08:00-12:00', '11:00-16:00']}}", "overlap"),
        ("office: {week: {lundi: ['08:00-12:00']}}", "lundi"),
        ("teams: {}", "office"),
        ("office: {week: {}}\nramadan: [{first: 2027-03-09, last: 2027-02-08}]", "before its first"),
        ("office: [", "is not YAML"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "hours.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match=complaint) as raised:
        read_hours(file)
    assert "\n" not in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml"):
        read_hours(tmp_path / "nowhere.yaml")
