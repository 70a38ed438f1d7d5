"""Views, lists, search, one ticket, its thread."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from channels.envelope import Broken, Choice, Content, InboundMessage, Kind, Location, Sender
from tests.ticketing.web.office import Health, Office, Person


async def listed(person: Person, **query: Any) -> list[str]:
    page = await person.get("/tickets", params=query)
    return [ticket["id"] for ticket in page["tickets"]]


async def all_pages(person: Person, **query: Any) -> list[str]:
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = await person.get("/tickets", params=query | ({"cursor": cursor} if cursor else {}))
        found += [ticket["id"] for ticket in page["tickets"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return found


async def test_views_and_their_counts(office: Office) -> None:
    salma, youssef = await office.person("agent", "Salma"), await office.person("agent", "Youssef")
    bot = str(await office.writes("0601", "Bonjour"))
    waiting = str(await office.with_people("0602"))
    hers = str(await office.with_people("0603"))
    await salma.post(f"/tickets/{hers}/claim", {"version": 1})
    done = str(await office.with_people("0604"))
    await salma.post(f"/tickets/{done}/close", {"version": 1, "reason": "junk"})

    others = {"unassigned": 1, "waiting": 2, "snoozed": 0, "assistant": 1, "all": 3}
    assert (await salma.get("/views"))["counts"] == {"mine": 1} | others
    assert (await youssef.get("/views"))["counts"] == {"mine": 0} | others
    assert await listed(salma, view="mine") == [hers]
    assert await listed(youssef, view="mine") == []
    assert await listed(salma, view="unassigned") == [waiting]
    assert await listed(salma, view="assistant") == [bot]
    assert set(await listed(salma, view="all")) == {bot, waiting, hers}
    assert await listed(salma, view="closed") == [done]


async def test_the_most_urgent_and_longest_waiting_come_first(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    now = datetime.now(UTC)
    waits = [(3, 5), (1, 1), (3, 60), (1, 30), (2, 10), (3, None), (4, 600)]
    ids = []
    for number, (priority, minutes) in enumerate(waits):
        ticket_id = await office.with_people(f"06{number}")
        since = None if minutes is None else now - timedelta(minutes=minutes)
        await office.run(
            "UPDATE tickets SET priority = :priority, waiting_since = :since WHERE id = :id",
            priority=priority,
            since=since,
            id=ticket_id,
        )
        ids.append(str(ticket_id))
    expected = [ids[place] for place in (3, 1, 4, 2, 0, 5, 6)]
    assert await listed(salma, view="unassigned") == expected
    for limit in (1, 2, 3):
        assert await all_pages(salma, view="unassigned", limit=limit) == expected


async def test_pages_join_without_gap(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    for number in range(23):
        await office.writes(f"06{number:02}", "Bonjour")
    # Many at the very same moment: the id decides.
    await office.run("UPDATE tickets SET last_message_at = date_trunc('hour', last_message_at)")
    whole = await listed(salma, view="all", limit=100)
    assert len(whole) == 23
    for limit in (1, 4, 23):
        assert await all_pages(salma, view="all", limit=limit) == whole


async def test_search(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    fatima = await office.with_people("212661", name="Fatima Zahra", phone="+212661223344")
    other = await office.with_people("212662", name="فاطمة 100%", phone="+212662000000")
    number = await office.one("SELECT number FROM tickets WHERE id = :id", id=fatima)
    for words in (
        "fatima",
        "ZAHRA",
        "0661223344",
        "0661 22 33 44",
        "+212661223344",
        "٠٦٦١٢٢٣٣٤٤",
        number,
        f"#{number}",
    ):
        assert await listed(salma, q=words) == [str(fatima)], words
    for words in ("فاطمة", "100%"):
        assert await listed(salma, q=words) == [str(other)]
    for words in ("%", "_", "nobody", "'; drop table tickets; --", "\\"):
        assert str(fatima) not in await listed(salma, q=words), words
    assert len(await listed(salma, q="\x00 ")) == 2, "nothing to look for"
    await salma.post(f"/tickets/{fatima}/close", {"version": 1, "reason": "junk"})
    assert await listed(salma, q="fatima") == [str(fatima)], "a closed ticket is found in all"
    assert await listed(salma, q="fatima", view="unassigned") == []
    assert await listed(salma, q="fatima", view="closed") == [str(fatima)]


@pytest.mark.parametrize(
    "query",
    [
        {"order": "nothing"},
        {"status": "nothing"},
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "x"},
        {"cursor": "nonsense"},
        {"cursor": "bnVsbA"},
        {"cursor": "!!"},
        {"other": "1"},
    ],
)
async def test_queries_that_are_none(office: Office, query: dict[str, str]) -> None:
    salma = await office.person("agent", "Salma")
    error = await salma.get("/tickets", expect=422, params=query)
    assert {name.split(".")[0] for name in error["fields"]} == set(query)


async def test_a_view_that_is_none(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await salma.get("/tickets", expect=404, params={"view": "nothing"})


async def test_a_list_row(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0600", "Bonjour, ma facture ?", name="Fatima")
    claimed = await salma.post(f"/tickets/{ticket_id}/claim", {"version": 1})
    row = (await salma.get("/tickets"))["tickets"][0]
    assert row == claimed
    contact = row.pop("contact")
    assert contact.pop("id")
    assert contact == {"name": "Fatima", "language": None}
    assert row.pop("number").isdigit()
    times = {name: row.pop(name) for name in list(row) if name.endswith(("_at", "_since"))}
    assert set(times) == {
        "opened_at",
        "handed_over_at",
        "solved_at",
        "closed_at",
        "last_message_at",
        "waiting_since",
    }
    assert times["closed_at"] is None
    assert datetime.fromisoformat(times["opened_at"]).tzinfo is not None
    assert row == {
        "id": str(ticket_id),
        "owner": "agents",
        "status": "open",
        "priority": 3,
        "version": 2,
        "assignee": {"id": str(salma.id), "name": "Salma"},
        "team": None,
        "channels": ["loopback"],
        "unread": row["unread"],
        "last_message": {"author": "customer", "text": "Bonjour, ma facture ?", "kind": "text"},
        "handover_reason": None,
        "category": None,
        "custom_status": None,
        "snoozed_until": None,
        "close_reason": None,
        "follows": None,
        "merged_into": None,
        "parent": None,
        "tags": [],
        "fields": {},
        "rating": None,
        "sla": row["sla"],
    }


async def test_a_ticket_in_detail(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    first = await office.with_people("0600", name="Fatima", phone="+212600000000")
    await office.run("UPDATE tickets SET status = 'closed', closed_at = now() - interval '9 days'")
    ticket_id = await office.writes("0600", "Encore moi", name="Fatima", phone="+212600000000")
    assert ticket_id != first
    detail = await salma.get(f"/tickets/{ticket_id}")
    assert detail["handover"] is None
    assert [ticket["id"] for ticket in detail["contact"]["tickets"]] == [str(first)]
    identity = {"address": "0600", "name": "Fatima", "phone": "+212600000000"}
    (known,) = detail["contact"]["identities"]
    assert known.pop("id")
    assert known == {"channel": "loopback", **identity}
    (conversation,) = detail["conversations"]
    assert conversation["identity"] == identity
    assert conversation["account"] == "chat"
    assert conversation["window_expires_at"] is None
    assert conversation["capabilities"]["text_length"] == 1000
    assert conversation["capabilities"]["receipts"] == ["delivered", "failed", "read", "sent"]
    assert conversation["capabilities"]["media"]["image"] == {
        "content_types": ["image/jpeg", "image/png"],
        "max_bytes": 100_000,
    }
    # The conversation has moved on, but the old ticket still shows it.
    old = await salma.get(f"/tickets/{first}")
    assert [one["id"] for one in old["conversations"]] == [conversation["id"]]
    assert old["channels"] == ["loopback"]
    await salma.get("/tickets/00000000-0000-0000-0000-000000000000", expect=404)


async def test_the_thread_pages_backwards_with_its_events(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id: UUID | None = None
    for number in range(7):
        ticket_id = await office.writes("0600", f"m{number}")
        if number == 3:
            await salma.post(f"/tickets/{ticket_id}/take_over")
    whole = await salma.get(f"/tickets/{ticket_id}/timeline", params={"limit": 50})
    assert whole["has_more"] is False

    def shown(entries: list[dict[str, Any]]) -> list[str]:
        return [
            entry["message"]["content"]["text"] if entry["type"] == "message" else entry["event"]["type"]
            for entry in entries
        ]

    expected = ["m0", "m1", "m2", "m3", "ticket.taken_over", "m4", "m5", "m6"]
    assert [line for line in shown(whole["entries"]) if line != "ticket.opened"] == expected
    assert shown(whole["entries"]).count("ticket.opened") == 1
    events = {entry["event"]["type"]: entry["event"] for entry in whole["entries"] if "event" in entry}
    taken = events["ticket.taken_over"]
    assert (taken["actor"], taken["actor_name"]) == ("agent", "Salma")

    pages: list[str] = []
    before = None
    while True:
        query = {"limit": 2} | ({"before": before} if before else {})
        page = await salma.get(f"/tickets/{ticket_id}/timeline", params=query)
        pages = shown(page["entries"]) + pages
        if not page["has_more"]:
            break
        before = next(entry["message"]["id"] for entry in page["entries"] if entry["type"] == "message")
    assert pages == shown(whole["entries"])


async def test_every_kind_of_content(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    contents = [
        Content(kind=Kind.LOCATION, location=Location(33.5, -7.6, "Souk", None)),
        Content(kind=Kind.CHOICE, text="Facture", choice_id="bill"),
        Content(text="Choose", choices=(Choice("a", "A", None), Choice("b", "B", "second"))),
        Content(kind=Kind.UNSUPPORTED, text="Poll", extra={"raw": {"type": "poll"}}),
        Content(kind=Kind.REACTION, text="👍"),
    ]
    for number, content in enumerate(contents):
        quoted = "k0" if number else None
        sender = Sender(("0600",))
        message = InboundMessage("chat", f"k{number}", sender, datetime.now(UTC), content, quoted)
        await office.intake.accept([message])
    ticket_id = await office.one("SELECT id FROM tickets")
    page = await salma.get(f"/tickets/{ticket_id}/timeline")
    messages = [entry["message"] for entry in page["entries"] if entry["type"] == "message"]
    assert [message["kind"] for message in messages] == [content.kind.value for content in contents]
    assert messages[0]["content"]["location"] == {
        "latitude": 33.5,
        "longitude": -7.6,
        "name": "Souk",
        "address": None,
    }
    assert messages[1]["content"]["choice_id"] == "bill"
    assert messages[2]["content"]["choices"][1] == {"id": "b", "title": "B", "description": "second"}
    assert messages[3]["content"]["extra"] == {"raw": {"type": "poll"}}
    assert {message["reply_to_message_id"] for message in messages[1:]} == {messages[0]["id"]}
    assert [message["position"] for message in messages] == [1, 2, 3, 4, 5]


async def test_people_and_teams(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    gone = await office.hire("agent", "Gone")
    await office.run("UPDATE agents SET is_active = false WHERE id = :id", id=gone)
    assert [agent["name"] for agent in (await salma.get("/agents"))["agents"]] == ["Salma"]
    teams = (await salma.get("/teams"))["teams"]
    assert [(team["key"], team["names"]["fr"]) for team in teams] == [
        ("customers", "Clientèle"),
        ("technical", "Technique"),
    ]


async def test_channels_and_resume(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    office.health["chat"] = Health("degraded", datetime.now(UTC), "The provider does not answer.")
    await office.run(
        "UPDATE accounts SET state = 'paused', state_reason = 'The token was refused.' WHERE key = 'windowed'"
    )
    await office.run("INSERT INTO accounts (key, channel) VALUES ('former', 'sms')")
    accounts = {one["key"]: one for one in (await admin.get("/channels"))["accounts"]}
    assert (accounts["chat"]["state"], accounts["chat"]["channel"]) == ("degraded", "loopback")
    assert accounts["chat"]["reason"] == "The provider does not answer."
    assert (accounts["windowed"]["state"], accounts["windowed"]["reason"]) == (
        "paused",
        "The token was refused.",
    )
    assert accounts["former"]["state"] == "removed"
    await admin.post("/channels/windowed/resume", expect=204)
    assert office.retried == ["windowed"]
    assert await office.one("SELECT state FROM accounts WHERE key = 'windowed'") == "active"
    await admin.post("/channels/nowhere/resume", expect=404)


async def test_failed_events(office: Office) -> None:
    admin = await office.person("administrator", "Admin")
    for number in range(5):
        await office.intake.accept([Broken("chat", f"no type {number}", {"part": number})])
    first = await admin.get("/failed_events", params={"limit": 3})
    rest = await admin.get("/failed_events", params={"limit": 3, "cursor": first["next_cursor"]})
    assert rest["next_cursor"] is None
    events = first["failed_events"] + rest["failed_events"]
    assert [event["reason"] for event in events] == [f"no type {number}" for number in (4, 3, 2, 1, 0)]
    assert events[0]["account"] == "chat"
    assert events[0]["replayed_at"] is None
    replayed = await admin.post(f"/failed_events/{events[2]['id']}/replay")
    assert replayed["replayed_at"] is not None
    assert [str(event_id) for event_id in office.replayed] == [events[2]["id"]]
    await admin.post("/failed_events/00000000-0000-0000-0000-000000000000/replay", expect=404)
