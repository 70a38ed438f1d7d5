"""Replies to start from: past answers without anyone's name, and articles; counted when they helped."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from tests.ticketing.web.office import Office, Person

ANSWER = "Bonjour Fatima, c'est Salma. Votre attestation 100014 se retire à l'agence avec la carte nationale."


async def answered(
    office: Office, salma: Person, address: str, words: str, answer: str = ANSWER, category: str | None = None
) -> UUID:
    """A closed ticket in which Salma answered a question."""
    ticket_id = await office.with_people(address, words, name="Fatima Zahra")
    await salma.post(f"/tickets/{ticket_id}/reply", {"client_id": str(uuid4()), "text": answer}, expect=201)
    await office.run(
        "UPDATE tickets SET category = :category WHERE id = :id", category=category, id=ticket_id
    )
    await close(office, salma, ticket_id)
    return ticket_id


async def close(office: Office, salma: Person, ticket_id: UUID) -> None:
    version = await office.one("SELECT version FROM tickets WHERE id = :id", id=ticket_id)
    person = salma
    if await office.one("SELECT coalesce(category, '') = 'X1' FROM tickets WHERE id = :id", id=ticket_id):
        person = await office.person("supervisor", f"Chief{address_of(ticket_id)}")
    known = await office.one("SELECT category FROM tickets WHERE id = :id", id=ticket_id)
    await person.post(f"/tickets/{ticket_id}/solve", {"version": version, "category": known or "G1"})


def address_of(ticket_id: UUID) -> str:
    return ticket_id.hex[-6:]


async def suggested(salma: Person, ticket_id: UUID) -> list[dict[str, Any]]:
    return list((await salma.get(f"/tickets/{ticket_id}/suggestions"))["suggestions"])


async def test_a_similar_question_brings_the_answer_without_names(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await answered(office, salma, "0601", "Bonjour, comment obtenir une attestation ?")
    ticket_id = await office.with_people("0602", "bonsoir comment obtenir mon attestation svp")
    shown = await salma.get(f"/tickets/{ticket_id}/suggestions")
    assert shown["question"] == "bonsoir comment obtenir mon attestation svp"
    (suggestion,) = shown["suggestions"]
    assert (
        suggestion["text"]
        == "Bonjour …, c'est …. Votre attestation … se retire à l'agence avec la carte nationale."
    )
    assert (suggestion["kind"], suggestion["language"], suggestion["used"]) == ("answer", "fr", 0)
    assert suggestion["score"] >= 0.35
    assert (
        await office.one(
            "SELECT count(*) FROM messages WHERE ticket_id = :id AND author = 'agent'", id=ticket_id
        )
        == 0
    )


async def test_other_questions_and_other_languages_bring_nothing(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await answered(office, salma, "0601", "Bonjour, comment obtenir une attestation ?")
    for number, words in enumerate(("il y a une fuite rue 5", "👍", "كيفاش ناخد شهادة")):
        ticket_id = await office.with_people(f"070{number}", words)
        assert await suggested(salma, ticket_id) == [], words


async def test_a_restricted_ticket_teaches_nothing(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await answered(office, salma, "0601", "un technicien a demandé de l'argent", category="X1")
    assert await office.one("SELECT count(*) FROM past_answers") == 0
    await answered(office, salma, "0602", "comment obtenir une attestation")
    assert await office.one("SELECT count(*) FROM past_answers") == 1
    version = await office.one("SELECT max(version) FROM tickets t JOIN past_answers p ON p.ticket_id = t.id")
    ticket_id = await office.one("SELECT ticket_id FROM past_answers")
    response = await salma.ask("PATCH", f"/tickets/{ticket_id}", {"version": version, "category": "X1"})
    assert response.status == 200
    assert await office.one("SELECT count(*) FROM past_answers") == 0


async def test_greetings_notes_and_codes_are_no_answers(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await answered(office, salma, "0601", "comment obtenir une attestation", answer="Bonjour Fatima !")
    ticket_id = await office.with_people("0602", "comment obtenir une attestation")
    note = {"client_id": str(uuid4()), "text": "Le client a déjà appelé trois fois cette semaine."}
    await salma.post(f"/tickets/{ticket_id}/note", note, expect=201)
    await close(office, salma, ticket_id)
    assert await office.one("SELECT count(*) FROM past_answers") == 0


async def test_closing_twice_keeps_an_answer_once(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await answered(office, salma, "0601", "comment obtenir une attestation")
    version = await office.one("SELECT version FROM tickets")
    await salma.post(f"/tickets/{ticket_id}/reopen", {"version": version})
    await close(office, salma, ticket_id)
    assert await office.one("SELECT count(*) FROM past_answers") == 1


async def test_only_the_newest_words_ask(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0602", "il y a une fuite rue 5")
    await salma.post(f"/tickets/{ticket_id}/reply", {"client_id": str(uuid4()), "text": ANSWER}, expect=201)
    await office.writes("0602", "merci")
    await office.writes("0602", "et mon attestation ?")
    assert (await salma.get(f"/tickets/{ticket_id}/suggestions"))["question"] == "merci\net mon attestation ?"


async def test_what_helped_is_counted_and_comes_first(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    await answered(office, salma, "0601", "comment obtenir une attestation")
    other = "Bonjour, l'attestation se demande aussi en ligne, dans votre espace client."
    await answered(office, salma, "0602", "comment obtenir une attestation", other)
    ticket_id = await office.with_people("0603", "comment obtenir une attestation")
    before = await suggested(salma, ticket_id)
    assert len(before) == 2
    chosen = before[-1]["id"]
    for edited in (False, True):
        body = {"suggestion": chosen, "edited": edited}
        await salma.post(f"/tickets/{ticket_id}/suggestions/used", body, expect=204)
    after = await suggested(salma, ticket_id)
    assert [(one["id"], one["used"]) for one in after] == [(chosen, 2), (before[0]["id"], 0)]
    assert sorted(await office.rows("SELECT kind, edited FROM suggestion_uses")) == [
        ("answer", False),
        ("answer", True),
    ]
    for unknown in ("answer-x", f"answer-{uuid4()}", f"article-{uuid4()}", "else", f"else-{uuid4()}"):
        body = {"suggestion": unknown}
        refused = await salma.post(f"/tickets/{ticket_id}/suggestions/used", body, expect=404)
        assert refused["code"] == "suggestion_unknown"


async def test_a_published_article_is_offered(office: Office) -> None:
    salma, nadia = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    body = {
        "category": "contract",
        "audience": "public",
        "language": "fr",
        "title": "Obtenir une attestation de raccordement",
        "body": "L'attestation de raccordement se retire à l'agence, avec la carte nationale.",
    }
    article = await nadia.post("/articles", body, expect=201)
    ticket_id = await office.with_people("0602", "obtenir une attestation de raccordement")
    assert await suggested(salma, ticket_id) == []
    (translation,) = article["translations"]
    path = f"/articles/{article['id']}/translations/fr/status"
    await nadia.post(path, {"version": translation["version"], "status": "published"})
    (offered,) = await suggested(salma, ticket_id)
    assert (offered["kind"], offered["title"]) == ("article", "Obtenir une attestation de raccordement")
    assert offered["text"].endswith(offered["url"])
    used = {"suggestion": offered["id"]}
    await salma.post(f"/tickets/{ticket_id}/suggestions/used", used, expect=204)
    assert (await suggested(salma, ticket_id))[0]["used"] == 1


async def test_without_words_there_is_nothing_to_suggest(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    ticket_id = await office.with_people("0602", "")
    assert await salma.get(f"/tickets/{ticket_id}/suggestions") == {"question": None, "suggestions": []}
