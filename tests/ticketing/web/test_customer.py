"""The customer beside a ticket: contracts, what happens where he lives, consents, notes, and his name."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contract import ReplyMessage
from channels.envelope import Capabilities
from knowledge_base.announcements import Announcement, announce
from knowledge_base.billing.bills import Bill
from knowledge_base.billing.contracts import Contract
from knowledge_base.billing.source import BillingUnavailable, TableSource
from knowledge_base.network.stored_places import seed_places
from knowledge_base.outages.followers import OVER, Follower, follow
from tests.ticketing.web.office import ACCOUNTS, Office, Person, serving
from tests.ticketing.web.test_contacts import contact_of, merged
from tests.ticketing.web.test_ratings import answered, prepared, solve, state, surveys
from ticketing.accounts import Account
from ticketing.announcements import Announcements
from ticketing.customer import contracts as portfolio

PHONE = "+212661000001"
ATTESTING = {"chat": Account("chat", "loopback", Capabilities(text_length=1000, attests_phone=True))}


class Billing(TableSource):
    """Our own tables, of which some contracts cannot be asked for."""

    def __init__(self, engine: AsyncEngine) -> None:
        super().__init__(engine.begin)
        self.away: set[str] = set()
        self.hangs: set[str] = set()

    async def contracts_of_phone(self, phone: str) -> Sequence[Contract]:
        if phone in self.away:
            raise BillingUnavailable("away")
        return await super().contracts_of_phone(phone)

    async def contract_by_reference(self, reference: str) -> Contract | None:
        if reference in self.away:
            raise BillingUnavailable("away")
        return await super().contract_by_reference(reference)

    async def bills(self, contract: Contract, *, limit: int) -> Sequence[Bill]:
        if contract.reference in self.hangs:
            await asyncio.Event().wait()
        if contract.reference in self.away:
            raise BillingUnavailable("away")
        return await super().bills(contract, limit=limit)


@asynccontextmanager
async def with_billing(office: Office, *, attesting: bool = False) -> AsyncIterator[Billing]:
    """The office asks this source, and perhaps believes what the chat says of telephones."""
    billing = Billing(office.desk.engine)
    accounts = {**ACCOUNTS, **ATTESTING} if attesting else ACCOUNTS
    dependencies = replace(office.dependencies, billing=billing, accounts=accounts)
    usual = office.server
    async with serving(dependencies) as server:
        office.server = server
        yield billing
    office.server = usual


async def places(office: Office) -> None:
    async with office.desk.engine.begin() as connection:
        await seed_places(connection, with_demonstration=False)


async def contract(office: Office, reference: str, phone: str | None = None) -> UUID:
    await places(office)
    contract_id: UUID = uuid4()
    await office.run(
        "INSERT INTO contracts (id, reference, lookup_key, issuer, service, holder_name, registered_phone,"
        " commune_id, zone, status, is_demo) VALUES (:id, :reference, :reference, 'srm', 'electricity',"
        " 'Fatima Zahra Bennani', :phone, 'zemamra', 'rural', 'active', false)",
        id=contract_id,
        reference=reference,
        phone=phone,
    )
    return contract_id


async def bill(office: Office, contract_id: UUID, month: int, *, paid: bool, carried: bool = False) -> None:
    await office.run(
        "INSERT INTO bills (contract_id, period, issued_on, due_on, amount_centimes, consumption, lines,"
        " paid_at, is_carried) VALUES (:id, make_date(2026, :month, 1), make_date(2026, :month, 5),"
        " make_date(2026, :month, 20), :month * 1000, 10, '[]', :paid_at, :carried)",
        id=contract_id,
        month=month,
        paid_at=datetime(2026, month, 9, tzinfo=UTC) if paid else None,
        carried=carried,
    )


async def verify(office: Office, contact: UUID, contract_id: UUID, lasts: timedelta) -> None:
    await office.run(
        "INSERT INTO verified_identities SELECT id, :contract, 'code', now() - interval '2 hours',"
        " now() + :lasts FROM identities WHERE contact_id = :contact",
        contract=contract_id,
        contact=contact,
        lasts=lasts,
    )


async def customer(office: Office, address: str = "amina", **more: Any) -> tuple[UUID, UUID]:
    """(contact, ticket)"""
    ticket = await office.with_people(address, **more)
    return await contact_of(office, ticket), ticket


async def contracts_of(agent: Person, contact: UUID) -> dict[str, Any]:
    answer = await agent.get(f"/contacts/{contact}/contracts")
    return {one["reference"]: one for one in answer["contracts"]}


async def timeline(agent: Person, ticket: UUID) -> list[dict[str, Any]]:
    entries = (await agent.get(f"/tickets/{ticket}/timeline"))["entries"]
    return [one["event"] for one in entries if one["type"] == "event"]


async def test_a_proven_contract_with_its_bill(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, _ = await customer(office)
    proven, lapsed = await contract(office, "111"), await contract(office, "222")
    for month, paid, carried in ((8, True, False), (9, False, True), (10, False, False), (11, False, False)):
        await bill(office, proven, month, paid=paid, carried=carried)
    await verify(office, contact, proven, timedelta(hours=1))
    await verify(office, contact, lapsed, -timedelta(hours=1))
    found = await contracts_of(agent, contact)
    one = found["111"]
    assert (one["holder"], one["commune"]["fr"]) == ("Fatima Zahra Bennani", "Zemamra")
    assert (one["verification"]["how"], one["verification"]["valid"]) == ("code", True)
    assert one["billing"]["last_bill"]["period"] == "2026-11-01"
    # What stands as arrears in a later bill is owed once.
    owed = {"amount_centimes": 21_000, "unpaid_bills": 2, "due_on": "2026-10-20"}
    assert one["billing"]["balance"] == owed
    other = found["222"]
    assert (other["holder"], other["verification"]["valid"]) == ("F••• Z••• B•••", False)
    assert other["billing"]["last_bill"] is None


async def test_what_the_channel_vouches_for_and_what_it_does_not(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, _ = await customer(office, phone=PHONE)
    await contract(office, "111", PHONE)
    assert await contracts_of(agent, contact) == {}
    async with with_billing(office, attesting=True):
        one = (await contracts_of(agent, contact))["111"]
    assert one["verification"] == {"how": "attested", "at": None, "until": None, "valid": True}


async def test_a_slow_source_hides_its_own_contract_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio, "DEADLINE", 0.2)
    agent = await office.person("agent", "Salma")
    contact, _ = await customer(office, phone=PHONE)
    for reference in ("111", "222", "333"):
        await verify(office, contact, await contract(office, reference), timedelta(hours=1))
    async with with_billing(office, attesting=True) as billing:
        billing.hangs, billing.away = {"111"}, {"222", PHONE}
        answer = await agent.get(f"/contacts/{contact}/contracts")
    states = {one["reference"]: one["billing"]["state"] for one in answer["contracts"]}
    assert states == {"111": "unavailable", "222": "unavailable", "333": "ok"}
    assert answer["by_phone"] == "unavailable"


async def test_linking_proves_nothing_and_is_told(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, ticket = await customer(office)
    contract_id = await contract(office, "20417731")
    where = f"/contacts/{contact}/contracts"
    wanted = {"reference": "20-41 77 31", "reason": "Shown on the bill she sent"}
    for _ in range(2):
        await agent.post(where, wanted, 204)
    one = (await contracts_of(agent, contact))["20417731"]
    assert (one["verification"], one["link"]["agent"]["name"]) == (None, "Salma")
    assert one["holder"] == "F••• Z••• B•••"
    assert await office.one("SELECT count(*) FROM verified_identities") == 0
    assert [each["type"] for each in await timeline(agent, ticket)].count("contact.contract_linked") == 1
    response = await agent.ask("DELETE", f"{where}/{contract_id}")
    assert response.status == 204
    assert await contracts_of(agent, contact) == {}
    assert (await timeline(agent, ticket))[-1]["data"] == {"contract": "20417731"}
    assert (await agent.ask("DELETE", f"{where}/{contract_id}")).status == 404


async def test_what_cannot_be_linked(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, _ = await customer(office)
    where = f"/contacts/{contact}/contracts"
    for reference, code, status in (("999", "contract_unknown", 422), ("--", "contract_unknown", 422)):
        problem = await agent.post(where, {"reference": reference, "reason": "told"}, status)
        assert problem["code"] == code
    problem = await agent.post(where, {"reference": "999", "reason": "  "}, 422)
    assert problem["code"] == "invalid"
    async with with_billing(office) as billing:
        billing.away = {"999"}
        problem = await agent.post(where, {"reference": "999", "reason": "told"}, 503)
    assert problem["code"] == "billing_unavailable"
    await agent.post(f"/contacts/{uuid4()}/contracts", {"reference": "999", "reason": "told"}, 422)


async def test_a_look_at_contracts_is_written_down(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, _ = await customer(office)
    await contracts_of(agent, contact)
    looks = await office.rows("SELECT what FROM audit_entries WHERE contact_id = :id", id=contact)
    assert [row[0] for row in looks] == ["contracts"]


async def outage(office: Office, commune: str, **more: Any) -> UUID:
    outage_id = uuid4()
    values = {"service": "water", "status": "confirmed", "starts": timedelta(hours=-1), "back": None} | more
    await office.run(
        "INSERT INTO outages (id, service, is_planned, status, cause, starts_at, estimated_at)"
        " VALUES (:id, :service, false, :status, 'unknown', now() + :starts, now() + :back)",
        id=outage_id,
        **values,
    )
    await office.run(
        "INSERT INTO outage_areas (outage_id, kind, value, place_id) VALUES (:id, 'commune', :it, :it)",
        id=outage_id,
        it=commune,
    )
    return outage_id


async def test_what_happens_where_he_lives(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, ticket = await customer(office)
    await verify(office, contact, await contract(office, "111"), timedelta(hours=1))
    here = await outage(office, "zemamra", back=timedelta(hours=2))
    there = await outage(office, "settat", service="electricity")
    await outage(office, "zemamra", status="reported")
    (zone,) = (await agent.get(f"/contacts/{contact}/places"))["zones"]
    assert (zone["names"]["fr"], zone["source"], zone["next_stop"]) == ("Zemamra", "contract", None)
    (one,) = zone["outages"]
    assert (one["id"], one["surely"], one["phase"]) == (str(here), True, "running")
    assert one["sentences"]["fr"].startswith("Une coupure d’eau est en cours à Zemamra. Le retour")
    assert set(one["sentences"]) == {"ar", "ary-Arab", "ary-Latn", "fr", "en"}
    # The place told to the assistant stands beside that of the contract.
    await office.run(
        """UPDATE tickets SET handover = '{"slots": {"place": "settat"}}' WHERE id = :id""", id=ticket
    )
    zones = (await agent.get(f"/contacts/{contact}/places"))["zones"]
    assert [each["source"] for each in zones] == ["contract", "handover"]
    assert [each["id"] for each in zones[1]["outages"]] == [str(there)]


async def test_the_next_stop_of_a_mobile_agency(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, _ = await customer(office)
    await verify(office, contact, await contract(office, "111"), timedelta(hours=1))
    day = datetime.now(UTC) + timedelta(days=3)
    await office.run(
        "WITH van AS (INSERT INTO vans (code, name_ar, name_fr, status) VALUES ('V1', 'و', 'V', 'active')"
        " RETURNING id), tour AS (INSERT INTO rounds (van_id, effective_from) SELECT id, current_date"
        " FROM van RETURNING id) INSERT INTO stops (round_id, weekday, starts, ends, place_id, commune_id,"
        " services) SELECT id, :weekday, '09:00', '13:00', 'zemamra', 'zemamra', '{payment}' FROM tour",
        weekday=day.isoweekday(),
    )
    (zone,) = (await agent.get(f"/contacts/{contact}/places"))["zones"]
    stop = zone["next_stop"]
    assert (stop["names"]["ar"], stop["van"], stop["moved"]) == (zone["names"]["ar"], "V1", False)
    assert "09:00" in stop["sentences"]["en"]
    assert "13:00" in stop["sentences"]["ary-Latn"]


async def say(agent: Person, contact: UUID, purpose: str, state: str, channel: str | None = None) -> Any:
    body = {"purpose": purpose, "channel": channel, "state": state, "source": "call"}
    response = await agent.ask("PUT", f"/contacts/{contact}/consents", body)
    assert response.status == 200, await response.text()
    return (await response.json())["consents"]


async def test_the_last_word_on_each_purpose(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, ticket = await customer(office)
    nothing = (await agent.get(f"/contacts/{contact}/consents"))["consents"]
    assert [(one["purpose"], one["state"]) for one in nothing] == [
        ("outage_notices", None),
        ("satisfaction_surveys", None),
        ("campaigns", None),
    ]
    await say(agent, contact, "campaigns", "granted")
    told = await say(agent, contact, "campaigns", "refused")
    assert [one["state"] for one in told] == [None, None, "refused"]
    event = (await timeline(agent, ticket))[-1]
    assert (event["type"], event["data"]["from"], event["data"]["to"]) == (
        "contact.consent_changed",
        "granted",
        "refused",
    )
    response = await agent.ask(
        "PUT",
        f"/contacts/{contact}/consents",
        {"purpose": "campaigns", "channel": "pigeon", "state": "granted", "source": "call"},
    )
    assert response.status == 422


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        ([], True),
        ([("refused", None)], False),
        ([("refused", "loopback")], False),
        ([("refused", "whatsapp")], True),
        ([("refused", None), ("granted", "loopback")], True),
        ([("granted", "loopback"), ("refused", None)], False),
    ],
)
async def test_who_refused_is_not_asked(
    office: Office, said: list[tuple[str, str | None]], heard: bool
) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    ticket = await answered(office, agent)
    contact = await contact_of(office, ticket)
    for word, channel in said:
        await say(agent, contact, "satisfaction_surveys", word, channel)
    await solve(agent, ticket)
    await surveys(office).drain()
    assert await state(office, ticket) == (("asked", None) if heard else ("skipped", "refused"))


async def test_who_refused_is_told_of_outages_only_when_he_asks_again(office: Office) -> None:
    def words(kind: str, data: Any, language: Any) -> ReplyMessage:
        return ReplyMessage("Over.")

    agent = await office.person("agent", "Salma")
    contact, ticket = await customer(office)
    conversation = await office.one("SELECT id FROM conversations WHERE ticket_id = :id", id=ticket)
    await places(office)
    outages = [await outage(office, "zemamra") for _ in range(2)]
    now = datetime.now(UTC)
    async with office.desk.engine.begin() as connection:
        await follow(connection, outages[0], Follower(conversation), now - timedelta(hours=1))
    await say(agent, contact, "outage_notices", "refused")
    async with office.desk.engine.begin() as connection:
        await follow(connection, outages[1], Follower(conversation), datetime.now(UTC))
        wanted = [(OVER, outages[0]), (OVER, outages[1]), ("stop_reminder", outages[0])]
        await announce(
            connection,
            [
                Announcement(str(place), conversation, None, kind, {"outage": str(one)})
                for place, (kind, one) in enumerate(wanted)
            ],
        )
    await Announcements(office.desk, ACCOUNTS, words).drain()
    rows = await office.rows("SELECT state, reason FROM announcements ORDER BY key")
    assert [tuple(row) for row in rows] == [("skipped", "refused"), ("sent", None), ("sent", None)]


async def test_notes_stay_with_the_customer(office: Office) -> None:
    agent, other = await office.person("agent", "Salma"), await office.person("agent", "Karim")
    lead = await office.person("supervisor", "Nadia")
    contact, _ = await customer(office)
    where = f"/contacts/{contact}/notes"
    first = await agent.post(where, {"text": " Prefers to be called "}, 201)
    second = await other.post(where, {"text": "Deaf in one ear"}, 201)
    notes = (await agent.get(where))["notes"]
    assert [one["id"] for one in notes] == [second["id"], first["id"]]
    assert (first["text"], first["agent"]["name"], first["changed_at"]) == (
        "Prefers to be called",
        "Salma",
        None,
    )
    changed = await agent.ask("PATCH", f"/contact_notes/{first['id']}", {"text": "Prefers mail"})
    assert (await changed.json())["text"] == "Prefers mail"
    for method, who, note, status in (
        ("PATCH", agent, second, 403),
        ("PATCH", lead, second, 403),
        ("DELETE", agent, second, 403),
        ("DELETE", lead, second, 204),
        ("DELETE", agent, first, 204),
        ("DELETE", agent, first, 404),
    ):
        body = {"text": "mine now"} if method == "PATCH" else None
        response = await who.ask(method, f"/contact_notes/{note['id']}", body)
        assert response.status == status, (method, who.name, await response.text())
    assert (await agent.get(where))["notes"] == []


async def test_name_and_language_are_changed_and_emptied(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    contact, ticket = await customer(office, name="Amina")
    socket = await agent.connect()
    assert (await socket.receive_json())["type"] == "hello"
    where = f"/contacts/{contact}"
    response = await agent.ask("PATCH", where, {"name": " Amina B. ", "language": "ary-Latn"})
    kept = await response.json()
    assert (kept["name"], kept["language"]) == ("Amina B.", "ary-Latn")
    while True:
        frame = await asyncio.wait_for(socket.receive_json(), 10)
        if frame["type"] == "event" and frame["ticket"]:
            break
    await socket.close()
    assert frame["event"]["type"] == "contact.renamed"
    assert frame["event"]["data"] == {"from": "Amina", "to": "Amina B."}
    assert frame["ticket"]["contact"]["name"] == "Amina B."
    # What is not named stays.
    assert (await (await agent.ask("PATCH", where, {"tags": []})).json())["name"] == "Amina B."
    emptied = await (await agent.ask("PATCH", where, {"name": None, "language": None})).json()
    assert (emptied["name"], emptied["language"]) == (None, None)
    for wrong in ({"name": " "}, {"name": "x" * 201}, {"language": "de"}):
        assert (await agent.ask("PATCH", where, wrong)).status == 422
    assert (await timeline(agent, ticket))[-1]["type"] == "contact.language_changed"


async def test_a_merged_person_is_told_of_as_one_and_apart_again(office: Office) -> None:
    agent = await office.person("agent", "Salma")
    first, _ = await customer(office)
    second, _ = await customer(office, "amina.b")
    await contract(office, "111")
    await agent.post(f"/contacts/{second}/notes", {"text": "Speaks softly"}, 201)
    await agent.post(f"/contacts/{second}/contracts", {"reference": "111", "reason": "told"}, 204)
    await say(agent, second, "campaigns", "refused")
    merge = (await merged(agent, second, first))["merge_id"]

    async def seen(contact: UUID) -> tuple[int, list[str], Any]:
        consents = (await agent.get(f"/contacts/{contact}/consents"))["consents"]
        notes = (await agent.get(f"/contacts/{contact}/notes"))["notes"]
        return len(notes), list(await contracts_of(agent, contact)), consents[-1]["state"]

    assert await seen(first) == (1, ["111"], "refused")
    problem = await agent.post(f"/contacts/{second}/notes", {"text": "late"}, 409)
    assert problem["code"] == "contact_merged"
    await agent.post(f"/contact_merges/{merge}/undo")
    assert await seen(first) == (0, [], None)
    assert await seen(second) == (1, ["111"], "refused")
