"""Where a complaint stands: from the desk's records, and only to whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.actions.by_words import told_by_words
from bot.actions.dialogue import Answer, Heard, ask
from bot.actions.menu import human
from bot.actions.moments import day_words, hour_words
from bot.actions.services import KnownTicket, Services
from bot.actions.subject import Action
from bot.actions.understanding import not_understood
from bot.contract import Language, ReplyChoice
from bot.forms.matching import mentions
from bot.forms.wording import UNKNOWN
from bot.texts import say, texts

TICKETS: Final = "tickets"
_QUESTION: Final = "ticket_number"
_MOST_LINES = 3
_FEWEST_DIGITS = 4
# Intents a number alone may be mistaken for, while we wait for one.
_NUMBER_INTENTS = frozenset({"inform", "nlu_fallback", "meter_reading", "bill_amount", "off_topic"})
# The desk's categories by the subject a customer would call them.
_SUBJECTS: Final = {
    "E1": "street_danger",
    "E2": "power_cut",
    "E3": "power_cut",
    "E4": "power_cut",
    "E5": "voltage_damage",
    "W1": "leak",
    "W2": "leak",
    "W3": "water_cut",
    "W4": "water_quality",
    "S1": "sewage_overflow",
    "S2": "sewage_overflow",
    "L1": "street_lights",
    "B1": "high_bill_complaint",
    "B2": "payment_not_registered",
    "B3": "payment_plan",
    "B4": "meter_reading",
    "R1": "reconnect_after_cutoff",
    "R2": "reconnect_after_cutoff",
    "M1": "meter_recharge",
    "C1": "new_subscription",
    "C2": "contract_transfer",
    "X1": "compliance",
    "X2": "missed_stop",
}


async def ticket_status(heard: Heard, services: Services) -> Answer:
    """Tell where the request with the number given stands, or the customer's own requests."""
    number = _number(heard)
    async with services.connection() as connection:
        found = await services.find_tickets(connection, heard.identity_id, number)
    if found:
        lines = [_line(heard, services, ticket) for ticket in found[:_MOST_LINES]]
        return ask(heard, "\n".join(lines), question=None, topic=TICKETS, choices=_ways_on(heard.language))
    if number is not None:
        # The same words for a number that does not exist and for another person's.
        text = say(heard.language, "ticket_unknown", number=number)
        return ask(heard, text, question=None, topic=TICKETS, choices=_ways_on(heard.language))
    text = say(heard.language, "ticket_none")
    return ask(heard, text, question=_QUESTION, topic=TICKETS, choices=_ways_on(heard.language))


def takes(heard: Heard) -> Action | None:
    """A number answers the question for one; "I do not have it" gets a way on."""
    if heard.state.question != _QUESTION or heard.chosen is not None or told_by_words(heard) is not None:
        return None
    if heard.intent in _NUMBER_INTENTS and _number(heard) is not None:
        return ticket_status
    return without_number if mentions(heard.text, UNKNOWN) else _not_a_number(heard)


async def without_number(heard: Heard, services: Services) -> Answer:
    text = say(heard.language, "ticket_without_number")
    return ask(heard, text, question=None, topic=None, choices=_ways_on(heard.language))


def _not_a_number(heard: Heard) -> Action | None:
    return again if heard.intent in ("nlu_fallback", "off_topic", "affirm") else None


async def again(heard: Heard, services: Services) -> Answer:
    """Not a number: once more without the question, so that the second time in a row meets a person."""
    return await not_understood(replace(heard, state=replace(heard.state, question=None)), services)


def _number(heard: Heard) -> str | None:
    named = heard.values("ticket_number")
    if named:
        return named[0]
    return heard.number if heard.number is not None and len(heard.number) >= _FEWEST_DIGITS else None


def _line(heard: Heard, services: Services, ticket: KnownTicket) -> str:
    language = heard.language
    subject = f"subject_{_SUBJECTS.get(ticket.category or '', '')}"
    title = texts(language).get(subject) or say(language, "ticket_any")
    values = {"number": ticket.number, "subject": title, "opened": _day(heard, services, ticket.opened_at)}
    if ticket.status == "closed":
        closed = ticket.closed_at or ticket.opened_at
        return say(language, "ticket_closed", **values, closed=_day(heard, services, closed))
    line = say(language, "ticket_new" if ticket.status == "new" else "ticket_open", **values)
    promised = ticket.promised_at
    if promised is None:
        return line
    if promised <= heard.now:
        return f"{line} {say(language, 'ticket_late')}"
    day, hour = _day(heard, services, promised), hour_words(promised, services.timezone)
    return f"{line} {say(language, 'ticket_next', day=day, hour=hour)}"


def _day(heard: Heard, services: Services, moment: datetime) -> str:
    today = heard.now.astimezone(services.timezone).date()
    return day_words(heard.language, moment.astimezone(services.timezone).date(), today)


def _ways_on(language: Language) -> tuple[ReplyChoice, ...]:
    return (ReplyChoice("inform:report:problem", say(language, "choice_report")), human(language))
