"""Writes records by their key, and counts what was new, changed and as before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.transfer.kinds import Counts, Record


async def write_by_key(
    connection: AsyncConnection, table: Table, records: Sequence[Record], *, key: str, new: Record
) -> Counts:
    """Insert or update rows by a unique column; `new` are values of a row that only its birth sets."""
    counts = Counts()
    rows = await connection.execute(
        select(table).where(table.c[key].in_([record[key] for record in records]))
    )
    known: dict[Any, Any] = {row._mapping[key]: row._mapping for row in rows}
    fresh = [record for record in records if record[key] not in known]
    if fresh:
        await connection.execute(insert(table), [{**new, **record} for record in fresh])
    counts.added = len(fresh)
    for record in records:
        before = known.get(record[key])
        if before is None:
            continue
        if all(before[name] == value for name, value in record.items()):
            counts.unchanged += 1
        else:
            await connection.execute(update(table).where(table.c[key] == record[key]).values(**record))
            counts.changed += 1
    return counts
