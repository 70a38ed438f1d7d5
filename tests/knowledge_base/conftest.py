"""Two contracts in a place, for the tests of billing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge_base.billing.contracts import lookup_key
from knowledge_base.billing.tables import contract_aliases, contracts
from knowledge_base.network.tables import places

ELECTRICITY = UUID(int=1)
WATER = UUID(int=2)
PHONE = "+212661000001"


@pytest.fixture
async def connection(database: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction, on a database with two contracts of one telephone."""
    async with database.begin() as connection:
        await connection.execute(
            insert(places).values(
                id="zemamra",
                kind="commune",
                name_ar="الزمامرة",
                name_fr="Zemamra",
                commune_id="zemamra",
                province_ar="سيدي بنور",
                province_fr="Sidi Bennour",
            )
        )
        for contract_id, reference, service in (
            (ELECTRICITY, "0042-117 903", "electricity"),
            (WATER, "W 7000001", "water"),
        ):
            await connection.execute(
                insert(contracts).values(
                    id=contract_id,
                    reference=reference,
                    lookup_key=lookup_key(reference),
                    issuer="srm-cs",
                    service=service,
                    holder_name="Fatima Zahra B.",
                    registered_phone=PHONE,
                    commune_id="zemamra",
                    zone="onee",
                )
            )
        for issuer, contract_id in (("lydec", ELECTRICITY), ("radeej", WATER)):
            await connection.execute(
                insert(contract_aliases).values(
                    contract_id=contract_id, issuer=issuer, reference="88-12", lookup_key="8812"
                )
            )
        await connection.execute(
            insert(contract_aliases).values(
                contract_id=WATER, issuer="onee", reference="OLD/77", lookup_key="OLD77"
            )
        )
    async with database.connect() as connection:
        yield connection
