"""Satisfaction from the solved ticket to the report: asked once, heard in any digits, in nobody's way."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest

from bot.contract import Danger, Language
from tests.ticketing.web.office import ACCOUNTS, Office, Person
from ticketing.intake import Intake
from ticketing.surveys.asking import Surveys
from ticketing.surveys.settings import SurveySettings

ZONE = ZoneInfo("UTC")


def surveys(office: Office) -> Surveys:
    return Surveys(office.desk, ACCOUNTS, ZONE)


async def prepared(office: Office, **settings: Any) -> None:
    """Asked at once and at any hour, unless told otherwise."""
    chosen = {"delay": timedelta(0), "first_hour": 0, "last_hour": 24} | settings
    changes = ", ".join(f"{name} = :{name}" for name in chosen)
    await office.run(f"UPDATE survey_settings SET {changes}", **chosen)


async def answered(office: Office, agent: Person, address: str = "amina", **more: Any) -> UUID:
    """A ticket that an agent answered."""
    ticket = await office.with_people(address, **more)
    await office.run("UPDATE tickets SET category = 'B1' WHERE id = :id", id=ticket)
    await agent.post(f"/tickets/{ticket}/reply", {"client_id": str(uuid4()), "text": "Done."}, 201)
    return ticket


async def solve(agent: Person, ticket: UUID) -> None:
    version = (await agent.get(f"/tickets/{ticket}"))["version"]
    response = await agent.ask("PATCH", f"/tickets/{ticket}", {"version": version, "status": "solved"})
    assert response.status == 200, await response.text()


async def asked(office: Office, agent: Person, **more: Any) -> UUID:
    """A solved ticket whose customer was asked."""
    ticket = await answered(office, agent, **more)
    await solve(agent, ticket)
    await surveys(office).drain()
    assert await state(office, ticket) == ("asked", None)
    return ticket


async def state(office: Office, ticket: UUID) -> tuple[str, str | None]:
    (row,) = await office.rows("SELECT state, reason FROM ratings WHERE ticket_id = :id", id=ticket)
    return tuple(row)


async def said(office: Office, ticket: UUID) -> list[str]:
    rows = await office.rows(
        "SELECT content->>'text' FROM messages WHERE ticket_id = :id AND author = 'system' ORDER BY id",
        id=ticket,
    )
    return [row[0] for row in rows]


async def test_a_solved_ticket_is_asked_about_once_and_the_answer_reopens_nothing(office: Office) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    ticket = await asked(office, agent)
    assert len(await said(office, ticket)) == 1
    assert await office.writes("amina", "٤") == ticket
    seen = await agent.get(f"/tickets/{ticket}")
    assert (seen["status"], seen["rating"], seen["unread"]) == ("solved", 4, 0)
    assert await office.writes("amina", "Trop long, mais résolu") == ticket
    assert await office.one("SELECT comment FROM ratings WHERE ticket_id = :id", id=ticket) == (
        "Trop long, mais résolu"
    )
    assert (await agent.get(f"/tickets/{ticket}"))["status"] == "solved"
    entries = (await agent.get(f"/tickets/{ticket}/timeline"))["entries"]
    types = [entry["event"]["type"] for entry in entries if entry["type"] == "event"]
    assert {"ticket.survey_sent", "ticket.rated", "ticket.commented"} <= set(types)
    # A second comment is a message like any other.
    await office.writes("amina", "Il y a encore une fuite")
    assert (await agent.get(f"/tickets/{ticket}"))["status"] == "open"


@pytest.mark.parametrize("words", ["Et ma facture ?", "Il n'y a toujours pas d'eau"])
async def test_anything_else_reopens_as_usual(office: Office, words: str) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    ticket = await asked(office, agent)
    assert await office.writes("amina", words) == ticket
    assert (await agent.get(f"/tickets/{ticket}"))["status"] == "open"


async def test_danger_is_never_an_opinion(office: Office) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    ticket = await asked(office, agent)
    await office.writes("amina", "5")
    alarmed = Danger("street_danger", "câble", Language.FR, "Éloignez-vous.")
    careful = Intake(office.desk, ACCOUNTS, office.storage, lambda text: alarmed)
    office.intake, calm = careful, office.intake
    await office.writes("amina", "un câble est tombé")
    office.intake = calm
    await careful.close()
    assert (await agent.get(f"/tickets/{ticket}"))["status"] != "solved"
    assert await office.one("SELECT comment FROM ratings WHERE ticket_id = :id", id=ticket) is None


async def test_two_workers_ask_once(office: Office) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    tickets = [await answered(office, agent, f"customer{number}") for number in range(5)]
    for ticket in tickets:
        await solve(agent, ticket)
    await asyncio.gather(*(surveys(office).drain() for _ in range(3)))
    assert [len(await said(office, ticket)) for ticket in tickets] == [1, 1, 1, 1, 1]


async def test_reopened_before_it_is_asked(office: Office) -> None:
    await prepared(office, delay=timedelta(minutes=10))
    agent = await office.person("agent", "Salma")
    ticket = await answered(office, agent)
    await solve(agent, ticket)
    await surveys(office).drain()
    assert await state(office, ticket) == ("waiting", None)
    await office.writes("amina", "Encore une fuite")
    await office.run("UPDATE ratings SET due_at = now()")
    await surveys(office).drain()
    assert await state(office, ticket) == ("skipped", "reopened")
    assert await said(office, ticket) == []


@pytest.mark.parametrize(
    ("settings", "reason"),
    [({"channels": ["email"]}, "channel"), ({"teams": [uuid4()]}, "team")],
)
async def test_who_is_not_asked(office: Office, settings: dict[str, Any], reason: str) -> None:
    await prepared(office, **settings)
    agent = await office.person("agent", "Salma")
    ticket = await answered(office, agent)
    await solve(agent, ticket)
    await surveys(office).drain()
    assert await state(office, ticket) == ("skipped", reason)


async def test_a_customer_is_not_asked_again_and_again(office: Office) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    ticket = await asked(office, agent)
    await office.writes("amina", "Encore ?")
    await solve(agent, ticket)
    await surveys(office).drain()
    reasons = await office.rows(
        "SELECT state, reason FROM ratings WHERE ticket_id = :id ORDER BY id", id=ticket
    )
    assert [tuple(row) for row in reasons] == [("asked", None), ("skipped", "asked_lately")]


async def test_a_closed_window_is_not_asked_through(office: Office) -> None:
    await prepared(office)
    agent = await office.person("agent", "Salma")
    ticket = await answered(office, agent, account="windowed")
    await solve(agent, ticket)
    await office.run("UPDATE conversations SET window_expires_at = now() WHERE ticket_id = :id", id=ticket)
    await surveys(office).drain()
    assert await state(office, ticket) == ("skipped", "window_closed")


async def test_nothing_is_asked_where_no_agent_answered_or_the_ticket_is_secret(office: Office) -> None:
    await prepared(office)
    agent = await office.person("supervisor", "Nadia")
    silent = await office.with_people("brahim")
    await office.run("UPDATE tickets SET category = 'B1' WHERE id = :id", id=silent)
    await solve(agent, silent)
    secret = await answered(office, agent)
    await office.run("UPDATE tickets SET category = 'X1' WHERE id = :id", id=secret)
    await solve(agent, secret)
    await surveys(office).drain()
    assert await state(office, silent) == ("skipped", "never_answered")
    assert await state(office, secret) == ("skipped", "restricted")


def test_nobody_is_asked_at_night() -> None:
    settings = SurveySettings(True, timedelta(0), timedelta(0), 9, 21, [], [], 1)
    noon, night = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 23, tzinfo=UTC)
    assert settings.polite(noon, ZONE) is None
    assert settings.polite(night, ZONE) == datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert settings.polite(night - timedelta(hours=20), ZONE) == datetime(2026, 11, 24, 9, tzinfo=UTC)


async def test_the_report_counts_and_a_low_score_reaches_the_lead(office: Office) -> None:
    await prepared(office)
    agent, lead = await office.person("agent", "Salma"), await office.person("supervisor", "Nadia")
    team = await office.one("SELECT id FROM teams WHERE key = 'customers'")
    await office.run(
        "INSERT INTO team_members (team_id, agent_id, is_lead) VALUES (:team, :agent, true)",
        team=team,
        agent=lead.id,
    )
    for number, score in enumerate(("5", "2", None)):
        ticket = await answered(office, agent, f"customer{number}")
        await office.run("UPDATE tickets SET team_id = :team WHERE id = :id", team=team, id=ticket)
        await solve(agent, ticket)
        await surveys(office).drain()
        if score:
            await office.writes(f"customer{number}", score)
    report = await lead.get("/ratings/report", params={"group": "agent"})
    assert (report["total"]["asked"], report["total"]["answered"], report["total"]["mean"]) == (3, 2, 3.5)
    assert report["total"]["scores"] == [0, 1, 0, 0, 1]
    assert [(one["name"], one["asked"]) for one in report["groups"]] == [("Salma", 3)]
    low = (await lead.get("/ratings", params={"at_most": "2"}))["answers"]
    assert [one["score"] for one in low] == [2]
    told = await office.rows("SELECT kind, agent_id FROM notifications WHERE kind = 'low_rating'")
    assert [tuple(row) for row in told] == [("low_rating", lead.id)]


async def test_settings_are_checked_and_kept(office: Office) -> None:
    administrator = await office.person("administrator", "Amal")
    settings = await administrator.get("/ratings/settings")
    body = {name: value for name, value in settings.items() if name != "questions"} | {"enabled": False}
    wrong = await administrator.ask("PUT", "/ratings/settings", body | {"first_hour": 22})
    assert wrong.status == 422
    saved = await administrator.ask("PUT", "/ratings/settings", body)
    assert (saved.status, (await saved.json())["enabled"]) == (200, False)
    assert (await administrator.ask("PUT", "/ratings/settings", body)).status == 409
