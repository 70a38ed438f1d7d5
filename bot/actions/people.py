"""Handing over to people: asked for, needed, or urgent."""

from __future__ import annotations

from bot.actions.agent_words import told_to_agents
from bot.actions.dialogue import Answer, Heard
from bot.actions.places import place_by_id
from bot.actions.services import Services
from bot.contract import Handover, HandoverReason, Language
from bot.texts import say

_LONGEST_SUMMARY = 300  # characters
_TECHNICAL = "technical"

# The desk's category of each intent, where nothing more is known than the intent.
CATEGORIES: dict[str, str] = {
    "street_danger": "E1",
    "power_cut": "E3",
    "voltage_damage": "E5",
    "leak": "W2",
    "water_cut": "W3",
    "water_quality": "W4",
    "sewage_overflow": "S2",
    "high_bill_complaint": "B1",
    "payment_not_registered": "B2",
    "payment_plan": "B3",
    "meter_reading": "B4",
    "reconnect_after_cutoff": "R1",
    "meter_recharge": "M1",
    "new_subscription": "C1",
    "contract_transfer": "C2",
    "mobile_agency_schedule": "G1",
    "agency_location_hours": "G1",
    "payment_channels": "G1",
    "bill_amount": "G1",
    "due_date": "G1",
}


def hand_over_to_people(
    heard: Heard,
    reason: HandoverReason,
    text_key: str,
    *,
    priority: int = 3,
    team: str | None = None,
    category: str | None = None,
    summary_ar: str | None = None,
    summary_fr: str | None = None,
    **values: object,
) -> Answer:
    """Say `text_key` and pass the conversation on, with what an agent should see first.

    The category follows from the intent, and the two summaries from the dialogue, where they are not given.
    """
    handover = Handover(
        reason,
        priority=priority,
        team=team,
        summary=_summary(heard, reason),
        category=category or CATEGORIES.get(heard.intent or ""),
        summary_ar=summary_ar or told_to_agents(heard, reason, Language.AR),
        summary_fr=summary_fr or told_to_agents(heard, reason, Language.FR),
    )
    return Answer(heard.state.answered(), say(heard.language, text_key, **values), handover=handover)


async def human_agent(heard: Heard, services: Services) -> Answer:
    return hand_over_to_people(heard, HandoverReason.ASKED, "hand_over_asked")


async def danger(heard: Heard, services: Services) -> Answer:
    """The safety text and a person at once; the words alone had not told it (`bot.safety`)."""
    return hand_over_to_people(heard, HandoverReason.DANGER, "safety_street", priority=1, team=_TECHNICAL)


async def attachment(heard: Heard, services: Services) -> Answer:
    """A picture or a voice message that answers nothing we asked: people look at it."""
    return hand_over_to_people(heard, HandoverReason.ATTACHMENT, "hand_over_attachment")


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
