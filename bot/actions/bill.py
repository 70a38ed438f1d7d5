"""How much is due: told only to who is verified for the contract, and every telling recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.dialogue import BILL, CONTRACT, REFERENCE, Answer, Heard, ask
from bot.actions.moments import amount_words, due_words, period_words
from bot.actions.services import Services
from bot.contract import Language, ReplyChoice
from bot.texts import say
from knowledge_base.billing.bills import Bill, bills_of
from knowledge_base.billing.contracts import Contract, contract_by_id, contracts_of_phone
from knowledge_base.billing.verification import is_verified

_MOST_CHOICES = 10  # rows of a list on the narrowest channel
_MOST_LINES = 6
_TITLE_DIGITS = 6  # of a contract's reference, enough to tell one's own contracts apart


async def bill(heard: Heard, services: Services) -> Answer:
    """Tell the amount where the customer is verified already, else begin to verify."""
    async with services.connection() as connection:
        own = await _own_contracts(connection, heard)
        if len(own) == 1:
            return await tell(connection, heard, services, own[0])
        if own:
            return _which_contract(heard, own)
        if heard.state.contract is not None:
            answer = await tell_if_verified(connection, heard, services, UUID(heard.state.contract))
            if answer is not None:
                return answer
    return ask(heard, say(heard.language, "ask_reference"), question=REFERENCE, topic=BILL)


async def chosen_contract(heard: Heard, services: Services) -> Answer:
    """A contract was picked from the list; a picked id proves nothing by itself."""
    async with services.connection() as connection:
        try:
            contract_id = UUID(heard.chosen[1] if heard.chosen else "")
        except ValueError:
            contract_id = None
        if contract_id is not None:
            answer = await tell_if_verified(connection, heard, services, contract_id)
            if answer is not None:
                return answer
    return ask(heard, say(heard.language, "ask_reference"), question=REFERENCE, topic=BILL)


async def tell_if_verified(
    connection: AsyncConnection, heard: Heard, services: Services, contract_id: UUID
) -> Answer | None:
    """Tell the contract's bills, or return None where the customer may not hear them."""
    allowed = await is_verified(
        connection,
        heard.identity_id,
        contract_id,
        attested_phone=heard.attested_phone,
        now=services.clock(),
    )
    contract = await contract_by_id(connection, contract_id) if allowed else None
    return None if contract is None else await tell(connection, heard, services, contract)


async def tell(connection: AsyncConnection, heard: Heard, services: Services, contract: Contract) -> Answer:
    """Say what the contract owes and record that it was said. The caller has verified the customer."""
    bills = await bills_of(connection, contract.id, limit=24)
    await services.record_event(
        connection, "bill.disclosed", heard.conversation_id, {"contract": contract.reference}
    )
    today = services.clock().astimezone(services.timezone).date()
    text = _bill_text(heard.language, contract, bills, today)
    answer = ask(heard, text, question=None, topic=BILL, contract=str(contract.id), references=0, attempts=0)
    if heard.chosen is None:
        return answer
    # The list stays open: "and the first one?"
    return replace(answer, state=replace(answer.state, offered=heard.state.offered))


async def _own_contracts(connection: AsyncConnection, heard: Heard) -> list[Contract]:
    if heard.attested_phone is None:
        return []
    found = await contracts_of_phone(connection, heard.attested_phone)
    return [contract for contract in found if contract.status != "closed"] or found


def _which_contract(heard: Heard, contracts: list[Contract]) -> Answer:
    choices = tuple(
        ReplyChoice(
            f"inform:contract:{contract.id}",
            f"{_service(heard.language, contract)} …{contract.reference[-_TITLE_DIGITS:]}",
        )
        for contract in contracts[:_MOST_CHOICES]
    )
    return ask(heard, say(heard.language, "which_contract"), question=CONTRACT, topic=BILL, choices=choices)


def _bill_text(language: Language, contract: Contract, bills: list[Bill], today: date) -> str:
    service = _service(language, contract)
    unpaid = [bill for bill in bills if not bill.is_paid]
    if not bills:
        return say(language, "bill_none")
    if not unpaid:
        return say(language, "bill_paid", service=service, **_values(language, bills[0]))
    if len(unpaid) == 1:
        key = "bill_overdue" if unpaid[0].due_on < today else "bill_unpaid"
        return say(language, key, service=service, **_values(language, unpaid[0]))
    total = amount_words(language, sum(bill.amount_centimes for bill in unpaid))
    lines = [say(language, "bills_unpaid", service=service, count=len(unpaid), total=total)]
    lines += [say(language, "bill_line", **_values(language, bill)) for bill in unpaid[:_MOST_LINES]]
    return "\n".join(lines)


def _values(language: Language, bill: Bill) -> dict[str, str]:
    return {
        "period": period_words(language, bill.period),
        "amount": amount_words(language, bill.amount_centimes),
        "due": due_words(language, bill.due_on),
    }


def _service(language: Language, contract: Contract) -> str:
    return say(language, f"service_{contract.service}")
