"""Bills and payments of a contract. Who reads them aloud has checked `verification.is_verified` before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.tables import bills, payments

CONSUMPTION, ARREARS, REGULARISATION = "consumption", "arrears", "regularisation"
# What a line is for: the units of a bracket, the rest by its name on the bill. `stamp` is the stamp duty on
# payments in cash, `audiovisual` the tax for public broadcasting (TPPAN).
LINE_KINDS: Final = frozenset(
    {CONSUMPTION, "fixed", "sanitation", "tax", "stamp", "audiovisual", ARREARS, REGULARISATION, "other"}
)
READINGS: Final = frozenset({"read", "estimated", "customer"})
METHODS: Final = frozenset({"agency", "mobile_agency", "partner", "bank", "fatourati", "online", "other"})


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """One line of a bill. `price` is in dirhams a unit; `amount_centimes` may be negative (a credit).

    `quantity` are the units (kWh or m³) charged at the price, `label` the bill's own word for the line.
    """

    kind: str
    amount_centimes: int
    quantity: int | None = None
    price: Decimal | None = None
    label: str | None = None

    @classmethod
    def from_stored(cls, line: Mapping[str, Any]) -> ChargedLine:
        """Read a line as the table keeps it: the price as decimal text, units as "from" and "to"."""
        first, last = line.get("from"), line.get("to")
        return cls(
            kind=line.get("kind", CONSUMPTION),
            amount_centimes=line["amount_centimes"],
            quantity=None if first is None or last is None else last - first + 1,
            price=Decimal(line["price"]) if line.get("price") is not None else None,
            label=line.get("label"),
        )


@dataclass(frozen=True, slots=True)
class Bill:
    """One month. `period` is its first day; `consumption` in kWh or m³; `days` from reading to reading.

    `reading` is one of READINGS, None where the records do not tell. A bill that `is_carried` is unpaid and
    stands as arrears in a later bill: only the later one is to be paid.
    """

    id: UUID | None
    contract_id: UUID
    period: date
    issued_on: date
    due_on: date
    amount_centimes: int
    consumption: int
    lines: tuple[ChargedLine, ...]
    paid_at: datetime | None
    days: int | None = None
    previous_index: int | None = None
    new_index: int | None = None
    reading: str | None = None
    is_carried: bool = False

    @property
    def is_paid(self) -> bool:
        return self.paid_at is not None

    @property
    def is_due(self) -> bool:
        """Whether it is still to be paid by itself."""
        return self.paid_at is None and not self.is_carried

    @property
    def adds_up(self) -> bool:
        """Whether the lines are there and make the amount."""
        return bool(self.lines) and self.sum_of(*LINE_KINDS) == self.amount_centimes

    def sum_of(self, *kinds: str) -> int:
        """Return what the lines of these kinds amount to, in centimes."""
        return sum(line.amount_centimes for line in self.lines if line.kind in kinds)


@dataclass(frozen=True, slots=True)
class Payment:
    """`method` is one of METHODS; `place` and `receipt` as the receipt has them."""

    paid_at: datetime
    amount_centimes: int
    method: str
    place: str | None = None
    receipt: str | None = None


@dataclass(frozen=True, slots=True)
class Balance:
    """What a contract owes: the sum of its bills to be paid, how many, and the first day due."""

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
    bills.c.days,
    bills.c.previous_index,
    bills.c.new_index,
    bills.c.reading,
    bills.c.is_carried,
)
_IS_DUE = bills.c.paid_at.is_(None) & ~bills.c.is_carried


async def bills_of(
    connection: AsyncConnection, contract_id: UUID, *, unpaid_only: bool = False, limit: int = 6
) -> list[Bill]:
    """Return the newest bills of a contract, newest first."""
    query = select(*_COLUMNS).where(bills.c.contract_id == contract_id)
    if unpaid_only:
        query = query.where(_IS_DUE)
    rows = await connection.execute(query.order_by(bills.c.period.desc()).limit(limit))
    return [_bill(row._asdict()) for row in rows]


def _bill(row: dict[str, Any]) -> Bill:
    lines = tuple(ChargedLine.from_stored(line) for line in row.pop("lines"))
    return Bill(**row, lines=lines)


async def latest_bill(connection: AsyncConnection, contract_id: UUID) -> Bill | None:
    """Return the newest bill of a contract, paid or not, or None."""
    found = await bills_of(connection, contract_id, limit=1)
    return found[0] if found else None


async def balance_of(connection: AsyncConnection, contract_id: UUID) -> Balance:
    """Return what a contract owes today; all zero when everything is paid."""
    query = select(
        func.coalesce(func.sum(bills.c.amount_centimes), 0), func.count(), func.min(bills.c.due_on)
    ).where(bills.c.contract_id == contract_id, _IS_DUE)
    amount, count, due_on = (await connection.execute(query)).one()
    return Balance(int(amount), count, due_on)


async def payments_of(connection: AsyncConnection, contract_id: UUID, *, limit: int = 6) -> list[Payment]:
    """Return the newest payments of a contract, newest first."""
    query = (
        select(
            payments.c.paid_at,
            payments.c.amount_centimes,
            payments.c.method,
            payments.c.place,
            payments.c.receipt,
        )
        .where(payments.c.contract_id == contract_id)
        .order_by(payments.c.paid_at.desc())
        .limit(limit)
    )
    return [Payment(*row) for row in await connection.execute(query)]
