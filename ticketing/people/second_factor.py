"""An agent's second factor: setting it up, asking for it, taking it away. Each code is good once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.desk import Desk, Event, Transaction
from ticketing.errors import Conflict, Invalid
from ticketing.people.guards import end_sessions
from ticketing.people.one_time_codes import (
    enrolment_uri,
    hash_recovery_code,
    is_one_time_code,
    matching_step,
    new_recovery_codes,
    new_secret,
    qr_code,
    written_secret,
)
from ticketing.sealing import Sealer

_STATE: Final = text(
    "SELECT f.confirmed_at, (SELECT count(*) FROM recovery_codes c WHERE c.agent_id = f.agent_id"
    " AND c.used_at IS NULL) AS codes_left FROM second_factors f"
    " WHERE f.agent_id = :agent_id AND f.confirmed_at IS NOT NULL"
)
_LOCK: Final = text(
    "SELECT secret, confirmed_at, last_step FROM second_factors WHERE agent_id = :agent_id FOR UPDATE"
)
_BEGIN: Final = text(
    "INSERT INTO second_factors (agent_id, secret) VALUES (:agent_id, :secret)"
    " ON CONFLICT (agent_id) DO UPDATE SET secret = excluded.secret, last_step = 0, created_at = now()"
    " WHERE second_factors.confirmed_at IS NULL RETURNING agent_id"
)
_USE_STEP: Final = text("UPDATE second_factors SET last_step = :step WHERE agent_id = :agent_id")
_USE_CODE: Final = text(
    "UPDATE recovery_codes SET used_at = now() WHERE agent_id = :agent_id AND code_hash = :code_hash"
    " AND used_at IS NULL RETURNING agent_id"
)
_CONFIRM: Final = text("UPDATE second_factors SET confirmed_at = now() WHERE agent_id = :agent_id")
_FORGET: Final = (
    text("DELETE FROM recovery_codes WHERE agent_id = :agent_id"),
    text("DELETE FROM second_factors WHERE agent_id = :agent_id"),
)
_ADD_CODE: Final = text("INSERT INTO recovery_codes (agent_id, code_hash) VALUES (:agent_id, :code_hash)")
_REQUIRED: Final = text(
    "SELECT r.second_factor_required FROM agents a JOIN roles r ON r.key = a.role WHERE a.id = :agent_id"
)


@dataclass(frozen=True, slots=True)
class FactorState:
    """In force since when, and how many recovery codes are left."""

    since: datetime
    codes_left: int


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app is given; shown once."""

    secret: str
    uri: str
    qr: str


