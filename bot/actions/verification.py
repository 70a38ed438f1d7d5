"""Proves that a customer may hear a contract's amounts: a reference, then a code sent to its telephone.

What a stranger sees is the same for a reference that exists and for one that does not: the same sentence,
no digit of the telephone, no sooner and no later.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.actions.bill import tell_if_verified, unavailable
from bot.actions.dialogue import BILL, CODE, CONTRACT, REFERENCE, Answer, Heard, ask
from bot.actions.people import hand_over_to_people
from bot.actions.services import Services
from bot.actions.subject import Action
from bot.contract import HandoverReason
from bot.texts import say
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingUnavailable
from knowledge_base.billing.verification import CODE_DIGITS, CodeRefused, CodeResult, check_code, start_code
from knowledge_base.text import fold

_LETTERED = re.compile(r"\b[a-z]{1,3}[-./ ]?\d[\d ./-]*")
# Intents that a number alone may be mistaken for, while we wait for one.
_NUMBER_INTENTS = frozenset(
    {
        "inform",
        "nlu_fallback",
        "meter_reading",
        "ticket_status",
        "bill_amount",
        "due_date",
        "off_topic",
        "affirm",
    }
)
_MOST_REFERENCES = 3
_MOST_ATTEMPTS = 3
# Longer than sending or comparing a code takes, so that its duration tells nothing.
EVEN_DURATION = 0.4


def takes(heard: Heard) -> Action | None:
    """A number answers the question for a reference or a code."""
    if heard.number is not None and heard.intent in _NUMBER_INTENTS:
        return {CONTRACT: reference_given, REFERENCE: reference_given, CODE: code_given}.get(
            heard.state.question or ""
        )
    return None


async def reference_given(heard: Heard, services: Services) -> Answer:
    """Send a code to the telephone of the contract named, if there is one, and ask for it.

    A customer may correct himself; who goes on trying references meets a person.
    """
    if heard.state.references >= _MOST_REFERENCES:
        return _given_up(heard)
    try:
        async with _evenly(services):
            contract = await _contract_named(heard, services)
            if contract is not None:
                answer = await tell_if_verified(heard, services, contract)
                if answer is not None:
                    return answer
                async with services.connection() as connection:
                    await _send_code(connection, heard, services, contract)
    except BillingUnavailable as reason:
        return unavailable(heard, reason)
    return ask(
        heard,
        say(heard.language, "code_sent"),
        question=CODE,
        topic=BILL,
        contract=None if contract is None else str(contract.id),
        references=heard.state.references + 1,
    )


async def _contract_named(heard: Heard, services: Services) -> Contract | None:
    """Look the number up, and then with the letters before it ("P-118890", a former operator's)."""
    spellings = [heard.number or "", *(match.group() for match in _LETTERED.finditer(fold(heard.text)))]
    for spelling in spellings:
        contract = await services.billing.contract_by_reference(spelling)
        if contract is not None:
            return contract
    return None


async def _send_code(
    connection: AsyncConnection, heard: Heard, services: Services, contract: Contract
) -> None:
    try:
        code = await start_code(
            connection,
            identity_id=heard.identity_id,
            conversation_id=heard.conversation_id,
            contract_id=contract.id,
            now=services.clock(),
        )
    except CodeRefused:
        return  # too many codes, locked, or no telephone: a stranger must not learn which
    assert contract.registered_phone is not None, "start_code refuses a contract without a telephone"
    await services.send_code(connection, contract, contract.registered_phone, code, heard.language)
    await services.record_event(
        connection, "verification.sent", heard.conversation_id, {"contract": contract.reference}
    )


async def code_given(heard: Heard, services: Services) -> Answer:
    """Compare the code; a right one opens the bill, a wrong one may be repeated, three end with a person.

    A number that cannot be a code is the reference again, corrected.
    """
    code = heard.number or ""
    if len(code) != CODE_DIGITS:
        return await reference_given(heard, services)
    answer = None
    try:
        async with _evenly(services):
            if heard.state.contract is not None:
                answer = await _told_for_code(heard, services, UUID(heard.state.contract), code)
    except BillingUnavailable as reason:
        return unavailable(heard, reason)
    return answer or _wrong_code(heard)


async def _told_for_code(heard: Heard, services: Services, contract_id: UUID, code: str) -> Answer | None:
    contract = await services.billing.contract_by_id(contract_id)
    async with services.connection() as connection:
        result = await check_code(
            connection,
            identity_id=heard.identity_id,
            contract_id=contract_id,
            code=code,
            now=services.clock(),
        )
        is_right = result is CodeResult.OK
        await services.record_event(
            connection,
            "verification.passed" if is_right else "verification.failed",
            heard.conversation_id,
            {"contract": contract.reference if contract else None},
        )
    return await tell_if_verified(heard, services, contract) if is_right and contract else None


def _wrong_code(heard: Heard) -> Answer:
    attempts = heard.state.attempts + 1
    if attempts >= _MOST_ATTEMPTS:
        return _given_up(heard)
    return ask(heard, say(heard.language, "code_wrong"), question=CODE, topic=BILL, attempts=attempts)


def _given_up(heard: Heard) -> Answer:
    return hand_over_to_people(
        heard, HandoverReason.VERIFICATION_FAILED, "hand_over_verification_failed", team="customers"
    )


@asynccontextmanager
async def _evenly(services: Services) -> AsyncIterator[None]:
    """Let the block last `EVEN_DURATION` seconds and the longest look-up, whatever it found."""
    loop = asyncio.get_running_loop()
    until = loop.time() + EVEN_DURATION + services.billing.slowest_answer
    try:
        yield
    finally:
        await asyncio.sleep(until - loop.time())
