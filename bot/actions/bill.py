"""Answers what was asked of a contract, to who may hear it alone; every telling is recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Final

import structlog

from bot.actions.bill_explained import explained
from bot.actions.bill_talk import Talk
from bot.actions.bill_told import made_of, owed, paid, payment_words, service_name
from bot.actions.bill_words import AMOUNT, BREAKDOWN, EXPLANATION, PAYMENT_CHECK, PAYMENTS
from bot.actions.dialogue import BILL, REFERENCE, Answer, Heard, ask
from bot.actions.people import hand_over_to_people
from bot.actions.services import Services
from bot.contract import HandoverReason, ReplyChoice
from bot.forms.engine import start
from bot.texts import say
from knowledge_base.billing.bills import Bill
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.explanation import explain
from knowledge_base.billing.source import BillingUnavailable
from knowledge_base.billing.verification import is_verified

log = structlog.get_logger(__name__)

DISPUTE: Final = "dispute"  # a button beside those of the purposes
_MOST_BILLS = 24
_MOST_PAYMENTS = 4


async def may_hear(heard: Heard, services: Services, contract: Contract) -> bool:
    """Tell whether the customer has proven to be one of the contract's."""
    async with services.connection() as connection:
        return await is_verified(
            connection,
            heard.identity_id,
            contract.id,
            attested_phone=heard.attested_phone,
            now=services.clock(),
        )


async def tell_if_verified(heard: Heard, services: Services, contract: Contract) -> Answer | None:
    """Answer what was asked of a contract, or return None where the customer may not hear it.

    Raises:
        BillingUnavailable: nothing was told.
    """
    if not await may_hear(heard, services, contract):
        return None
    talk = Talk.of(heard).having_told(str(contract.id))
    answer = await _ANSWERS[talk.purpose](talk.remembered_in(heard), services, contract)
    async with services.connection() as connection:
        await services.record_event(
            connection,
            "bill.disclosed",
            heard.conversation_id,
            {"contract": contract.reference, "what": talk.purpose},
        )
    return replace(answer, state=replace(answer.state, contract=str(contract.id), references=0, attempts=0))


async def _tell_amount(heard: Heard, services: Services, contract: Contract) -> Answer:
    bills = await services.billing.bills(contract, limit=_MOST_BILLS)
    asked = _of_month(bills, Talk.of(heard).month)
    if asked is not None:
        return _made_of(heard, contract, asked)
    text = owed(heard.language, contract, bills, _today(services))
    return _told(heard, text, (EXPLANATION, BREAKDOWN, PAYMENTS) if bills else ())


async def _tell_breakdown(heard: Heard, services: Services, contract: Contract) -> Answer:
    bills = await services.billing.bills(contract, limit=_MOST_BILLS)
    if not bills:
        return _told(heard, say(heard.language, "bill_none"), ())
    return _made_of(heard, contract, _of_month(bills, Talk.of(heard).month) or bills[0])


async def _tell_explanation(heard: Heard, services: Services, contract: Contract) -> Answer:
    bills = await services.billing.bills(contract, limit=_MOST_BILLS)
    if not bills:
        return _told(heard, say(heard.language, "bill_none"), ())
    asked = _of_month(bills, Talk.of(heard).month) or bills[0]
    explanation = explain(bills, contract.zone, contract.service, asked.period)
    if explanation is None:
        return _unexplained(heard)
    return _told(heard, explained(heard.language, contract, explanation), (DISPUTE, BREAKDOWN))


async def _tell_payments(heard: Heard, services: Services, contract: Contract) -> Answer:
    payments = await services.billing.payments(contract, limit=_MOST_PAYMENTS)
    return _told(heard, paid(heard.language, contract, payments, services.timezone), (AMOUNT,))


