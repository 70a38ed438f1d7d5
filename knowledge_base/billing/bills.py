"""Bills of a contract. Whoever reads them aloud has checked `verification.is_verified` before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.tables import bills


@dataclass(frozen=True, slots=True)
class Bill:
    """One month. `period` is its first day; `lines` as stored (label, quantity, price, amount_centimes)."""

    id: UUID
    contract_id: UUID
    period: date
    issued_on: date
    due_on: date
    amount_centimes: int
    consumption: int
    lines: list[dict[str, Any]]
    paid_at: datetime | None

    @property
    def is_paid(self) -> bool:
        return self.paid_at is not None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a contract owes: the sum of its unpaid bills, how many, and the first day due."""

    amount_centimes: int
    unpaid_bills: int
    due_on: date | None


_COLUMNS = (
    bills.c.id,
    bills.c.contract_id,
    bills.c.period,
    bills.c.issued_on,
    bills.c.due_on,
    bills.c.amount_centimes,
    bills.c.consumption,
    bills.c.lines,
    bills.c.paid_at,
)


async def bills_of(
    connection: AsyncConnection, contract_id: UUID, *, unpaid_only: bool = False, limit: int = 6
) -> list[Bill]:
    """Return the newest bills of a contract, newest first."""
    query = select(*_COLUMNS).where(bills.c.contract_id == contract_id)
    if unpaid_only:
        query = query.where(bills.c.paid_at.is_(None))
    rows = await connection.execute(query.order_by(bills.c.period.desc()).limit(limit))
    return [Bill(*row) for row in rows]


async def latest_bill(connection: AsyncConnection, contract_id: UUID) -> Bill | None:
    """Return the newest bill of a contract, paid or not, or None."""
    found = await bills_of(connection, contract_id, limit=1)
    return found[0] if found else None


async def balance_of(connection: AsyncConnection, contract_id: UUID) -> Balance:
    """Return what a contract owes today; all zero when everything is paid."""
    query = select(
        func.coalesce(func.sum(bills.c.amount_centimes), 0), func.count(), func.min(bills.c.due_on)
    ).where(bills.c.contract_id == contract_id, bills.c.paid_at.is_(None))
    amount, count, due_on = (await connection.execute(query)).one()
    return Balance(int(amount), count, due_on)
