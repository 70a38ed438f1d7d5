"""The timetable in the database: what a customer who asks about a place is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge_base.network.schedule import Occurrence, OccurrenceStatus
from knowledge_base.network.stored_places import position_of, seed_places, stored_places
from knowledge_base.network.tables import places, rounds, stop_exceptions, stops, vans
from knowledge_base.network.timetable import nearest_occurrence, next_occurrences
from knowledge_base.time_zones import pinned_zone

CASABLANCA = pinned_zone("Africa/Casablanca")
NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)  # a Monday
THURSDAY = date(2026, 11, 26)
VAN = UUID(int=1)
ZEMAMRA, OUALIDIA = UUID(int=11), UUID(int=12)


@pytest.fixture
async def network(database: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """One van: Thursdays at the souk of Zemamra, Saturdays at Oualidia's."""
    async with database.connect() as connection:
        await seed_places(connection, with_demonstration=False)
        await connection.execute(insert(vans).values(id=VAN, code="V1", name_ar="", name_fr=""))
        await connection.execute(
            insert(rounds).values(id=UUID(int=2), van_id=VAN, effective_from=date(2026, 1, 1))
        )
        for stop_id, weekday, place, commune in (
            (ZEMAMRA, 4, "souk-khemis-zemamra", "zemamra"),
            (OUALIDIA, 6, "souk-sebt-oualidia", "oualidia"),
        ):
            await connection.execute(
                insert(stops).values(
                    id=stop_id,
                    round_id=UUID(int=2),
                    weekday=weekday,
                    starts=time(9),
                    ends=time(13),
                    place_id=place,
                    commune_id=commune,
                    services=["payment"],
                )
            )
        yield connection


async def at_zemamra(connection: AsyncConnection, **options: Any) -> list[Occurrence]:
    return await next_occurrences(connection, commune_id="zemamra", at=NOW, timezone=CASABLANCA, **options)


async def except_on_thursday(connection: AsyncConnection, **values: Any) -> None:
    await connection.execute(
        insert(stop_exceptions).values(on_date=THURSDAY, reason_key="test", reason_fr="Essai", **values)
    )


async def test_the_next_stops_of_a_commune_and_of_a_place(network: AsyncConnection) -> None:
    found = await at_zemamra(network)
    assert [occurrence.starts_at.date() for occurrence in found] == [
        THURSDAY,
        date(2026, 12, 3),
        date(2026, 12, 10),
    ]
    first = found[0]
    assert (first.place.name_fr, first.commune.name_ar) == ("Souk Khemis Zemamra", "الزمامرة")
    assert (first.van.code, first.services, first.status) == ("V1", ("payment",), "planned")
    assert found == await next_occurrences(
        network, place_id="souk-khemis-zemamra", at=NOW, timezone=CASABLANCA
    )


async def test_a_place_without_stops_has_none(network: AsyncConnection) -> None:
    for place in ({"place_id": "mtal"}, {"commune_id": "mtal"}, {"place_id": "nowhere"}):
        assert await next_occurrences(network, at=NOW, timezone=CASABLANCA, **place) == []
    contradiction = {"place_id": "souk-khemis-zemamra", "commune_id": "oualidia"}
    assert await next_occurrences(network, at=NOW, timezone=CASABLANCA, **contradiction) == []


async def test_without_a_place_every_stop_is_told(network: AsyncConnection) -> None:
    found = await next_occurrences(network, at=NOW, timezone=CASABLANCA, limit=2)
    assert [occurrence.stop_id for occurrence in found] == [ZEMAMRA, OUALIDIA]


@pytest.mark.parametrize("scope", [{"stop_id": ZEMAMRA}, {"van_id": VAN}, {}])
async def test_a_cancellation_is_told_or_passed_over(
    network: AsyncConnection, scope: dict[str, UUID]
) -> None:
    await except_on_thursday(network, kind="holiday", **scope)
    told = await at_zemamra(network, limit=2)
    assert [occurrence.status for occurrence in told] == ["cancelled", "planned"]
    assert told[0].reason is not None
    assert (told[0].reason.key, told[0].reason.text_fr) == ("test", "Essai")
    (next_one,) = await at_zemamra(network, limit=1, include_cancelled=False)
    assert next_one.starts_at.date() == date(2026, 12, 3)


async def test_a_stop_moved_elsewhere_is_told_at_both_places(network: AsyncConnection) -> None:
    await except_on_thursday(network, kind="moved", stop_id=ZEMAMRA, new_place_id="mtal")
    here = (await at_zemamra(network))[0]
    there = await next_occurrences(network, commune_id="mtal", at=NOW, timezone=CASABLANCA)
    assert there == [here]
    assert (here.status, here.place.id, here.commune.id) == (OccurrenceStatus.MOVED, "mtal", "mtal")
    assert here.usual_place.id == "souk-khemis-zemamra"


async def test_a_van_out_of_service_is_not_announced(network: AsyncConnection) -> None:
    await network.execute(update(vans).values(status="out_of_service"))
    assert await at_zemamra(network) == []


async def test_a_round_is_announced_while_it_is_in_force(network: AsyncConnection) -> None:
    await network.execute(update(rounds).values(effective_to=THURSDAY))
    assert [occurrence.starts_at.date() for occurrence in await at_zemamra(network)] == [THURSDAY]


async def test_the_nearest_stop_that_takes_place(network: AsyncConnection) -> None:
    async def near_zemamra() -> Occurrence | None:
        return await nearest_occurrence(network, latitude=32.62, longitude=-8.70, at=NOW, timezone=CASABLANCA)

    first = await near_zemamra()
    assert first is not None
    assert first.stop_id == ZEMAMRA
    assert first.distance_km == pytest.approx(0.3, abs=0.2)
    await except_on_thursday(network, kind="cancelled", stop_id=ZEMAMRA)
    second = await near_zemamra()
    assert second is not None
    assert second.stop_id == OUALIDIA


async def test_a_new_gazetteer_leaves_the_places_of_staff_alone(network: AsyncConnection) -> None:
    await network.execute(
        insert(places).values(
            id=f"souk-{uuid4()}",
            kind="souk",
            name_ar="سوق الدشيرة",
            name_fr="Souk Dchira",
            commune_id="zemamra",
            province_ar="سيدي بنور",
            province_fr="Sidi Bennour",
            aliases=["Dchira"],
        )
    )
    await network.execute(
        update(places).where(places.c.id == "mtal").values(name_fr="Mtal El Kebir", source="staff")
    )
    await network.execute(update(places).where(places.c.id == "zemamra").values(name_fr="wrong"))
    before = len(await stored_places(network))
    await seed_places(network, with_demonstration=False)
    after = {place.name_fr for place in await stored_places(network)}
    assert len(await stored_places(network)) == before
    assert {"Souk Dchira", "Mtal El Kebir", "Zemamra"} <= after
    assert "wrong" not in after


async def test_positions(network: AsyncConnection) -> None:
    assert await position_of(network, "zemamra") == (32.617, -8.7)
    assert await position_of(network, "souk-khemis-zemamra") == (32.617, -8.7)
    unknown = await network.scalar(select(places.c.id).where(places.c.latitude.is_(None)).limit(1))
    assert unknown is not None
    assert await position_of(network, "nowhere") is None
