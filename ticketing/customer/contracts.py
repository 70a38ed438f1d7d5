"""Whose contracts these are: proven by a code, vouched for by the channel, or said by an agent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.bills import Balance, Bill
from knowledge_base.billing.contracts import Contract, lookup_key
from knowledge_base.billing.source import BillingSource, BillingUnavailable
from ticketing.customer.contact import lock_contact, of_person, record
from ticketing.desk import Desk
from ticketing.errors import DeskError, Invalid, NotFound

DEADLINE: Final = 2.0  # seconds that the billing system may take for one question
MOST_BILLS: Final = 24
MOST_PHONES: Final = 5

T = TypeVar("T")

_PHONES: Final = of_person(
    "SELECT DISTINCT i.phone FROM identities i JOIN person p ON i.contact_id = p.id"
    " WHERE i.phone IS NOT NULL AND i.channel = ANY(CAST(:channels AS text[])) ORDER BY i.phone LIMIT :most"
)
_VERIFIED: Final = of_person(
    "SELECT DISTINCT ON (v.contract_id) v.contract_id, v.method, v.verified_at, v.expires_at"
    " FROM verified_identities v JOIN identities i ON i.id = v.identity_id"
    " JOIN person p ON p.id = i.contact_id ORDER BY v.contract_id, v.expires_at DESC"
)
_LINKED: Final = of_person(
    "SELECT DISTINCT ON (l.contract_id) l.contract_id, l.at, l.reason, l.agent_id, a.name AS agent_name"
    " FROM contact_contracts l JOIN person p ON p.id = l.contact_id"
    " LEFT JOIN agents a ON a.id = l.agent_id ORDER BY l.contract_id, l.at DESC"
)
_REGISTERED: Final = text("SELECT id FROM contracts WHERE registered_phone = ANY(CAST(:phones AS text[]))")
_CONTRACTS: Final = text(
    "SELECT k.id, k.reference, k.issuer, k.service, k.holder_name, k.registered_phone, k.commune_id, k.zone,"
    " k.meter_number, k.status, k.is_demo, p.name_ar, p.name_fr FROM contracts k"
    " LEFT JOIN places p ON p.id = k.commune_id WHERE k.id = ANY(CAST(:ids AS uuid[]))"
    " ORDER BY k.status = 'closed', k.reference"
)
_LINK: Final = text(
    "INSERT INTO contact_contracts (contact_id, contract_id, agent_id, reason, at)"
    " VALUES (:contact_id, :contract_id, :agent_id, :reason, :at) ON CONFLICT DO NOTHING"
)
_UNLINK: Final = of_person(
    "DELETE FROM contact_contracts l USING person p, contracts k WHERE l.contact_id = p.id"
    " AND l.contract_id = :contract_id AND k.id = l.contract_id RETURNING k.reference"
)


class BillingAway(DeskError):
    """The billing system does not answer: nothing can be looked up now."""

    status = 503


@dataclass(frozen=True, slots=True)
class Billing:
    """What a contract owes, told by the billing system. `last_bill`: None before the first."""

    last_bill: Bill | None
    balance: Balance


@dataclass(frozen=True, slots=True)
class Owned:
    """A contract of a customer and why we think so. `is_attested`: it is registered to a telephone that the
    channel proves him to hold. `billing` is None when the billing system does not answer in time.
    """

    contract: Contract
    commune: Mapping[str, str] | None
    verified: Row[Any] | None
    link: Row[Any] | None
    is_attested: bool
    billing: Billing | None

    def is_verified(self, now: datetime) -> bool:
        """Whether amounts may be told to him."""
        return self.is_attested or (self.verified is not None and self.verified.expires_at > now)


async def attested_phones(
    connection: AsyncConnection, contact_id: UUID, channels: Collection[str]
) -> list[str]:
    """Telephones (E.164) that these channels prove the customer to hold."""
    values = {"contact_id": contact_id, "channels": sorted(channels), "most": MOST_PHONES}
    return list((await connection.execute(_PHONES, values)).scalars())


async def known_contracts(connection: AsyncConnection, contact_id: UUID, phones: Sequence[str]) -> list[UUID]:
    """Ids of the customer's contracts, as far as our own tables know; the billing system is not asked."""
    values = {"contact_id": contact_id}
    found: dict[UUID, None] = {}
    for statement in (_VERIFIED, _LINKED):
        found |= {row.contract_id: None for row in await connection.execute(statement, values)}
    found |= dict.fromkeys((await connection.execute(_REGISTERED, {"phones": list(phones)})).scalars())
    return list(found)


