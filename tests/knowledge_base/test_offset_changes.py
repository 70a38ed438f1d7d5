"""The changes of the company's clock, told to browsers whose own data may be older than the law."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from knowledge_base.time_zones import offset_changes, pinned_zone

CASABLANCA = pinned_zone("Africa/Casablanca")
HOUR = timedelta(hours=1)


def test_morocco_left_utc_plus_one_for_good_in_september_2026() -> None:
    changes = offset_changes(CASABLANCA, datetime(2026, 6, 1, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC))
    assert [offset for _, offset in changes] == [HOUR, timedelta(0)]
    assert changes[1][0].date().isoformat() in {"2026-09-19", "2026-09-20"}


def test_each_change_is_exact_to_the_minute() -> None:
    for moment, offset in offset_changes(
        CASABLANCA, datetime(2025, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    )[1:]:
        assert moment.astimezone(CASABLANCA).utcoffset() == offset
        assert (moment - timedelta(minutes=1)).astimezone(CASABLANCA).utcoffset() != offset


def test_a_zone_that_never_changes_has_one_entry() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert offset_changes(pinned_zone("UTC"), start, start + timedelta(days=900)) == [(start, timedelta(0))]
