"""A ticket's clocks in its detail."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ticketing.calendar import Timetable
from ticketing.sla.records import clocks_of
from ticketing.web import render_sla

_POLICIES: Final = text("SELECT id, name FROM sla_policies")


async def ticket_clocks(
    connection: AsyncConnection, ticket_id: UUID, timetable: Timetable
) -> dict[str, list[dict[str, Any]]]:
    """The key `clocks` of a ticket's detail."""
    clocks = (await clocks_of(connection, [ticket_id])).get(ticket_id, [])
    names = {row.id: row.name for row in await connection.execute(_POLICIES)} if clocks else {}
    return {"clocks": render_sla.clocks(clocks, names, timetable)}
