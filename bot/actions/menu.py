"""What the assistant offers when it is not clear what the customer wants."""

from __future__ import annotations

from typing import Final

from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.services import Services
from bot.contract import Language, ReplyChoice
from bot.texts import say

# The problems that can be reported: intents, and forms that no intent begins.
_PROBLEMS: Final = {
    "power_cut": "choice_power_cut",
    "water_cut": "choice_water_cut",
    "leak": "choice_leak",
    "sewage_overflow": "choice_sewage",
    "voltage_damage": "choice_voltage",
    "high_bill_complaint": "choice_high_bill",
    "payment_not_registered": "choice_payment",
    "meter_reading": "choice_meter",
    "meter_recharge": "choice_recharge",
    "inform:report:compliance": "choice_compliance",
}


def menu(language: Language) -> tuple[ReplyChoice, ...]:
    return (
        ReplyChoice("mobile_agency_schedule", say(language, "choice_schedule")),
        ReplyChoice("bill_amount", say(language, "choice_bill")),
        ReplyChoice("payment_channels", say(language, "choice_pay")),
        ReplyChoice("agency_location_hours", say(language, "choice_agencies")),
        ReplyChoice("inform:report:problem", say(language, "choice_report")),
        ReplyChoice("new_subscription", say(language, "choice_subscribe")),
        ReplyChoice("ticket_status", say(language, "choice_ticket")),
        human(language),
    )


def human(language: Language) -> ReplyChoice:
    return ReplyChoice("human_agent", say(language, "choice_human"))


async def problems(heard: Heard, services: Services) -> Answer:
    """List the problems that can be reported."""
    choices = tuple(ReplyChoice(choice, say(heard.language, key)) for choice, key in _PROBLEMS.items())
    return ask(heard, say(heard.language, "which_problem"), question=None, topic=None, choices=choices)
