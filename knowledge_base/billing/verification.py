"""Who may hear a contract's amounts: the registered telephone itself, or who repeats a code sent to it.

Every change takes the contract's row lock first, so that codes and attempts of one contract are counted one
after the other however many arrive at once. The caller owns the transaction and commits it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.tables import contracts, verification_codes, verified_identities
from knowledge_base.text import fold

CODE_DIGITS = 6
CODE_LIFETIME = timedelta(minutes=10)
MAX_ATTEMPTS = 3
LOCKED_FOR = timedelta(hours=1)
SENDS_COUNTED_FOR = timedelta(hours=1)
MAX_SENDS = 3  # per contract and identity
MAX_SENDS_OF_CONTRACT = 6  # over all identities: guessing from many addresses, or pestering one telephone
VERIFIED_FOR = timedelta(hours=1)


class CodeResult(StrEnum):
    OK = "ok"
    WRONG = "wrong"
    LOCKED = "locked"  # three wrong codes: an hour's pause, and a person
    EXPIRED = "expired"
    NONE = "none"  # no code is awaited


class CodeRefused(Exception):
    """No code was made."""


class TooManyCodes(CodeRefused):
    """Too many codes were sent within the hour."""


class VerificationLocked(CodeRefused):
    """Three wrong codes within the hour."""


class UnknownContract(CodeRefused):
    """There is no such contract, or it has no registered telephone to send a code to."""


async def is_verified(
    connection: AsyncConnection,
    identity_id: UUID,
    contract_id: UUID,
    *,
    attested_phone: str | None = None,
    now: datetime,
) -> bool:
    """Tell whether amounts of the contract may be told to the identity.

    `attested_phone` is a telephone (E.164) that the channel itself proves the sender to hold: it counts
    when it is the contract's registered one. A number the sender merely states must not be given here.
    """
    if attested_phone is not None:
        registered = await connection.scalar(
            select(contracts.c.registered_phone).where(contracts.c.id == contract_id)
        )
        if registered == attested_phone:
            return True
    verified = select(verified_identities.c.expires_at).where(
        verified_identities.c.identity_id == identity_id,
        verified_identities.c.contract_id == contract_id,
        verified_identities.c.expires_at > now,
    )
    return await connection.scalar(verified) is not None


async def start_code(
    connection: AsyncConnection,
    *,
    identity_id: UUID,
    conversation_id: UUID,
    contract_id: UUID,
    now: datetime,
) -> str:
    """Make a code of six digits to be sent to the contract's registered telephone, and nowhere else.

    A code sent before stops being accepted. Only a hash is stored.

    Raises:
        UnknownContract, VerificationLocked, TooManyCodes: no code was made.
    """
    if await _lock_contract(connection, contract_id) is None:
        raise UnknownContract("The contract has no registered telephone.")
    theirs = _codes_of(identity_id, contract_id)
    if await _wrong_attempts(connection, theirs, now) >= MAX_ATTEMPTS:
        raise VerificationLocked("Too many wrong codes were given for this contract.")
    await _refuse_too_many(connection, identity_id, contract_id, now)
    await connection.execute(
        update(verification_codes)
        .where(theirs, verification_codes.c.state == "sent")
        .values(state="replaced")
    )
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    salt = secrets.token_bytes(16)
    await connection.execute(
        insert(verification_codes).values(
            identity_id=identity_id,
            conversation_id=conversation_id,
            contract_id=contract_id,
            code_salt=salt,
            code_hash=await _hash(code, salt),
            sent_at=now,
            expires_at=now + CODE_LIFETIME,
        )
    )
    return code


async def check_code(
    connection: AsyncConnection, *, identity_id: UUID, contract_id: UUID, code: str, now: datetime
) -> CodeResult:
    """Compare what the customer wrote with the code awaited; a right one verifies the identity for an hour.

    Digits of every script and blanks between them are accepted. What is not six digits is wrong, but is
    not counted as an attempt. The third wrong code locks the identity and contract for an hour.
    """
    await _lock_contract(connection, contract_id)
    theirs = _codes_of(identity_id, contract_id)
    wrong_before = await _wrong_attempts(connection, theirs, now)
    if wrong_before >= MAX_ATTEMPTS:
        return CodeResult.LOCKED
    awaited = await _awaited_code(connection, theirs)
    if awaited is None:
        return CodeResult.NONE
    if awaited.expires_at <= now:
        return CodeResult.EXPIRED
    digits = "".join(character for character in fold(code) if character.isalnum())
    if len(digits) != CODE_DIGITS or not digits.isdecimal():
        return CodeResult.WRONG
    if hmac.compare_digest(await _hash(digits, awaited.code_salt), awaited.code_hash):
        await _set(connection, awaited.id, state="used")
        await _verify(connection, identity_id, contract_id, now)
        return CodeResult.OK
    locked = wrong_before + 1 >= MAX_ATTEMPTS
    await _set(
        connection,
        awaited.id,
        attempts=verification_codes.c.attempts + 1,
        attempted_at=now,
        state="failed" if locked else "sent",
    )
    return CodeResult.LOCKED if locked else CodeResult.WRONG


def _codes_of(identity_id: UUID, contract_id: UUID) -> ColumnElement[bool]:
    return and_(
        verification_codes.c.identity_id == identity_id, verification_codes.c.contract_id == contract_id
    )


async def _lock_contract(connection: AsyncConnection, contract_id: UUID) -> str | None:
    """Let one verification of the contract go on at a time; returns its registered telephone."""
    return await connection.scalar(
        select(contracts.c.registered_phone)
        .where(contracts.c.id == contract_id)
        .with_for_update(key_share=True)
    )


async def _refuse_too_many(
    connection: AsyncConnection, identity_id: UUID, contract_id: UUID, now: datetime
) -> None:
    sent = select(func.count().filter(verification_codes.c.identity_id == identity_id), func.count()).where(
        verification_codes.c.contract_id == contract_id,
        verification_codes.c.sent_at > now - SENDS_COUNTED_FOR,
    )
    by_identity, by_anyone = (await connection.execute(sent)).one()
    if by_identity >= MAX_SENDS or by_anyone >= MAX_SENDS_OF_CONTRACT:
        raise TooManyCodes("Too many codes were sent for this contract within the hour.")


async def _wrong_attempts(connection: AsyncConnection, theirs: ColumnElement[bool], now: datetime) -> int:
    """Count wrong codes of the last hour, over all codes sent: a new code brings no new attempts."""
    counted = select(func.coalesce(func.sum(verification_codes.c.attempts), 0)).where(
        theirs,
        verification_codes.c.state != "used",
        verification_codes.c.attempted_at > now - LOCKED_FOR,
    )
    return int(await connection.scalar(counted) or 0)


async def _awaited_code(
    connection: AsyncConnection, theirs: ColumnElement[bool]
) -> Row[*tuple[Any, ...]] | None:
    query = (
        select(
            verification_codes.c.id,
            verification_codes.c.code_salt,
            verification_codes.c.code_hash,
            verification_codes.c.expires_at,
        )
        .where(theirs, verification_codes.c.state == "sent")
        .order_by(verification_codes.c.sent_at.desc())
        .limit(1)
    )
    return (await connection.execute(query)).one_or_none()


async def _set(connection: AsyncConnection, code_id: UUID, **values: Any) -> None:
    await connection.execute(
        update(verification_codes).where(verification_codes.c.id == code_id).values(**values)
    )


async def _verify(connection: AsyncConnection, identity_id: UUID, contract_id: UUID, now: datetime) -> None:
    values = {"method": "code", "verified_at": now, "expires_at": now + VERIFIED_FOR}
    await connection.execute(
        insert(verified_identities)
        .values(identity_id=identity_id, contract_id=contract_id, **values)
        .on_conflict_do_update(index_elements=["identity_id", "contract_id"], set_=values)
    )


async def _hash(code: str, salt: bytes) -> bytes:
    """Return a deliberately slow hash, computed beside the event loop."""
    return await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
