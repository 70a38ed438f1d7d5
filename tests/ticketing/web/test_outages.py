"""Outages at the desk: from the first report to the last notice, as staff and customers see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from bot.contract import Language, ReplyMessage
from bot.notices import notice
from knowledge_base.network.stored_places import seed_places
from knowledge_base.outages.coverage import Spot
from knowledge_base.outages.followers import Follower, follow
from knowledge_base.outages.incidents import Service
from knowledge_base.outages.reports import Report, record_report
from knowledge_base.time_zones import pinned_zone
from tests.ticketing.web.office import ACCOUNTS, Office, Person
from ticketing.announcements import Announcements
from ticketing.outage_watch import watch_outages
from ticketing.periodic import Periodic


def words(kind: str, data: Mapping[str, Any], language: Language) -> ReplyMessage:
    zone = pinned_zone("Africa/Casablanca")
    return notice(kind, data, language, now=datetime.now(UTC), timezone=zone)


@pytest.fixture
async def supervisor(office: Office) -> Person:
    async with office.desk.engine.begin() as connection:
        await seed_places(connection, with_demonstration=False)
    return await office.person("supervisor", "Nadia")


def soon(**delta: float) -> str:
    return (datetime.now(UTC) + timedelta(**delta)).isoformat()


async def written(supervisor: Person, **more: Any) -> dict[str, Any]:
    body = {"service": "electricity", "areas": [{"place": "zemamra"}], **more}
    answer: dict[str, Any] = await supervisor.post("/outages", body, expect=201)
    return answer


async def a_follower(office: Office, outage: Mapping[str, Any], address: str = "visitor-1") -> UUID:
    await office.writes(address, "makaynch do")
    conversation: UUID = await office.one(
        "SELECT c.id FROM conversations c JOIN identity_addresses a ON a.identity_id = c.identity_id"
        " WHERE a.address = :address",
        address=address,
    )
    async with office.desk.transaction() as transaction:
        await follow(
            transaction.connection,
            UUID(outage["id"]),
            Follower(conversation, "fr", "zemamra"),
            transaction.now,
        )
    return conversation


async def said(office: Office) -> list[str]:
    await Announcements(office.desk, ACCOUNTS, words).drain()
    rows = await office.rows("SELECT content->>'text' FROM messages WHERE author = 'system' ORDER BY id")
    return [row[0] for row in rows]


async def event_types(office: Office) -> list[str]:
    rows = await office.rows(
        "SELECT type FROM events WHERE type LIKE 'outage.%' ORDER BY transaction_id, sequence"
    )
    return [row[0] for row in rows]


async def test_from_the_first_word_to_the_end(office: Office, supervisor: Person) -> None:
    outage = await written(supervisor, cause="storm", estimated_at=soon(hours=1))
    assert (outage["status"], outage["phase"], outage["version"]) == ("confirmed", "running", 1)
    assert outage["areas"] == [
        {
            "kind": "commune",
            "value": "zemamra",
            "names": {"ar": "الزمامرة", "fr": "Zemamra"},
            "commune": "zemamra",
        }
    ]
    await a_follower(office, outage)
    path = f"/outages/{outage['id']}"
    response = await supervisor.ask(
        "PATCH", path, {"version": 1, "status": "in_progress", "cause_fr": "Foudre"}
    )
    outage = await response.json()
    assert (outage["status"], outage["cause_fr"], outage["cause"]) == ("in_progress", "Foudre", "storm")
    outage = await supervisor.post(f"{path}/estimate", {"version": 2, "estimated_at": soon(hours=3)})
    assert len(outage["revisions"]) == 1
    assert outage["followers"] == 1
    outage = await supervisor.post(f"{path}/areas", {"version": 3, "areas": [{"feeder": "ZM-3"}]})
    assert {area["kind"] for area in outage["areas"]} == {"commune", "feeder"}
    assert len(await said(office)) == 1
    outage = await supervisor.post(f"{path}/restore", {"version": 4})
    assert (outage["status"], outage["phase"]) == ("restored", "over")
    texts = await said(office)
    assert len(texts) == 2
    assert "rétabli" in texts[1]
    assert await said(office) == texts
    assert await event_types(office) == [
        "outage.created",
        "outage.changed",
        "outage.revised",
        "outage.extended",
        "outage.restored",
    ]
    listed = await supervisor.get("/outages?view=closed")
    assert [each["id"] for each in listed["outages"]] == [outage["id"]]
    assert (await supervisor.get("/outages"))["outages"] == []


async def test_refusals_say_what_is_wrong(office: Office, supervisor: Person) -> None:
    for body, code in (
        ({"areas": [{"place": "atlantis"}]}, "place_unknown"),
        ({"areas": [{"place": "zemamra", "feeder": "Z"}]}, "invalid"),
        ({"areas": []}, "invalid"),
        ({"cause": "aliens"}, "cause_unknown"),
        ({"service": "telepathy"}, "invalid"),
        ({"is_planned": True}, "estimate_missing"),
        ({"estimated_at": soon(hours=-5)}, "estimate_before"),
        ({"starts_at": "2026-11-24T10:00:00"}, "invalid"),
        ({"status": "restored"}, "invalid"),
    ):
        wanted = {"service": "water", "areas": [{"place": "zemamra"}], **body}
        answer = await supervisor.post("/outages", wanted, expect=422)
        assert answer["code"] == code, body
    outage = await written(supervisor)
    path = f"/outages/{outage['id']}"
    await supervisor.post(f"{path}/cancel", {"version": 1})
    assert (await supervisor.post(f"{path}/cancel", {"version": 2}, expect=409))["code"] == "outage_over"
    other = await written(supervisor)
    late = await supervisor.post(f"/outages/{other['id']}/restore", {"version": 7}, expect=409)
    assert late["code"] == "changed_meanwhile"
    await supervisor.post(f"/outages/{uuid4()}/cancel", {"version": 1}, expect=404)
    await supervisor.get("/outages/not-an-id", expect=404)
    await supervisor.get("/outages?view=everything", expect=422)
    nulled = await supervisor.ask("PATCH", f"/outages/{other['id']}", {"version": 1, "cause": None})
    assert nulled.status == 422


async def test_agents_read_and_do_not_write(office: Office, supervisor: Person) -> None:
    agent = await office.person("agent", "Salma")
    outage = await written(supervisor)
    assert (await agent.get("/outages"))["outages"][0]["id"] == outage["id"]
    await agent.get(f"/outages/{outage['id']}")
    await agent.post(f"/outages/{outage['id']}/restore", {"version": 1}, expect=403)
    assert (await office.rows("SELECT 1 FROM outages WHERE ended_at IS NOT NULL")) == []


async def test_many_reports_at_once_are_proposed_and_confirmed(office: Office, supervisor: Person) -> None:
    periodic = Periodic(office.desk, {"outages": watch_outages})
    conversation = None
    for number in range(5):
        ticket = await office.writes(f"visitor-{number}", "makaynch do f zemamra")
        conversation, identity = (
            await office.rows("SELECT id, identity_id FROM conversations WHERE ticket_id = :id", id=ticket)
        )[0]
        async with office.desk.transaction() as transaction:
            made = Report(Service.ELECTRICITY, Spot("zemamra"), identity, conversation)
            await record_report(transaction.connection, made, transaction.now)
    live = await supervisor.connect()
    assert (await live.receive_json())["type"] == "hello"
    assert await periodic.once() == ["outages"]
    frame = await live.receive_json(timeout=10)
    assert frame["event"]["type"] == "outage.proposed"
    assert frame["event"]["data"]["reports"] == 5
    await live.close()
    (proposed,) = (await supervisor.get("/outages"))["outages"]
    assert (proposed["status"], proposed["reports"]) == ("reported", 5)
    detail = await supervisor.get(f"/outages/{proposed['id']}")
    assert len({report["ticket_id"] for report in detail["latest_reports"]} - {None}) == 5
    confirmed = await supervisor.ask(
        "PATCH", f"/outages/{proposed['id']}", {"version": 1, "status": "confirmed"}
    )
    assert (await confirmed.json())["status"] == "confirmed"


async def test_two_are_one(office: Office, supervisor: Person) -> None:
    first, second = await written(supervisor), await written(supervisor, areas=[{"place": "settat"}])
    await a_follower(office, first)
    stays = await supervisor.post(f"/outages/{first['id']}/merge", {"version": 1, "into": second["id"]})
    assert (stays["id"], stays["followers"]) == (second["id"], 1)
    gone = await supervisor.get(f"/outages/{first['id']}")
    assert (gone["status"], gone["merged_into"]) == ("cancelled", second["id"])
    assert await said(office) == []
    await supervisor.post(f"/outages/{second['id']}/restore", {"version": stays["version"]})
    assert len(await said(office)) == 1
