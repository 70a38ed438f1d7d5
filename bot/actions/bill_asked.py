"""Questions about bills: which contract is meant, and whether its customer is asking."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from bot.actions import verification
from bot.actions.bill import (
    DISPUTE,
    ask_reference,
    may_hear,
    start_form,
    tell_if_verified,
    unavailable,
)
from bot.actions.bill_talk import Talk
from bot.actions.bill_told import service_name
from bot.actions.bill_words import (
    AMOUNT,
    BREAKDOWN,
    EXPLANATION,
    PAYMENT_CHECK,
    PAYMENTS,
    is_bare,
    month_named,
    purpose_in,
    services_named,
    wants_other,
)
from bot.actions.dialogue import BILL, CODE, CONTRACT, Answer, Heard, as_offered, ask
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.contract import ReplyChoice
from bot.texts import say
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingUnavailable

_MOST_CHOICES = 10  # rows of a list on the narrowest channel
_TITLE_DIGITS = 6  # of a contract's reference, enough to tell one's own contracts apart
_SHORTEST_REFERENCE = 7  # digits beside a question; shorter numbers are amounts, years and indexes
_FEWEST_DIGITS = 4  # of a reference's end, typed to choose from the list
_PURPOSES = frozenset({AMOUNT, BREAKDOWN, EXPLANATION, PAYMENTS, PAYMENT_CHECK})
_VAGUE = frozenset({"inform", "nlu_fallback", "off_topic", "affirm"})


async def bill(heard: Heard, services: Services) -> Answer:
    """Tell the amount, or what else of a bill the words ask for."""
    return await _begin(heard, services, purpose_in(heard.text) or AMOUNT)


async def high_bill(heard: Heard, services: Services) -> Answer:
    """Explain the bill first; who disagrees then files a complaint."""
    return await _begin(heard, services, EXPLANATION)


async def payment_missing(heard: Heard, services: Services) -> Answer:
    """Look first whether the payment has arrived by now."""
    return await _begin(heard, services, PAYMENT_CHECK)


async def go_on(heard: Heard, services: Services) -> Answer:
    """And the water? The other one? Why? The same contracts, the same question or the new one."""
    return await _begin(heard, services, purpose_in(heard.text) or Talk.of(heard).purpose)


def takes(heard: Heard) -> Action | None:
    """A reference or a code answers our question; a service, a month or a "why" goes on with the subject."""
    action = _by_last_digits(heard) or verification.takes(heard)
    if action is not None or heard.chosen is not None or heard.state.question not in {None, CONTRACT}:
        return action
    if is_bare(heard.text):
        return go_on
    today = heard.now.date()
    goes_on = (
        purpose_in(heard.text)
        or services_named(heard.text, heard.language)
        or wants_other(heard.text)
        or month_named(heard.text, today)
    )
    return go_on if goes_on and heard.intent in _VAGUE else None


def _by_last_digits(heard: Heard) -> Action | None:
    """The digits that stand in the list name the contract, typed instead of pressed."""
    if heard.state.question != CONTRACT or heard.number is None or len(heard.number) < _FEWEST_DIGITS:
        return None
    fitting = [each["id"] for each in heard.state.offered if each["title"].endswith(heard.number)]
    if len(fitting) != 1:
        return None
    entity, _, value = fitting[0].removeprefix("inform:").partition(":")

    async def choose(heard: Heard, services: Services) -> Answer:
        return await chosen_contract(replace(heard, chosen=(entity, value), number=None), services)

    return choose


async def pressed(heard: Heard, services: Services) -> Answer:
    """A button under a bill."""
    value = heard.chosen[1] if heard.chosen else ""
    if value == DISPUTE:
        try:
            contract = await _contract_in_talk(heard, services)
        except BillingUnavailable:
            contract = None  # the complaint is taken all the same
        return await start_form("high_bill_complaint", heard, services, contract)
    return await _begin(heard, services, value if value in _PURPOSES else AMOUNT)


async def chosen_contract(heard: Heard, services: Services) -> Answer:
    """A contract was picked from the list; a picked id proves nothing by itself."""
    try:
        contract_id = UUID(heard.chosen[1] if heard.chosen else "")
    except ValueError:
        return ask_reference(heard)
    try:
        contract = await services.billing.contract_by_id(contract_id)
        answer = None if contract is None else await tell_if_verified(heard, services, contract)
    except BillingUnavailable as reason:
        return unavailable(heard, reason)
    if answer is None:
        return ask_reference(heard)
    offered = [each for each in heard.state.offered if each["id"].startswith("inform:contract:")]
    return _with_list(answer, tuple(ReplyChoice(each["id"], each["title"]) for each in offered))


async def _begin(heard: Heard, services: Services, purpose: str) -> Answer:
    month = month_named(heard.text, services.clock().astimezone(services.timezone).date())
    heard = replace(
        Talk.of(heard),
        purpose=purpose,
        month=None if month is None else month.isoformat(),
        said=heard.text if purpose in {EXPLANATION, PAYMENT_CHECK} and heard.chosen is None else "",
    ).remembered_in(heard)
    if heard.number is not None and len(heard.number) >= _SHORTEST_REFERENCE:
        return await verification.reference_given(heard, services)
    if heard.state.question == CODE:
        return ask(heard, say(heard.language, "code_awaited"), question=CODE, topic=BILL)
    try:
        return await _of_own_contracts(heard, services)
    except BillingUnavailable as reason:
        return unavailable(heard, reason)


async def _of_own_contracts(heard: Heard, services: Services) -> Answer:
    """Answer for the contract that is meant, ask which, or begin to verify."""
    own = await _own_contracts(heard, services)
    meant = _meant(heard, own)
    if len(meant) == 1:
        answer = await tell_if_verified(heard, services, meant[0])
        if answer is not None:
            return _with_list(answer, _choices(heard, own))
    if len(meant) > 1:
        choices = _choices(heard, meant)
        text = say(heard.language, "which_contract")
        return ask(heard, text, question=CONTRACT, topic=BILL, choices=choices)
    return ask_reference(heard)


async def _own_contracts(heard: Heard, services: Services) -> list[Contract]:
    """Return the contracts the customer may hear of: of the proven telephone, and verified by a code."""
    found: dict[UUID, Contract] = {}
    if heard.attested_phone is not None:
        of_phone = await services.billing.contracts_of_phone(heard.attested_phone)
        still_used = [contract for contract in of_phone if contract.status != "closed"] or of_phone
        found = {contract.id: contract for contract in still_used}
    for told in (*Talk.of(heard).told, *([heard.state.contract] if heard.state.contract else [])):
        if UUID(told) not in found:
            contract = await services.billing.contract_by_id(UUID(told))
            if contract is not None and await may_hear(heard, services, contract):
                found[contract.id] = contract
    return list(found.values())


async def _contract_in_talk(heard: Heard, services: Services) -> Contract | None:
    last = Talk.of(heard).last_told
    contract = None if last is None else await services.billing.contract_by_id(UUID(last))
    return contract if contract is not None and await may_hear(heard, services, contract) else None


def _meant(heard: Heard, own: Sequence[Contract]) -> list[Contract]:
    """Return which of the customer's contracts fit what was said; nothing where he means none of them."""
    talk = Talk.of(heard)
    last = talk.last_told
    if heard.chosen is not None:
        return [contract for contract in own if str(contract.id) == last] or list(own)
    named = services_named(heard.text, heard.language)
    fitting = [contract for contract in own if not named or contract.service in named]
    if wants_other(heard.text):
        return [contract for contract in fitting if str(contract.id) != last]
    if talk.purpose != AMOUNT and heard.state.topic == BILL:
        return [contract for contract in fitting if str(contract.id) == last] or fitting
    return fitting


def _choices(heard: Heard, contracts: Sequence[Contract]) -> tuple[ReplyChoice, ...]:
    return tuple(
        ReplyChoice(
            f"inform:contract:{contract.id}",
            f"{service_name(heard.language, contract)} …{contract.reference[-_TITLE_DIGITS:]}",
        )
        for contract in contracts[:_MOST_CHOICES]
    )


def _with_list(answer: Answer, choices: Sequence[ReplyChoice]) -> Answer:
    """Keep the customer's contracts open for "and the second?" instead of buttons under one bill.

    An explanation keeps its own: whether he agrees comes first.
    """
    if len(choices) < 2 or answer.state.topic != BILL or _is_disputable(answer):
        return answer
    return replace(answer, choices=(), state=replace(answer.state, offered=as_offered(choices)))


def _is_disputable(answer: Answer) -> bool:
    return any(choice.id == f"inform:bill:{DISPUTE}" for choice in answer.choices)
