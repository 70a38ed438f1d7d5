"""Search over everything an agent may see."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.ticketing.web.office import Office, Person


async def found(person: Person, q: str, **query: Any) -> list[str]:
    page = await person.get("/search", params={"q": q} | query)
    return [result["ticket"]["id"] for result in page["results"]]


async def hits(person: Person, q: str, **query: Any) -> list[dict[str, Any]]:
    page = await person.get("/search", params={"q": q} | query)
    return [hit for result in page["results"] for hit in result["hits"]]


def marked(hit: dict[str, Any]) -> list[str]:
    return [part["text"] for part in hit["parts"] if part["hit"]]


@pytest.mark.parametrize(
    ("written", "asked"),
    [
        ("الفاتورة ديالي غالية", "فاتورة"),
        ("فاتورة الماء", "الفاتورة"),
        ("بالفاتورة القديمة", "الفاتوره"),
        ("أحمد جا لعندي", "احمد"),
        ("المستشفى قريب", "المستشفي"),
        ("الكَهْرَبَاء مقطوعة", "الكهرباء"),
        ("Mon compteur est CASSÉ", "casse"),
        ("bghit n3ref l7al", "n3ref"),
        ("رقم العداد ٤٥٦٧٨", "45678"),
        ("l'électricité est coupée", "electricite"),
    ],
)
async def test_spelling_does_not_matter(office: Office, written: str, asked: str) -> None:
    salma = await office.person("agent", "Salma")
    ticket = str(await office.writes("0601", f"Bonjour {written} merci"))
    other = str(await office.writes("0602", "Autre chose"))
    assert await found(salma, asked) == [ticket]
    assert other not in await found(salma, asked)
    (hit,) = await hits(salma, asked)
    assert hit["kind"] == "message"
    assert "".join(part["text"] for part in hit["parts"]) == f"Bonjour {written} merci"
    assert len(marked(hit)) == 1


async def test_words_are_all_there_and_phrases_stand_in_a_row(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    row = str(await office.writes("0601", "le compteur est cassé depuis hier"))
    apart = str(await office.writes("0602", "cassé, le compteur ? est-ce depuis lundi"))
    assert set(await found(salma, "compteur cassé ")) == {row, apart}
    assert await found(salma, '"compteur est cassé"') == [row]
    assert await found(salma, '"est cassé" hier') == [row]
    assert await found(salma, "compteur vélo") == []
    assert set(await found(salma, "compt")) == {row, apart}, "the last word may be unfinished"
    assert await found(salma, "compt hier") == [], "only the last"
    for nothing in ("%", "'", "& | !", '"', "x'); --"):
        assert await found(salma, nothing) == [], nothing


async def test_everything_beside_messages(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket = await office.with_people(
        "212661223344", "Bonjour", name="Fatima Zahra Érraji", phone="+212661223344"
    )
    await office.with_people("212662000000", "Bonjour", name="Someone Else")
    number = await office.one("SELECT number FROM tickets WHERE id = :id", id=ticket)
    await office.run(
        "UPDATE tickets SET tags = '{Médical}', handover ="
        """ '{"summary": "Fuite près du marché", "slots": {"contract": "00777 42"}}' WHERE id = :id""",
        id=ticket,
    )
    await office.run("INSERT INTO tags (name) VALUES ('Médical')")
    await office.run(
        "INSERT INTO attachments (id, message_id, kind, content_type, name, state) SELECT uuidv7(), id,"
        " 'document', 'application/pdf', 'Reçu_juillet.pdf', 'stored' FROM messages WHERE ticket_id = :id",
        id=ticket,
    )
    for asked, kind in (
        (number, "number"),
        ("erraji fati", "contact"),
        ("0661 22 33 44", "contact"),
        ("661223", "contact"),
        ("medical", "tag"),
        ("marche fuite", "handover"),
        ("00777", "handover"),
        ("recu_juillet", "attachment"),
    ):
        assert await found(salma, asked) == [str(ticket)], asked
        assert kind in {hit["kind"] for hit in await hits(salma, asked)}, asked
    note = await salma.ask(
        "POST", f"/tickets/{ticket}/note", {"client_id": str(ticket), "text": "Parrain secret"}
    )
    assert note.status == 201
    (hit,) = await hits(salma, "parrain")
    assert (hit["kind"], hit["direction"], marked(hit)) == ("message", "note", ["Parrain"])


async def test_a_contract_finds_whoever_was_verified_for_it(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket = str(await office.with_people("0601"))
    await office.with_people("0602")
    await office.run(
        "INSERT INTO places (id, kind, name_ar, name_fr, commune_id, province_ar, province_fr)"
        " VALUES ('p', 'commune', 'p', 'p', 'p', 'p', 'p')"
    )
    await office.run(
        "INSERT INTO contracts (reference, lookup_key, issuer, service, holder_name, commune_id, zone,"
        " meter_number) VALUES ('00-81 234', '81234', 'srm-cs', 'water', 'X', 'p', 'lydec', '990011')"
    )
    await office.run(
        "INSERT INTO verified_identities (identity_id, contract_id, method, verified_at, expires_at)"
        " SELECT i.id, c.id, 'code', now(), now() FROM identities i, contracts c WHERE i.address = '0601'"
    )
    for asked in ("00-81 234", "81234", "990011"):
        assert await found(salma, asked) == [ticket], asked
        assert {hit["kind"] for hit in await hits(salma, asked)} == {"contract"}


async def test_restricted_tickets_are_not_there_for_others(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    hidden = await office.with_people("0601", "une plainte délicate", name="Secrète")
    await office.run("INSERT INTO tags (name) VALUES ('ethique')")
    await office.run(
        "UPDATE tickets SET category = (SELECT code FROM categories WHERE restricted LIMIT 1),"
        " tags = '{ethique}',"
        """ handover = '{"summary": "conduite"}' WHERE id = :id""",
        id=hidden,
    )
    number = await office.one("SELECT number FROM tickets WHERE id = :id", id=hidden)
    for asked in ("plainte", "secrete", "ethique", "conduite", number):
        for order in ("newest", "best"):
            assert await found(nadia, asked, order=order) == [str(hidden)], asked
            assert await found(salma, asked, order=order) == [], asked


async def test_what_the_message_must_be(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket = str(await office.with_people("0601", "facture"))
    await salma.ask("POST", f"/tickets/{ticket}/note", {"client_id": ticket, "text": "facture vue"})
    other = str(await office.writes("0602", "facture"))
    assert set(await found(salma, "facture", author="customer")) == {ticket, other}
    assert await found(salma, "facture", author="note") == [ticket]
    assert await found(salma, "facture", author="agent") == []
    assert await found(salma, "facture", owner="agents") == [ticket]
    assert await found(salma, "facture", channel="loopback", status="open") == [other]
    assert await found(salma, "facture", attachment="true") == []
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await found(salma, "facture", **{"from": soon}) == []
    assert set(await found(salma, "facture", to=soon)) == {ticket, other}
    await salma.get("/search", expect=422, params={"q": "x", "author": "nobody"})
    await salma.get("/search", expect=422, params={"q": "x", "cursor": "nonsense"})
    await salma.get("/search", expect=422)


@pytest.mark.parametrize("order", ["newest", "best"])
@pytest.mark.parametrize("limit", [1, 3, 7])
async def test_pages_lose_nothing_and_repeat_nothing_while_messages_come(
    office: Office, order: str, limit: int
) -> None:
    salma = await office.person("agent", "Salma")
    chance = random.Random(limit)
    expected = []
    for number in range(12):
        name = "Facture Fils" if number % 4 == 0 else None
        words = "Bonjour" if name else "une facture"
        ticket = await office.writes(f"06{number:02}", words, name=name)
        for _ in range(chance.randint(0, 3)):
            await office.writes(f"06{number:02}", "encore la facture")
        expected.append(str(ticket))
    seen: list[str] = []
    cursor = None
    while True:
        query = {"q": "facture", "order": order, "limit": limit} | ({"cursor": cursor} if cursor else {})
        page = await salma.get("/search", params=query)
        seen += [result["ticket"]["id"] for result in page["results"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await office.writes(f"06{chance.randrange(12):02}", "la facture, toujours")
        await office.writes(f"07{len(seen):02}", "une autre facture")
    assert len(seen) == len(set(seen))
    assert set(expected) <= set(seen)


async def test_a_talkative_ticket_does_not_hide_the_others(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    quiet = [str(await office.writes(f"06{number}", "compteur")) for number in range(3)]
    for number in range(30):
        loud = str(await office.writes("0699", f"compteur {number}"))
    assert await found(salma, "compteur", limit=4) == [loud, *reversed(quiet)]
    assert len((await salma.get("/search", params={"q": "compteur", "limit": 1}))["results"][0]["hits"]) == 3
