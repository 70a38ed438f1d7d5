"""One-time codes: who may hear amounts, and how guessing ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge_base.billing.tables import contracts, verification_codes
from knowledge_base.billing.verification import (
    CodeResult,
    TooManyCodes,
    UnknownContract,
    VerificationLocked,
    check_code,
    is_verified,
    start_code,
)

CONTRACT = UUID(int=1)
OTHER_CONTRACT = UUID(int=2)
PHONE = "+212661000001"
NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CUSTOMER = uuid4()


def minutes(count: float) -> datetime:
    return NOW + timedelta(minutes=count)


async def start(connection: AsyncConnection, now: datetime = NOW, identity: UUID = CUSTOMER) -> str:
    return await start_code(
        connection, identity_id=identity, conversation_id=uuid4(), contract_id=CONTRACT, now=now
    )


async def check(
    connection: AsyncConnection, code: str, now: datetime = NOW, identity: UUID = CUSTOMER
) -> CodeResult:
    return await check_code(connection, identity_id=identity, contract_id=CONTRACT, code=code, now=now)


async def verified(connection: AsyncConnection, now: datetime = NOW, phone: str | None = None) -> bool:
    return await is_verified(connection, CUSTOMER, CONTRACT, attested_phone=phone, now=now)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


async def test_the_right_code_verifies_this_identity_for_this_contract_for_an_hour(
    connection: AsyncConnection,
) -> None:
    code = await start(connection)
    assert len(code) == 6
    assert code.isdecimal()
    assert not await verified(connection)
    assert await check(connection, code, minutes(9)) is CodeResult.OK
    assert await verified(connection, minutes(68))
    assert not await verified(connection, minutes(69))
    assert not await is_verified(connection, uuid4(), CONTRACT, now=minutes(9))
    assert not await is_verified(connection, CUSTOMER, OTHER_CONTRACT, now=minutes(9))


async def test_a_code_serves_once(connection: AsyncConnection) -> None:
    code = await start(connection)
    assert await check(connection, code) is CodeResult.OK
    assert await check(connection, code) is CodeResult.NONE


async def test_nothing_readable_is_stored(connection: AsyncConnection) -> None:
    code = await start(connection)
    row = (await connection.execute(select(verification_codes))).one()
    assert code not in str(row)
    assert code.encode() not in row.code_hash + row.code_salt


@pytest.mark.parametrize("shape", ["{}", " {} ", "eastern", "spaced"])
async def test_a_code_is_read_in_any_digits(connection: AsyncConnection, shape: str) -> None:
    code = await start(connection)
    written = {
        "eastern": code.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")),
        "spaced": f"{code[:3]} {code[3:]}",
    }.get(shape, shape.format(code))
    assert await check(connection, written) is CodeResult.OK


async def test_a_code_expires_after_ten_minutes(connection: AsyncConnection) -> None:
    code = await start(connection)
    assert await check(connection, code, minutes(10)) is CodeResult.EXPIRED
    assert not await verified(connection, minutes(10))


async def test_a_new_code_replaces_the_one_before(connection: AsyncConnection) -> None:
    first = await start(connection)
    second = await start(connection, minutes(1))
    if first != second:
        assert await check(connection, first, minutes(1)) is CodeResult.WRONG
    assert await check(connection, second, minutes(1)) is CodeResult.OK


async def test_without_a_code_nothing_is_right(connection: AsyncConnection) -> None:
    assert await check(connection, "000000") is CodeResult.NONE


async def test_another_identity_cannot_use_the_code(connection: AsyncConnection) -> None:
    code = await start(connection)
    assert await check(connection, code, identity=uuid4()) is CodeResult.NONE


async def test_three_wrong_codes_lock_for_an_hour_even_for_the_right_one(connection: AsyncConnection) -> None:
    code = await start(connection)
    results = [await check(connection, wrong(code), minutes(at)) for at in (1, 2, 3)]
    assert results == [CodeResult.WRONG, CodeResult.WRONG, CodeResult.LOCKED]
    assert await check(connection, code, minutes(4)) is CodeResult.LOCKED
    with pytest.raises(VerificationLocked):
        await start(connection, minutes(50))
    again = await start(connection, minutes(64))
    assert await check(connection, again, minutes(64)) is CodeResult.OK


async def test_a_new_code_brings_no_new_attempts(connection: AsyncConnection) -> None:
    code = await start(connection)
    assert await check(connection, wrong(code), minutes(1)) is CodeResult.WRONG
    assert await check(connection, wrong(code), minutes(1)) is CodeResult.WRONG
    code = await start(connection, minutes(2))
    assert await check(connection, wrong(code), minutes(3)) is CodeResult.LOCKED


@pytest.mark.parametrize("written", ["", "12345", "1234567", "abcdef", "لا اعرف"])
async def test_what_is_not_six_digits_is_no_attempt(connection: AsyncConnection, written: str) -> None:
    code = await start(connection)
    for _ in range(5):
        assert await check(connection, written) is CodeResult.WRONG
    assert await check(connection, code) is CodeResult.OK


async def test_three_codes_an_hour(connection: AsyncConnection) -> None:
    for at in (0, 1, 2):
        await start(connection, minutes(at))
    with pytest.raises(TooManyCodes):
        await start(connection, minutes(59))
    await start(connection, minutes(61))


async def test_one_telephone_is_not_pestered_from_many_addresses(connection: AsyncConnection) -> None:
    for _ in range(6):
        await start(connection, identity=uuid4())
    with pytest.raises(TooManyCodes):
        await start(connection, identity=uuid4())


async def test_no_code_without_a_telephone_to_send_it_to(connection: AsyncConnection) -> None:
    await connection.execute(update(contracts).values(registered_phone=None))
    with pytest.raises(UnknownContract):
        await start(connection)
    with pytest.raises(UnknownContract):
        await start_code(
            connection, identity_id=CUSTOMER, conversation_id=uuid4(), contract_id=uuid4(), now=NOW
        )


@pytest.mark.parametrize(
    ("phone", "expected"), [(PHONE, True), ("+212661000009", False), ("", False), (None, False)]
)
async def test_the_registered_telephone_itself_needs_no_code(
    connection: AsyncConnection, phone: str | None, expected: bool
) -> None:
    assert await verified(connection, phone=phone) is expected


async def test_no_telephone_is_never_the_registered_one(connection: AsyncConnection) -> None:
    await connection.execute(update(contracts).values(registered_phone=None))
    assert not await verified(connection, phone=None)


async def test_guesses_at_once_are_counted_one_by_one(
    database: AsyncEngine, connection: AsyncConnection
) -> None:
    code = await start(connection)
    await connection.commit()

    async def guess(number: int) -> CodeResult:
        async with database.begin() as own:
            return await check(own, f"{(int(code) + 1 + number) % 1_000_000:06d}")

    results = Counter(await asyncio.gather(*(guess(number) for number in range(12))))
    assert results == {CodeResult.WRONG: 2, CodeResult.LOCKED: 10}


async def test_codes_asked_for_at_once_are_counted_one_by_one(
    database: AsyncEngine, connection: AsyncConnection
) -> None:
    async def ask() -> bool:
        async with database.begin() as own:
            try:
                await start(own)
            except TooManyCodes:
                return False
            return True

    assert sum(await asyncio.gather(*(ask() for _ in range(8)))) == 3
    assert (
        await connection.scalar(select(verification_codes.c.id).where(verification_codes.c.state == "sent"))
        is not None
    )
