"""What a message can want: the intents of the assistant's domain (a test compares them)."""

from __future__ import annotations

from typing import Final

# What customers come for.
REQUESTS: Final = frozenset(
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

INTENTS: Final = REQUESTS | {
    "greeting",
    "thanks",
    "off_topic",
    "insult",
    "human_agent",
    "street_danger",
    # What a dialogue needs.
    "inform",
    "affirm",
    "deny",
    "nlu_fallback",
}

# What no button of ours says: a forged one must not.
NEVER_CHOSEN: Final = frozenset({"street_danger", "off_topic", "insult", "inform", "nlu_fallback"})
