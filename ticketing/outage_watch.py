"""Proposes an incident to staff where many people without a service write from one commune."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.outages.incidents import outage_by_id
from knowledge_base.outages.reports import propose_incidents
from ticketing.desk import Event, Transaction


async def watch_outages(connection: AsyncConnection, now: datetime) -> None:
    """A producer (ticketing.periodic): each proposal is an event; customers hear nothing."""
    proposed = await propose_incidents(connection, now)
    if not proposed:
        return
    transaction = Transaction(connection)
    for outage_id in proposed:
        outage = await outage_by_id(connection, outage_id, counting=True)
        assert outage is not None, "it was written in this transaction"
        data = {
            "outage": str(outage_id),
            "service": str(outage.service),
            "areas": [area.value for area in outage.areas],
            "reports": outage.reports,
        }
        transaction.record(Event("outage.proposed", "system", data=data))
    await transaction.flush()
