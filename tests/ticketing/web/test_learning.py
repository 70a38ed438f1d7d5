"""The learning loop through the desk's address: figures, groups, what a supervisor makes of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.ticketing.web.office import Office, Person, serving
from ticketing.learning.turns import likeness

NOW = datetime.now(UTC).replace(microsecond=0)


async def contact(office: Office) -> UUID:
    contact_id = uuid4()
    await office.run("INSERT INTO contacts (id) VALUES (:id)", id=contact_id)
    return contact_id


class Dialogue:
    """Turns of one customer on one conversation, each some minutes after the one before."""

    def __init__(self, office: Office, contact_id: UUID, starts_at: datetime, language: str = "fr") -> None:
        self.office, self.contact_id, self.at, self.language = office, contact_id, starts_at, language
        self.conversation_id, self.ticket_id = uuid4(), uuid4()

    async def turn(
        self,
        outcome: str,
        intent: str | None,
        text: str = "bonjour",
        reason: str | None = None,
        minutes: int = 2,
    ) -> Dialogue:
        await self.office.run(
            "INSERT INTO assistant_turns (conversation_id, ticket_id, contact_id, at, text, likeness,"
            " language, intent, outcome, reason) VALUES (:conversation, :ticket, :contact, :at, :text,"
            " :likeness, :language, :intent, :outcome, :reason)",
            conversation=self.conversation_id,
            ticket=self.ticket_id,
            contact=self.contact_id,
            at=self.at,
            text=text,
            likeness=likeness(text),
            language=self.language,
            intent=intent,
            outcome=outcome,
            reason=reason,
        )
        self.at += timedelta(minutes=minutes)
        return self

    async def with_ticket(self, handed_over_at: datetime | None, category: str | None = None) -> None:
        await self.office.run(
            "INSERT INTO tickets (id, contact_id, owner, status, opened_at, last_message_at, handed_over_at,"
            " category) VALUES (:id, :contact, 'agents', 'new', now(), now(), :handed_over_at, :category)",
            id=self.ticket_id,
            contact=self.contact_id,
            handed_over_at=handed_over_at,
            category=category,
        )


def figures(**counts: int) -> dict[str, int]:
    names = ("dialogues", "handed_over", "contained", "came_back", "unanswered", "undecided")
    return {name: counts.get(name, 0) for name in names}


def counted(part: dict[str, Any]) -> dict[str, int]:
    return {name: part[name] for name in figures()}


async def test_without_turns_there_is_nothing_to_divide(office: Office) -> None:
    nadia = await office.person("supervisor", "Nadia")
    made = await nadia.get("/learning/report")
    assert made["totals"] == figures() | {"containment": None}
    assert (made["by_day"], made["reasons"]) == ([], [])
    assert made["turns"] == {"answered": 0, "asked": 0, "fallback": 0, "handed_over": 0}


async def test_what_became_of_dialogues(office: Office) -> None:
    nadia = await office.person("supervisor", "Nadia")
    past = NOW - timedelta(days=5)
    # Answered, and never seen again.
    content = Dialogue(office, await contact(office), past)
    await content.turn("asked", "greeting")
    await content.turn("answered", "bill_amount")
    # Answered, and back six hours later, when it is handed over.
    back = Dialogue(office, await contact(office), past, "ary-Latn")
    await back.turn("answered", "leak", minutes=360)
    await back.turn("handed_over", "leak", reason="asked")
    # Back after more than a day: two answered dialogues.
    rested = Dialogue(office, await contact(office), past)
    await rested.turn("answered", "due_date", minutes=25 * 60)
    await rested.turn("answered", "due_date")
    # Given up without an answer.
    await Dialogue(office, await contact(office), past).turn("fallback", "nlu_fallback")
    # An agent took it himself.
    taken = Dialogue(office, await contact(office), past)
    await taken.turn("answered", "bill_amount")
    await taken.with_ticket(handed_over_at=taken.at)
    # Answered just now: he may still come back.
    await Dialogue(office, await contact(office), NOW - timedelta(hours=1)).turn("answered", "bill_amount")

    made = await nadia.get("/learning/report")
    assert counted(made["totals"]) == figures(
        dialogues=8, handed_over=2, contained=5, came_back=1, unanswered=1, undecided=1
    )
    assert made["totals"]["containment"] == pytest.approx(4 / 8)
    by_intent = {row["intent"]: counted(row) for row in made["by_intent"]}
    assert by_intent["bill_amount"] == figures(dialogues=3, handed_over=1, contained=2, undecided=1)
    assert by_intent["leak"] == figures(dialogues=2, handed_over=1, contained=1, came_back=1)
    assert by_intent["due_date"] == figures(dialogues=2, contained=2)
    assert by_intent[None] == figures(dialogues=1, unanswered=1)
    by_language = {row["language"]: counted(row) for row in made["by_language"]}
    assert by_language["ary-Latn"] == figures(dialogues=2, handed_over=1, contained=1, came_back=1)
    assert sum(row["dialogues"] for row in made["by_day"]) == 8
    assert made["reasons"] == [{"reason": "asked", "handovers": 1}, {"reason": "taken_over", "handovers": 1}]
    assert made["turns"] == {"answered": 6, "asked": 1, "fallback": 1, "handed_over": 1}

    only = await nadia.get("/learning/report?intent=leak&language=ary-Latn")
    assert only["totals"]["dialogues"] == 2
    tomorrow = (NOW + timedelta(days=2)).date().isoformat()
    assert (await nadia.get(f"/learning/report?from={tomorrow}&to={tomorrow}"))["totals"]["dialogues"] == 0


@pytest.mark.parametrize(
    "query",
    ["from=2026-11-02&to=2026-11-01", "from=2024-01-01&to=2026-01-01", "from=yesterday", "language=de"],
)
async def test_a_period_that_is_none(office: Office, query: str) -> None:
    nadia = await office.person("supervisor", "Nadia")
    refused = await nadia.get(f"/learning/report?{query}", expect=422)
    assert refused["code"] == "invalid"


async def questions(office: Office) -> None:
    past = NOW - timedelta(days=2)
    for text in ("où trouver une attestation", "ou trouver une attestation ?", "Où trouver une attestation"):
        await Dialogue(office, await contact(office), past).turn("fallback", "nlu_fallback", text)
    gave_up = Dialogue(office, await contact(office), past)
    await gave_up.turn("answered", "payment_channels", "je veux payer par chèque")
    await gave_up.turn("handed_over", "human_agent", "un conseiller", "asked")
    polite = Dialogue(office, await contact(office), past)
    await polite.turn("answered", "greeting", "bonjour")
    await polite.turn("handed_over", "human_agent", "un conseiller", "asked")
    lost = Dialogue(office, await contact(office), past, "ary-Latn")
    await lost.turn("handed_over", "nlu_fallback", "wach kayn chi tatbi9", "not_understood")
    served = Dialogue(office, await contact(office), past)
    await served.turn("answered", "leak", "une fuite")
    await served.turn("handed_over", "leak", "rue 5", "needs_person")
    secret = Dialogue(office, await contact(office), past)
    await secret.turn("fallback", "nlu_fallback", "un agent m'a demandé de l'argent")
    await secret.with_ticket(past, "X1")


async def test_what_got_no_answer(office: Office) -> None:
    nadia = await office.person("supervisor", "Nadia")
    await questions(office)
    listed = await nadia.get("/learning/groups")
    assert [(group["text"], group["count"]) for group in listed["groups"]] == [
        ("Où trouver une attestation", 3),
        ("wach kayn chi tatbi9", 1),
        ("je veux payer par chèque", 1),
    ]
    first, second, third = listed["groups"]
    assert (first["fallback"], first["not_understood"], first["after_answer"]) == (3, 0, 0)
    assert len(first["samples"]) == 3
    assert (second["not_understood"], second["language"]) == (1, "ary-Latn")
    assert (third["after_answer"], third["intents"]) == (1, ["payment_channels"])
    assert (listed["questions"], listed["languages"]) == (5, ["ary-Latn", "fr"])
    assert len((await nadia.get("/learning/groups?language=ary-Latn"))["groups"]) == 1
    assert len((await nadia.get("/learning/groups?limit=1"))["groups"]) == 1


async def texts(person: Person) -> list[str]:
    return [group["text"] for group in (await person.get("/learning/groups"))["groups"]]


async def test_dismissed_is_gone_with_what_is_like_it(office: Office) -> None:
    nadia = await office.person("supervisor", "Nadia")
    await questions(office)
    await nadia.post(
        "/learning/groups/dismiss", {"language": "fr", "text": "Où trouver une attestation"}, expect=204
    )
    await Dialogue(office, await contact(office), NOW).turn("fallback", None, "où on trouve une attestation")
    assert await texts(nadia) == ["wach kayn chi tatbi9", "je veux payer par chèque"]


async def test_a_draft_of_an_article(office: Office) -> None:
    nadia = await office.person("supervisor", "Nadia")
    await questions(office)
    chosen = {"language": "fr", "text": "Où trouver une attestation", "category": "contract"}
    made = await nadia.post("/learning/groups/article", chosen, expect=201)
    article = await nadia.get(f"/articles/{made['article_id']}")
    (translation,) = article["translations"]
    assert (translation["status"], translation["title"]) == ("draft", "Où trouver une attestation")
    assert "> ou trouver une attestation ?" in translation["body"]
    assert (article["category"], article["owner"]["name"]) == ("contract", "Nadia")
    assert "Où trouver une attestation" not in await texts(nadia)
    darija = {"language": "ary-Latn", "text": "wach kayn chi tatbi9"}
    made = await nadia.post("/learning/groups/article", darija, expect=201)
    assert made["draft"]["language"] == "ar"


@pytest.fixture
async def teaching(office: Office) -> Any:
    """The office with an assistant that knows two intents."""
    dependencies = replace(office.dependencies, intents=frozenset({"leak", "payment_channels"}))
    async with serving(dependencies) as server:
        yield replace(office, server=server)


async def test_training_examples(teaching: Office) -> None:
    nadia = await teaching.person("supervisor", "Nadia")
    await questions(teaching)
    assert (await nadia.get("/learning/intents"))["intents"] == ["leak", "payment_channels"]
    chosen = {
        "language": "fr",
        "text": "je veux payer par chèque",
        "texts": ["je veux [payer] par chèque", "••••••"],
    }
    refused = await nadia.post("/learning/groups/example", chosen | {"intent": "no_such"}, expect=422)
    assert refused["code"] == "intent_unknown"
    empty = chosen | {"intent": "payment_channels", "texts": ["••••••"]}
    await nadia.post("/learning/groups/example", empty, expect=422)
    made = await nadia.post("/learning/groups/example", chosen | {"intent": "payment_channels"}, expect=201)
    (example,) = made["examples"]
    assert (example["text"], example["intent"], example["agent"]["name"]) == (
        "je veux payer par chèque",
        "payment_channels",
        "Nadia",
    )
    assert "je veux payer par chèque" not in await texts(nadia)
    again = await nadia.post("/learning/groups/example", chosen | {"intent": "leak"}, expect=201)
    assert (await nadia.get("/learning/examples"))["examples"] == again["examples"]
    path = f"/learning/examples/{again['examples'][0]['id']}"
    assert (await nadia.ask("DELETE", path, {})).status == 204
    assert (await nadia.ask("DELETE", path, {})).status == 404


async def test_agents_do_not_see_it(office: Office) -> None:
    salma = await office.person("agent", "Salma")
    for path in ("report", "groups", "examples", "intents"):
        await salma.get(f"/learning/{path}", expect=403)
