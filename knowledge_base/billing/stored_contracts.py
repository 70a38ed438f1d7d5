"""Writes contracts that another system gave to our own table: codes and identities refer to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.billing.contracts import CONTRACT_COLUMNS, Contract
from knowledge_base.billing.tables import contracts, verified_identities


async def store_contracts(
    connection: AsyncConnection, rows: Sequence[Mapping[str, Any]]
) -> Sequence[Contract]:
    """Insert or update contracts by their reference and return them; a contract keeps its id for ever.

    Where the registered telephone changed, who was verified under the old one is so no longer.
    """
    stored: list[Contract] = []
    for row in sorted(rows, key=lambda row: str(row["lookup_key"])):  # one order: no deadlock
        before = await connection.execute(
            select(contracts.c.id, contracts.c.registered_phone)
            .where(contracts.c.lookup_key == row["lookup_key"])
            .with_for_update()
        )
        known = before.one_or_none()
        if known is not None and known.registered_phone != row["registered_phone"]:
            await connection.execute(
                delete(verified_identities).where(verified_identities.c.contract_id == known.id)
            )
        values = {**row, "is_demo": False}
        written = await connection.execute(
            insert(contracts)
            .values(**values)
            .on_conflict_do_update(index_elements=["lookup_key"], set_=values)
            .returning(*CONTRACT_COLUMNS)
        )
        stored.append(Contract(*written.one()))
    return stored
