"""Where contracts, bills and payments come from: one protocol, whatever the billing system."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.bills import Bill, Payment, bills_of, payments_of
from knowledge_base.billing.contracts import (
    Contract,
    contract_by_id,
    contract_by_reference,
    contracts_of_phone,
)

Connect = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Opens a transaction of its own that commits when its block ends well."""


class BillingUnavailable(Exception):
    """The billing system does not answer, or not with what can be trusted. Nothing is told from memory."""


class BillingSource(Protocol):
    """What the assistant asks. Every method may raise `BillingUnavailable`; none is called in a transaction.

    A contract's id is ours and stays the same: one-time codes and verified identities refer to it.
    `slowest_answer` is how many seconds a look-up may take: whoever must not show what it found lets every
    look-up last as long.
    """

    slowest_answer: float

    async def contracts_of_phone(self, phone: str) -> Sequence[Contract]:
        """Return the contracts registered to a telephone (E.164), closed ones last, then by reference."""

    async def contract_by_reference(self, reference: str) -> Contract | None:
        """Return the contract with this reference, in any spelling, or None."""

    async def contract_by_id(self, contract_id: UUID) -> Contract | None:
        """Return a contract found before, as it is now, or None."""

    async def bills(self, contract: Contract, *, limit: int) -> Sequence[Bill]:
        """Return the newest bills, newest first."""

    async def payments(self, contract: Contract, *, limit: int) -> Sequence[Payment]:
        """Return the newest payments, newest first."""

    async def probe(self) -> str:
        """Return in a few words what answers."""


class TableSource:
    """Contracts and bills in our own tables: the demonstration's, or those an import writes."""

    slowest_answer = 0.0

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def contracts_of_phone(self, phone: str) -> Sequence[Contract]:
        async with self._connect() as connection:
            return await contracts_of_phone(connection, phone)

    async def contract_by_reference(self, reference: str) -> Contract | None:
        async with self._connect() as connection:
            return await contract_by_reference(connection, reference)

    async def contract_by_id(self, contract_id: UUID) -> Contract | None:
        async with self._connect() as connection:
            return await contract_by_id(connection, contract_id)

    async def bills(self, contract: Contract, *, limit: int) -> Sequence[Bill]:
        async with self._connect() as connection:
            return await bills_of(connection, contract.id, limit=limit)

    async def payments(self, contract: Contract, *, limit: int) -> Sequence[Payment]:
        async with self._connect() as connection:
            return await payments_of(connection, contract.id, limit=limit)

    async def probe(self) -> str:
        return "our own tables"
