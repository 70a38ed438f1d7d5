"""Contracts and their references. A reference is opaque: it is looked up, never parsed."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.tables import contract_aliases, contracts

CONTRACT_COLUMNS = tuple(
    contracts.c[name]
    for name in (
        "id",
        "reference",
        "issuer",
        "service",
        "holder_name",
        "registered_phone",
        "commune_id",
        "zone",
        "meter_number",
        "status",
        "is_demo",
    )
)


@dataclass(frozen=True, slots=True)
class Contract:
    """A service point. `registered_phone` is E.164; `service` electricity or water."""

    id: UUID
    reference: str
    issuer: str
    service: str
    holder_name: str
    registered_phone: str | None
    commune_id: str
    zone: str
    meter_number: str | None
    status: str
    is_demo: bool


def lookup_key(reference: str) -> str:
    """Return what references are compared by: blanks, dashes and leading zeros do not count.

    Digits of every script are the same. An empty key (no letter or digit at all) matches nothing.
    """
    plain = unicodedata.normalize("NFKC", reference.upper()).upper()
    kept = "".join(
        str(unicodedata.decimal(character, character)) for character in plain if character.isalnum()
    )
    return kept.lstrip("0") or kept[:1]


async def contracts_of_phone(connection: AsyncConnection, phone: str) -> list[Contract]:
    """Return the contracts registered to a telephone (E.164), closed ones last, then by reference."""
    found = await _contracts(connection, contracts.c.registered_phone == phone)
    return sorted(found, key=lambda contract: (contract.status == "closed", contract.reference))


async def contract_by_reference(
    connection: AsyncConnection, reference: str, *, issuer: str | None = None
) -> Contract | None:
    """Return the contract with this reference, in any spelling, or None.

    A current reference wins over an alias of a former operator. An alias that two operators gave to
    different contracts is found only when `issuer` says whose it is.
    """
    key = lookup_key(reference)
    if not key:
        return None
    current = await _contracts(connection, contracts.c.lookup_key == key)
    if current and issuer in (None, current[0].issuer):
        return current[0]
    aliases = select(contract_aliases.c.contract_id).where(contract_aliases.c.lookup_key == key)
    if issuer is not None:
        aliases = aliases.where(contract_aliases.c.issuer == issuer)
    former = await _contracts(connection, contracts.c.id.in_(aliases))
    return former[0] if len(former) == 1 else None


async def contract_by_id(connection: AsyncConnection, contract_id: UUID) -> Contract | None:
    """Return one contract, or None."""
    found = await _contracts(connection, contracts.c.id == contract_id)
    return found[0] if found else None


async def _contracts(connection: AsyncConnection, condition: ColumnElement[bool]) -> Sequence[Contract]:
    rows = await connection.execute(select(*CONTRACT_COLUMNS).where(condition))
    return [_contract(row) for row in rows]


def _contract(row: Row[*tuple[Any, ...]]) -> Contract:
    return Contract(*row)
