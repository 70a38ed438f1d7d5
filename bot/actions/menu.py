"""What the assistant offers when it is not clear what the customer wants."""

from __future__ import annotations

from bot.contract import Language, ReplyChoice
from bot.texts import say


def menu(language: Language) -> tuple[ReplyChoice, ...]:
    return (
        ReplyChoice("mobile_agency_schedule", say(language, "choice_schedule")),
        ReplyChoice("bill_amount", say(language, "choice_bill")),
        human(language),
    )


def human(language: Language) -> ReplyChoice:
    return ReplyChoice("human_agent", say(language, "choice_human"))