async def _check_payment(heard: Heard, services: Services, contract: Contract) -> Answer:
    """Say that the payment is there; else what is still due, and take the report with what it told."""
    bills = await services.billing.bills(contract, limit=_MOST_BILLS)
    payments = await services.billing.payments(contract, limit=1)
    last = payment_words(heard.language, payments[0], services.timezone) if payments else None
    still_owed = owed(heard.language, contract, bills, _today(services))
    if not any(bill.is_due for bill in bills):
        if last is None:
            return _told(heard, still_owed, ())
        service = service_name(heard.language, contract)
        return _told(heard, say(heard.language, "payment_found", service=service, payment=last), (PAYMENTS,))
    found = [say(heard.language, "payment_not_found"), still_owed]
    if last is not None:
        found.append(say(heard.language, "payment_last", payment=last))
    form = await start_form("payment_not_registered", heard, services, contract)
    return replace(form, text="\n".join([*found, *([form.text] if form.text else [])]))


_ANSWERS: Final = {
    AMOUNT: _tell_amount,
    BREAKDOWN: _tell_breakdown,
    EXPLANATION: _tell_explanation,
    PAYMENTS: _tell_payments,
    PAYMENT_CHECK: _check_payment,
}


async def start_form(name: str, heard: Heard, services: Services, contract: Contract | None) -> Answer:
    """Begin a form with the words that led here and the contract, where it is proven to be the customer's."""
    said = Talk.of(heard).said
    if said and said != heard.text:  # this message is a code, a reference or a button: the words came before
        heard = replace(heard, text=said, intent=name, number=None, chosen=None, entities=(), places=())
    known = {} if contract is None else {"contract": contract.reference}
    return await start(name, heard, services, known=known)


def unavailable(heard: Heard, reason: BillingUnavailable) -> Answer:
    """Say honestly that bills cannot be seen now; nothing from memory, and people where he prefers."""
    log.warning("billing.unavailable", conversation=str(heard.conversation_id), reason=str(reason))
    choices = (
        ReplyChoice(f"inform:bill:{Talk.of(heard).purpose}", say(heard.language, "choice_bill_again")),
        ReplyChoice("human_agent", say(heard.language, "choice_human")),
    )
    return ask(heard, say(heard.language, "billing_unavailable"), question=None, topic=BILL, choices=choices)


def ask_reference(heard: Heard) -> Answer:
    """Ask for the contract; a complaint may be filed without."""
    choices: tuple[ReplyChoice, ...] = ()
    if Talk.of(heard).purpose == EXPLANATION:
        choices = _buttons(heard, (DISPUTE,))
    text = say(heard.language, "ask_reference")
    return ask(heard, text, question=REFERENCE, topic=BILL, choices=choices)


def _made_of(heard: Heard, contract: Contract, bill: Bill) -> Answer:
    text = made_of(heard.language, contract, bill)
    return _unexplained(heard) if text is None else _told(heard, text, (EXPLANATION, PAYMENTS))


def _of_month(bills: Sequence[Bill], month: str | None) -> Bill | None:
    period = None if month is None else date.fromisoformat(month)
    return next((bill for bill in bills if bill.period == period), None)


def _today(services: Services) -> date:
    return services.clock().astimezone(services.timezone).date()


def _told(heard: Heard, text: str, further: Sequence[str]) -> Answer:
    """Say it, and offer what else there is to ask of the same contract."""
    return ask(heard, text, question=None, topic=BILL, choices=_buttons(heard, further))


def _buttons(heard: Heard, further: Sequence[str]) -> tuple[ReplyChoice, ...]:
    """Return a button for each; who disagrees may also want a person."""
    choices = [
        ReplyChoice(f"inform:bill:{each}", say(heard.language, f"choice_bill_{each}")) for each in further
    ]
    if DISPUTE in further:
        choices.append(ReplyChoice("human_agent", say(heard.language, "choice_human")))
    return tuple(choices)


def _unexplained(heard: Heard) -> Answer:
    """The records contradict themselves or the tariff: for people to look at."""
    return hand_over_to_people(heard, HandoverReason.NEEDS_PERSON, "bill_unexplained", team="billing")
