"""Outages as records: who is covered, what followers are told, what reports suggest."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from knowledge_base.announcements import announcements
from knowledge_base.network.places import Place
from knowledge_base.network.stored_places import seed_places, stored_places
from knowledge_base.outages import changes
from knowledge_base.outages.changes import ChangedMeanwhile, NewOutage, OutageRefused, UnknownOutage
from knowledge_base.outages.coverage import Spot, commune_at, covers, feeders_of, outages_at
from knowledge_base.outages.followers import Follower, follow
from knowledge_base.outages.incidents import (
    Area,
    AreaKind,
    Outage,
    Phase,
    Service,
    Status,
    current_outages,
    outage_by_id,
    revisions_of,
)
from knowledge_base.outages.reports import Report, propose_incidents, record_report
from knowledge_base.outages.tables import outages

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def connection(database: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with database.begin() as connection:
        await seed_places(connection, with_demonstration=True)
        yield connection


async def make(connection: AsyncConnection, *areas: str, **more: Any) -> Outage:
    values: dict[str, Any] = {"service": Service.ELECTRICITY, "starts_at": NOW - HOUR, **more}
    feeders = [Area(AreaKind.FEEDER, name) for name in values.pop("feeders", ())]
    wanted = [*(Area(AreaKind.PLACE, area) for area in areas), *feeders]
    return await changes.create(connection, NewOutage(areas=wanted, **values))


async def place(connection: AsyncConnection, place_id: str) -> Place:
    (found,) = await stored_places(connection, [place_id])
    return found


async def spot(connection: AsyncConnection, place_id: str, *feeders: str) -> Spot:
    return Spot.of(await place(connection, place_id), feeders)


async def told(connection: AsyncConnection) -> list[Any]:
    query = select(announcements).order_by(announcements.c.id)
    return list((await connection.execute(query)).all())


# --- who is covered ---


@pytest.mark.parametrize(
    ("areas", "where", "expected"),
    [
        (["zemamra"], "zemamra", True),
        (["zemamra"], "souk-khemis-zemamra", True),
        (["zemamra"], "douar-oulad-sidi-messaoud", True),
        (["zemamra"], "settat", None),
        (["quarter-anfa"], "quarter-anfa", True),
        (["quarter-anfa"], "quarter-sbata", None),
        (["quarter-anfa", "quarter-sbata"], "casablanca", False),
        (["quarter-anfa", "casablanca"], "casablanca", True),
        (["souk-khemis-zemamra"], "souk-khemis-zemamra", True),
        (["douar-oulad-sidi-messaoud"], "souk-khemis-zemamra", False),
    ],
)
async def test_coverage(
    connection: AsyncConnection, areas: list[str], where: str, expected: bool | None
) -> None:
    outage = await make(connection, *areas)
    found = await outages_at(connection, Service.ELECTRICITY, await spot(connection, where), NOW)
    assert [(covered.outage.id, covered.surely) for covered in found] == (
        [] if expected is None else [(outage.id, expected)]
    )


async def test_a_feeder_covers_its_contracts_and_no_place(connection: AsyncConnection) -> None:
    outage = await make(connection, feeders=["ZM-3"])
    assert covers(outage, await spot(connection, "zemamra")) is None
    covered = covers(outage, await spot(connection, "zemamra", "ZM-3"))
    assert covered is not None
    assert covered.surely
    found = await outages_at(connection, Service.ELECTRICITY, await spot(connection, "zemamra", "ZM-3"), NOW)
    assert [each.outage.id for each in found] == [outage.id]
    assert await feeders_of(connection, [uuid4()]) == {}


async def test_what_is_sure_comes_first(connection: AsyncConnection) -> None:
    await make(connection, "quarter-anfa", starts_at=NOW - 3 * HOUR)
    whole = await make(connection, "casablanca")
    found = await outages_at(connection, Service.ELECTRICITY, await spot(connection, "casablanca"), NOW)
    assert [covered.surely for covered in found] == [True, False]
    assert found[0].outage.id == whole.id


async def test_the_public_hears_of_what_is_confirmed_and_near(connection: AsyncConnection) -> None:
    running = await make(connection, "zemamra")
    await make(connection, "settat", status=Status.REPORTED)
    soon = await make(
        connection, "berrechid", is_planned=True, starts_at=NOW + HOUR, estimated_at=NOW + 2 * HOUR
    )
    await make(
        connection,
        "berrechid",
        is_planned=True,
        starts_at=NOW + timedelta(days=8),
        estimated_at=NOW + timedelta(days=9),
    )
    over = await make(connection, "el-jadida")
    await changes.restore(connection, over.id, 1, at=NOW, now=NOW)
    found = await current_outages(connection, NOW)
    assert [outage.id for outage in found] == [running.id, soon.id]
    assert [outage.phase(NOW) for outage in found] == [Phase.RUNNING, Phase.COMING]
    assert found[1].phase(NOW + 3 * HOUR) is Phase.OVERDUE
    (area,) = found[0].areas
    assert (area.kind, area.name_fr, area.commune_id) == (AreaKind.COMMUNE, "Zemamra", "zemamra")


async def test_a_position_is_of_the_nearest_commune_or_of_none(connection: AsyncConnection) -> None:
    near = await commune_at(connection, 33.0, -7.62)
    assert near is not None
    assert near.id == "settat"
    assert await commune_at(connection, 48.85, 2.35) is None


# --- changes ---


@pytest.mark.parametrize(
    ("areas", "more", "code"),
    [
        ([], {}, "areas_missing"),
        (["atlantis"], {}, "place_unknown"),
        (["zemamra"], {"cause": "aliens"}, "cause_unknown"),
        (["zemamra"], {"is_planned": True}, "estimate_missing"),
        (["zemamra"], {"estimated_at": NOW - 2 * HOUR}, "estimate_before"),
        (["zemamra"], {"status": Status.RESTORED}, "status"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    connection: AsyncConnection, areas: list[str], more: dict[str, Any], code: str
) -> None:
    with pytest.raises(OutageRefused) as refused:
        await make(connection, *areas, **more)
    assert refused.value.code == code


async def test_two_people_do_not_overwrite_each_other(connection: AsyncConnection) -> None:
    outage = await make(connection, "zemamra")
    changed = await changes.describe(connection, outage.id, 1, {"status": Status.IN_PROGRESS})
    assert (changed.status, changed.version) == (Status.IN_PROGRESS, 2)
    with pytest.raises(ChangedMeanwhile):
        await changes.describe(connection, outage.id, 1, {"cause": "storm"})
    with pytest.raises(UnknownOutage):
        await changes.describe(connection, uuid4(), 1, {"cause": "storm"})
    await changes.cancel(connection, outage.id, 2, now=NOW)
    with pytest.raises(ChangedMeanwhile) as refused:
        await changes.restore(connection, outage.id, 3, at=NOW, now=NOW)
    assert refused.value.code == "outage_over"


async def test_every_estimate_is_kept(connection: AsyncConnection) -> None:
    outage = await make(connection, "zemamra", estimated_at=NOW + HOUR)
    outage = await changes.revise(connection, outage.id, 1, NOW + 2 * HOUR, agent_id=None, now=NOW)
    same = await changes.revise(connection, outage.id, 2, NOW + 2 * HOUR, agent_id=None, now=NOW)
    assert same.version == 2
    agent = uuid4()
    outage = await changes.revise(connection, outage.id, 2, None, agent_id=agent, now=NOW + HOUR)
    kept = await revisions_of(connection, outage.id)
    assert [(each.estimated_before, each.estimated_at) for each in kept] == [
        (NOW + HOUR, NOW + 2 * HOUR),
        (NOW + 2 * HOUR, None),
    ]
    assert kept[1].agent_id == agent
    assert (outage.revisions, outage.estimated_at) == (2, None)
    with pytest.raises(OutageRefused) as refused:
        await changes.revise(connection, outage.id, 3, NOW, agent_id=None, now=NOW)
    assert refused.value.code == "estimate_past"


async def test_the_end_lies_between_its_beginning_and_now(connection: AsyncConnection) -> None:
    outage = await make(connection, "zemamra")
    for at, code in ((NOW + MINUTE, "restored_later"), (NOW - 2 * HOUR, "restored_before")):
        with pytest.raises(OutageRefused) as refused:
            await changes.restore(connection, outage.id, 1, at=at, now=NOW)
        assert refused.value.code == code
    ended = await changes.restore(connection, outage.id, 1, at=NOW - MINUTE, now=NOW)
    assert (ended.status, ended.ended_at) == (Status.RESTORED, NOW - MINUTE)


async def test_areas_are_added_once(connection: AsyncConnection) -> None:
    outage = await make(connection, "zemamra")
    more = [Area(AreaKind.PLACE, "zemamra"), Area(AreaKind.PLACE, "settat"), Area(AreaKind.FEEDER, "X")]
    extended = await changes.add_areas(connection, outage.id, 1, more)
    assert {area.value for area in extended.areas} == {"zemamra", "settat", "X"}
    assert extended.version == 2


# --- what followers are told ---


async def followed(connection: AsyncConnection, **more: Any) -> tuple[Outage, UUID]:
    outage = await make(connection, "zemamra", estimated_at=NOW + HOUR, **more)
    conversation = uuid4()
    await follow(connection, outage.id, Follower(conversation, "fr", "zemamra"), NOW)
    return outage, conversation


async def test_a_new_time_is_told_at_most_hourly_and_always_the_newest(connection: AsyncConnection) -> None:
    outage, conversation = await followed(connection)
    for version, (minutes, hours) in enumerate([(0, 3), (10, 4), (20, 5)], start=1):
        at = NOW + minutes * MINUTE
        await changes.revise(connection, outage.id, version, NOW + hours * HOUR, agent_id=None, now=at)
        if version == 1:  # the first has been said
            await connection.execute(text("UPDATE announcements SET state = 'sent'"))
    first, second = await told(connection)
    assert (first.state, first.due_at, first.data["estimate_at"]) == (
        "sent",
        NOW,
        (NOW + 3 * HOUR).isoformat(),
    )
    assert (second.state, second.due_at, second.data["estimate_at"]) == (
        "pending",
        NOW + HOUR,
        (NOW + 5 * HOUR).isoformat(),
    )
    assert second.conversation_id == conversation
    assert second.expires_at == NOW + 5 * HOUR


async def test_the_end_is_told_once_and_overtakes_what_waited(connection: AsyncConnection) -> None:
    outage, conversation = await followed(connection)
    await changes.revise(connection, outage.id, 1, NOW + 3 * HOUR, agent_id=None, now=NOW)
    await changes.restore(connection, outage.id, 2, at=NOW, now=NOW)
    waiting, end = await told(connection)
    assert (waiting.state, waiting.reason) == ("skipped", "overtaken")
    assert (end.kind, end.conversation_id, end.state) == ("incident_over", conversation, "pending")
    assert end.data["choices"] == {f"inform:outage_still:{outage.id}": "choice_still_out"}
    assert end.data["place"] == {"ar": "الزمامرة", "fr": "Zemamra"}


@pytest.mark.parametrize(("planned", "kind"), [(True, "works_cancelled"), (False, "incident_cancelled")])
async def test_what_is_cancelled_is_told_for_what_it_was(
    connection: AsyncConnection, planned: bool, kind: str
) -> None:
    outage, _ = await followed(connection, is_planned=planned)
    await changes.cancel(connection, outage.id, 1, now=NOW)
    (only,) = await told(connection)
    assert only.kind == kind


async def test_merged_outages_share_followers_who_hear_once(connection: AsyncConnection) -> None:
    first, conversation = await followed(connection)
    second = await make(connection, "settat")
    await follow(connection, second.id, Follower(conversation, "fr"), NOW)
    other = uuid4()
    await follow(connection, first.id, Follower(other), NOW)
    stays = await changes.merge(connection, first.id, 1, second.id, now=NOW)
    assert {area.value for area in stays.areas} == {"settat", "zemamra"}
    gone = await outage_by_id(connection, first.id)
    assert gone is not None
    assert (gone.status, gone.merged_into) == (Status.CANCELLED, second.id)
    assert await told(connection) == []
    await changes.restore(connection, second.id, stays.version, at=NOW, now=NOW)
    assert {row.conversation_id for row in await told(connection)} == {conversation, other}


async def test_only_like_is_merged_with_like(connection: AsyncConnection) -> None:
    outage = await make(connection, "zemamra")
    water = await make(connection, "zemamra", service=Service.WATER)
    for into, code in ((outage.id, "same_outage"), (water.id, "other_service")):
        with pytest.raises(OutageRefused) as refused:
            await changes.merge(connection, outage.id, 1, into, now=NOW)
        assert refused.value.code == code


# --- reports ---


async def report(connection: AsyncConnection, where: str, at: datetime, **more: Any) -> UUID:
    identity: UUID = more.pop("identity", None) or uuid4()
    made = Report(more.pop("service", Service.ELECTRICITY), await spot(connection, where), identity, uuid4())
    await record_report(connection, made, at)
    return identity


async def test_five_people_of_a_commune_within_ten_minutes_are_an_incident(
    connection: AsyncConnection,
) -> None:
    places = ["zemamra", "douar-oulad-sidi-messaoud", "souk-khemis-zemamra", "zemamra"]
    for number, where in enumerate(places):
        await report(connection, where, NOW - number * MINUTE)
    await report(connection, "settat", NOW)
    await report(connection, "zemamra", NOW, service=Service.WATER)
    assert await propose_incidents(connection, NOW) == []
    await report(connection, "zemamra", NOW)
    (proposed,) = await propose_incidents(connection, NOW)
    outage = await outage_by_id(connection, proposed, counting=True)
    assert outage is not None
    assert (outage.status, outage.service, outage.reports) == (Status.REPORTED, Service.ELECTRICITY, 5)
    assert [area.value for area in outage.areas] == ["zemamra"]
    assert outage.starts_at == NOW - 3 * MINUTE
    assert await current_outages(connection, NOW) == []  # for staff alone
    await report(connection, "zemamra", NOW + MINUTE)
    assert await propose_incidents(connection, NOW + MINUTE) == []
    again = await outage_by_id(connection, proposed, counting=True)
    assert again is not None
    assert again.reports == 6


async def test_one_person_five_times_and_five_over_the_day_are_none(connection: AsyncConnection) -> None:
    one = await report(connection, "zemamra", NOW)
    for number in range(5):
        await report(connection, "zemamra", NOW + number * MINUTE, identity=one)
        await report(connection, "settat", NOW - number * 5 * MINUTE)
    assert await propose_incidents(connection, NOW + 5 * MINUTE) == []


async def test_an_incident_written_down_takes_the_reports_it_explains(connection: AsyncConnection) -> None:
    await report(connection, "quarter-anfa", NOW - 30 * MINUTE)
    await report(connection, "quarter-sbata", NOW - 30 * MINUTE)
    await report(connection, "casablanca", NOW - 30 * MINUTE)
    outage = await make(connection, "quarter-anfa")
    assert outage.reports == 1
    extended = await changes.add_areas(connection, outage.id, 1, [Area(AreaKind.PLACE, "quarter-sbata")])
    assert extended.reports == 2


async def test_the_database_refuses_an_end_without_its_time(connection: AsyncConnection) -> None:
    with pytest.raises(Exception, match="outages_check"):
        await connection.execute(insert(outages).values(service="water", status="restored", starts_at=NOW))