class SecondFactors:
    """`issuer` is what the app shows above the code."""

    def __init__(self, desk: Desk, sealer: Sealer, issuer: str) -> None:
        self._desk = desk
        self._sealer = sealer
        self._issuer = issuer

    async def state(self, connection: AsyncConnection, agent_id: UUID) -> FactorState | None:
        """None: there is none, or none in force yet."""
        row = (await connection.execute(_STATE, {"agent_id": agent_id})).one_or_none()
        return None if row is None else FactorState(row.confirmed_at, row.codes_left)

    async def begin(self, agent_id: UUID, email: str) -> Enrolment:
        """Conflict `second_factor_exists` when one is in force."""
        secret = new_secret()
        sealed = self._sealer.seal(secret, _purpose(agent_id))
        async with self._desk.transaction() as transaction:
            begun = await transaction.connection.execute(_BEGIN, {"agent_id": agent_id, "secret": sealed})
            if begun.first() is None:
                raise Conflict("second_factor_exists", "A second factor is already in force.")
        uri = enrolment_uri(secret, email, self._issuer)
        return Enrolment(written_secret(secret), uri, qr_code(uri))

    async def confirm(self, agent_id: UUID, code: str, session: bytes) -> list[str]:
        """Put it in force with a code of the app; this session counts as proven, the others end. Returns the
        recovery codes. Invalid `bad_code`.
        """
        async with self._desk.transaction() as transaction:
            connection = transaction.connection
            row = (await connection.execute(_LOCK, {"agent_id": agent_id})).one_or_none()
            if row is not None and row.confirmed_at is not None:
                raise Conflict("second_factor_exists", "A second factor is already in force.")
            if row is None or not await self._use_one_time_code(transaction, agent_id, code):
                raise bad_code()
            await connection.execute(_CONFIRM, {"agent_id": agent_id})
            await connection.execute(
                text("UPDATE sessions SET second_factor = true WHERE token_hash = :session"),
                {"session": session},
            )
            await end_sessions(transaction, agent_id, keep=session)
            _record(transaction, "agent.second_factor_added", agent_id, agent_id)
            return await _new_codes(connection, agent_id)

    async def prove(self, transaction: Transaction, agent_id: UUID, code: str) -> bool:
        """Use a code of the app or a recovery code up. The row's lock lets one of two same codes through."""
        row = (await transaction.connection.execute(_LOCK, {"agent_id": agent_id})).one_or_none()
        if row is None or row.confirmed_at is None:
            return False
        if is_one_time_code(code):
            return await self._use_one_time_code(transaction, agent_id, code)
        values = {"agent_id": agent_id, "code_hash": hash_recovery_code(agent_id, code)}
        if (await transaction.connection.execute(_USE_CODE, values)).first() is None:
            return False
        _record(transaction, "agent.recovery_code_used", agent_id, agent_id)
        return True

    async def renew_codes(self, agent_id: UUID, code: str) -> list[str]:
        """Ten new recovery codes; the old ones are void. Invalid `bad_code`."""
        async with self._desk.transaction() as transaction:
            if not await self.prove(transaction, agent_id, code):
                raise bad_code()
            return await _new_codes(transaction.connection, agent_id)

    async def remove(self, agent_id: UUID, code: str) -> None:
        """By the agent himself. Conflict `second_factor_required` when his role demands it."""
        async with self._desk.transaction() as transaction:
            if await transaction.connection.scalar(_REQUIRED, {"agent_id": agent_id}):
                raise Conflict("second_factor_required", "Your role requires a second factor.")
            if not await self.prove(transaction, agent_id, code):
                raise bad_code()
            await forget_factor(transaction, agent_id, by=agent_id)

    async def _use_one_time_code(self, transaction: Transaction, agent_id: UUID, code: str) -> bool:
        row = (await transaction.connection.execute(_LOCK, {"agent_id": agent_id})).one()
        secret = self._sealer.open(row.secret, _purpose(agent_id))
        step = matching_step(secret, code, transaction.now)
        if step is None or step <= row.last_step:
            return False
        await transaction.connection.execute(_USE_STEP, {"agent_id": agent_id, "step": step})
        return True


async def forget_factor(transaction: Transaction, agent_id: UUID, *, by: UUID) -> None:
    """Take the second factor away with its recovery codes."""
    for statement in _FORGET:
        await transaction.connection.execute(statement, {"agent_id": agent_id})
    _record(transaction, "agent.second_factor_removed", agent_id, by)


def bad_code() -> Invalid:
    return Invalid("bad_code", "This code is wrong, too old, or was used already.", {"code": "wrong"})


async def _new_codes(connection: AsyncConnection, agent_id: UUID) -> list[str]:
    codes = new_recovery_codes()
    await connection.execute(_FORGET[0], {"agent_id": agent_id})
    await connection.execute(
        _ADD_CODE, [{"agent_id": agent_id, "code_hash": hash_recovery_code(agent_id, code)} for code in codes]
    )
    return codes


def _record(transaction: Transaction, event_type: str, agent_id: UUID, by: UUID) -> None:
    transaction.record(
        Event(event_type, "agent", actor_id=by, data={"agent_id": str(agent_id), "by": str(by)})
    )


def _purpose(agent_id: UUID) -> str:
    return f"second_factor:{agent_id}"
