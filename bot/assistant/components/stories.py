"""Which two requests of one message are two, and which tell one story. Pure.

"I paid and the water is still cut" is one request, told in two halves that look like two. What belongs
together was read off messages that were cut wrongly.
"""

from __future__ import annotations

# What asks for nothing that a second request could stand beside.
NO_REQUESTS = frozenset(
    {"greeting", "thanks", "off_topic", "insult", "affirm", "deny", "inform", "nlu_fallback"}
)

_STORIES: dict[str, str] = {
    "reconnect_after_cutoff": "power_cut water_cut payment_not_registered payment_plan bill_amount due_date"
    " high_bill_complaint meter_recharge",
    "payment_not_registered": "bill_amount due_date high_bill_complaint payment_channels"
    " ticket_status payment_plan"
    " power_cut water_cut",
    "high_bill_complaint": "bill_amount payment_plan meter_reading voltage_damage due_date",
    "bill_amount": "due_date payment_plan contract_transfer",
    "payment_plan": "due_date payment_channels",
    "power_cut": "voltage_damage meter_recharge street_danger sewage_overflow",
    "water_cut": "leak water_quality sewage_overflow",
    "leak": "water_quality sewage_overflow new_subscription street_danger",
    "voltage_damage": "sewage_overflow street_danger meter_recharge",
    "water_quality": "sewage_overflow new_subscription",
    "contract_transfer": "new_subscription ticket_status agency_location_hours due_date",
    "ticket_status": "high_bill_complaint leak power_cut water_cut sewage_overflow new_subscription"
    " human_agent",
    "meter_reading": "mobile_agency_schedule agency_location_hours",
}
_PAIRS = frozenset(frozenset((one, other)) for one, others in _STORIES.items() for other in others.split())


def are_one_story(one: str, other: str) -> bool:
    """Tell whether two intents, one in each half of a message, are rather one request."""
    return one == other or frozenset((one, other)) in _PAIRS
