"""The company's time zone comes from the pinned tz data."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import pytest

from knowledge_base.time_zones import pinned_zone


@pytest.mark.parametrize(
    ("at", "hours"),
    [("2026-04-01", 1), ("2026-02-20", 0), ("2026-09-19", 1), ("2026-09-21", 0), ("2027-07-01", 0)],
)
def test_morocco_left_summer_time(at: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{at}T12:00").replace(tzinfo=pinned_zone("Africa/Casablanca"))
    assert noon.utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["Africa/Atlantis", "", "Africa", "../tzdata", "Africa/../UTC"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(ZoneInfoNotFoundError):
        pinned_zone(name)
