"""Handing over to people: asked for, needed, or urgent."""

from __future__ import annotations

from bot.actions.dialogue import Answer, Heard
from bot.actions.places import place_by_id
from bot.actions.services import Services
from bot.contract import Handover, HandoverReason, Language
from bot.texts import say

_LONGEST_SUMMARY = 300  # characters
_CUSTOMERS, _TECHNICAL = "customers", "technical"

# What each request the assistant does not answer itself goes to: (priority, team).
REQUESTS: dict[str, tuple[int, str]] = {
    "power_cut": (2, _TECHNICAL),
    "water_cut": (2, _TECHNICAL),
    "leak": (2, _TECHNICAL),
    "water_quality": (2, _TECHNICAL),
    "sewage_overflow": (3, _TECHNICAL),
    "voltage_damage": (3, _TECHNICAL),
    "meter_recharge": (2, _CUSTOMERS),
    "reconnect_after_cutoff": (2, _CUSTOMERS),
    "payment_not_registered": (3, _CUSTOMERS),
    "high_bill_complaint": (3, _CUSTOMERS),
    "payment_plan": (3, _CUSTOMERS),
    "meter_reading": (3, _CUSTOMERS),
    "ticket_status": (3, _CUSTOMERS),
    "contract_transfer": (4, _CUSTOMERS),
    "new_subscription": (4, _CUSTOMERS),
    "agency_location_hours": (4, _CUSTOMERS),
    "payment_channels": (4, _CUSTOMERS),
}


def hand_over_to_people(
    heard: Heard,
    reason: HandoverReason,
    text_key: str,
    *,
    priority: int = 3,
    team: str | None = None,
    **values: object,
) -> Answer:
    """Say `text_key` and pass the conversation on, with what an agent should see first."""
    return Answer(
        state=heard.state.answered(),
        text=say(heard.language, text_key, **values),
        handover=Handover(reason, priority=priority, team=team, summary=_summary(heard, reason)),
    )


async def human_agent(heard: Heard, services: Services) -> Answer:
    return hand_over_to_people(heard, HandoverReason.ASKED, "hand_over_asked")


async def needs_person(heard: Heard, services: Services) -> Answer:
    """Understood, but only people can act: never a made-up answer."""
    intent = heard.intent or ""
    priority, team = REQUESTS[intent]
    return hand_over_to_people(
        heard,
        HandoverReason.NEEDS_PERSON,
        "hand_over_needs_person",
        priority=priority,
        team=team,
        subject=say(heard.language, f"subject_{intent}"),
    )


async def danger(heard: Heard, services: Services) -> Answer:
    """The safety text and a person at once; the words alone had not told it (`bot.safety`)."""
    return hand_over_to_people(heard, HandoverReason.DANGER, "safety_street", priority=1, team=_TECHNICAL)


def _summary(heard: Heard, reason: HandoverReason) -> str | None:
    """Return the customer's words, and the place they named in the spelling of the register.

    Codes that somebody tried are no words.
    """
    if reason is HandoverReason.VERIFICATION_FAILED:
        return None
    place = place_by_id(heard.places[0]) if len(heard.places) == 1 else None
    words = heard.text.strip()
    if len(words) > _LONGEST_SUMMARY:
        words = words[: _LONGEST_SUMMARY - 1] + "…"
    arabic = heard.language in (Language.AR, Language.ARY)
    return words if place is None else f"{words} ({place.name_ar if arabic else place.name_fr})"
