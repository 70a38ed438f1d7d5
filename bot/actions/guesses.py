"""What a message that was not clear may have meant: offered to the customer, never acted upon unasked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.actions.dialogue import Heard
from bot.actions.menu import human
from bot.contract import ReplyChoice
from bot.texts import say

# Below it the right request is seldom among the guesses (docs/assistant.md).
LEAST_LIKELY: Final = 0.12
_MOST: Final = 2  # beside a person: three buttons fit every channel
# Requests a button can stand for: small talk, danger and wishes for a person are none.
GUESSED: Final = frozenset(
    {
        "mobile_agency_schedule",
        "agency_location_hours",
        "bill_amount",
        "due_date",
        "payment_channels",
        "payment_not_registered",
        "payment_plan",
        "high_bill_complaint",
        "power_cut",
        "water_cut",
        "leak",
        "water_quality",
        "sewage_overflow",
        "voltage_damage",
        "meter_recharge",
        "meter_reading",
        "reconnect_after_cutoff",
        "new_subscription",
        "contract_transfer",
        "ticket_status",
    }
)


def guesses(heard: Heard) -> Sequence[str]:
    """Return the likeliest requests, best first; none where nothing is likely."""
    likely = [name for name, chance in heard.ranking if name in GUESSED and chance >= LEAST_LIKELY]
    return likely[:_MOST]


def offered(heard: Heard) -> tuple[ReplyChoice, ...]:
    """Return the guesses as buttons, and a person; nothing where there are none."""
    found = guesses(heard)
    if not found:
        return ()
    choices = (ReplyChoice(intent, say(heard.language, f"guess_{intent}")) for intent in found)
    return (*choices, human(heard.language))
