"""Contracts by telephone and by reference, and what they owe."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.bills import (
    Balance,
    ChargedLine,
    Payment,
    balance_of,
    bills_of,
    latest_bill,
    payments_of,
)
from knowledge_base.billing.contracts import (
    contract_by_id,
    contract_by_reference,
    contracts_of_phone,
    lookup_key,
)
from knowledge_base.billing.tables import bills, contracts, payments

ELECTRICITY = UUID(int=1)
WATER = UUID(int=2)
PHONE = "+212661000001"


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ("0042-117 903", "42117903"),
        ("٤٢١١٧٩٠٣", "42117903"),
        ("42.117.903", "42117903"),
        ("ref/w7", "REFW7"),
        ("000", "0"),
        ("--", ""),
        ("", ""),
    ],
)
def test_lookup_key(written: str, key: str) -> None:
    assert lookup_key(written) == key


@given(st.text())
def test_lookup_key_is_idempotent(reference: str) -> None:
    assert lookup_key(lookup_key(reference)) == lookup_key(reference)


@pytest.mark.parametrize("written", ["0042-117 903", "42117903", " 00042 117903 ", "٤٢-١١٧-٩٠٣"])
async def test_a_reference_is_found_in_any_spelling(connection: AsyncConnection, written: str) -> None:
    found = await contract_by_reference(connection, written)
    assert found is not None
    assert (found.id, found.reference) == (ELECTRICITY, "0042-117 903")


async def test_a_former_reference_is_found(connection: AsyncConnection) -> None:
    found = await contract_by_reference(connection, "old 77")
    assert found is not None
    assert found.id == WATER


async def test_a_reference_that_two_operators_gave_needs_its_issuer(connection: AsyncConnection) -> None:
    assert await contract_by_reference(connection, "8812") is None
    for issuer, contract_id in (("lydec", ELECTRICITY), ("radeej", WATER)):
        found = await contract_by_reference(connection, "8812", issuer=issuer)
        assert found is not None
        assert found.id == contract_id


@pytest.mark.parametrize("written", ["", "-", "42117904", "4211790", "' OR 1=1 --"])
async def test_what_is_no_reference_finds_nothing(connection: AsyncConnection, written: str) -> None:
    assert await contract_by_reference(connection, written) is None


async def test_contracts_of_a_telephone_closed_ones_last(connection: AsyncConnection) -> None:
    assert [c.id for c in await contracts_of_phone(connection, PHONE)] == [ELECTRICITY, WATER]
    await connection.execute(update(contracts).where(contracts.c.id == ELECTRICITY).values(status="closed"))
    assert [c.id for c in await contracts_of_phone(connection, PHONE)] == [WATER, ELECTRICITY]
    assert await contracts_of_phone(connection, "+212600000000") == []


async def test_contract_by_id(connection: AsyncConnection) -> None:
    found = await contract_by_id(connection, WATER)
    assert found is not None
    assert found.service == "water"
    assert await contract_by_id(connection, uuid4()) is None


async def test_bills_and_balance(connection: AsyncConnection) -> None:
    for month, amount, paid in ((9, 9010, True), (10, 14376, False), (11, 16205, False)):
        await connection.execute(
            insert(bills).values(
                contract_id=ELECTRICITY,
                period=date(2026, month, 1),
                issued_on=date(2026, month, 5),
                due_on=date(2026, month, 25),
                amount_centimes=amount,
                consumption=100,
                lines=[{"from": 1, "to": 100, "price": "0.9010", "amount_centimes": amount}],
                paid_at=datetime(2026, month, 20, tzinfo=UTC) if paid else None,
            )
        )
    newest = await latest_bill(connection, ELECTRICITY)
    assert newest is not None
    assert (newest.period.month, newest.is_paid, newest.adds_up) == (11, False, True)
    assert newest.lines == (ChargedLine("consumption", 16205, 100, Decimal("0.9010")),)
    assert [bill.period.month for bill in await bills_of(connection, ELECTRICITY)] == [11, 10, 9]
    unpaid = await bills_of(connection, ELECTRICITY, unpaid_only=True, limit=1)
    assert [bill.period.month for bill in unpaid] == [11]
    assert await balance_of(connection, ELECTRICITY) == Balance(30581, 2, date(2026, 10, 25))
    assert await balance_of(connection, WATER) == Balance(0, 0, None)
    assert await latest_bill(connection, WATER) is None


async def test_a_carried_bill_is_not_to_be_paid_by_itself(connection: AsyncConnection) -> None:
    for month, amount, carried in ((10, 9010, True), (11, 18020, False)):
        await connection.execute(
            insert(bills).values(
                contract_id=ELECTRICITY,
                period=date(2026, month, 1),
                issued_on=date(2026, month, 5),
                due_on=date(2026, month, 25),
                amount_centimes=amount,
                consumption=100,
                lines=[],
                is_carried=carried,
            )
        )
    assert await balance_of(connection, ELECTRICITY) == Balance(18020, 1, date(2026, 11, 25))
    assert [bill.is_due for bill in await bills_of(connection, ELECTRICITY)] == [True, False]
    assert len(await bills_of(connection, ELECTRICITY, unpaid_only=True)) == 1


async def test_payments_newest_first(connection: AsyncConnection) -> None:
    for day in (3, 21, 12):
        await connection.execute(
            insert(payments).values(
                contract_id=WATER,
                paid_at=datetime(2026, 11, day, tzinfo=UTC),
                amount_centimes=day,
                method="bank",
            )
        )
    found = await payments_of(connection, WATER, limit=2)
    assert found == [
        Payment(datetime(2026, 11, 21, tzinfo=UTC), 21, "bank"),
        Payment(datetime(2026, 11, 12, tzinfo=UTC), 12, "bank"),
    ]
    assert await payments_of(connection, ELECTRICITY) == []