class Portfolio:
    """A customer's contracts with what they owe. The billing system is asked outside any transaction."""

    def __init__(self, desk: Desk, billing: BillingSource, channels: Collection[str]) -> None:
        self._desk = desk
        self._billing = billing
        self._channels = channels

    async def of(self, contact_id: UUID) -> tuple[list[Owned], bool]:
        """The contracts, closed ones last, and whether those of his telephones could be asked for."""
        keys = {"contact_id": contact_id}
        async with self._desk.reading() as connection:
            phones = await attested_phones(connection, contact_id, self._channels)
            verified = {row.contract_id: row for row in await connection.execute(_VERIFIED, keys)}
            linked = {row.contract_id: row for row in await connection.execute(_LINKED, keys)}
        attested, complete = await self._registered_to(phones)
        ids = [*{*verified, *linked, *attested}]
        async with self._desk.reading() as connection:
            rows = (await connection.execute(_CONTRACTS, {"ids": ids})).all()
        contracts = [Contract(*row[:11]) for row in rows]
        owed = await asyncio.gather(*(_in_time(self._owed(contract)) for contract in contracts))
        return [
            Owned(
                contract,
                None if row.name_fr is None else {"ar": row.name_ar, "fr": row.name_fr},
                verified.get(contract.id),
                linked.get(contract.id),
                contract.id in attested or contract.registered_phone in phones,
                billing,
            )
            for row, contract, billing in zip(rows, contracts, owed, strict=True)
        ], complete

    async def _registered_to(self, phones: Sequence[str]) -> tuple[set[UUID], bool]:
        asked = await asyncio.gather(*(_in_time(self._billing.contracts_of_phone(phone)) for phone in phones))
        found = {contract.id for contracts in asked for contract in contracts or ()}
        return found, all(contracts is not None for contracts in asked)

    async def _owed(self, contract: Contract) -> Billing:
        bills = await self._billing.bills(contract, limit=MOST_BILLS)
        due = [bill for bill in bills if bill.is_due]
        first = min((bill.due_on for bill in due), default=None)
        balance = Balance(sum(bill.amount_centimes for bill in due), len(due), first)
        return Billing(bills[0] if bills else None, balance)

    async def link(self, contact_id: UUID, reference: str, reason: str, agent_id: UUID) -> None:
        """Keep that a contract is this contact's. Repeatable.

        Invalid `contract_unknown`; BillingAway `billing_unavailable`; NotFound, Conflict as `lock_contact`.
        """
        contract = await self._looked_up(reference)
        async with self._desk.transaction() as transaction:
            await lock_contact(transaction.connection, contact_id)
            values = {
                "contact_id": contact_id,
                "contract_id": contract.id,
                "agent_id": agent_id,
                "reason": reason,
                "at": transaction.now,
            }
            if (await transaction.connection.execute(_LINK, values)).rowcount:
                told = {"contract": contract.reference, "reason": reason}
                await record(transaction, "contact.contract_linked", contact_id, agent_id, told)

    async def unlink(self, contact_id: UUID, contract_id: UUID, agent_id: UUID) -> None:
        """NotFound `contract_not_linked` when nobody linked it; a verification stays what it is."""
        async with self._desk.transaction() as transaction:
            await lock_contact(transaction.connection, contact_id)
            values = {"contact_id": contact_id, "contract_id": contract_id}
            reference = (await transaction.connection.execute(_UNLINK, values)).scalars().first()
            if reference is None:
                raise NotFound("contract_not_linked", "This contract was not linked to the contact.")
            told = {"contract": reference}
            await record(transaction, "contact.contract_unlinked", contact_id, agent_id, told)

    async def _looked_up(self, reference: str) -> Contract:
        problem = "There is no contract with this reference."
        unknown = Invalid("contract_unknown", problem, {"reference": problem})
        if not lookup_key(reference):
            raise unknown
        try:
            async with asyncio.timeout(DEADLINE):
                contract = await self._billing.contract_by_reference(reference)
        except (BillingUnavailable, TimeoutError) as error:
            raise BillingAway("billing_unavailable", "The billing system does not answer.") from error
        if contract is None:
            raise unknown
        return contract


async def _in_time(asked: Awaitable[T]) -> T | None:
    """The answer, or None when the billing system has none in time."""
    try:
        async with asyncio.timeout(DEADLINE):
            return await asked
    except (BillingUnavailable, TimeoutError):
        return None
