"""The demonstration data: complete, repeatable, removable, and true to what its documentation says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from config.sample import load as sample
from config.sample.customers import (
    GENERATED_CONTRACTS,
    MONTHS_OF_BILLS,
    MONTHS_OF_NAMED,
    load_customers,
)
from config.sample.network import load_network
from config.sample.people import load_people
from knowledge_base.billing import tables as billing
from knowledge_base.billing.bills import balance_of, latest_bill
from knowledge_base.billing.contracts import contract_by_reference, contracts_of_phone
from knowledge_base.network import tables as network
from knowledge_base.network.schedule import OccurrenceStatus
from knowledge_base.network.stored_places import seed_places
from knowledge_base.network.timetable import nearest_occurrence, next_occurrences
from knowledge_base.time_zones import pinned_zone
from ticketing.models import people

pytestmark = pytest.mark.slow

MONDAY = date(2026, 11, 23)
CASABLANCA = pinned_zone("Africa/Casablanca")
TABLES = (
    network.places,
    network.agencies,
    network.vans,
    network.rounds,
    network.stops,
    network.stop_exceptions,
    billing.contracts,
    billing.contract_aliases,
    billing.bills,
    billing.payments,
    people.agents,
    people.teams,
)


async def load(database: AsyncEngine, today: date = MONDAY) -> bool:
    async with database.begin() as connection:
        return await sample.load(connection, today=today)


async def remove(database: AsyncEngine) -> None:
    async with database.begin() as connection:
        await sample.remove(connection)


async def counts(connection: AsyncConnection) -> dict[str, int]:
    return {
        table.name: await connection.scalar(select(func.count()).select_from(table)) or 0 for table in TABLES
    }


async def demonstration_rows(connection: AsyncConnection) -> int:
    return sum(
        [
            await connection.scalar(select(func.count()).select_from(table).where(table.c.is_demo)) or 0
            for table in TABLES
        ]
    )


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=UTC)


async def test_loading_is_repeatable(database: AsyncEngine) -> None:
    assert await load(database)
    async with database.connect() as connection:
        first = await counts(connection)
    assert not await load(database)
    assert await load(database, MONDAY + timedelta(days=40))
    async with database.connect() as connection:
        assert await counts(connection) == first
    assert (first["vans"], first["stops"], first["agents"], first["teams"]) == (10, 60, 5, 4)
    assert first["contracts"] > 3000
    named = first["contracts"] - GENERATED_CONTRACTS
    assert first["bills"] == MONTHS_OF_NAMED * named + MONTHS_OF_BILLS * GENERATED_CONTRACTS
    assert first["payments"] > 10_000


async def test_every_row_is_marked_but_the_real_places(database: AsyncEngine) -> None:
    await load(database)
    async with database.connect() as connection:
        for table in TABLES:
            unmarked = await connection.scalar(
                select(func.count()).select_from(table).where(~table.c.is_demo)
            )
            assert bool(unmarked) == (table is network.places), table.name


async def test_everything_can_be_removed_and_loaded_again(database: AsyncEngine) -> None:
    await load(database)
    await remove(database)
    async with database.connect() as connection:
        assert await demonstration_rows(connection) == 0
    await remove(database)
    assert await load(database)


async def test_removal_leaves_what_is_not_of_the_demonstration(database: AsyncEngine) -> None:
    own_team = uuid4()
    async with database.begin() as connection:
        await connection.execute(
            insert(people.teams).values(id=own_team, key="own", names={}, is_default=True, is_demo=False)
        )
    await load(database)
    async with database.connect() as connection:
        defaults = await connection.scalars(select(people.teams.c.id).where(people.teams.c.is_default))
        assert list(defaults) == [own_team]
    await remove(database)
    async with database.connect() as connection:
        assert list(await connection.scalars(select(people.teams.c.id))) == [own_team]


async def test_agents_at_work_are_closed_instead_of_deleted(database: AsyncEngine) -> None:
    await load(database)
    async with database.begin() as connection:
        salma = await connection.scalar(
            select(people.agents.c.id).where(people.agents.c.email == "salma@demo.wasl")
        )
        contact = await connection.scalar(text("INSERT INTO contacts DEFAULT VALUES RETURNING id"))
        await connection.execute(
            text(
                "INSERT INTO tickets (id, contact_id, owner, status, assignee_id, opened_at, last_message_at)"
                " VALUES (uuidv7(), :contact, 'agents', 'open', :salma, now(), now())"
            ),
            {"contact": contact, "salma": salma},
        )
    await remove(database)
    async with database.connect() as connection:
        left = (await connection.execute(select(people.agents.c.email, people.agents.c.is_active))).all()
    assert [tuple(agent) for agent in left] == [("salma@demo.wasl", False)]


async def test_agents_sign_in_with_the_documented_password_and_keep_a_changed_one(
    database: AsyncEngine,
) -> None:
    async with database.begin() as connection:
        await load_people(connection)
        rows = (await connection.execute(select(people.agents.c.password_hash))).scalars().all()
        assert all(PasswordHasher().verify(row, "wasl-demo") for row in rows)
        assert len(set(rows)) == len(rows)
        await connection.execute(update(people.agents).values(password_hash="changed"))
    async with database.begin() as connection:
        await load_people(connection)
        assert set(await connection.scalars(select(people.agents.c.password_hash))) == {"changed"}


async def test_verified_customers_stay_verified_over_a_reload(database: AsyncEngine) -> None:
    await load(database)
    async with database.begin() as connection:
        contract = await contract_by_reference(connection, "20417731")
        assert contract is not None
        await connection.execute(
            insert(billing.verified_identities).values(
                identity_id=UUID(int=1),
                contract_id=contract.id,
                method="code",
                verified_at=noon(MONDAY),
                expires_at=noon(MONDAY),
            )
        )
    await load(database, MONDAY + timedelta(days=1))
    async with database.connect() as connection:
        assert await connection.scalar(select(func.count()).select_from(billing.verified_identities)) == 1


@pytest.mark.parametrize("days", range(7))
async def test_nothing_ever_happens_to_the_stop_of_zemamra(database: AsyncEngine, days: int) -> None:
    today = MONDAY + timedelta(days=days)
    async with database.connect() as connection:
        await load_network(connection, today)
        coming = await next_occurrences(
            connection, commune_id="zemamra", at=noon(today), timezone=CASABLANCA, limit=4
        )
        everything = await next_occurrences(connection, at=noon(today), timezone=CASABLANCA, limit=150)
    assert [occurrence.status for occurrence in coming] == [OccurrenceStatus.PLANNED] * 4
    assert {occurrence.starts_at.astimezone(CASABLANCA).strftime("%A %H:%M") for occurrence in coming} == {
        "Thursday 09:00"
    }
    assert {occurrence.place.id for occurrence in coming} == {"souk-khemis-zemamra"}
    reasons = {occurrence.reason.key for occurrence in everything if occurrence.reason is not None}
    assert reasons == {"breakdown", "road", "holiday"}


async def test_souks_are_visited_on_their_day(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        await load_network(connection, MONDAY)
        query = select(network.places.c.weekday, network.stops.c.weekday).join_from(
            network.stops, network.places, network.places.c.id == network.stops.c.place_id
        )
        days = (await connection.execute(query.where(network.places.c.kind == "souk"))).all()
    assert len(days) >= 20
    assert all(souk == stop for souk, stop in days)


async def test_a_place_without_a_stop_has_a_near_one(database: AsyncEngine) -> None:
    async with database.connect() as connection:
        await load_network(connection, MONDAY)
        # Mettouh, the neighbour of Khemis M'touh, has no stop of its own.
        found = await nearest_occurrence(
            connection, latitude=32.95, longitude=-8.33, at=noon(MONDAY), timezone=CASABLANCA
        )
    assert found is not None
    assert found.place.id == "souk-khemis-mtouh"
    assert found.distance_km is not None
    assert found.distance_km < 10


async def test_the_documented_customers(database: AsyncEngine) -> None:
    await load(database)
    async with database.connect() as connection:
        three = await contracts_of_phone(connection, "+212661000001")
        assert [c.reference for c in three] == ["20417731", "20417748", "31960052"]
        assert [(await balance_of(connection, c.id)).unpaid_bills for c in three] == [1, 0, 2]
        assert (await balance_of(connection, three[0].id)).amount_centimes == 115_86
        (one,) = await contracts_of_phone(connection, "+212661000002")
        assert (await balance_of(connection, one.id)).amount_centimes == 143_76
        former = await contract_by_reference(connection, "004177 31")
        assert former is not None
        assert former.reference == "20417731"
        (jumped,) = await contracts_of_phone(connection, "+212661000005")
        newest = await latest_bill(connection, jumped.id)
        assert newest is not None
        assert (newest.consumption, newest.amount_centimes) == (151, 162_05)
        assert newest.issued_on == date(2026, 11, 5)
    documentation = (Path(sample.__file__).parent / "README.md").read_text("utf-8")
    for contract in (*three, one, jumped):
        assert contract.reference in documentation
        assert contract.registered_phone in documentation


@pytest.mark.parametrize("day", [date(2026, 11, 4), date(2026, 11, 5), date(2027, 1, 1), date(2028, 2, 29)])
async def test_no_bill_is_of_the_future_and_none_is_paid_before_it_is_issued(
    database: AsyncEngine, day: date
) -> None:
    async with database.connect() as connection:
        await seed_places(connection, with_demonstration=True)
        await load_customers(connection, day, generated=100)
        assert await connection.scalar(select(func.count()).select_from(billing.bills)) == 6 * 100 + 13 * 11
        wrong = await connection.scalar(
            select(func.count())
            .select_from(billing.bills)
            .where(
                (billing.bills.c.issued_on > day)
                | (func.date(billing.bills.c.paid_at) < billing.bills.c.issued_on)
                | (func.date(billing.bills.c.paid_at) > day)
                | (billing.bills.c.period >= billing.bills.c.issued_on)
            )
        )
    assert wrong == 0


async def test_lines_make_the_amount_and_indexes_the_consumption(database: AsyncEngine) -> None:
    await load(database)
    async with database.connect() as connection:
        for kind, question in {
            "lines": "(SELECT sum((line->>'amount_centimes')::bigint) FROM jsonb_array_elements(lines) line)"
            " IS DISTINCT FROM amount_centimes AND amount_centimes > 0",
            "indexes": "new_index - previous_index IS DISTINCT FROM consumption",
            "chain": "EXISTS (SELECT FROM bills later WHERE later.contract_id = bills.contract_id"
            " AND later.period = bills.period + interval '1 month'"
            " AND later.previous_index <> bills.new_index)",
            "carried": "is_carried AND NOT EXISTS (SELECT FROM bills later,"
            " jsonb_array_elements(later.lines) line WHERE later.contract_id = bills.contract_id"
            " AND later.period > bills.period AND line->>'kind' = 'arrears'"
            " AND (line->>'amount_centimes')::bigint = bills.amount_centimes)",
            "paid": "paid_at IS NOT NULL AND amount_centimes > 0 AND NOT EXISTS (SELECT FROM payments"
            " WHERE payments.contract_id = bills.contract_id AND payments.paid_at = bills.paid_at"
            " AND payments.amount_centimes = bills.amount_centimes)",
        }.items():
            wrong = await connection.scalar(text(f"SELECT count(*) FROM bills WHERE {question}"))
            assert wrong == 0, kind
        for kind, question in {
            "estimated": "reading = 'estimated'",
            "carried": "is_carried",
        }.items():
            some = await connection.scalar(text(f"SELECT count(*) FROM bills WHERE {question}"))
            assert some is not None, kind
            assert some > 20, kind
