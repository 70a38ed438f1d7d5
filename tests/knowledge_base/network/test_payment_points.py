"""The nearest payment points among ten thousand, by the index."""

from __future__ import annotations

import random

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from knowledge_base.network.payment_points import nearest_payment_points, networks
from knowledge_base.network.schedule import distance_km
from knowledge_base.network.tables import payment_points

COUNT = 10_000
NETWORKS = ("Cash Plus", "Wafacash", None)


async def fill(connection: AsyncConnection) -> list[dict[str, object]]:
    """Points all over the region, the same ones in every run."""
    chance = random.Random(20261124)
    rows: list[dict[str, object]] = [
        {
            "key": f"p{number:05d}",
            "name": f"Point {number}",
            "network": NETWORKS[number % 3],
            "commune_id": "zemamra",
            "latitude": chance.uniform(32.2, 33.9),
            "longitude": chance.uniform(-9.1, -6.6),
            "services": ["payment", "recharge"] if number % 10 == 0 else ["payment"],
            "is_verified": True,
            "is_demo": False,
        }
        for number in range(COUNT)
    ]
    await connection.execute(insert(payment_points), rows)
    await connection.execute(text("ANALYZE payment_points"))
    return rows


async def test_the_nearest_are_the_nearest(connection: AsyncConnection) -> None:
    rows = await fill(connection)
    for position in ((32.63, -8.70), (33.57, -7.59), (31.0, -10.0)):
        for network, service in ((None, "payment"), ("wafacash", "payment"), (None, "recharge")):
            fitting = [
                row
                for row in rows
                if network in (None, str(row["network"]).lower()) and service in row["services"]  # type: ignore[operator]
            ]
            expected = sorted(
                fitting,
                key=lambda row: distance_km(*position, row["latitude"], row["longitude"]),  # type: ignore[arg-type]
            )[:3]
            found = await nearest_payment_points(connection, position, network=network, service=service)
            assert [point.key for point in found] == [row["key"] for row in expected]
    assert await networks(connection) == ["Cash Plus", "Wafacash"]


async def test_the_index_answers(connection: AsyncConnection) -> None:
    await fill(connection)
    plan = await connection.execute(
        text(
            "EXPLAIN SELECT * FROM payment_points WHERE 'payment' = ANY (services)"
            " ORDER BY point(longitude * 0.84, latitude) <-> point(-8.7 * 0.84, 32.63) LIMIT 15"
        )
    )
    assert "payment_points_by_position" in "\n".join(row[0] for row in plan)
