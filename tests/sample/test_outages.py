"""The demonstration's outages: repeatable, removable, and there whenever the day is looked at."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from config.sample import load as sample
from knowledge_base.outages import changes
from knowledge_base.outages.coverage import Spot
from knowledge_base.outages.incidents import Phase, Service, current_outages, find_outages
from knowledge_base.outages.reports import Report, record_report
from knowledge_base.outages.tables import (
    contract_feeders,
    outage_areas,
    outage_followers,
    outage_reports,
    outages,
)

pytestmark = pytest.mark.slow

TODAY = date(2026, 11, 24)


async def rows(connection: AsyncConnection) -> dict[str, int]:
    tables = (outages, outage_areas, outage_followers, outage_reports, contract_feeders)
    return {
        table.name: int((await connection.execute(select(func.count()).select_from(table))).scalar_one())
        for table in tables
    }


@pytest.mark.parametrize("hour", [0, 12, 22])
async def test_at_any_hour_of_the_day_something_runs_and_something_comes(
    database: AsyncEngine, hour: int
) -> None:
    now = datetime(TODAY.year, TODAY.month, TODAY.day, hour, tzinfo=UTC)
    async with database.begin() as connection:
        await sample.load(connection, today=TODAY)
        found = await current_outages(connection, now)
    phases = [(outage.service, outage.phase(now)) for outage in found]
    assert (Service.ELECTRICITY, Phase.RUNNING) in phases
    assert (Service.WATER, Phase.RUNNING) in phases
    assert phases.count((Service.WATER, Phase.COMING)) == 1
    assert phases.count((Service.ELECTRICITY, Phase.COMING)) == 1


async def test_the_next_day_begins_anew(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await sample.load(connection, today=TODAY)
        before = await rows(connection)
        (azemmour,) = [
            outage
            for outage in await find_outages(connection, outages.c.status == "in_progress")
            if outage.areas[0].value == "azemmour"
        ]
        now = azemmour.starts_at + timedelta(hours=3)
        await changes.restore(connection, azemmour.id, 1, at=now, now=now)
        await sample.load(connection, today=TODAY + timedelta(days=1))
        assert await rows(connection) == before
        (again,) = await find_outages(connection, outages.c.id == azemmour.id)
    assert again.ended_at is None
    assert again.starts_at == azemmour.starts_at + timedelta(days=1)


async def test_nothing_of_it_stays(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await sample.load(connection, today=TODAY)
        invented = Spot("bni-hilal", "douar-lahmadat", is_vague=False)
        report = Report(Service.WATER, invented, uuid4(), uuid4())
        await record_report(connection, report, datetime(2026, 11, 24, tzinfo=UTC))
        await sample.remove(connection)
        assert set((await rows(connection)).values()) == {0}
