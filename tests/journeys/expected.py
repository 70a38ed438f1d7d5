"""What the demonstration's records say, worked out here once more from what its README promises."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from knowledge_base.time_zones import pinned_zone
from tests.journeys.conftest import Installation

ZONE = pinned_zone("Africa/Casablanca")
THURSDAY = 4
CLOSES = 13  # the van leaves souk Khemis Zemamra at 13:00

# Three contracts stand on this telephone; this one has 115.86 MAD to pay.
PHONE = "+212661000001"
REFERENCE = "20417731"
AMOUNT = "115,86"


def next_stop_at_zemamra(now: datetime | None = None) -> date:
    """The van stops there every Thursday from 9:00 to 13:00."""
    now = now or datetime.now(ZONE)
    days = (THURSDAY - now.isoweekday()) % 7
    if days == 0 and now.hour >= CLOSES:
        days = 7
    return (now + timedelta(days=days)).date()


def mentions_the_stop(text: str) -> bool:
    """Day of the month, both hours and the place, in whichever script the answer is."""
    day = next_stop_at_zemamra().day
    place = "zemamra" in text.casefold() or "الزمامرة" in text or "زمامرة" in text
    return bool(re.search(rf"\b{day}\b", text)) and "9:00" in text and "13:00" in text and place


async def accepted(wasl: Installation) -> list[dict[str, Any]]:
    """Everything the played Graph API took from us, in order: {"to", "body", …}."""
    return list((await wasl.get("/sandbox/api/accepted"))["accepted"])


def one_time_code(body: dict[str, Any]) -> str | None:
    """The code in a template's parameters, if this message is one."""
    for component in (body.get("template") or {}).get("components", []):
        for parameter in component.get("parameters", []):
            if re.fullmatch(r"\d{6}", str(parameter.get("text", ""))):
                return str(parameter["text"])
    return None
